"""Watching what was written: which values are read again, and what counts as drift."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from steward.change_words import shown_field, shown_values
from steward.changes import FieldName, Outcome, Target
from steward.execution import RecordedChange
from steward.model import Frozen
from steward.runs import Watched
from steward.values import Value
from steward.wording import one_line, shortened

_LONGEST_VALUE = 60
_LONGEST_LABEL = 80
_AS_WRITTEN = {Outcome.APPLIED, Outcome.UNCHANGED}
# Every order of the shop moves it, so that its moves say nothing.
MOVES_BY_ITSELF = frozenset({FieldName.INVENTORY_QUANTITY})


class Drift(Frozen):
    """A written value that is another one now; `live` and `sentence` say so in words."""

    ordinal: int
    live: str
    sentence: str


def sample_of(digest: str, changes: int, size: int, look: int) -> tuple[int, ...]:
    """Return the numbers, from 0, of up to `size` changes to read at a look, in order.

    The change set is cut into `size` stretches, and one change taken out of each: the same one
    for the same digest and look, and by chance another one at another look.
    """
    if changes <= size:
        return tuple(range(changes))
    chosen = []
    for stretch in range(size):
        first, end = stretch * changes // size, (stretch + 1) * changes // size
        chance = hashlib.sha256(f"{digest}:{look}:{stretch}".encode()).digest()
        chosen.append(first + int.from_bytes(chance[:8]) % (end - first))
    return tuple(chosen)


def watched_of(recorded: Sequence[RecordedChange]) -> Sequence[RecordedChange]:
    """Return the changes whose values the store should still hold."""
    return [
        entry
        for entry in recorded
        if entry.outcome in _AS_WRITTEN and entry.change.target.field not in MOVES_BY_ITSELF
    ]


def differing(
    watched: Sequence[RecordedChange], live: Mapping[Target, Value]
) -> Sequence[RecordedChange]:
    """Return the changes whose values are not as written, or can no longer be read."""
    return [entry for entry in watched if live.get(entry.change.target) != entry.change.after]


def drifts_among(
    differing: Sequence[RecordedChange],
    live: Mapping[Target, Value],
    by_other_runs: Mapping[Target, Collection[Value]],
) -> Sequence[Drift]:
    """Return what drifted: a value that another run wrote since is newer, and no drift."""
    return [
        _drift(entry, live.get(entry.change.target))
        for entry in differing
        if live.get(entry.change.target) not in by_other_runs.get(entry.change.target, ())
    ]


def _drift(entry: RecordedChange, live: Value | None) -> Drift:
    change = entry.change
    subject = f"{shortened(one_line(change.label), _LONGEST_LABEL)}: {shown_field(change)}"
    if live is None:
        return Drift(ordinal=entry.ordinal, live="", sentence=f"{subject} is gone")
    since = change.model_copy(update={"before": change.after, "after": live})
    written, shown = shown_values(since, _LONGEST_VALUE)
    return Drift(
        ordinal=entry.ordinal, live=shown, sentence=f"{subject} is {shown}, written was {written}"
    )


def watched_sentence(watched: Watched) -> str:
    """Return what a run saw of its values after its last wave, in a few sentences."""
    times = f"{watched.looks:,} time{'s' * (watched.looks != 1)}"
    told = [f"Watched {times}, {watched.checked:,} values read: {drifted_words(watched)}."]
    if watched.failed:
        told.append(f"{watched.failed:,} of these looks failed, as the store did not answer.")
    if watched.ended_early:
        told.append(f"The watch was ended early, and nothing taken back: {watched.ended_early}")
    return " ".join(told)


def drifted_words(watched: Watched) -> str:
    """Return how much drifted, with examples."""
    if not watched.drifted:
        return "nothing drifted"
    examples = "; ".join(watched.examples)
    return f"{watched.drifted:,} DRIFTED, such as {examples}"
