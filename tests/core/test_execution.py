"""The executor writes what is still as planned, once, whatever breaks in between."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.changes import Change, ChangeSet, Outcome, Target
from steward.errors import AnswerLost
from steward.execution import (
    Answer,
    Executor,
    RecordedChange,
    Stale,
    WriteRequest,
    compared,
)
from steward.rehearsal import Rehearsal, rehearse
from steward.values import ABSENT, Value
from steward.waves import plan_waves
from tests.core.fakes import LOST, Breaking, Crash, FakeJournal, FakeStore, values_before
from tests.core.strategies import change_sets, price_changes, usd

PARALLEL = st.integers(1, 4)


def executed(store: FakeStore, journal: FakeJournal, parallel: int = 2) -> None:
    """Execute the journal's open changes."""
    executor = Executor(store, journal, parallel_requests=parallel)
    asyncio.run(executor.execute(journal.recorded()))


def rehearsed(store: FakeStore, change_set: ChangeSet, parallel: int) -> Rehearsal:
    """Rehearse a change set over what the store holds now, and check that nothing was sent."""
    holds = dict(store.values)
    rehearsal = asyncio.run(rehearse(store, change_set, holds, parallel_requests=parallel))
    assert (store.values, store.received) == (holds, [])
    return rehearsal


@given(change_sets(), PARALLEL, st.integers(1, 3), st.integers(1, 3))
def test_applies_every_change_once(
    change_set: ChangeSet, parallel: int, per_request: int, bears: int
) -> None:
    """With nothing in the way each change is written once, a few requests at a time."""
    store = FakeStore(values_before(change_set), per_request=per_request, bears=bears)
    journal = FakeJournal(change_set)
    executed(store, journal, parallel)
    assert set(journal.outcome_list()) == {Outcome.APPLIED}
    assert sorted(map(str, store.writes)) == sorted(map(str, change_set.changes))
    assert store.most_in_flight <= parallel
    for product in {change.product_id for change in change_set.changes}:
        planned = [change for change in change_set.changes if change.product_id == product]
        assert [change for change in store.writes if change.product_id == product] == planned


@given(change_sets(), st.data())
def test_writes_only_what_is_still_as_planned(change_set: ChangeSet, data: st.DataObject) -> None:
    """What is already so, has moved, or is gone is left as it is and recorded as such."""
    values = values_before(change_set)
    expected: list[Outcome] = []
    elsewhere = usd("12345.67")
    for change in change_set.changes:
        situation = data.draw(
            st.sampled_from([Outcome.APPLIED, Outcome.UNCHANGED, Outcome.MOVED, Outcome.REFUSED])
        )
        if situation is Outcome.UNCHANGED:
            values[change.target] = change.after
        elif situation is Outcome.MOVED:
            values[change.target] = elsewhere
        elif situation is Outcome.REFUSED:
            del values[change.target]
            situation = Outcome.MOVED
        expected.append(situation)
    store, journal = FakeStore(values), FakeJournal(change_set)
    executed(store, journal)
    assert journal.outcome_list() == expected
    assert store.overwritten == []
    for change, outcome in zip(change_set.changes, expected, strict=True):
        if outcome is Outcome.APPLIED:
            assert store.values[change.target] == change.after
        else:
            assert store.values.get(change.target) == values.get(change.target)


def test_tells_what_the_platform_refused_and_what_has_moved() -> None:
    """A reason names the platform's own code, or the value that somebody else has set."""
    change_set = price_changes(3, 1)
    store = FakeStore(values_before(change_set))
    store.values[change_set.changes[1].target] = usd(7)
    del store.values[change_set.changes[2].target]
    store.refuses = [usd(1)]
    journal = FakeJournal(change_set)
    executed(store, journal)
    assert [entry.reason for entry in journal.recorded()] == [
        "refused [BAD]",
        "is 7.00 USD now, somebody else changed it",
        "no longer exists",
    ]


