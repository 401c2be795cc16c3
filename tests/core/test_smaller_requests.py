"""A request that is made smaller by what moved is paced, marked and stopped like any other."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.changes import Change, ChangeSet, Outcome
from steward.errors import AnswerLost
from steward.execution import Executor, WriteRequest
from tests.core.fakes import LOST, Breaking, Crash, FakeJournal, FakeStore, values_before
from tests.core.strategies import change_sets, price_changes, usd

ENOUGH = 20


class BulkStore(FakeStore):
    """Writes many changes as one operation, and fewer by single calls."""

    enough = ENOUGH

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        if len(changes) < self.enough:
            return super().requests_for(changes)
        return (
            WriteRequest(
                resource="bulk", operation="bulk", body="{}", points=10, changes=tuple(changes)
            ),
        )


class NotingJournal(FakeJournal):
    """Notes how many requests each mark was about."""

    def __init__(self, change_set: ChangeSet) -> None:
        super().__init__(change_set)
        self.marks: list[int] = []

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        self.marks.append(len(requests))
        await super().attempting(ordinals, requests)


def disturbed(moved: int) -> tuple[BulkStore, NotingJournal]:
    """Return a shop in which so many values moved before one operation was to write them."""
    change_set = price_changes(ENOUGH, 1)
    store = BulkStore(values_before(change_set))
    for change in change_set.changes[:moved]:
        store.values[change.target] = usd("12345.67")
    return store, NotingJournal(change_set)


def execute(store: BulkStore, journal: FakeJournal, *, parallel: int = 4) -> None:
    """Execute the journal's open changes."""
    asyncio.run(Executor(store, journal, parallel_requests=parallel).execute(journal.recorded()))


def test_what_is_left_of_an_operation_goes_out_a_few_calls_at_a_time() -> None:
    """Each has its allowance, which the store checks, and its mark right before it is sent."""
    store, journal = disturbed(3)
    execute(store, journal)
    assert journal.outcome_list() == [Outcome.MOVED] * 3 + [Outcome.APPLIED] * 17
    assert (len(store.received), store.most_in_flight) == (17, 4)
    assert max(journal.marks) == 2


def test_a_stop_reaches_what_is_left_of_an_operation() -> None:
    """The gate is asked again before each of its calls."""
    store, journal = disturbed(3)
    journal.gate = 4
    execute(store, journal)
    assert len(store.received) <= 2
    assert journal.outcome_list().count(Outcome.PENDING) == 17 - len(store.received)


@given(
    change_sets(),
    st.dictionaries(st.integers(1, 60), st.sampled_from([Crash(), LOST]), max_size=3),
    st.integers(1, 4),
    st.data(),
)
def test_what_is_left_is_written_once_whatever_breaks(
    change_set: ChangeSet, moments: dict[int, BaseException], parallel: int, data: st.DataObject
) -> None:
    """Every change comes to its outcome, moved ones are kept, and none is written twice."""
    breaking = Breaking(moments)
    store = BulkStore(values_before(change_set), breaking=breaking)
    store.enough = 3
    journal = FakeJournal(change_set, breaking)
    moved = data.draw(st.sets(st.sampled_from(change_set.changes), min_size=1, max_size=3))
    for change in moved:
        store.values[change.target] = usd("12345.67")
    for _ in range(len(moments) + 1):
        breaking.dead = False
        try:
            execute(store, journal, parallel=parallel)
            break
        except (Crash, AnswerLost):
            continue
    left = [change for change in change_set.changes if change not in moved]
    assert sorted(map(str, store.writes)) == sorted(map(str, left))
    assert store.overwritten == []
    assert [change in moved for change in change_set.changes] == [
        outcome is Outcome.MOVED for outcome in journal.outcome_list()
    ]


@pytest.mark.parametrize("parallel", [1, 4])
def test_calls_of_one_product_keep_their_order(parallel: int) -> None:
    """What is left goes before what waits, also where it is of one product."""
    change_set = price_changes(1, ENOUGH)
    store = BulkStore(values_before(change_set), per_request=1)
    store.values[change_set.changes[0].target] = usd("12345.67")
    execute(store, FakeJournal(change_set), parallel=parallel)
    assert store.writes == list(change_set.changes[1:])
