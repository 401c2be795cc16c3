"""The limit of the edition as a service: so many requests a second, answered 429 above it."""

import time
from collections.abc import Callable

RETRY_AFTER_SECONDS = 5
"""How long a refused client is told to wait."""

_SECONDS_SAVED = 5


class Allowance:
    """A bucket that holds five seconds' worth of requests and fills at the rate."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.maximum = max(1.0, rate * _SECONDS_SAVED)
        self._clock = clock
        self._left = self.maximum
        self._at = clock()

    def admit(self) -> bool:
        """Take one request from the bucket and tell whether it was there."""
        left = self._refill()
        if left < 1:
            return False
        self._left = left - 1
        return True

    def left(self) -> float:
        """Return how many requests the bucket holds now."""
        return self._refill()

    def _refill(self) -> float:
        now = self._clock()
        self._left = min(self.maximum, self._left + (now - self._at) * self.rate)
        self._at = now
        return self._left
