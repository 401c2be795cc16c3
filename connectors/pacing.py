"""Pacing: calls wait here until the platform's rate limit bears them.

The limit is a bucket of points that fills at a steady rate, shared by every process that uses the
same credentials. The platform reports its level with each answer; between two answers the level is
reckoned from that report, what is under way here, and how much others were seen to take.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

# How fast what was seen of other users of the bucket is forgotten.
_MEMORY_SECONDS = 60.0
# Others are there if they take more than this share of what is restored; less is noise.
_OTHERS_TAKE = 0.05
# While others are there, this share of the bucket stays in it: what they take between our report
# and our call comes out of it. It is the same for every process, so that each gets its turn.
_KEPT_FOR_OTHERS = 0.25
# Besides a single call, no more than this share of the level is under way at once: with up to four
# processes that all see the same level, it bears what they send before they hear of each other. The
# level settles where this suffices for the rate, so nothing is lost by it.
_SHARE_UNDER_WAY = 0.25
_SHORTEST_WAIT_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """A bucket as the platform reports it: points it holds, at most, now, and restored a second."""

    capacity: float
    available: float
    restored_per_second: float


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


class Admission:
    """One call that may go out, and what its answer says about the bucket."""

    def __init__(self, points: int) -> None:
        """Reserve the points that the call is predicted to cost at most."""
        self.points = points
        self.spent: float = points
        self.level: BucketLevel | None = None

    def answered(self, level: BucketLevel, *, spent: float) -> None:
        """Take the level that the platform reports, and what the call cost in the end."""
        self.level = level
        self.spent = spent

    def not_sent(self) -> None:
        """Note that the call never left and so cost nothing."""
        self.spent = 0


class BucketPacer:
    """Admits calls of one store in the order in which they come, as its bucket bears them.

    Until the first answer one call goes out alone, since the bucket may be empty already. Share
    one pacer between all calls of a store in this process; use it on one event loop.
    """

    def __init__(self, assumed: BucketLevel, timer: Timer | None = None) -> None:
        """Take the bucket to reckon with until the platform reports its own."""
        self._level = assumed
        self._timer = timer or SystemTimer()
        self._read_at: float | None = None
        self._tried = False
        self._under_way = 0.0
        self._spent = 0.0
        self._queue: deque[_Waiting] = deque()
        self._others = _OtherUsers()

    @property
    def level(self) -> BucketLevel:
        """The bucket as last reported; its level is that of the moment of the report."""
        return self._level

    @property
    def waiting_seconds(self) -> float:
        """How long the first waiting call still has to wait; 0 where none waits."""
        if not self._queue:
            return 0.0
        wait = self._seconds_until(self._queue[0].points)
        return 0.0 if math.isinf(wait) else wait

    @asynccontextmanager
    async def admitted(self, points: int) -> AsyncIterator[Admission]:
        """Wait until the bucket bears the points; the call runs inside the `async with`.

        Without `answered` or `not_sent` the points count as spent. Cancelling gives up the place.
        """
        await self._wait_for_turn(points)
        admission = Admission(points)
        self._under_way += points
        spent_at_start = self._spent
        self._wake_first()
        try:
            yield admission
        finally:
            self._under_way -= points
            self._tried = True
            self._settle(admission, spent_at_start)
            self._wake_first()

    async def _wait_for_turn(self, points: int) -> None:
        if not self._queue and self._seconds_until(points) <= 0:
            return
        waiting = _Waiting(points)
        self._queue.append(waiting)
        try:
            while True:
                seconds = math.inf
                if self._queue[0] is waiting:
                    seconds = self._seconds_until(points)
                    if seconds <= 0:
                        return
                waiting.changed.clear()
                await self._timer.wait(waiting.changed, max(seconds, _SHORTEST_WAIT_SECONDS))
        finally:
            self._queue.remove(waiting)
            self._wake_first()

    def _wake_first(self) -> None:
        if self._queue:
            self._queue[0].changed.set()

    def _seconds_until(self, points: int) -> float:
        """Return how long until the bucket bears the points; infinite until the first answer."""
        if not self._tried:
            return math.inf if self._under_way else 0.0
        needed = self._under_way + points
        if self._others.points_per_second > self._level.restored_per_second * _OTHERS_TAKE:
            needed += self._level.capacity * _KEPT_FOR_OTHERS
        if self._under_way:
            needed = max(needed, (self._under_way + points) / _SHARE_UNDER_WAY)
        if needed > self._level.capacity:
            if self._under_way:
                return math.inf
            needed = self._level.capacity
        return max(0.0, (needed - self._available) / self._level.restored_per_second)

    @property
    def _age(self) -> float:
        """Seconds since the level was read."""
        return 0.0 if self._read_at is None else self._timer.seconds() - self._read_at

    @property
    def _available(self) -> float:
        restored = self._level.restored_per_second * self._age
        return min(self._level.capacity, self._level.available + restored)

    def _settle(self, admission: Admission, spent_at_start: float) -> None:
        now = self._timer.seconds()
        expected = self._available - admission.spent
        level = admission.level
        if level is None:
            level = replace(self._level, available=expected)
        elif self._read_at is not None:
            # An answer that was long under way reports a level from before others' answers: it
            # counts upwards only as far as those cannot have lowered it since.
            overlapping = self._spent - spent_at_start
            available = level.available
            if available > expected:
                available = max(expected, available - overlapping)
            self._others.observe(expected - available, self._age)
            level = replace(level, available=available)
        self._level = level
        self._read_at = now
        self._spent += admission.spent


class _Waiting:
    __slots__ = ("changed", "points")

    def __init__(self, points: int) -> None:
        self.points = points
        self.changed = asyncio.Event()


class _OtherUsers:
    """How many points others are seen to take, as a fading average."""

    def __init__(self) -> None:
        self._taken = 0.0
        # A second without others stands at the start, so that the first answers weigh little.
        self._watched = 1.0

    @property
    def points_per_second(self) -> float:
        return self._taken / self._watched

    def observe(self, missing: float, elapsed: float) -> None:
        """Take note of points that are missing (or, negative, too many) after so many seconds."""
        fading = math.exp(-elapsed / _MEMORY_SECONDS)
        self._taken = self._taken * fading + missing
        self._watched = self._watched * fading + elapsed
