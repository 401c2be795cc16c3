"""Shops whose reads lag behind their writes, and people who are faster than the reading back."""

from collections.abc import Callable

import pytest

from steward.changes import FieldName, Target
from steward.execution import WriteRequest
from steward.runs import RunStatus
from steward.undoing import UndoScope
from steward.values import Value
from tests.workflows.conftest import House
from tests.workflows.fakes import FakeShop, usd


class Lag:
    """Lets reads of a shop show old values until something was looked at that many times."""

    def __init__(self, shop: FakeShop, looks: int | None) -> None:
        """Take the shop, and the number of looks; with None it never catches up by itself."""
        self._shop = shop
        self._looks = looks
        self._hidden: dict[Target, Value] = {}
        self._looked = 0
        self._before = dict(shop.values)
        shop.after_write = self._hide
        shop.before_read = self._look

    def _hide(self, request: WriteRequest) -> None:
        self._looked = 0
        for change in request.changes:
            self._hidden[change.target] = change.after
            self._shop.values[change.target] = self._before[change.target]

    async def _look(self) -> None:
        self._looked += 1
        if self._looks is not None and self._looked > self._looks:
            self.catch_up()

    def catch_up(self) -> None:
        """Show everything that was written."""
        self._shop.values |= self._hidden
        self._hidden = {}


async def test_reads_that_lag_for_a_moment_stop_no_run(house: House) -> None:
    """What reads back as old is read again before the wave is judged."""
    Lag(house.shop, looks=1)
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    assert (result.status, result.outcomes.refused) == (RunStatus.COMPLETED, 0)
    assert result.outcomes.applied == result.outcomes.total


async def test_values_that_show_only_after_the_run_has_ended_can_be_taken_back(
    house: House,
) -> None:
    """They count as refused, and the compensation finds nothing; a rollback finds them."""
    before = dict(house.shop.values)
    lag = Lag(house.shop, looks=None)
    run = await house.start()
    await house.decide(run)
    assert (await run.result()).status is RunStatus.COMPENSATED
    lag.catch_up()
    house.shop.after_write = lambda _: None
    assert house.shop.values != before
    undo = await house.start_rollback(run.id)
    assert (await undo.result()).outcomes.applied == len(house.shop.written) // 2
    assert house.shop.values == before


def overwriting(shop: FakeShop, target: Target) -> Callable[[WriteRequest], None]:
    """Return somebody who sets another price right after ours was written."""

    def overwrite(request: WriteRequest) -> None:
        if any(change.target == target for change in request.changes):
            shop.values[target] = usd("5.00")

    return overwrite


@pytest.mark.parametrize("force", [False, True])
async def test_a_value_changed_before_the_reading_back_is_kept_or_restored(
    house: House, *, force: bool
) -> None:
    """It replaced ours, so an undo says that it keeps it, and a forced one restores it."""
    prices = [target for target in house.shop.values if target.field is FieldName.PRICE]
    target, before = prices[-1], dict(house.shop.values)
    house.shop.after_write = overwriting(house.shop, target)
    run = await house.start()
    await house.decide(run)
    assert (await run.result()).outcomes.moved == 1
    house.shop.after_write = lambda _: None
    undo = await house.start_rollback(run.id, scope=UndoScope(force=force))
    if force:
        await house.decide(undo)
    outcomes = (await undo.result()).outcomes
    assert (outcomes.moved, outcomes.applied) == ((0, 200) if force else (1, 199))
    assert (house.shop.values == before) is force
