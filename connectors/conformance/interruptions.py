"""Checks of what goes wrong on the way: throttled calls and lost answers."""

from datetime import timedelta

from connectors.conformance.proving import Disturbance, Proving
from connectors.conformance.trial import (
    Trial,
    expect,
    expect_each_once,
    expect_held,
    price_changes,
    read,
    sale_changes,
)
from steward.changes import Change, Outcome
from steward.errors import AnswerLost, StoreThrottled
from steward.ports import Store


async def a_throttled_write_loses_nothing(proving: Proving) -> None:
    """A refused write says when to come back, or is waited for; then all is applied, once."""
    await proving.reset()
    async with proving.open() as store:
        changes = sale_changes(await read(store, proving))
        await proving.disturb(Disturbance.WRITE_THROTTLED)
        trial = Trial(store, changes)
        for error in await trial.finish(proving):
            _expect_throttled(error)
    trial.expect_outcomes(Outcome.APPLIED)
    await expect_held(proving, changes)
    await expect_each_once(proving)


async def a_throttled_read_says_when_to_come_back(proving: Proving) -> None:
    """A refused read says when to come back, or is waited for; the next one is complete."""
    await proving.reset()
    async with proving.open() as store:
        complete = await read(store, proving)
        await proving.disturb(Disturbance.READ_THROTTLED)
        try:
            again = await read(store, proving)
        except StoreThrottled as error:
            _expect_throttled(error)
            await proving.wait(error.retry_after or timedelta(0))
            again = await read(store, proving)
    expect(again.products == complete.products, "the reading after a throttled one differs")


async def a_lost_answer_to_prices_is_resolved(proving: Proving) -> None:
    """Prices whose answer was lost are found applied by reading, and not written again."""
    await proving.reset()
    async with proving.open() as store:
        changes = price_changes(await read(store, proving))
        await _expect_resolved(store, proving, changes)
    await expect_each_once(proving)


async def a_lost_answer_to_a_sale_is_resolved(proving: Proving) -> None:
    """A sale whose answer was lost comes to what was asked, whatever part of it was written."""
    await proving.reset()
    async with proving.open() as store:
        changes = sale_changes(await read(store, proving))
        await _expect_resolved(store, proving, changes)
    await expect_each_once(proving)


async def _expect_resolved(store: Store, proving: Proving, changes: list[Change]) -> None:
    await proving.disturb(Disturbance.WRITE_ANSWER_LOST)
    trial = Trial(store, changes)
    errors = await trial.finish(proving)
    expect(
        [type(error) for error in errors] == [AnswerLost],
        f"a lost answer should raise AnswerLost once, and raised {errors}",
    )
    trial.expect_outcomes(Outcome.APPLIED)
    await proving.settle()
    await expect_held(proving, changes)


def _expect_throttled(error: Exception) -> None:
    expect(isinstance(error, StoreThrottled), f"a throttled call raised {error!r}")
    seconds = getattr(error, "retry_after", None)
    expect(
        seconds is not None and seconds > timedelta(0),
        f"a throttled call says to come back after {seconds}",
    )
