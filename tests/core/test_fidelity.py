"""What is sent is what was simulated, and where it is not, that is known and told."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.changes import Change, ChangeSet, Outcome
from steward.errors import AnswerLost
from steward.execution import Executor, WriteRequest
from steward.fidelity import Fidelity, digests_by_change, request_digest
from steward.rehearsal import rehearse
from tests.core.fakes import LOST, Breaking, Crash, FakeJournal, FakeStore, values_before
from tests.core.strategies import change_sets, price_changes, usd

CRASHES = st.dictionaries(st.integers(1, 40), st.sampled_from([Crash(), LOST]), max_size=3)


class LooksAround(FakeStore):
    """Makes requests that depend on all that is asked for at the same time, as in bulk."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        return tuple(
            request.model_copy(update={"body": f"{request.body} of {len(changes)}"})
            for request in super().requests_for(changes)
        )


class NotingJournal(FakeJournal):
    """Notes which request first carried each change."""

    def __init__(self, change_set: ChangeSet, breaking: Breaking) -> None:
        super().__init__(change_set, breaking)
        self.carried_by: dict[int, str] = {}

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        await super().attempting(ordinals, requests)
        self.carried_by = {**digests_by_change(ordinals, requests), **self.carried_by}


@given(change_sets(), CRASHES, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.data())
def test_a_request_differs_only_where_one_of_its_own_changes_was_left_out(
    change_set: ChangeSet,
    moments: dict[int, BaseException],
    parallel: int,
    per_request: int,
    bears: int,
    data: st.DataObject,
) -> None:
    """However few go out at a time, and whatever breaks: all others are those simulated."""
    breaking = Breaking(moments)
    store = LooksAround(
        values_before(change_set), per_request=per_request, bears=bears, breaking=breaking
    )
    rehearsal = asyncio.run(
        rehearse(store, change_set, dict(store.values), parallel_requests=parallel)
    )
    moved = data.draw(st.sets(st.sampled_from(range(len(change_set.changes)))))
    for ordinal in moved:
        store.values[change_set.changes[ordinal].target] = usd("12345.67")
    journal = NotingJournal(change_set, breaking)
    for _ in range(len(moments) + 1):
        breaking.dead = False
        try:
            executor = Executor(store, journal, parallel_requests=parallel)
            asyncio.run(executor.execute(journal.recorded()))
            break
        except (Crash, AnswerLost):
            continue
    smaller = {rehearsal.predictions[ordinal].request for ordinal in moved}
    for one in rehearsal.predictions:
        sent = journal.carried_by.get(one.ordinal)
        if one.ordinal in moved:
            assert sent is None
        else:
            assert sent is not None
            assert (sent == one.request_digest) == (one.request not in smaller)
    assert Outcome.ATTEMPTING not in journal.outcome_list()


def test_a_digest_stands_for_what_is_sent_alone() -> None:
    """Who sends it and what it costs are no part of it; resource, operation and body are."""
    (request,) = FakeStore({}).requests_for([_change()])
    same = request.model_copy(update={"origin": "run-1:0", "points": 7})
    assert request_digest(same) == request_digest(request)
    assert len(request_digest(request)) == 16
    others = [
        request.model_copy(update={part: "another"}) for part in ("resource", "operation", "body")
    ]
    assert len({request_digest(one) for one in [request, *others]}) == 4


def _change() -> Change:
    return price_changes(1, 1).changes[0]


@pytest.mark.parametrize(
    ("fidelity", "percent", "words"),
    [
        (Fidelity(sent=0, identical=0, left_out=3), None, "nothing was sent"),
        (Fidelity(sent=1_200, identical=1_200), Decimal(100), "100 %, all 1,200 as predicted"),
        (
            Fidelity(sent=30_000, identical=29_999, otherwise=1),
            Decimal("99.9"),
            (
                "99.9 %, 29,999 of 30,000 as predicted; "
                "1 in another request though all of the predicted one was sent"
            ),
        ),
        (
            Fidelity(sent=4, identical=1, neighbour_left_out=2, unforeseen=1),
            Decimal("25.0"),
            (
                "25.0 %, 1 of 4 as predicted; 2 in a smaller request, since a change beside was "
                "left alone; 1 for which no request was predicted"
            ),
        ),
    ],
)
def test_less_than_all_is_never_called_all(
    fidelity: Fidelity, percent: Decimal | None, words: str
) -> None:
    """The share is cut off, not rounded, and what differs is told with its reason."""
    assert fidelity.percent == percent
    assert str(fidelity) == words
