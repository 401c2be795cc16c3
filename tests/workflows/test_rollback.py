"""Rollback: a later run that restores what an earlier one wrote, and nothing newer."""

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from steward.approvals import Standing
from steward.changes import FieldName
from steward.runs import RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.fakes import usd


async def test_a_rollback_restores_every_value(house: House) -> None:
    """After the undo the store is as before the run, value for value."""
    before = dict(house.shop.values)
    run = await house.start()
    await house.decide(run)
    await run.result()
    undo = await house.start_rollback(run.id)
    result = await undo.result()
    assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 200)
    assert house.shop.values == before


async def test_a_rollback_takes_the_newest_change_first(house: House) -> None:
    """The undo holds the inverses of the run's changes in reverse; stretches go out in parallel."""
    run = await house.start()
    await house.decide(run)
    done = await run.result()
    undo = await house.start_rollback(run.id)
    undone = await undo.result()
    assert done.digest is not None
    assert undone.digest is not None
    written = await house.reader.changes(run.id, done.digest, limit=1_000)
    restored = await house.reader.changes(undo.id, undone.digest, limit=1_000)
    assert [entry.change.inverse() for entry in restored] == [
        entry.change for entry in reversed(written)
    ]


async def test_a_newer_value_is_kept(house: House) -> None:
    """A price that somebody changed after the run is neither overwritten nor passed over."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("3.33")
    result = await (await house.start_rollback(run.id)).result()
    assert (result.outcomes.applied, result.outcomes.moved) == (199, 1)
    assert house.shop.values[target] == usd("3.33")


async def test_a_previewed_rollback_waits_for_a_confirmation(house: House) -> None:
    """With a preview nothing is written before somebody, who may be the requester, agrees."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    house.shop.written.clear()
    undo = await house.start_rollback(run.id, confirm=True)
    await house.reached(undo.id, Stage.APPROVE)
    assert house.shop.written == []
    assert await house.decide(undo, by="rita") is Standing.APPROVED
    assert (await undo.result()).outcomes.applied == 200


async def test_a_second_rollback_finds_nothing_to_restore(house: House) -> None:
    """Undoing twice changes nothing and says so."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    await (await house.start_rollback(run.id)).result()
    house.shop.written.clear()
    result = await (await house.start_rollback(run.id)).result()
    assert (result.status, result.digest) == (RunStatus.COMPLETED, None)
    assert result.reason == f"Run {run.id} left nothing to undo."
    assert house.shop.written == []


async def test_a_rollback_can_be_rolled_back(house: House) -> None:
    """Undoing the undo brings the run's values again, once somebody else than asked agrees."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    after = dict(house.shop.values)
    undo = await house.start_rollback(run.id)
    await undo.result()
    restored = dict(house.shop.values)
    again = await house.start_rollback(undo.id)
    await house.reached(again.id, Stage.APPROVE)
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(again, by="rita")
    assert house.shop.values == restored
    await house.decide(again, by="amir")
    await again.result()
    assert house.shop.values == after
    await (await house.start_rollback(again.id)).result()
    assert house.shop.values == restored


async def test_a_run_that_wrote_nothing_needs_no_undo(house: House) -> None:
    """A rollback of a run that was never approved completes without a write."""
    run = await house.start(percent="-95")
    await run.result()
    result = await (await house.start_rollback(run.id)).result()
    assert result.status is RunStatus.COMPLETED
    assert "nothing" in result.reason


async def test_a_terminated_run_can_be_rolled_back(house: House) -> None:
    """What a run wrote before somebody terminated it is undone; the run then counts as failed."""
    before = dict(house.shop.values)
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await house.reached(run.id, Stage.VERIFY)
    await run.terminate()
    undo = await house.start_rollback(run.id)
    result = await undo.result()
    assert result.status is RunStatus.COMPLETED
    assert house.shop.values == before
    record = await house.ledger.load_run(run.id)
    assert record.status is RunStatus.FAILED
    assert "terminated" in record.reason


async def test_a_run_that_goes_on_is_not_rolled_back(house: House) -> None:
    """An undo of a run that is still writing is refused, and the run is left alone."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    undo = await house.start_rollback(run.id)
    with pytest.raises(WorkflowFailureError) as failure:
        await undo.result()
    assert "still goes on" in str(failure.value.cause)
    await house.decide(run)
    assert (await run.result()).status is RunStatus.COMPLETED
