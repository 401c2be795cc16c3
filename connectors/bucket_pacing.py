"""Pacing by a bucket of points that fills at a steady rate, shared by all users of a store.

The platform reports the bucket's level with each answer; between two answers the level is reckoned
from that report, what is under way here, and how much others were seen to take.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from connectors.pacing import SystemTimer, Timer, Turns

# How fast what was seen of other users of the bucket, and of dear calls, is forgotten.
_MEMORY_SECONDS = 60.0
# Others are there if they take more than this share of what is restored; less is noise.
_OTHERS_TAKE = 0.05
# While others are there, so much stays in the bucket: what they take between our report and our
# call comes out of it. It is what is restored in a second, or a few calls such as ours, and no more
# than a quarter. It is the same for every process, so that each gets its turn.
_KEPT_FOR_OTHERS_SECONDS = 1.0
_KEPT_FOR_OTHERS_CALLS = 3
_KEPT_FOR_OTHERS_AT_MOST = 0.25
# Besides a single call, no more than this share of the level is under way at once: with up to five
# processes that all see the same level, it bears what they send before they hear of each other. The
# level settles where this suffices for the rate, so nothing is lost by it.
_SHARE_UNDER_WAY = 0.15


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """A bucket as the platform reports it: points it holds, at most, now, and restored a second."""

    capacity: float
    available: float
    restored_per_second: float


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
        self._turns = Turns(self._timer)
        self._read_at: float | None = None
        self._tried = False
        self._under_way = 0.0
        self._booked = 0.0
        self._spent = 0.0
        self._others = _OtherUsers()
        self._dearest = _Dearest()

    @property
    def level(self) -> BucketLevel:
        """The bucket as last reported; its level is that of the moment of the report."""
        return self._level

    @property
    def waiting_seconds(self) -> float:
        """How long until all that wait now will have gone; 0 where none waits."""
        behind = self._turns.points_behind / self._level.restored_per_second
        return self._turns.waiting_seconds + behind

    @asynccontextmanager
    async def admitted(self, points: int) -> AsyncIterator[Admission]:
        """Wait until the bucket bears the points; the call runs inside the `async with`.

        Without `answered` or `not_sent` the points count as spent. Cancelling gives up the place.
        """
        await self._turns.call(lambda: self._seconds_until(points), points=points)
        admission = Admission(points)
        self._dearest.observe(points, self._timer.seconds())
        self._under_way += points
        spent_at_start = self._spent
        self._turns.wake()
        try:
            yield admission
        finally:
            self._under_way -= points
            self._tried = True
            self._settle(admission, spent_at_start)
            self._turns.wake()

    @asynccontextmanager
    async def booked(self, points: float) -> AsyncIterator[None]:
        """Wait until the bucket bears calls of so many points, which are made inside.

        They still go through `admitted`, and hardly wait there.
        """
        await self._turns.booking(lambda: self._seconds_until_booking(points), points=points)
        self._booked += points
        self._turns.wake()
        try:
            yield
        finally:
            self._booked -= points
            self._turns.wake()

    def _seconds_until(self, points: float) -> float:
        """Return how long until the bucket bears the points; infinite until the first answer."""
        if not self._tried:
            return math.inf if self._under_way else 0.0
        needed = self._under_way + points + self._kept
        if self._under_way:
            needed = max(needed, (self._under_way + points) / _SHARE_UNDER_WAY)
        return self._seconds_until_level(needed, waits_for_answers=bool(self._under_way))

    def _seconds_until_booking(self, points: float) -> float:
        """Return how long until the bucket bears them beside what is under way and booked."""
        if self._turns.waiting_calls:
            return math.inf
        needed = max(self._under_way, self._booked) + points + self._kept
        return self._seconds_until_level(needed, waits_for_answers=bool(self._booked))

    def _seconds_until_level(self, needed: float, *, waits_for_answers: bool) -> float:
        if needed > self._level.capacity:
            if waits_for_answers:
                return math.inf
            needed = self._level.capacity
        return max(0.0, (needed - self._available) / self._level.restored_per_second)

    @property
    def _kept(self) -> float:
        """What stays in the bucket for others, where there are any."""
        rate = self._level.restored_per_second
        if self._others.points_per_second <= rate * _OTHERS_TAKE:
            return 0.0
        kept = max(
            rate * _KEPT_FOR_OTHERS_SECONDS,
            self._dearest.points(self._timer.seconds()) * _KEPT_FOR_OTHERS_CALLS,
        )
        return min(kept, self._level.capacity * _KEPT_FOR_OTHERS_AT_MOST)

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


class _Dearest:
    """What the dearest call of the last minute or two cost."""

    def __init__(self) -> None:
        self._now = self._before = 0.0
        self._since = 0.0

    def points(self, at: float) -> float:
        self._turn(at)
        return max(self._now, self._before)

    def observe(self, points: float, at: float) -> None:
        self._turn(at)
        self._now = max(self._now, points)

    def _turn(self, at: float) -> None:
        if at - self._since > _MEMORY_SECONDS:
            self._before, self._now, self._since = self._now, 0.0, at


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
