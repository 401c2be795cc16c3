"""Following a run through the ledger, which bears any number of followers."""

import asyncio
import time
from collections.abc import AsyncGenerator

from starter.failures import NotPickedUp
from starter.services import RunReader
from starter.session import Pace
from steward.errors import UnknownRun
from steward.runs import RunRecord, RunStatus, Stage

_BEFORE_A_DECISION = {Stage.PLAN, Stage.SIMULATE}


async def looks(reader: RunReader, run_id: str, pace: Pace) -> AsyncGenerator[RunRecord, None]:
    """Return the run's record again and again, for as long as the caller wants.

    Raises `NotPickedUp` where no worker begins with the run in time.
    """
    waiting_since = time.monotonic()
    seen = False
    while True:
        try:
            record = await reader.run(run_id)
        except UnknownRun:
            if seen:
                raise
            if time.monotonic() - waiting_since > pace.until_picked_up:
                raise NotPickedUp(run_id) from None
        else:
            seen = True
            yield record
        await asyncio.sleep(pace.between_looks)


async def until_simulated(reader: RunReader, run_id: str, pace: Pace) -> RunRecord:
    """Return the run once it is simulated and waits, goes on, or has ended."""
    async for record in looks(reader, run_id, pace):
        if record.status is not RunStatus.RUNNING or record.stage not in _BEFORE_A_DECISION:
            return record
    raise AssertionError("a run is looked at until it is returned")


async def until_ended(reader: RunReader, run_id: str, pace: Pace) -> RunRecord:
    """Return the run once it has ended."""
    async for record in looks(reader, run_id, pace):
        if record.status is not RunStatus.RUNNING:
            return record
    raise AssertionError("a run is looked at until it is returned")


def waits_for_approval(record: RunRecord) -> bool:
    """Return whether the run waits for a decision."""
    return record.status is RunStatus.RUNNING and record.stage is Stage.APPROVE
