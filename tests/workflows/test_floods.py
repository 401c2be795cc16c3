"""Nobody fills a run's history by asking it to and fro."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from steward.approvals import DecisionRefusal, DecisionVerdict, Standing
from steward.audit import AuditKind
from steward.policy import Policy
from steward.runs import Control, ControlRequest, RunStatus, Stage
from tests.workflows.conftest import House
from workflows.controlled import MOST_PAUSES
from workflows.names import CANCEL, PAUSE, RESUME

MOST_WITHDRAWALS = 20


@pytest.fixture
def policy() -> Policy:
    """A policy that asks for two people."""
    return Policy(quorum=2)


async def test_whoever_withdraws_again_and_again_approves_no_more(house: House) -> None:
    """Twenty times is the most; others decide as ever."""
    run = await house.start()
    for _ in range(MOST_WITHDRAWALS):
        await house.decide(run)
        await house.decide(run, verdict=DecisionVerdict.WITHDRAW)
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await house.decide(run, by=" AMIR")
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.details[0] == DecisionRefusal.WITHDRAWN_TOO_OFTEN
    await house.decide(run, by="zoe")
    assert await house.decide(run, by="olga") is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED


async def test_a_run_is_paused_so_many_times_and_no_more(house: House) -> None:
    """Then it goes on, says why, and can still be cancelled."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    for _ in range(MOST_PAUSES):
        await run.signal(PAUSE, ControlRequest(by="amir"))
        await run.signal(RESUME, ControlRequest(by="amir"))
    await run.signal(PAUSE, ControlRequest(by="amir"))
    await run.signal(CANCEL, ControlRequest(by="amir"))
    assert (await run.result()).status is RunStatus.CANCELLED
    (refused,) = await house.reader.audit(run_id=run.id, kind=AuditKind.REFUSED)
    assert "which is the most" in refused.event.detail
    assert await house.ledger.control(run.id) is Control.CANCEL
