"""A forced rollback is judged by the policy's tiers, as a run would be."""

import pytest
from temporalio.client import WorkflowHandle

from steward.approvals import Standing
from steward.changes import FieldName
from steward.policy import ApprovalTier, NeedsApproval, Policy
from steward.runs import RunResult, RunStatus, Stage
from steward.undoing import UndoScope
from tests.workflows.conftest import House
from tests.workflows.fakes import usd


@pytest.fixture
def policy() -> Policy:
    """A policy that asks two people about more than a hundred changes."""
    return Policy(tiers=(ApprovalTier(over_changes=100, quorum=2),))


async def agreed_by_two(house: House, run: WorkflowHandle[object, RunResult]) -> None:
    """Let the first approval count as not enough, and the second."""
    assert await house.decide(run, by="amir") is Standing.OPEN
    assert await house.decide(run, by="maria") is Standing.APPROVED


async def test_overwriting_needs_the_people_of_the_tier(house: House) -> None:
    """One newer value among two hundred asks two people about the whole undo."""
    before = dict(house.shop.values)
    run = await house.start()
    await agreed_by_two(house, run)
    await run.result()
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("3.33")
    undo = await house.start_rollback(run.id, scope=UndoScope(force=True))
    record = await house.reached(undo.id, Stage.APPROVE)
    verdict = (await house.ledger.load_simulation(undo.id, record.digest or "")).verdict
    assert isinstance(verdict, NeedsApproval)
    assert verdict.quorum == 2
    await agreed_by_two(house, undo)
    assert (await undo.result()).status is RunStatus.COMPLETED
    assert house.shop.values == before