class BulkStore(FakeStore):
    """Writes all changes that it is given as one request, whatever products they are of."""

    def __init__(self, values: dict[Target, Value]) -> None:
        super().__init__(values, per_request=1)
        self.rested: list[tuple[str, int]] = []

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        if not changes:
            return ()
        body = " ".join(one.target.resource_id for one in changes)
        request = WriteRequest(
            resource="all", operation="write", body=body, points=1, changes=tuple(changes)
        )
        return (request,)

    def bulk_chunk(self, changes: Sequence[Change]) -> int | None:
        return len(changes)

    async def until_at_rest(self, origin: str) -> None:
        self.rested.append((origin, self.breaking.passed))


def test_a_rehearsal_of_a_plan_takes_chunk_by_chunk() -> None:
    """What goes out together depends on the chunks, so that a rehearsal without them would err."""
    change_set = price_changes(8, 2)
    plan = plan_waves("run-1", change_set, shares=(0.25, 0.5))
    store = BulkStore(values_before(change_set))
    rehearsal = asyncio.run(
        rehearse(store, change_set, store.values, parallel_requests=2, plan=plan)
    )
    sent: list[WriteRequest] = []
    for wave in plan.waves:
        for chunk in wave.chunks:
            journal = FakeJournal(change_set)
            executor = Executor(store, journal, parallel_requests=2)
            asyncio.run(executor.execute(journal.recorded()[chunk.first : chunk.last + 1]))
            sent = store.received
    assert [len(request.changes) for request in sent] == [4, 4, 8]
    assert list(rehearsal.requests) == sent
    assert [one.request for one in rehearsal.predictions] == [0] * 4 + [1] * 4 + [2] * 8


def test_what_an_earlier_attempt_left_under_way_is_waited_for_before_anything_is_read() -> None:
    """It would write behind the back of the comparison; a first attempt has left nothing."""
    change_set = price_changes(2, 1)
    store, journal = BulkStore(values_before(change_set)), FakeJournal(change_set)
    executor = Executor(store, journal, parallel_requests=2, origin="run-1:0")
    begun = [
        entry.model_copy(update={"outcome": Outcome.ATTEMPTING}) for entry in journal.recorded()
    ]
    asyncio.run(executor.execute(begun))
    assert store.rested == [("run-1:0", 0)]
    assert set(journal.outcome_list()) == {Outcome.APPLIED}
    again = FakeJournal(change_set)
    asyncio.run(Executor(store, again, parallel_requests=2).execute(again.recorded()))
    assert len(store.rested) == 1


class ComparingStore(FakeStore):
    """Compares and sets, one change a call; somebody else writes right before each call."""

    def __init__(self, values: dict[Target, Value], theirs: dict[Target, Value | None]) -> None:
        super().__init__(values, per_request=1)
        self.theirs = theirs

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        (change,) = request.changes
        if change.target not in self.theirs:
            return await super().send(request)
        value = self.theirs[change.target]
        if value is None:
            del self.values[change.target]
        else:
            self.values[change.target] = value
        return (Stale(),)


def test_what_the_platform_finds_stale_is_settled_by_reading() -> None:
    """A third value is moved, the wanted one unchanged, what is gone or was back again is moved."""
    change_set = price_changes(5, 1)
    wanted, third, gone, back, own = change_set.changes
    store = ComparingStore(
        values_before(change_set),
        {
            wanted.target: wanted.after,
            third.target: usd(7),
            gone.target: None,
            back.target: back.before,
        },
    )
    journal = FakeJournal(change_set)
    executed(store, journal)
    assert [(entry.outcome, entry.reason) for entry in journal.recorded()] == [
        (Outcome.UNCHANGED, ""),
        (Outcome.MOVED, "is 7.00 USD now, somebody else changed it"),
        (Outcome.MOVED, "no longer exists"),
        (Outcome.MOVED, "somebody else was changing it"),
        (Outcome.APPLIED, ""),
    ]
    assert store.writes == [own]


