"""The pace of calls: a few at a time, and none while the platform asks for a pause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.pacing import SystemTimer, Timer

# A shop of one's own has no limit that could be read, only a web server that everybody shares.
CALLS_AT_ONCE = 4
_LONGEST_PAUSE_SECONDS = 30.0


class ConcurrencyPacer:
    """Admits so many calls of one store at once; share one between all of them in a process."""

    def __init__(self, calls_at_once: int = CALLS_AT_ONCE, timer: Timer | None = None) -> None:
        """Take how many calls may be under way at the same time."""
        self._places = asyncio.Semaphore(calls_at_once)
        self._timer = timer or SystemTimer()
        self._paused_until = 0.0

    @property
    def waiting_seconds(self) -> float:
        """How long the platform's pause still lasts; 0 where there is none."""
        return max(0.0, self._paused_until - self._timer.seconds())

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait for a place and for the end of a pause; the call runs inside the `async with`."""
        async with self._places:
            while (seconds := self.waiting_seconds) > 0:
                await self._timer.wait(asyncio.Event(), seconds)
            yield

    def pause(self, seconds: float) -> None:
        """Hold calls back for so long, at most half a minute: what refused one refuses all."""
        pause = min(seconds, _LONGEST_PAUSE_SECONDS)
        self._paused_until = max(self._paused_until, self._timer.seconds() + pause)
