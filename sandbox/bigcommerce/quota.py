"""The requests that a store's applications may send together, window by window."""

import time
from collections.abc import Callable
from typing import Any

WINDOW_MILLISECONDS = 30_000
"""How long a window is."""

REQUESTS_PER_WINDOW = {"standard": 150, "plus": 150, "advanced": 450, "enterprise": 3000}
"""How many requests a window has, by the merchant's plan."""


class RequestQuota:
    """Counts requests in windows that follow one another from the store's start."""

    def __init__(self, requests: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.requests = requests
        self._monotonic = monotonic
        self._started = monotonic()
        self._window = 0
        self._left = requests
        self.used = 0

    def take(self) -> bool:
        """Use one request of the present window, or return False where none is left."""
        self._turn()
        if self._left == 0:
            return False
        self._left -= 1
        self.used += 1
        return True

    def headers(self) -> dict[str, str]:
        """Return what every answer says about the window."""
        self._turn()
        return _headers(self.requests, self._left, self._milliseconds_left())

    def exhausted_headers(self, seconds: float) -> dict[str, str]:
        """Return the headers of a window that somebody else used up, for so many seconds yet."""
        return _headers(self.requests, 0, round(seconds * 1000))

    def status(self) -> dict[str, Any]:
        """Return figures since the start; `available` is what could have been used."""
        self._turn()
        return {
            "quota": self.requests,
            "window_milliseconds": WINDOW_MILLISECONDS,
            "left": self._left,
            "used": self.used,
            "available": (self._window + 1) * self.requests,
        }

    def _elapsed_milliseconds(self) -> int:
        return int((self._monotonic() - self._started) * 1000)

    def _milliseconds_left(self) -> int:
        return WINDOW_MILLISECONDS - self._elapsed_milliseconds() % WINDOW_MILLISECONDS

    def _turn(self) -> None:
        window = self._elapsed_milliseconds() // WINDOW_MILLISECONDS
        if window != self._window:
            self._window = window
            self._left = self.requests


def _headers(quota: int, left: int, reset_milliseconds: int) -> dict[str, str]:
    return {
        "X-Rate-Limit-Time-Window-Ms": str(WINDOW_MILLISECONDS),
        "X-Rate-Limit-Time-Reset-Ms": str(reset_milliseconds),
        "X-Rate-Limit-Requests-Quota": str(quota),
        "X-Rate-Limit-Requests-Left": str(left),
    }
