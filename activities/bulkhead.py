"""The bulkhead: one store's waiting steps leave room for the steps of the others.

A step that waits for its store's allowance holds its place in the process while it does. Without a
limit the steps of one store would in time hold every place.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.backoff import wait_after
from steward.errors import StoreBusy
from steward.steps import UNDO_PRIORITY

_LONGEST_WAIT = timedelta(seconds=30)
# An undo finds its reserved places taken by other undos only, and is not to wait for long.
_LONGEST_WAIT_OF_UNDO = timedelta(seconds=4)


@runtime_checkable
class StoreOrder(Protocol):
    """What a step of a store is asked."""

    @property
    def store(self) -> str:
        """The store's name."""


class Bulkhead:
    """Counts the steps under way in a process by their stores.

    A store may have `per_store` steps under way, or any number where that is 0. Steps that take
    changes back may use `for_undo` places more, so that a store's own work does not keep them out.
    """

    def __init__(self, *, per_store: int, for_undo: int) -> None:
        """Take how many steps of one store the process carries at once."""
        self._per_store = per_store
        self._for_undo = for_undo
        self._under_way: Counter[str] = Counter()

    def under_way(self, store: str) -> int:
        """Return how many steps of the store are under way."""
        return self._under_way[store]

    def has_room(self, store: str, *, undo: bool) -> bool:
        """Return whether another step of the store may begin."""
        most = self._per_store + (self._for_undo if undo else 0)
        return not self._per_store or self._under_way[store] < most

    @contextmanager
    def carrying(self, store: str) -> Iterator[None]:
        """Count a step of the store for as long as the block runs."""
        self._under_way[store] += 1
        try:
            yield
        finally:
            self._under_way[store] -= 1
            if not self._under_way[store]:
                del self._under_way[store]


def wait_for_turn(attempt: int, *, undo: bool) -> timedelta:
    """Return how long a step stays away that was turned away at this attempt, from 1."""
    return wait_after(attempt, longest=_LONGEST_WAIT_OF_UNDO if undo else _LONGEST_WAIT)


class Wait(Protocol):
    """Says how long a step stays away that was turned away."""

    def __call__(self, attempt: int, *, undo: bool) -> timedelta:
        """Return the time until the step is to be tried again."""


class _BehindBulkhead(ActivityInboundInterceptor):
    def __init__(
        self, following: ActivityInboundInterceptor, bulkhead: Bulkhead, wait: Wait
    ) -> None:
        super().__init__(following)
        self._bulkhead = bulkhead
        self._wait = wait

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        order = input.args[0] if input.args else None
        if not isinstance(order, StoreOrder):
            return await super().execute_activity(input)
        info = activity.info()
        undo = info.priority.priority_key == UNDO_PRIORITY
        if not self._bulkhead.has_room(order.store, undo=undo):
            raise StoreBusy(
                f"Store '{order.store}' has {self._bulkhead.under_way(order.store)} steps under "
                "way in this worker, and this one waits for its turn.",
                retry_after=self._wait(info.attempt, undo=undo),
            )
        with self._bulkhead.carrying(order.store):
            return await super().execute_activity(input)


class StoreBulkhead(Interceptor):
    """Turns steps away, with `StoreBusy`, whose store has enough of them under way."""

    def __init__(self, bulkhead: Bulkhead, wait: Wait = wait_for_turn) -> None:
        """Take the counts, and how long what is turned away stays away."""
        self._bulkhead = bulkhead
        self._wait = wait

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Put the bulkhead in front of the activity."""
        return _BehindBulkhead(next, self._bulkhead, self._wait)