def test_each_request_names_the_work_that_sends_it() -> None:
    """For platforms with idempotency keys; a rehearsal, which sends nothing, names none."""
    change_set = price_changes(2, 1)
    store = FakeStore(values_before(change_set))
    assert {request.origin for request in rehearsed(store, change_set, 2).requests} == {""}
    executor = Executor(store, FakeJournal(change_set), parallel_requests=2, origin="run-1:0")
    asyncio.run(executor.execute(FakeJournal(change_set).recorded()))
    assert {request.origin for request in store.received} == {"run-1:0"}


CRASHES = st.dictionaries(
    st.integers(1, 40), st.sampled_from([Crash(), LOST]), min_size=1, max_size=4
)


@given(change_sets(), CRASHES, PARALLEL, st.integers(1, 3))
def test_a_crash_at_any_moment_loses_and_repeats_nothing(
    change_set: ChangeSet,
    moments: dict[int, BaseException],
    parallel: int,
    per_request: int,
) -> None:
    """Executed again after each failure, every change is written exactly once, and recorded so."""
    breaking = Breaking(moments)
    store = FakeStore(values_before(change_set), per_request=per_request, breaking=breaking)
    journal = FakeJournal(change_set, breaking)
    for _ in range(len(moments) + 1):
        breaking.dead = False
        try:
            executed(store, journal, parallel)
            break
        except (Crash, AnswerLost):
            written = {change.target for change in store.writes}
            for entry in journal.recorded():
                if entry.change.target in written:
                    assert entry.outcome in {Outcome.ATTEMPTING, Outcome.APPLIED}
    assert sorted(map(str, store.writes)) == sorted(map(str, change_set.changes))
    assert journal.outcome_list() == [Outcome.APPLIED] * len(change_set.changes)
    assert store.overwritten == []


