"""The audit trail: what happened, who did it and when, each entry chained to the one before."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, Field, JsonValue

from steward.model import Frozen

GENESIS: Final = "0" * 64

# The trail of what concerns no single store, such as the register of approvers and the rules.
INSTALLATION: Final = "steward"


class AuditKind(StrEnum):
    """What an entry of the audit trail is about.

    `WRITING`: changes are about to be sent. `WRITTEN`: what became of them. `REFUSED`: somebody
    asked for something in vain. `REGISTERED`: who may decide was changed. `EDITED`: a change set
    took the place of another one while its run waited. `DRIFTED`: values that were verified are no
    longer as written. `ESCALATED`: nobody decided for so long that others may too.
    """

    REQUESTED = "requested"
    PROPOSED = "proposed"
    SIMULATED = "simulated"
    DECIDED = "decided"
    REFUSED = "refused"
    CLAIMED = "claimed"
    WRITING = "writing"
    WRITTEN = "written"
    VERIFIED = "verified"
    CONTROLLED = "controlled"
    ENDED = "ended"
    REGISTERED = "registered"
    CHANGED_SETTING = "changed_setting"
    EDITED = "edited"
    ESCALATED = "escalated"
    DRIFTED = "drifted"


def end_key(run_id: str) -> str:
    """Return the key of the entry that tells how a run ended; there is one for each run."""
    return f"{run_id}:{AuditKind.ENDED}"


class AuditEvent(Frozen):
    """One thing that happened to a run of a store, or to the installation.

    `key` is made of business ids, so that an activity that runs twice writes one entry. `detail`
    is for people; `facts` is the same for programs, and holds the digests by which rows elsewhere
    in the ledger are checked (`steward.audit_facts`). Both name secrets by their place at most.
    """

    key: str
    store: str
    run_id: str
    kind: AuditKind
    actor: str
    at: AwareDatetime
    detail: str
    # Left out where it is empty, so that hashes of entries without facts stay what they were.
    facts: Mapping[str, JsonValue] = Field(default_factory=dict, exclude_if=lambda facts: not facts)


class AuditHead(Frozen):
    """An end of a store's audit trail: how many entries there are, and the last one's hash.

    Noting it elsewhere is what shows later that nobody has cut or rewritten the trail.
    """

    store: str
    length: int
    hash: str


class HeadsAtEnd(AuditHead):
    """Where the trail of a run's store ended with the run, and the installation's at that time.

    `installation` is None where that trail had no entry yet, and for runs of old.
    """

    installation: AuditHead | None = Field(default=None, exclude_if=lambda head: head is None)

    @property
    def own(self) -> AuditHead:
        """The end of the store's trail alone."""
        return AuditHead(store=self.store, length=self.length, hash=self.hash)


class NotedHead(Frozen):
    """A head that was noted outside the ledger, by a run at its end."""

    run_id: str
    head: AuditHead


class AuditEntry(Frozen):
    """An entry of the audit trail: its place, what happened, and the hashes that bind it."""

    sequence: int
    event: AuditEvent
    previous_hash: str
    hash: str


class AuditBreak(Frozen):
    """The first entry that is not as it was written, and why; sequences count from 1.

    `sequence` is None where the ledger holds something of which no entry tells.
    """

    sequence: int | None
    reason: str


class AuditVerification(Frozen):
    """What checking a store's trail showed; `head` is the end that the ledger claims."""

    head: AuditHead
    broken: AuditBreak | None = None

    @property
    def intact(self) -> bool:
        """Whether every entry is as it was written."""
        return self.broken is None


def hashed_content(event: AuditEvent) -> str:
    """Return the text of an event that its hash is taken over: JSON, its keys in order.

    The same instant gives the same text in whichever time zone it was written down.
    """
    in_utc = event.model_copy(update={"at": event.at.astimezone(UTC)})
    return json.dumps(in_utc.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def chained_hash(previous: str, event: AuditEvent) -> str:
    """Return the SHA-256 (hex) that binds an event to everything before it in its store."""
    return hashlib.sha256(f"{previous}\n{hashed_content(event)}".encode()).hexdigest()
