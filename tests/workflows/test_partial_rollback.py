"""Rolling back a part of a run, and overwriting what others changed only by agreement."""

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from steward.changes import FieldName
from steward.runs import RunStatus, Stage
from steward.undoing import UndoScope
from tests.workflows.conftest import House
from tests.workflows.fakes import usd


async def finished(house: House) -> str:
    """Return a run that has written everything."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    return run.id


async def test_some_items_are_restored_and_the_rest_stays(house: House) -> None:
    """Only the named product's prices go back."""
    before = dict(house.shop.values)
    run_id = await finished(house)
    written = dict(house.shop.values)
    scope = UndoScope(items=("product-0003",), fields=(FieldName.PRICE,))
    result = await (await house.start_rollback(run_id, scope=scope)).result()
    assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 5)
    for target, value in house.shop.values.items():
        of_product = target.resource_id.startswith("variant-0003-")
        assert value == (before if of_product else written)[target]


async def test_items_that_the_run_did_not_write_are_told(house: House) -> None:
    """A mistyped name ends the undo as invalid, with nothing written."""
    run_id = await finished(house)
    house.shop.written.clear()
    undo = await house.start_rollback(run_id, scope=UndoScope(items=("no such thing",)))
    with pytest.raises(WorkflowFailureError):
        await undo.result()
    assert house.shop.written == []


async def test_a_forced_undo_waits_for_somebody_else(house: House) -> None:
    """Overwriting a newer value needs an approval that the requester cannot give."""
    before = dict(house.shop.values)
    run_id = await finished(house)
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("3.33")
    undo = await house.start_rollback(run_id, scope=UndoScope(force=True))
    await house.reached(undo.id, Stage.APPROVE)
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(undo, by="rita")
    assert house.shop.values[target] == usd("3.33")
    await house.decide(undo, by="amir")
    result = await undo.result()
    assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 200)
    assert house.shop.values == before


async def test_a_forced_undo_of_untouched_values_asks_nobody(house: House) -> None:
    """Where nobody changed anything, force is no more than an ordinary undo."""
    run_id = await finished(house)
    result = await (await house.start_rollback(run_id, scope=UndoScope(force=True))).result()
    assert result.outcomes.applied == 200


async def test_rolling_back_twice_leaves_nothing_to_undo(house: House) -> None:
    """The second undo finds every old value there; undoing the undo brings all back."""
    run_id = await finished(house)
    written = dict(house.shop.values)
    first = await house.start_rollback(run_id)
    await first.result()
    second = await (await house.start_rollback(run_id)).result()
    assert "nothing to undo" in second.reason
    assert second.outcomes.total == 0
    again = await house.start_rollback(first.id)
    await house.decide(again)
    assert (await again.result()).outcomes.applied == 200
    assert house.shop.values == written
