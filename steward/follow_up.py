"""Follow-ups: what a run left alone because somebody had changed it, asked for once more."""

from collections.abc import Mapping, Sequence
from typing import Final

from steward.changes import ChangeSet, Target
from steward.errors import EmptySelection
from steward.execution import RecordedChange
from steward.values import Value

# In the place of a template's name: such a run has no parameters but the run that it follows.
FOLLOW_UP: Final = "follow-up"
FOLLOWED_RUN: Final = "run"


def follow_up_of(
    store: str, moved: Sequence[RecordedChange], live: Mapping[Target, Value]
) -> ChangeSet:
    """Return the changes from what the store holds now to what the earlier run was to write.

    What no longer exists, or is as wanted by now, is left out. Raises `EmptySelection` where
    nothing is left.
    """
    changes = tuple(
        entry.change.model_copy(update={"before": live[entry.change.target]})
        for entry in moved
        if live.get(entry.change.target) not in {None, entry.change.after}
    )
    if not changes:
        raise EmptySelection(
            "The run left nothing alone that could still be changed.",
            remedy="`steward diff RUN --outcome moved` lists what it left alone.",
        )
    return ChangeSet(store=store, changes=changes)
