"""Quiet hours: an approved run waits for their end, and writes nothing before."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle

from steward.changes import FieldName
from steward.policy import Policy
from steward.quiet_hours import QuietHours
from steward.runs import ControlRequest, RunResult, RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.hurried import hurried


def quiet_now(*fields: FieldName) -> Policy:
    """Return a policy under which it is quiet for these fields, hours ago and hours on."""
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=6), now + timedelta(hours=6)
    hours = QuietHours(
        start=time(start.hour, start.minute),
        end=time(end.hour, end.minute),
        time_zone="UTC",
        fields=frozenset(fields),
    )
    return Policy(quiet_hours=(hours,))


@pytest.fixture
def policy() -> Policy:
    """A policy under which prices are not to be changed now."""
    return quiet_now(FieldName.PRICE)


async def timers_of(run: WorkflowHandle[object, RunResult]) -> int:
    """Return how many timers the run has started."""
    history = await run.fetch_history()
    return sum(event.HasField("timer_started_event_attributes") for event in history.events)


async def test_a_run_that_waits_for_quiet_hours_can_be_cancelled(house: House) -> None:
    """Approved in quiet hours the run waits with a timer, and cancelled it has written nothing."""
    run = await house.start()
    await house.decide(run)
    while await timers_of(run) < len(("approval", "quiet hours")):  # noqa: ASYNC110 - the engine's
        await asyncio.sleep(0.1)
    assert (await house.ledger.load_run(run.id)).stage is Stage.EXECUTE
    noted = await house.reader.wait(run.id)
    assert noted is not None
    assert noted.reason.startswith("the end of quiet hours")
    await run.signal("cancel", ControlRequest(by="rita"))
    result = await run.result()
    assert result.status is RunStatus.CANCELLED
    assert house.shop.written == []


async def test_a_run_goes_on_when_quiet_hours_end(tmp_path: Path) -> None:
    """The run that waited writes everything, hours later by its own clock."""
    async with hurried(tmp_path, quiet_now(FieldName.PRICE)) as house:
        run = await house.start()
        await house.decide(run)
        result = await run.result()
        assert result.outcomes.applied == len(house.shop.written) == 200
        record = await house.ledger.load_run(run.id)
        assert record.ended_at is not None
        assert record.ended_at - record.start.started_at >= timedelta(hours=5)


async def test_other_fields_do_not_wait(tmp_path: Path) -> None:
    """Quiet hours for stock let prices be changed at once."""
    async with hurried(tmp_path, quiet_now(FieldName.INVENTORY_QUANTITY)) as house:
        run = await house.start()
        await house.decide(run)
        assert (await run.result()).status is RunStatus.COMPLETED
        assert await timers_of(run) == len(("approval",))
