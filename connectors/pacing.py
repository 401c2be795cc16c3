"""What every pacer is made of: a clock, and turns in which calls go out."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

_SHORTEST_WAIT_SECONDS = 0.001


class Timer(Protocol):
    """A steady clock and the wait on it, apart so that tests control time."""

    def seconds(self) -> float:
        """Return seconds since some fixed moment."""

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Return when the event is set, or after so many seconds, whichever comes first."""


class SystemTimer:
    """The running event loop's clock."""

    def seconds(self) -> float:
        """Return the event loop's time."""
        return asyncio.get_running_loop().time()

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Wait for the event, at most so long."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await changed.wait()
        except TimeoutError:
            return


class Turns:
    """Lets calls go in the order in which they come, each as soon as the allowance bears it.

    Bookings, for calls that are still to come, have a line of their own. Each wait is told by a
    function how many seconds it still takes, infinitely many while only an answer can tell.
    """

    def __init__(self, timer: Timer) -> None:
        """Take the clock to wait by."""
        self._timer = timer
        self._calls: deque[_Waiting] = deque()
        self._bookings: deque[_Waiting] = deque()

    @property
    def waiting_calls(self) -> int:
        """How many calls wait."""
        return len(self._calls)

    @property
    def waiting_seconds(self) -> float:
        """How long the first in line still has to wait; 0 where none does, or nobody knows."""
        first = next(iter(self._calls or self._bookings), None)
        seconds = 0.0 if first is None else first.seconds_until()
        return 0.0 if math.isinf(seconds) else seconds

    @property
    def points_behind(self) -> float:
        """The points of all who wait behind the first in line."""
        line = [*self._calls, *self._bookings]
        return sum(waiting.points for waiting in line[1:])

    async def call(self, seconds_until: Callable[[], float], *, points: float = 1) -> None:
        """Return when no call is in front and no more time has to go by."""
        await self._in_line(self._calls, _Waiting(seconds_until, points))

    async def booking(self, seconds_until: Callable[[], float], *, points: float = 1) -> None:
        """Return when no booking is in front and no more time has to go by."""
        await self._in_line(self._bookings, _Waiting(seconds_until, points))

    def wake(self) -> None:
        """Let the first of each line look again, since something has changed."""
        for line in (self._calls, self._bookings):
            if line:
                line[0].changed.set()

    async def _in_line(self, line: "deque[_Waiting]", waiting: "_Waiting") -> None:
        if not line and waiting.seconds_until() <= 0:
            return
        line.append(waiting)
        try:
            while True:
                seconds = math.inf
                if line[0] is waiting:
                    seconds = waiting.seconds_until()
                    if seconds <= 0:
                        return
                waiting.changed.clear()
                await self._timer.wait(waiting.changed, max(seconds, _SHORTEST_WAIT_SECONDS))
        finally:
            line.remove(waiting)
            self.wake()


class _Waiting:
    __slots__ = ("changed", "points", "seconds_until")

    def __init__(self, seconds_until: Callable[[], float], points: float) -> None:
        self.seconds_until = seconds_until
        self.points = points
        self.changed = asyncio.Event()
