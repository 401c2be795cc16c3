"""How long a step is tried again: through outages, crashes and waits for its turn, by the clock."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import activity
from temporalio.common import Priority
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.execute import LedgerJournal
from activities.heartbeat import beat, progressed
from activities.patience import StepPatience
from steward.changes import Outcome
from steward.claims import Hold
from steward.errors import (
    CredentialsRejected,
    FieldsClaimed,
    StewardError,
    StoreThrottled,
    StoreUnreachable,
)
from steward.execution import OutcomeRecord
from steward.patience import Patience, Setbacks
from steward.ports import Ledger
from steward.runs import ChunkReference
from steward.steps import UNDO_PRIORITY, ExecutionOrder

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
Work = Callable[[], object]


class MovedClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Doing(ActivityInboundInterceptor):
    """The step itself."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        beat()
        done = self.work(*input.args)
        return await done if isawaitable(done) else done


class Step:
    """A step that is tried again and again, each time given what the last heartbeat carried."""

    def __init__(self, activity_type: str = "execute", priority: Priority | None = None) -> None:
        self.clock = MovedClock()
        self._info = replace(
            ActivityEnvironment.default_info(),
            activity_type=activity_type,
            priority=priority or Priority(),
        )

    async def attempt(self, work: Work, *, after: timedelta = timedelta()) -> object:
        """Try once, so long after the last time."""
        self.clock.time += after
        environment = ActivityEnvironment()
        environment.info = self._info
        environment.on_heartbeat = self._keep
        patient = StepPatience(self.clock).intercept_activity(Doing(work))
        input_ = ExecuteActivityInput(fn=print, args=(), executor=None, headers={})
        return await environment.run(patient.execute_activity, input_)

    def _keep(self, *details: object) -> None:
        self._info = replace(self._info, heartbeat_details=details)


def away() -> object:
    """Find the store away."""
    raise StoreUnreachable("The store cannot be reached.", remedy="Wait.")


def throttled() -> object:
    """Find the store's limit used up."""
    raise StoreThrottled("Too many calls.")


def away_halfway() -> object:
    """Get something done before the store goes away."""
    progressed()
    return away()


class Killed(BaseException):
    """The process is gone in the middle of the step."""


def killed() -> object:
    """Lose the process."""
    raise Killed


async def given_up(step: Step, work: Work, *, after: timedelta) -> bool:
    """Return whether the step is given up by this attempt, which fails."""
    try:
        await step.attempt(work, after=after)
    except (ApplicationError, StoreUnreachable, StoreThrottled, Killed, ZeroDivisionError) as error:
        return isinstance(error, ApplicationError) and error.non_retryable
    raise AssertionError("the attempt was to fail")


@given(
    count=st.integers(0, 30),
    minutes=st.integers(0, 120),
    wanted=st.integers(1, 30),
    lasting=st.integers(0, 120),
)
def test_both_number_and_time_count(count: int, minutes: int, wanted: int, lasting: int) -> None:
    """A step is given up once it failed often enough and long enough, and not before."""
    setbacks = Setbacks(since=NOON, count=count)
    patience = Patience(setbacks=wanted, lasting=timedelta(minutes=lasting))
    used_up = patience.is_used_up(setbacks, NOON + timedelta(minutes=minutes))
    assert used_up == (count >= wanted and minutes >= lasting)


async def waits_of(step: Step, work: Work, attempts: int) -> list[float]:
    """Return for how many seconds the step stays away after each of its failures."""
    waits = []
    for _ in range(attempts):
        with pytest.raises(StewardError) as failure:
            await step.attempt(work, after=timedelta(seconds=1))
        assert failure.value.retry_after is not None
        waits.append(failure.value.retry_after.total_seconds())
    return waits


