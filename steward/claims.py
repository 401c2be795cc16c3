"""Claims: which run may write a field, and who makes way for whom.

A run claims every field of its change set at once, before it first writes, or waits and claims
none: so no two runs wait for each other. It keeps them until it has ended, so that nobody writes
between its writes and their undo. Each step that writes holds a lease besides, which says that
writes of it may be on their way.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, Field

from steward.changes import FieldName
from steward.model import Frozen
from steward.runs import ChunkReference

# How long writes of a step may be on their way after its last sign of life. Longer than a call to
# a store can last, and than the clocks of two machines may differ.
LEASE: Final = timedelta(seconds=45)
# How long a run makes way for an undo that does not come back: it asks again every few seconds.
WISH: Final = timedelta(seconds=30)


class WhenClaimed(StrEnum):
    """What a run does where another run holds fields of it: wait for that one's end, or none of it.

    A run that waits is as ready hours later, but finds what the other changed moved. One that is
    refused ends, with nothing written, and somebody asks again for what is then still wanted.
    """

    WAIT = "wait"
    REFUSE = "refuse"


class Hold(Frozen):
    """By what a step writes: its run's claim on the fields of a change set, and its own lease.

    `origin` names its piece of work, the same at every attempt.
    """

    run_id: str
    digest: str
    origin: str
    lease: str


class Holder(Frozen):
    """A run that is in the way of another's claim.

    `undo` says that it takes changes back, and `is_paused` that it is not to write for now. Until
    `writes_until` writes of it may arrive; where that has passed a step of it was lost, and what it
    began in bulk may still be under way. Without it nothing of the run is on its way.
    """

    run_id: str
    undo: bool
    writes_until: AwareDatetime | None = None
    is_paused: bool = False

    def may_be_writing(self, now: datetime) -> bool:
        """Return whether a call of it may still be on its way to the store."""
        return self.writes_until is not None and self.writes_until > now


class Overlap(Frozen):
    """What a change set has in common with the claims of other runs: how many fields, and one."""

    fields: int = Field(ge=1)
    field: FieldName
    label: str


class ClaimOrder(Frozen):
    """Asks for the fields of a change set before one chunk of it is written."""

    chunk: ChunkReference
    undo: bool = False
    when_claimed: WhenClaimed = WhenClaimed.WAIT


class Claim(Frozen):
    """The fields are the run's own.

    All but those of the changes in `elsewhere`, by their ordinals in the chunk, which it is to
    leave alone: an undo took them from it meanwhile, and the run named there, one of the `others`,
    holds them. `taken_from` names the runs that an undo took fields from.
    """

    hold: Hold
    others: tuple[Holder, ...] = ()
    elsewhere: Mapping[int, str] = {}
    taken_from: tuple[str, ...] = ()


class Conflict(Frozen):
    """The run has claimed nothing, and has to wait for these.

    `overlap` is missing where they hold nothing of it yet, as an undo does that it makes way for.
    """

    others: tuple[Holder, ...] = Field(min_length=1)
    overlap: Overlap | None = None


class Refusal(Frozen):
    """The run has claimed nothing, ever, and is not to begin while these go on."""

    others: tuple[Holder, ...] = Field(min_length=1)
    overlap: Overlap


ClaimAnswer = Claim | Conflict | Refusal


class Precedence(StrEnum):
    """What somebody who wants fields may do about the run that holds them."""

    TAKE = "take"
    ASK = "ask"
    WAIT = "wait"


def precedence(holder: Holder, *, undo: bool) -> Precedence:
    """Return what a run, or an `undo`, may do about a holder that may still go on.

    An undo waits for other undos only, and not for one that is paused: that may be for good. From
    an ordinary run that rests it takes the fields; one that is writing it asks to stop, and takes
    them once nothing of it is on its way any more.
    """
    rests = holder.writes_until is None
    if not undo:
        return Precedence.WAIT
    if holder.undo:
        return Precedence.TAKE if rests and holder.is_paused else Precedence.WAIT
    return Precedence.TAKE if rests else Precedence.ASK