@given(change_sets(), st.integers(0, 12), PARALLEL)
def test_stops_where_the_run_may_no_longer_write(
    change_set: ChangeSet, gate: int, parallel: int
) -> None:
    """After the first no, nothing more is sent or marked; what was written is recorded."""
    store, journal = FakeStore(values_before(change_set)), FakeJournal(change_set)
    journal.gate = gate
    executed(store, journal, parallel)
    written = {change.target for change in store.writes}
    for entry in journal.recorded():
        applied = entry.change.target in written
        assert entry.outcome is (Outcome.APPLIED if applied else Outcome.PENDING)
    assert len(store.received) <= parallel * (gate // 2)
    journal.gate = None
    executed(store, journal, parallel)
    assert set(journal.outcome_list()) == {Outcome.APPLIED}
    assert len(store.writes) == len(change_set.changes)


def test_a_pause_while_values_are_read_still_stops_the_write() -> None:
    """The gate is asked again between comparing and sending."""
    change_set = price_changes(1, 1)
    store, journal = FakeStore(values_before(change_set)), FakeJournal(change_set)
    journal.gate = 1
    executed(store, journal)
    assert store.received == []
    assert journal.outcome_list() == [Outcome.PENDING]


def test_a_failing_request_leaves_the_others_recorded() -> None:
    """One lost answer is raised after the outcomes of the requests beside it are written down."""
    change_set = price_changes(3, 1)
    # The store's moments: two for the read, then one as each request begins.
    store = FakeStore(values_before(change_set), breaking=Breaking())
    journal = FakeJournal(change_set)
    store.breaking.moments = {4: LOST}
    with pytest.raises(AnswerLost):
        executed(store, journal, parallel=6)
    assert sorted(journal.outcome_list()) == [
        Outcome.APPLIED,
        Outcome.APPLIED,
        Outcome.ATTEMPTING,
    ]


class HeldStore(FakeStore):
    """Holds its first write, and the allowance from a second one on, until it is let go."""

    def __init__(self, change_set: ChangeSet) -> None:
        super().__init__(values_before(change_set), per_request=1)
        self.write_may_go = asyncio.Event()
        self.allowance_is_there = asyncio.Event()
        self.allowances_asked = 0
        self.read: list[Target] = []

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        self.read.extend(targets)
        return await super().read_values(targets)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        self.allowances_asked += 1
        if self.allowances_asked > 1:
            await self.allowance_is_there.wait()
        async with super().allowance_for(requests) as borne:
            yield borne

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        await self.write_may_go.wait()
        return await super().send(request)


async def settle() -> None:
    """Let everybody go on who can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_compares_further_changes_while_some_are_sent() -> None:
    """A slow call does not keep others waiting, and nothing is compared before it may be sent."""
    change_set = price_changes(4, 1)
    store, journal = HeldStore(change_set), FakeJournal(change_set)
    executor = Executor(store, journal, parallel_requests=2)
    execution = asyncio.ensure_future(executor.execute(journal.recorded()))
    await settle()
    assert len(store.read) == 1
    store.allowance_is_there.set()
    await settle()
    assert len(store.read) == 2
    store.write_may_go.set()
    await execution
    assert set(journal.outcome_list()) == {Outcome.APPLIED}


async def test_a_failure_does_not_wait_for_allowance() -> None:
    """Who waits for the allowance is sent away when a request beside it fails."""
    change_set = price_changes(4, 1)
    store, journal = HeldStore(change_set), FakeJournal(change_set)
    store.breaking.moments = {3: LOST}
    store.write_may_go.set()
    executor = Executor(store, journal, parallel_requests=2)
    execution = asyncio.ensure_future(executor.execute(journal.recorded()))
    await settle()
    assert execution.done()
    with pytest.raises(AnswerLost):
        await execution
    assert sorted(journal.outcome_list()) == [Outcome.ATTEMPTING, *[Outcome.PENDING] * 3]


@pytest.mark.parametrize(
    ("outcome", "live", "resolved"),
    [
        (Outcome.PENDING, usd(2), None),
        (Outcome.ATTEMPTING, usd(2), None),
        (Outcome.PENDING, usd(1), Outcome.UNCHANGED),
        (Outcome.ATTEMPTING, usd(1), Outcome.APPLIED),
        (Outcome.PENDING, usd(9), Outcome.MOVED),
        (Outcome.ATTEMPTING, ABSENT, Outcome.MOVED),
        (Outcome.PENDING, None, Outcome.MOVED),
    ],
)
def test_compares_by_the_live_value(
    outcome: Outcome, live: Value | None, resolved: Outcome | None
) -> None:
    """The old value means write, the new one means done, and anything else means moved."""
    change = price_changes(1, 1).changes[0]
    record = compared(RecordedChange(ordinal=0, change=change, outcome=outcome), live)
    assert (None if record is None else record.outcome) == resolved


@given(change_sets(), PARALLEL, st.integers(1, 3), st.data())
def test_a_rehearsal_is_what_execution_does(
    change_set: ChangeSet, parallel: int, per_request: int, data: st.DataObject
) -> None:
    """While nothing moves, predictions and requests are those of the real execution."""
    values = values_before(change_set)
    for change in change_set.changes:
        values[change.target] = data.draw(
            st.sampled_from([change.before, change.before, change.after, usd("12345.67")])
        )
    refused = data.draw(st.lists(st.sampled_from([one.after for one in change_set.changes])))
    store = FakeStore(values, per_request=per_request, refuses=refused)
    rehearsal = rehearsed(store, change_set, parallel)
    journal = FakeJournal(change_set)
    executed(store, journal, parallel)
    assert [(one.outcome, one.reason) for one in rehearsal.predictions] == [
        (entry.outcome, entry.reason) for entry in journal.recorded()
    ]
    assert sorted(request.body for request in rehearsal.requests) == sorted(
        request.body for request in store.received
    )
    assert sorted(map(str, rehearsal.requests)) == sorted(map(str, store.received))
    assert rehearsal.estimate.calls == len(store.received)
    for prediction, change in zip(rehearsal.predictions, change_set.changes, strict=True):
        sent = prediction.outcome in {Outcome.APPLIED, Outcome.REFUSED}
        assert (prediction.request is not None) == sent
        if prediction.request is not None:
            assert change in rehearsal.requests[prediction.request].changes