@pytest.mark.parametrize(
    ("step", "longest"),
    [("simulate", 4), ("execute", 60), ("verify", 60)],
)
async def test_failures_without_a_hint_are_backed_off_from_by_chance(
    step: str, longest: float
) -> None:
    """Each wait is about twice the last one up to a limit, and steps do not come back together."""
    attempts = 3 if step == "simulate" else 9
    first, second = [await waits_of(Step(step), away, attempts) for _ in range(2)]
    for number, wait in enumerate(first):
        most = min(longest, 2**number)
        assert most / 2 <= wait <= most
    assert first != second


async def test_the_wait_begins_anew_with_a_sign_of_life() -> None:
    """What counts is how often the step failed on end, not how often it was tried."""
    step = Step()
    await waits_of(step, away, 6)
    (wait,) = await waits_of(step, away_halfway, 1)
    assert wait <= 1


async def test_a_run_in_the_way_uses_up_no_patience() -> None:
    """A step waits for another run for days, and is then as patient with its store as before."""

    def in_the_way() -> object:
        raise FieldsClaimed("Run a waits for run b.", retry_after=timedelta(seconds=15))

    step = Step()
    for _ in range(200):
        with pytest.raises(FieldsClaimed):
            await step.attempt(in_the_way, after=timedelta(hours=1))
    for _ in range(9):
        assert not await given_up(step, away, after=timedelta(hours=1))
    assert await given_up(step, away, after=timedelta(hours=1))


async def test_a_hint_is_followed_to_the_letter() -> None:
    """The platform knows best when it is there again."""

    def away_until() -> object:
        raise StoreUnreachable("Away.", retry_after=timedelta(seconds=7))

    assert await waits_of(Step(), away_until, 3) == [7, 7, 7]


async def test_an_undo_backs_off_too() -> None:
    """What takes changes back is in no greater hurry than the platform bears."""
    (wait,) = await waits_of(Step(priority=Priority(priority_key=UNDO_PRIORITY)), away, 1)
    assert 0.5 <= wait <= 1


async def test_an_outage_of_an_hour_ends_a_write() -> None:
    """While writing, failures are sat out for an hour on end; the first one after it is final."""
    step = Step()
    for _ in range(60):
        assert not await given_up(step, away, after=timedelta(minutes=1))
    assert await given_up(step, away, after=timedelta(minutes=1))


async def test_what_gives_up_says_why() -> None:
    """The failure that ends a step is the store's own, with its remedy."""
    step = Step("simulate")
    for _ in range(3):
        await given_up(step, away, after=timedelta(seconds=1))
    with pytest.raises(ApplicationError) as failure:
        await step.attempt(away)
    assert failure.value.type == "StoreUnreachable"
    assert failure.value.message == "The store cannot be reached. Wait."
    assert failure.value.details[0]["exit_code"] == 5


async def test_a_failure_before_anything_is_written_is_told_soon() -> None:
    """A simulation is tried four times."""
    step = Step("simulate")
    ends = [await given_up(step, away, after=timedelta(seconds=1)) for _ in range(4)]
    assert ends == [False, False, False, True]


async def test_a_long_wait_between_two_failures_ends_nothing() -> None:
    """Two failures with hours of waiting for the step's turn in between are no outage."""
    step = Step()
    assert not await given_up(step, away, after=timedelta())
    assert not await given_up(step, away, after=timedelta(hours=5))


@pytest.mark.parametrize("sign_of_life", [away_halfway, throttled])
async def test_a_sign_of_life_ends_an_outage(sign_of_life: Work) -> None:
    """A store that took a change, or that answers that it is too much, is not away."""
    step = Step()
    for _ in range(50):
        await given_up(step, away, after=timedelta(minutes=1))
    assert not await given_up(step, sign_of_life, after=timedelta(minutes=1))
    for _ in range(50):
        assert not await given_up(step, away, after=timedelta(minutes=1))


