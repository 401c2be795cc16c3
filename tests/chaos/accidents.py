"""How each accident is brought about, on the real parts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import httpx

from tests.chaos.schedule import Accident, Scheduled
from tests.chaos.stage import Stage
from tests.end_to_end.shop import Disturbance, Shop

# The server gives a step to another worker after five seconds without a heartbeat.
_LONGER_THAN_A_HEARTBEAT_SECONDS = 6.0
_PLATFORM_WORKER = "worker:platforms"
_FAULTS: Mapping[Accident, Mapping[str, object]] = {
    Accident.ANSWER_LOST: {"kind": "lost_answer", "match": {"kind": "mutation"}},
    Accident.DISCONNECTED: {"kind": "disconnect"},
    Accident.SERVER_ERROR: {"kind": "server_error"},
    Accident.GARBAGE: {"kind": "garbage"},
    Accident.THROTTLED: {"kind": "throttle", "seconds": 0.5},
    Accident.LATE: {"kind": "latency", "seconds": 2.0},
    Accident.PARTLY_SAVED: {"kind": "partly_saved", "match": {"kind": "mutation"}},
    Accident.QUEUED_CALL_FAILED: {"kind": "server_error", "match": {"kind": "bulk_item"}},
}
_MOST_REQUESTS = 4


class Accidents:
    """What can befall runs on one store."""

    def __init__(self, stage: Stage, shop: Shop) -> None:
        """Take the stage, and the store on which faults are asked for."""
        self._stage = stage
        self._shop = shop
        self._ways: Mapping[Accident, Callable[[float], Awaitable[None]]] = {
            Accident.WORKER_KILLED: self._kill_worker,
            Accident.WORKERS_KILLED_OVER_WRITE: self._kill_over_write,
            Accident.SERVER_KILLED: self._kill_server,
            Accident.SERVER_AWAY: self._take_server_away,
            Accident.SANDBOX_KILLED: self._kill_sandbox,
            Accident.LEDGER_LOCKED: self._lock_ledger,
            Accident.DISK_FULL: self._fill_disk,
            Accident.CLOCK_STEPPED: self._step_clock,
            Accident.REQUEST_HELD: self._hold,
        }

    async def befall(self, scheduled: Scheduled) -> None:
        """Let one accident happen, and return once its cause is over or is the store's to end."""
        if scheduled.accident in _FAULTS:
            count = 1 + round(scheduled.size * (_MOST_REQUESTS - 1))
            await self._ask(_FAULTS[scheduled.accident], count=count)
        else:
            await self._ways[scheduled.accident](scheduled.size)

    async def _kill_worker(self, size: float) -> None:
        part = "worker:steward" if size < 0.3 else _PLATFORM_WORKER
        await self._stage.restart(part, away=size)

    async def _kill_server(self, size: float) -> None:
        await self._stage.restart("temporal", away=size)

    async def _take_server_away(self, size: float) -> None:
        await self._stage.restart("temporal", away=_LONGER_THAN_A_HEARTBEAT_SECONDS + size)

    async def _kill_sandbox(self, size: float) -> None:
        await self._stage.restart("sandbox", away=2 * size)

    async def _lock_ledger(self, size: float) -> None:
        await self._stage.lock_ledger(1 + 5 * size)

    async def _fill_disk(self, size: float) -> None:
        await self._stage.fill_disk(1 + 3 * size)

    async def _kill_over_write(self, size: float) -> None:
        """Hold a write before or after it is applied, and kill who waits for its answer."""
        kind = "hold_before" if size < 0.5 else "hold_after"
        held = await self._ask(
            {"kind": kind, "match": {"kind": "mutation"}}, apply_anyway=0.25 < size < 0.5
        )
        if held is None:
            return
        await self._until_held(held)
        await self._stage.restart(_PLATFORM_WORKER)
        await self._release(held)

    async def _hold(self, size: float) -> None:
        held = await self._ask(
            {"kind": "hold_before", "match": {"kind": "mutation"}},
            apply_anyway=size < 0.5,
        )
        if held is None:
            return
        await self._until_held(held)
        await asyncio.sleep(4 * size)
        await self._release(held)

    async def _step_clock(self, size: float) -> None:
        """Step forward or back by up to two hours, and later back to the right time."""
        await self._stage.step_clock((size - 0.5) * 4 * 3600)
        await asyncio.sleep(4)
        await self._stage.step_clock(0)

    async def _ask(self, fault: Mapping[str, object], **more: object) -> Disturbance | None:
        """Ask the store for a fault; one that is just away has trouble enough."""
        settings = {**fault, **more}
        with suppress(httpx.HTTPError):
            return await self._shop.disturb(str(settings.pop("kind")), **settings)
        return None

    async def _until_held(self, held: Disturbance) -> None:
        """Wait for a request to be held; there may be none any more, or no store."""
        with suppress(TimeoutError, AssertionError, httpx.HTTPError):
            async with asyncio.timeout(5):
                await held.holds()

    async def _release(self, held: Disturbance) -> None:
        with suppress(AssertionError, httpx.HTTPError):
            await held.release()
