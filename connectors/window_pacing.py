"""Pacing by windows: so many calls until a moment, then as many again.

The quota of a window is shared by every application of the store. The platform reports with each
answer how many calls are left and when the next window begins; between two answers the rest is
reckoned from the lowest report of the window and what is under way here.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from connectors.pacing import SystemTimer, Timer, Turns

# While others are seen to use the quota, the last calls of a window are left alone: each of up to
# five processes may then believe that the last call but these is its own.
_LEFT_TO_OTHERS = 4
# And no more than this share of what is left is under way at once, so that up to four processes
# that all see the same rest do not overdraw it before they hear of each other.
_SHARE_UNDER_WAY = 0.15


@dataclass(frozen=True, slots=True)
class WindowLevel:
    """A window as the platform reports it: calls in all, calls left, seconds left, its length."""

    quota: int
    left: int
    reset_seconds: float
    window_seconds: float


class WindowAdmission:
    """One call that may go out, and what its answer says about the window."""

    def __init__(self) -> None:
        """Reserve one call."""
        self.level: WindowLevel | None = None
        self.was_sent = True

    def answered(self, level: WindowLevel) -> None:
        """Take the level that the platform reports."""
        self.level = level

    def not_sent(self) -> None:
        """Note that the call never left and so counts for nothing."""
        self.was_sent = False


class WindowPacer:
    """Admits calls of one store in the order in which they come, as its window bears them.

    Until the first answer one call goes out alone, since the window may be used up already. Share
    one pacer between all calls of a store in this process; use it on one event loop.
    """

    def __init__(self, assumed: WindowLevel, timer: Timer | None = None) -> None:
        """Take the window to reckon with until the platform reports its own."""
        self._level = assumed
        self._timer = timer or SystemTimer()
        self._left = float(assumed.left)
        self._ends_at: float | None = None
        self._turns = Turns(self._timer)
        self._tried = False
        self._under_way = 0
        self._booked = 0
        self._sent = 0
        self._others = _OtherUsers()

    @property
    def level(self) -> WindowLevel:
        """The window as last reported."""
        return self._level

    @property
    def waiting_seconds(self) -> float:
        """How long the first that waits still has to wait; 0 where none waits."""
        return self._turns.waiting_seconds

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[WindowAdmission]:
        """Wait until the window bears one more call, which runs inside the `async with`.

        Without `not_sent` the call counts. Cancelling gives up the place.
        """
        await self._turns.call(self._seconds_until_next)
        admission = WindowAdmission()
        self._under_way += 1
        self._sent += 1
        self._turns.wake()
        try:
            yield admission
        finally:
            self._under_way -= 1
            self._tried = True
            self._settle(admission)
            self._turns.wake()

    @asynccontextmanager
    async def booked(self, least: int, most: int) -> AsyncIterator[int]:
        """Wait until the window bears `least` calls, which are made inside; tell how many, to most.

        They still go through `admitted`, and hardly wait there.
        """
        await self._turns.booking(lambda: self._seconds_until_booking(least))
        calls = min(most, max(least, self._unbooked))
        self._booked += calls
        self._turns.wake()
        try:
            yield calls
        finally:
            self._booked -= calls
            self._turns.wake()

    def _seconds_until_next(self) -> float:
        """Return how long until one more call may go; infinite while only an answer can tell."""
        self._turn()
        if not self._tried:
            return math.inf if self._under_way else 0.0
        spare = self._spare
        if spare - self._under_way >= 1:
            crowded = self._under_way + 1 > max(1.0, spare * _SHARE_UNDER_WAY)
            return math.inf if crowded else 0.0
        return self._seconds_until_window(waits_for_answers=bool(self._under_way))

    def _seconds_until_booking(self, least: int) -> float:
        """Return how long until so many calls may go beside those under way and booked."""
        self._turn()
        if self._turns.waiting_calls:
            return math.inf
        if self._unbooked >= least:
            return 0.0
        # What only others keep from us goes to who comes first, and more than a whole window bears
        # is left to the calls themselves.
        if not self._booked and not self._under_way:
            enough = self._spare >= least or self._left >= self._level.quota
            return 0.0 if enough else self._seconds_until_window(waits_for_answers=False)
        return self._seconds_until_window(waits_for_answers=bool(self._booked))

    def _seconds_until_window(self, *, waits_for_answers: bool) -> float:
        if self._ends_at is None:
            return math.inf if waits_for_answers else 0.0
        return self._ends_at - self._timer.seconds()

    @property
    def _spare(self) -> float:
        return self._left - (_LEFT_TO_OTHERS if self._others.are_there else 0)

    @property
    def _unbooked(self) -> int:
        # What is booked goes under way little by little, and must not count twice. Others book
        # likewise, and are taken to go on as they were seen to.
        fair = self._spare * self._others.own_share
        return math.floor(fair) - max(self._under_way, self._booked)

    def _turn(self) -> None:
        """Begin the next window where the present one is over."""
        if self._ends_at is None or (now := self._timer.seconds()) < self._ends_at:
            return
        passed = math.floor((now - self._ends_at) / self._level.window_seconds) + 1
        self._begin(self._ends_at + passed * self._level.window_seconds, self._level.quota)

    def _begin(self, ends_at: float, left: float) -> None:
        self._ends_at = ends_at
        self._left = left
        # What is under way may be counted in either window; here it is taken for the new one's.
        self._sent = self._under_way
        self._others.turn()

    def _settle(self, admission: WindowAdmission) -> None:
        self._turn()
        if not admission.was_sent:
            self._sent = max(0, self._sent - 1)
            return
        level = admission.level
        if level is None:
            self._left -= 1
            if self._ends_at is None:
                self._ends_at = self._timer.seconds() + self._level.window_seconds
            return
        self._level = level
        self._observe(level)

    def _observe(self, level: WindowLevel) -> None:
        """Take a report; one that was long under way may be of the window before."""
        # An answer is later than what it reports, so this is never before the window's true end.
        ends_at = self._timer.seconds() + level.reset_seconds
        same = level.window_seconds / 2
        if self._ends_at is None:
            self._ends_at, self._left = ends_at, level.left
        elif ends_at > self._ends_at + same:
            self._begin(ends_at, level.left)
        elif ends_at < self._ends_at - same:
            return
        else:
            self._ends_at = min(self._ends_at, ends_at)
            self._left = min(self._left, level.left)
        self._others.observe(level.quota - level.left - self._sent, own=self._sent)


class _OtherUsers:
    """Whether others were seen to use this window or the one before, and how much."""

    def __init__(self) -> None:
        self._now = _Use()
        self._before = _Use()

    @property
    def are_there(self) -> bool:
        return self._now.others > 0 or self._before.others > 0

    @property
    def own_share(self) -> float:
        """The share of the calls that were ours, in the window that tells more."""
        return max(self._now, self._before, key=lambda use: use.own + use.others).own_share

    def observe(self, missing: int, *, own: int) -> None:
        """Take note of how many calls the platform counts that none here has sent."""
        self._now = _Use(own=own, others=max(self._now.others, missing))

    def turn(self) -> None:
        """Begin a window."""
        self._before, self._now = self._now, _Use()


@dataclass(frozen=True, slots=True)
class _Use:
    own: int = 0
    others: int = 0

    @property
    def own_share(self) -> float:
        return self.own / (self.own + self.others) if self.others else 1.0
