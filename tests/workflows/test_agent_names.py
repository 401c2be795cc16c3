"""The agent that a run names is the one whose work it asks for, since rules are kept by agent."""

import asyncio

import pytest

from steward.approvals import DecisionVerdict
from steward.follow_up import FOLLOW_UP, FOLLOWED_RUN
from steward.runs import RunRequest, RunStatus, Stage
from tests.workflows.conftest import House
from workflows.names import AGENT_RUN, WORKFLOW_QUEUE


async def refused(house: House, request: RunRequest) -> str:
    """Start the run, which must come to nothing, and return the reason that the ledger holds."""
    run = await house.client.start_workflow(
        AGENT_RUN, request, id=request.run_id, task_queue=WORKFLOW_QUEUE
    )
    asked_for_approval = asyncio.create_task(house.reached(run.id, Stage.APPROVE))
    ended = asyncio.create_task(house.reached(run.id, Stage.DONE))
    done, waiting = await asyncio.wait(
        (asked_for_approval, ended), return_when=asyncio.FIRST_COMPLETED
    )
    for task in waiting:
        task.cancel()
    if asked_for_approval in done:
        await run.terminate()
        pytest.fail("the run was planned, simulated and judged")
    record = ended.result()
    assert (record.status, house.shop.written) == (RunStatus.INVALID, [])
    return record.reason


@pytest.mark.parametrize("agent", ["nobody-at-all", "Pricing-Manager", ""])
async def test_template_is_run_for_its_own_agent_only(house: House, agent: str) -> None:
    """A run in another agent's name, which other rules or none are for, is not planned."""
    request = RunRequest(
        run_id=f"run-{id(house):x}-else",
        store="demo",
        agent=agent,
        template="bulk-price",
        parameters={"tag": "summer", "percent": "-10"},
        requested_by="rita",
    )
    reason = await refused(house, request)
    assert "the work of agent 'pricing-manager'" in reason
    assert f"not of '{agent}'" in reason


async def test_follow_up_is_of_the_followed_runs_agent_only(house: House) -> None:
    """What a run left alone is not asked for again in another agent's name."""
    run = await house.start()
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    request = RunRequest(
        run_id=f"follow-{run.id}",
        store="demo",
        agent="nobody-at-all",
        template=FOLLOW_UP,
        parameters={FOLLOWED_RUN: run.id},
        requested_by="rita",
    )
    assert "the work of agent 'pricing-manager'" in await refused(house, request)
