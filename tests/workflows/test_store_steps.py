"""How steps of a store are carried on a real server: turned away, tried again, given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

from activities.bulkhead import Bulkhead, StoreBulkhead
from activities.failures import FailureTranslation
from activities.heartbeat import beat, heartbeating
from activities.patience import StepPatience
from steward.errors import StoreUnreachable
from steward.steps import SimulationOrder
from tests.workflows.conftest import connected
from tests.workflows.store_steps import QUEUE, Executes, Simulates, Undoes
from workers.composition import sandboxed_runner
from workflows.names import fairness_key

Work = Callable[[], Awaitable[str]]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class LeapingClock:
    """A clock on which ten minutes pass between any two looks."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return NOON + self.looks * timedelta(minutes=10)


class Workshop:
    """A worker for steps whose work a test chooses, and the bulkhead that it has."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.bulkhead = Bulkhead(per_store=1, for_undo=1)
        self.work: Work = self.done
        self.attempts = 0
        self.fairness_keys: set[str | None] = set()

    async def done(self) -> str:
        """Succeed."""
        return "done"

    @activity.defn(name="simulate")
    async def simulate(self, _order: SimulationOrder) -> str:
        return await self._carry()

    @activity.defn(name="execute")
    async def execute(self, _order: SimulationOrder) -> str:
        return await self._carry()

    async def _carry(self) -> str:
        self.attempts += 1
        self.fairness_keys.add(activity.info().priority.fairness_key)
        return await self.work()

    async def start(
        self, kind: type[Simulates | Executes | Undoes], store: str = "demo"
    ) -> WorkflowHandle[object, str]:
        """Start a workflow of one step."""
        order = SimulationOrder(run_id="run-1", store=store, headline="")
        return await self.client.start_workflow(
            kind.__name__,
            order,
            id=f"{kind.__name__}-{id(self):x}-{store}",
            task_queue=QUEUE,
            result_type=str,
        )


@pytest.fixture
async def workshop(temporal_address: str) -> AsyncIterator[Workshop]:
    """A worker behind a bulkhead, whose steps come back at once."""

    def at_once(attempt: int, *, undo: bool) -> timedelta:  # noqa: ARG001
        return timedelta(milliseconds=20)

    workshop = Workshop(await connected(temporal_address))
    async with Worker(
        workshop.client,
        task_queue=QUEUE,
        workflows=[Simulates, Executes, Undoes],
        activities=[workshop.simulate, workshop.execute],
        workflow_runner=sandboxed_runner(),
        interceptors=[
            FailureTranslation(),
            StoreBulkhead(workshop.bulkhead, at_once),
            StepPatience(LeapingClock()),
        ],
        disable_eager_activity_execution=True,
    ):
        yield workshop


async def turned_away(run: WorkflowHandle[object, str], times: int) -> str:
    """Return the type of the last failure as soon as a step was turned away so often."""
    for _ in range(600):
        raw: DescribeWorkflowExecutionResponse = (await run.describe()).raw_description
        for pending in raw.pending_activities:
            if pending.attempt > times:
                return pending.last_failure.application_failure_info.type
        await asyncio.sleep(0.05)
    raise AssertionError(f"{run.id} was not turned away {times} times")


async def failure_of(run: WorkflowHandle[object, str]) -> ApplicationError:
    """Return what the only step of a run failed by."""
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    step = failed.value.cause
    assert isinstance(step, ActivityError)
    assert isinstance(step.cause, ApplicationError)
    return step.cause


async def test_a_step_may_be_turned_away_any_number_of_times(workshop: Workshop) -> None:
    """Waiting for its turn uses up no attempt, begins no work and leaves nothing in the history."""
    with workshop.bulkhead.carrying("demo"):
        run = await workshop.start(Simulates)
        assert await turned_away(run, 5) == "StoreBusy"
        assert workshop.attempts == 0
    assert await run.result() == "done"
    assert workshop.attempts == 1
    # Those of a workflow with one activity that succeeds at once.
    assert len((await run.fetch_history()).events) == 11


async def test_another_store_and_an_undo_are_not_turned_away(workshop: Workshop) -> None:
    """A store that has its share keeps out neither other stores nor the undo of its own runs."""
    with workshop.bulkhead.carrying("demo"):
        assert await (await workshop.start(Executes, store="other")).result() == "done"
        assert await (await workshop.start(Undoes)).result() == "done"


async def test_steps_carry_their_store_as_fairness_key(workshop: Workshop) -> None:
    """What the engine shares the queue by is the store, whoever started the run."""
    long = "夏" * 60
    for kind in (Simulates, Executes, Undoes):
        await (await workshop.start(kind)).result()
    await (await workshop.start(Executes, store=long)).result()
    assert workshop.fairness_keys == {"demo", fairness_key(long)}


async def test_failures_are_counted_from_attempt_to_attempt(workshop: Workshop) -> None:
    """The engine hands on what the heartbeats carried: an outage of an hour ends a write."""

    async def away() -> str:
        async with heartbeating():
            raise StoreUnreachable("The store cannot be reached.")

    workshop.work = away
    failure = await failure_of(await workshop.start(Executes))
    assert failure.type == "StoreUnreachable"
    # By the clock seven attempts last an hour, and ten are the fewest.
    assert workshop.attempts == 10


async def test_a_lost_worker_is_counted_too(workshop: Workshop) -> None:
    """A worker that falls silent over a step leaves its count to the next one, and is counted."""

    async def lost_then_away() -> str:
        if workshop.attempts == 1:
            beat()
            await asyncio.sleep(3_600)
        raise StoreUnreachable("The store cannot be reached.")

    workshop.work = lost_then_away
    failure = await failure_of(await workshop.start(Simulates))
    assert failure.type == "StoreUnreachable"
    assert workshop.attempts == 4


@given(st.lists(st.text(min_size=1), min_size=2, max_size=20, unique=True), st.integers(0, 100))
def test_a_fairness_key_is_short_and_a_stores_own(endings: list[str], length: int) -> None:
    """Every store has a key that the engine takes, and no two share one, however long their names.

    Names that are too long differ by a digest, so that which store a key means does not change.
    """
    stores = ["ü" * length + ending for ending in endings]
    keys = [fairness_key(store) for store in stores]
    assert len(set(keys)) == len(stores)
    assert all(len(key.encode()) <= 64 for key in keys)
    assert fairness_key("ü" * 60) == "ü" * 23 + "-abb4f2535c4be1ae"
