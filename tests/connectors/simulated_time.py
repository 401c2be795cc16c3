"""Time that passes only while every task waits for it."""

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any

# Enough turns of the event loop for every task that can go on to do so.
_TURNS = 12


class SimulatedTime:
    """A timer for pacers, and the driver of everything that waits on it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._order = itertools.count()
        self._alarms: list[tuple[float, int, asyncio.Event]] = []

    def seconds(self) -> float:
        """Return the simulated time."""
        return self._now

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Wait for the event or the simulated time."""
        if seconds != float("inf"):
            # An alarm that rings late sets the event once more: the pacer then just looks again.
            heapq.heappush(self._alarms, (self._now + seconds, next(self._order), changed))
        await changed.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait for the simulated time alone."""
        await self.wait(asyncio.Event(), seconds)

    async def run(self, *coroutines: Coroutine[Any, Any, None]) -> None:
        """Run the coroutines to their end, letting time pass whenever all of them wait."""
        tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
        while not all(task.done() for task in tasks):
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if all(task.done() for task in tasks):
                break
            self.ring()
        await asyncio.gather(*tasks)

    def ring(self) -> None:
        """Let time pass until the next moment that somebody waits for."""
        self._now, _, event = heapq.heappop(self._alarms)
        event.set()
        while self._alarms and self._alarms[0][0] <= self._now:
            heapq.heappop(self._alarms)[2].set()