async def test_a_recorded_outcome_ends_an_outage() -> None:
    """What the executor's journal records is what counts as getting somewhere."""

    class Recording:
        async def record_outcomes(self, *_: object) -> None:
            return

    chunk = ChunkReference(run_id="run-1", store="demo", digest="d", first=0, last=0, content="c")
    hold = Hold(run_id="run-1", digest="d", origin="o", lease="l")
    ledger = cast("Ledger", Recording())
    journal = LedgerJournal(ledger, MovedClock(), ExecutionOrder(chunk=chunk), hold)

    async def records_then_away() -> object:
        await journal.outcomes([OutcomeRecord(ordinal=0, outcome=Outcome.APPLIED)])
        return away()

    step = Step()
    for _ in range(120):
        assert not await given_up(step, records_then_away, after=timedelta(minutes=1))


async def test_throttling_alone_ends_nothing() -> None:
    """A step whose store answers for a day that it is too much goes on."""
    step = Step("simulate")
    for _ in range(24):
        assert not await given_up(step, throttled, after=timedelta(hours=1))


async def test_an_outage_outlives_the_worker() -> None:
    """Workers that die in an outage do not make it start anew, and count as failures."""
    step = Step()
    for minute in range(60):
        assert not await given_up(step, killed if minute % 2 else away, after=timedelta(minutes=1))
    assert await given_up(step, away, after=timedelta(minutes=1))


async def test_a_step_that_kills_its_workers_is_given_up() -> None:
    """A step that takes every worker down with it is not handed to one after the other for ever."""
    step = Step("simulate")
    for _ in range(4):
        assert not await given_up(step, killed, after=timedelta(seconds=5))
    with pytest.raises(ApplicationError) as failure:
        await step.attempt(lambda: "not reached")
    assert (failure.value.type, failure.value.non_retryable) == ("WorkerLost", True)


async def test_a_worker_that_stops_in_order_is_no_setback() -> None:
    """A step that its worker interrupts in order to stop may be interrupted any number of times."""
    step = Step("simulate")

    def stopped() -> object:
        raise asyncio.CancelledError

    for _ in range(10):
        with pytest.raises(asyncio.CancelledError):
            await step.attempt(stopped)
    assert await step.attempt(lambda: "done") == "done"


async def test_an_undo_is_never_given_up() -> None:
    """What takes changes back is tried for as long as it takes."""
    step = Step(priority=Priority(priority_key=UNDO_PRIORITY))
    for _ in range(100):
        assert not await given_up(step, away, after=timedelta(hours=1))


async def test_an_undo_that_waited_for_its_turn_backs_off_from_the_beginning() -> None:
    """However often it was in the queue, a failure of its store is the first one."""

    def in_the_way() -> object:
        raise FieldsClaimed("Run a waits for run b.", retry_after=timedelta(seconds=4))

    step = Step(priority=Priority(priority_key=UNDO_PRIORITY))
    for _ in range(20):
        with pytest.raises(FieldsClaimed):
            await step.attempt(in_the_way)
    for number, wait in enumerate(await waits_of(step, away, 9)):
        most = min(60, 2**number)
        assert most / 2 <= wait <= most


async def test_what_nobody_foresaw_is_given_up_too() -> None:
    """A defect of ours is tried as often as an outage, and told by its own name."""
    step = Step("simulate")
    for _ in range(3):
        assert not await given_up(step, lambda: 1 / 0, after=timedelta())
    with pytest.raises(ApplicationError) as failure:
        await step.attempt(lambda: 1 / 0)
    assert failure.value.type == "ZeroDivisionError"


async def test_what_can_never_succeed_is_left_to_end_at_once() -> None:
    """A permanent failure passes as it is."""
    step = Step()

    def refused() -> object:
        raise CredentialsRejected("The token was revoked.")

    with pytest.raises(CredentialsRejected):
        await step.attempt(refused)


async def test_memory_of_another_release_is_forgotten() -> None:
    """Details of a heartbeat that cannot be read are no reason to fail."""
    step = Step()
    step._keep({"of": "another release"})  # noqa: SLF001 - what the engine would hand over
    assert await step.attempt(lambda: activity.info().activity_type) == "execute"
