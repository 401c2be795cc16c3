"""A run belongs to the workflow of its id, and to no other that names it."""

from asyncio import Event, wait_for

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from steward.audit import AuditKind
from steward.runs import (
    Control,
    ControlRequest,
    RollbackRequest,
    RunRequest,
    RunResult,
    RunStatus,
    Stage,
)
from tests.workflows.conftest import House
from workflows.names import AGENT_RUN, CANCEL, ROLLBACK, WORKFLOW_QUEUE


async def started_elsewhere(
    house: House, name: str, request: RunRequest | RollbackRequest
) -> WorkflowHandle[object, RunResult]:
    """Start a workflow under an id that is not its run's."""
    return await house.client.start_workflow(
        name,
        request,
        id=f"elsewhere-{request.run_id}",
        task_queue=WORKFLOW_QUEUE,
        result_type=RunResult,
    )


def by_bob(run_id: str) -> RunRequest:
    """Return what Bob asks for under the id of somebody else's run."""
    return RunRequest(
        run_id=run_id,
        store="demo",
        agent="pricing-manager",
        template="bulk-price",
        parameters={"tag": "summer", "percent": "-50"},
        requested_by="bob",
    )


async def refusal_of(workflow: WorkflowHandle[object, RunResult]) -> str:
    """Return why a workflow failed."""
    with pytest.raises(WorkflowFailureError) as failed:
        await workflow.result()
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause.message


async def test_a_waiting_run_is_not_replaced_by_a_workflow_that_names_it(house: House) -> None:
    """What was simulated for it stays, is written once approved, and the attempt is recorded."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    intent = await house.ledger.load_intent(run.id)
    other = await started_elsewhere(house, AGENT_RUN, by_bob(run.id))
    assert "is not its own" in await refusal_of(other)
    assert await house.ledger.load_run(run.id) == record
    assert await house.ledger.load_intent(run.id) == intent
    await house.decide(run)
    result = await run.result()
    assert (result.status, result.digest) == (RunStatus.COMPLETED, record.digest)
    (refused,) = await house.reader.audit("demo", run.id, AuditKind.REFUSED, limit=10)
    assert refused.event.actor == "bob"
    assert other.id in refused.event.detail


async def test_a_writing_run_is_not_ended_by_a_workflow_that_names_it(house: House) -> None:
    """It goes on, and a cancel of it still takes everything back."""
    before = dict(house.shop.values)
    run = await house.start()
    begun = Event()
    house.shop.seconds_per_write = 0.05
    house.shop.after_write = lambda _: begun.set()
    await house.decide(run)
    await wait_for(begun.wait(), 30)
    await refusal_of(await started_elsewhere(house, AGENT_RUN, by_bob(run.id)))
    rollback = RollbackRequest(
        run_id=run.id, store="demo", undoes=run.id, requested_by="bob", confirm=False
    )
    await refusal_of(await started_elsewhere(house, ROLLBACK, rollback))
    assert (await house.ledger.load_run(run.id)).status is RunStatus.RUNNING
    await run.signal(CANCEL, ControlRequest(by="rita"))
    assert (await run.result()).status is RunStatus.COMPENSATED
    assert house.shop.values == before


async def test_a_workflow_that_names_a_run_does_not_stop_its_writes(house: House) -> None:
    """A cancel that reaches the other workflow first leaves the run's gate open."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    other = await house.client.start_workflow(
        AGENT_RUN,
        by_bob(run.id),
        id=f"elsewhere-{run.id}",
        task_queue=WORKFLOW_QUEUE,
        start_signal=CANCEL,
        start_signal_args=[ControlRequest(by="bob")],
        result_type=RunResult,
    )
    assert (await other.result()).status is RunStatus.CANCELLED
    assert await house.ledger.control(run.id) is Control.RUN
    assert (await house.ledger.load_run(run.id)).status is RunStatus.RUNNING
    await house.decide(run)
    assert (await run.result()).status is RunStatus.COMPLETED
