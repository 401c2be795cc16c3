"""Figures about one store since it started."""

import time
from collections.abc import Callable
from typing import Any


class Statistics:
    """Counts requests, points and writes; the points restored are those that time alone gave."""

    def __init__(
        self, maximum: float, restore_rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._maximum = maximum
        self._restore_rate = restore_rate
        self._clock = clock
        self._started = clock()
        self._running = 0
        self.requests = 0
        self.throttled = 0
        self.points_requested = 0
        self.points_actual = 0
        self.writes_applied = 0
        self.writes_refused = 0
        self.largest_concurrency = 0

    def enter(self) -> None:
        """Count a request that has arrived."""
        self.requests += 1
        self._running += 1
        self.largest_concurrency = max(self.largest_concurrency, self._running)

    def leave(self) -> None:
        """Count a request that has been answered or dropped."""
        self._running -= 1

    def summary(self) -> dict[str, Any]:
        """Return all figures as JSON values; `points_available` is what could have been spent."""
        seconds = self._clock() - self._started
        return {
            "seconds": seconds,
            "requests": self.requests,
            "running": self._running,
            "largest_concurrency": self.largest_concurrency,
            "throttled": self.throttled,
            "points_requested": self.points_requested,
            "points_actual": self.points_actual,
            "points_restorable": seconds * self._restore_rate,
            "points_available": self._maximum + seconds * self._restore_rate,
            "writes_applied": self.writes_applied,
            "writes_refused": self.writes_refused,
        }
