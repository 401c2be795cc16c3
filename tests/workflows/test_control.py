"""Pause, resume and cancel: they take effect at the next write, and lose nothing."""

import asyncio

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError

from steward.runs import Control, ControlRequest, RunStatus
from tests.workflows.conftest import House
from workflows.names import CANCEL, PAUSE, RESUME


async def some_written(house: House, count: int) -> None:
    """Wait until so many changes have been written."""
    for _ in range(400):
        if len(house.shop.written) >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the run did not write")


async def quiet(house: House) -> int:
    """Wait until nothing more is written, and return how much was."""
    count = -1
    while count != len(house.shop.written):
        count = len(house.shop.written)
        await asyncio.sleep(1.0)
    return count


async def test_a_paused_run_stops_writing_and_a_resumed_one_finishes(house: House) -> None:
    """A pause holds within a wave; after the resume each change has been written once."""
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await some_written(house, 10)
    await run.signal(PAUSE, ControlRequest(by="amir"))
    assert await quiet(house) < 200
    assert await house.ledger.control(run.id) is Control.PAUSE
    await run.signal(RESUME)
    result = await run.result()
    assert result.outcomes.applied == 200
    assert len(house.shop.written) == 200


async def test_a_cancelled_run_takes_back_what_it_wrote(house: House) -> None:
    """The signal `cancel` stops the writing and restores every value."""
    before = dict(house.shop.values)
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await some_written(house, 10)
    await run.signal(CANCEL, ControlRequest(by="amir", reason="Wrong collection."))
    result = await run.result()
    assert result.status is RunStatus.COMPENSATED
    assert "Wrong collection." in result.reason
    assert house.shop.values == before


async def test_the_engines_own_cancel_takes_back_what_was_written(house: House) -> None:
    """`temporal workflow cancel` does the same, and the workflow counts as cancelled."""
    before = dict(house.shop.values)
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await some_written(house, 10)
    await run.cancel()
    with pytest.raises(WorkflowFailureError) as failure:
        await run.result()
    assert isinstance(failure.value.cause, CancelledError)
    assert house.shop.values == before
    record = await house.ledger.load_run(run.id)
    assert record.status is RunStatus.COMPENSATED


async def test_a_run_cancelled_while_it_waits_writes_nothing(house: House) -> None:
    """A cancel before the approval ends the run without a write."""
    run = await house.start()
    await run.signal(CANCEL, ControlRequest(by="rita"))
    result = await run.result()
    assert result.status is RunStatus.CANCELLED
    assert house.shop.written == []


async def test_a_paused_run_can_be_cancelled(house: House) -> None:
    """A pause does not keep a run from being cancelled and undone."""
    before = dict(house.shop.values)
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await some_written(house, 10)
    await run.signal(PAUSE)
    await quiet(house)
    await run.signal(CANCEL)
    assert (await run.result()).status is RunStatus.COMPENSATED
    assert house.shop.values == before


async def test_a_cancel_during_the_last_verification_is_not_too_late(house: House) -> None:
    """As long as a run goes on it can be cancelled, even when all is written."""
    before = dict(house.shop.values)
    reading_back, go_on = asyncio.Event(), asyncio.Event()

    async def hold_the_last_read() -> None:
        if len(house.shop.written) == 200:
            reading_back.set()
            await go_on.wait()

    house.shop.before_read = hold_the_last_read
    run = await house.start()
    await house.decide(run)
    await reading_back.wait()
    await run.signal(CANCEL, ControlRequest(by="amir"))
    await house.gate(run.id, Control.CANCEL)
    go_on.set()
    assert (await run.result()).status is RunStatus.COMPENSATED
    assert house.shop.values == before


async def test_a_gate_that_is_closed_in_the_ledger_alone_is_looked_at_ever_more_rarely(
    house: House,
) -> None:
    """Each look costs events of the history, and nobody may ever open that gate."""
    house.shop.seconds_per_write = 0.1
    run = await house.start()
    await house.decide(run)
    await some_written(house, 10)
    await house.ledger.set_control(run.id, Control.CANCEL)
    waits: list[int] = []
    while len(waits) < 3:
        await asyncio.sleep(0.5)
        started = [
            event.timer_started_event_attributes.start_to_fire_timeout.seconds
            async for event in run.fetch_history_events()
            if event.HasField("timer_started_event_attributes")
        ]
        waits = sorted({seconds for seconds in started if seconds <= 60})
    assert waits[:3] == [1, 2, 4]
    await house.ledger.set_control(run.id, Control.RUN)
    assert (await run.result()).outcomes.applied == 200
