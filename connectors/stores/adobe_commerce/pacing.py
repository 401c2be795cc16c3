"""The pace of calls: a few at a time, and none while the platform asks for a pause."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.pacing import SystemTimer, Timer, Turns

# A shop of one's own has no limit that could be read, only a web server that everybody shares.
CALLS_AT_ONCE = 4
_LONGEST_PAUSE_SECONDS = 30.0


class ConcurrencyPacer:
    """Admits so many calls of one store at once; share one between all of them in a process."""

    def __init__(self, calls_at_once: int = CALLS_AT_ONCE, timer: Timer | None = None) -> None:
        """Take how many calls may be under way at the same time."""
        self._timer = timer or SystemTimer()
        self._turns = Turns(self._timer)
        self._calls_at_once = calls_at_once
        self._under_way = 0
        self._booked = 0
        # Bookings of which no call has gone out yet, as far as one can tell.
        self._starting = 0
        self._paused_until = 0.0

    @property
    def waiting_seconds(self) -> float:
        """How long the first that waits still has to wait, or a pause lasts; 0 without either."""
        return max(self._pause_seconds, self._turns.waiting_seconds)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait for a place and for the end of a pause; the call runs inside the `async with`."""
        self._starting = max(0, self._starting - 1)
        await self._turns.call(lambda: self._seconds_until(1))
        self._under_way += 1
        self._turns.wake()
        try:
            yield
        finally:
            self._under_way -= 1
            self._turns.wake()

    @asynccontextmanager
    async def booked(self) -> AsyncIterator[None]:
        """Wait until a call could go out soon; calls are made inside, through `admitted`."""
        await self._turns.booking(self._seconds_until_booking)
        self._booked += 1
        self._starting += 1
        self._turns.wake()
        try:
            yield
        finally:
            self._booked -= 1
            self._starting = min(self._starting, self._booked)
            self._turns.wake()

    def pause(self, seconds: float) -> None:
        """Hold calls back for so long, at most half a minute: what refused one refuses all."""
        pause = min(seconds, _LONGEST_PAUSE_SECONDS)
        self._paused_until = max(self._paused_until, self._timer.seconds() + pause)

    def _seconds_until(self, calls: int) -> float:
        """Return how long until so many calls may go out; infinite while only answers can tell."""
        if self._under_way and self._under_way + calls > self._calls_at_once:
            return math.inf
        return self._pause_seconds

    def _seconds_until_booking(self) -> float:
        """Return how long until hardly anybody is in front; a short line leaves no place empty."""
        if self._turns.waiting_calls + self._starting >= self._calls_at_once:
            return math.inf
        return self._pause_seconds

    @property
    def _pause_seconds(self) -> float:
        return max(0.0, self._paused_until - self._timer.seconds())
