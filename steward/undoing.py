"""Undoing: which of a run's changes are taken back, and to what."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pydantic import Field

from steward.catalog import Name
from steward.changes import Change, ChangeSet, FieldName, Outcome, Target
from steward.errors import EmptySelection
from steward.execution import OutcomeRecord, RecordedChange
from steward.model import Frozen
from steward.values import Value, in_words


class UndoScope(Frozen):
    """The part of a run that is undone: everything, or some items, some fields, or both.

    An item is named by the id of its product or resource, or by words of its label. `force` also
    restores values that somebody changed after the run.
    """

    items: tuple[Name, ...] = Field(default=(), max_length=1_000)
    fields: tuple[FieldName, ...] = ()
    force: bool = False

    def covers(self, change: Change) -> bool:
        """Return whether the change is among those to undo."""
        return (not self.fields or change.target.field in self.fields) and (
            not self.items or any(is_about(change, item) for item in self.items)
        )


WHOLE_RUN = UndoScope()

# Sent, and then found not to be in the store; another value there has not replaced ours.
_NOT_APPLIED = {Outcome.REFUSED, Outcome.PENDING}


def is_about(change: Change, item: str) -> bool:
    """Return whether a person who names the item means what the change is of.

    Its id, or whole words of its label: `No. 8` is not `No. 80`, and `ACC` no part of `ACC-1`.
    """
    return item in {change.product_id, change.target.resource_id} or bool(
        _whole_words(item.casefold()).search(change.label.casefold())
    )


@lru_cache(maxsize=64)
def _whole_words(text: str) -> re.Pattern[str]:
    begins, ends = (
        (r"(?<![\w-])" if text[:1].isalnum() else ""),
        (r"(?![\w-])" if text[-1:].isalnum() else ""),
    )
    return re.compile(f"{begins}{re.escape(text)}{ends}")


def undo_of(
    store: str,
    written: Sequence[RecordedChange],
    live: Mapping[Target, Value],
    scope: UndoScope = WHOLE_RUN,
) -> ChangeSet:
    """Return the changes that take back what was written and is in the scope, newest first.

    A change whose old value is there was not applied, or was taken back since, and is left out. So
    is one that the platform refused, unless what it was to write is there all the same.
    Forced, a newer value is what the undo starts from; otherwise it is kept, since the executor
    finds it moved. What no longer exists cannot be restored either way.
    Raises `EmptySelection` where the run wrote something, and nothing of it is in the scope.
    """
    covered = [entry for entry in written if scope.covers(entry.change)]
    if written and not covered:
        raise EmptySelection(
            "No change that the run wrote is of these items and fields.",
            remedy="See its changes with `steward diff RUN --all`, and name what stands there.",
        )
    taken_back = ChangeSet(
        store=store,
        changes=tuple(
            entry.change for entry in covered if _is_ours(entry, live.get(entry.change.target))
        ),
    ).inverse()
    if not scope.force:
        return taken_back
    return ChangeSet(
        store=store,
        changes=tuple(
            change.model_copy(update={"before": live.get(change.target, change.before)})
            for change in taken_back.changes
        ),
    )


def _is_ours(entry: RecordedChange, live: Value | None) -> bool:
    """Return whether what the store holds is, or has replaced, what the run wrote there."""
    change = entry.change
    if entry.outcome in _NOT_APPLIED:
        return live == change.after
    return live != change.before


def resolved(entry: RecordedChange, live: Value | None) -> OutcomeRecord:
    """Return what became of a change that was attempted, and of which no answer came.

    Only once its write has arrived or never will. `live` is None where the resource is gone.
    """
    change = entry.change
    if live == change.after:
        return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.APPLIED, live=live)
    if live == change.before:
        return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.PENDING)
    now = "no longer exists" if live is None else f"is {in_words(live)} now"
    reason = f"{now}; whether it was written before, nobody can tell"
    return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.UNKNOWN, reason=reason, live=live)


def newer_values(undo: ChangeSet, written: Sequence[RecordedChange]) -> int:
    """Return how many values a forced undo would overwrite that the run did not write."""
    ours = {entry.change.target: entry.change.after for entry in written}
    return sum(change.before != ours.get(change.target) for change in undo.changes)


def applies_again(undone: int) -> bool:
    """Return whether an undo brings back what a run wrote, given the length of what it undoes.

    That is 1 for the undo of a run, 2 for the undo of an undo, which applies the run's changes
    again, and so on.
    """
    return undone % 2 == 0
