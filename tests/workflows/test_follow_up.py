"""What a run left alone is asked for again, as a change set of its own."""

import pytest
from temporalio.client import WorkflowFailureError

from steward.changes import FieldName
from steward.follow_up import FOLLOW_UP, FOLLOWED_RUN
from steward.runs import RunRequest, RunResult, RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.fakes import usd
from workflows.names import AGENT_RUN, WORKFLOW_QUEUE


async def test_a_follow_up_sets_what_was_moved_and_nothing_else(house: House) -> None:
    """From the value that somebody else set to the one that was approved, by another approval."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("21.00")
    await house.decide(run)
    assert (await run.result()).outcomes.moved == 1
    assert house.shop.values[target] == usd("21.00")
    house.shop.written.clear()

    request = RunRequest(
        run_id=f"follow-{run.id}",
        store="demo",
        agent="pricing-manager",
        template=FOLLOW_UP,
        parameters={FOLLOWED_RUN: run.id},
        requested_by="rita",
    )
    again = await house.client.start_workflow(
        AGENT_RUN, request, id=request.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
    )
    await house.decide(again)
    result = await again.result()
    assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 1)
    (change,) = house.shop.written
    assert (change.target, change.before) == (target, usd("21.00"))
    assert change.after == house.shop.values[target]


async def test_a_run_that_left_nothing_alone_has_no_follow_up(house: House) -> None:
    """There is nothing to ask for, and the run ends as invalid."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    request = RunRequest(
        run_id=f"follow-{run.id}",
        store="demo",
        agent="pricing-manager",
        template=FOLLOW_UP,
        parameters={FOLLOWED_RUN: run.id},
        requested_by="rita",
    )
    with pytest.raises(WorkflowFailureError):
        await house.client.execute_workflow(
            AGENT_RUN, request, id=request.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
        )
