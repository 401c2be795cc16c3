"""What is asked of a run while an edit is under way waits for it, and is judged afterwards."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from steward.approvals import DecisionRefusal, Standing
from steward.edit_requests import Edited
from steward.editing import Edit, edited
from steward.policy import Policy
from steward.runs import RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.test_approvers import register
from tests.workflows.test_edits import FIVE_PERCENT, WITHOUT_FIRST, Run, edit, handled_signals, told
from workflows.names import CANCEL, DECIDE


@pytest.fixture
def policy() -> Policy:
    """One person has to agree."""
    return Policy()


@asynccontextmanager
async def edit_under_way(
    house: House, run: Run, wanted: Edit = WITHOUT_FIRST
) -> AsyncIterator[asyncio.Task[Edited]]:
    """Let Rita edit, and hold the simulation of what she wants for the time of the block."""
    simulating, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        simulating.set()
        assert go_on.wait(30)

    await house.reached(run.id, Stage.APPROVE)
    house.shop.before_requests = hold
    editing = asyncio.create_task(edit(house, run, wanted, by="rita"))
    assert await asyncio.to_thread(simulating.wait, 30)
    try:
        yield editing
    finally:
        go_on.set()
        await asyncio.wait([editing])


async def digest_after(house: House, run: Run, wanted: Edit) -> str:
    """Return the digest that an edit will lead to, as anybody can tell beforehand."""
    record = await house.reached(run.id, Stage.APPROVE)
    whole = await house.ledger.load_change_set(run.id, record.digest or "")
    return edited(whole, wanted).digest


@pytest.mark.parametrize("by", ["rob", "eve"])
async def test_nobody_decides_unseen_by_the_register_during_an_edit(house: House, by: str) -> None:
    """A revoked person and a stranger who name the digest to come are refused as ever."""
    await register(house, "amir")
    await register(house, "rob", revoked=True)
    run = await house.start()
    coming = await digest_after(house, run, WITHOUT_FIRST)
    async with edit_under_way(house, run):
        await run.signal(
            DECIDE, {"run_id": run.id, "digest": coming, "verdict": "approve", "by": by}
        )
        await handled_signals(run, 1)
    assert await house.decide(run, by="amir", digest=coming) is Standing.APPROVED
    decisions = await house.reader.decisions(run.id)
    assert [(one.decision.by, one.refusal) for one in decisions] == [
        (by, DecisionRefusal.NOT_REGISTERED),
        ("amir", None),
    ]


async def test_nobody_edits_unseen_by_the_register_during_an_edit(house: House) -> None:
    """A revoked person's edit of the change set to come is refused as ever."""
    await register(house, "rob", revoked=True)
    run = await house.start()
    coming = await digest_after(house, run, WITHOUT_FIRST)
    async with edit_under_way(house, run) as editing:
        second = asyncio.create_task(edit(house, run, FIVE_PERCENT, by="rob", digest=coming))
        await updates_accepted(run, 2)
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await second
    assert "not registered" in told(failure.value)
    assert (await house.ledger.load_run(run.id)).digest == (await editing).digest == coming


async def updates_accepted(run: Run, wanted: int) -> None:
    """Return once the run has so many updates in its hands."""
    for _ in range(600):
        accepted = [
            event
            async for event in run.fetch_history_events()
            if event.HasField("workflow_execution_update_accepted_event_attributes")
        ]
        if len(accepted) >= wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the updates were not accepted")


async def test_a_cancel_does_not_wait_for_an_edit(house: House) -> None:
    """A cancelled run ends although the step that simulates an edit never comes to an end."""
    run = await house.start()
    async with edit_under_way(house, run) as editing:
        await run.signal(CANCEL, {"by": "amir"})
        assert (await run.result()).status is RunStatus.CANCELLED
        with pytest.raises(WorkflowUpdateFailedError) as failure:
            await editing
    assert "not waiting" in told(failure.value)
    assert house.shop.written == []


async def test_the_deadline_does_not_wait_for_an_edit(house: House, policy: Policy) -> None:
    """Nor does a run whose time for a decision is over."""
    object.__setattr__(policy, "deadline", timedelta(seconds=8))
    run = await house.start()
    async with edit_under_way(house, run) as editing:
        assert (await run.result()).status is RunStatus.EXPIRED
        with pytest.raises(WorkflowUpdateFailedError):
            await editing
    assert house.shop.written == []
