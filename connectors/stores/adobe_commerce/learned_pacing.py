"""The pace of calls to the edition as a service, whose limit nobody tells.

The service refuses calls above some rate, and says how long to wait; what it allows has to be
found out. It lets some seconds' worth be saved up, so that a short rush tells nothing. But at each
refusal all is used up: so what was served between two refusals is what was restored between them.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.pacing import Timer
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer

_MOST_AT_ONCE = 32
_FIRST_RATE = 10.0
_LEAST_RATE = 0.5
# Unused turns are saved up for so long.
_SAVED_SECONDS = 1.0
# By what share the rate grows with each call that had to wait for it: quickly before anything was
# refused, then towards the second refusal, which tells the rate, and then hardly any more, so that
# less than a thousandth of the calls is refused for trying.
_FIRST_GROWTH = 0.003
_SEARCHING_GROWTH = 0.0005
_LATER_GROWTH = 0.00002
_AFTER_FIRST_REFUSAL = 0.6
_BELOW_LEARNED = 0.98
# Who happened to send little between two refusals has not learned that little is its share.
_MOST_LOST = 0.7
# Refusals so close together are one: the calls were under way at the same time.
_SAME_REFUSAL_SECONDS = 3.0


class LearnedPacer(ConcurrencyPacer):
    """Admits calls of one store at a rate that it learns from what is refused.

    Several processes learn their shares: what the others use is not restored for us.
    """

    def __init__(self, timer: Timer | None = None) -> None:
        """Begin at a rate that most limits bear."""
        super().__init__(_MOST_AT_ONCE, timer)
        self.rate = _FIRST_RATE
        self._growth = _FIRST_GROWTH
        self._saved = _FIRST_RATE * _SAVED_SECONDS
        self._saved_at: float | None = None
        self._refused_at: float | None = None
        self._served = 0

    @property
    def waiting_seconds(self) -> float:
        """How long until all that wait now will have gone; 0 where none waits."""
        return super().waiting_seconds + self._turns.points_behind / self.rate

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait for a turn and for the end of a pause; the call runs inside the `async with`."""
        async with super().admitted():
            self._saved = self._turns_saved - 1
            self._saved_at = self._timer.seconds()
            self._served += 1
            if self._saved < 1:
                self.rate *= 1 + self._growth
            yield

    def pause(self, seconds: float) -> None:
        """Hold calls back for so long, at most half a minute, and learn from the refusal."""
        super().pause(seconds)
        self._served = max(0, self._served - 1)
        now = self._timer.seconds()
        if self._refused_at is not None and now - self._refused_at < _SAME_REFUSAL_SECONDS:
            return
        if self._refused_at is None:
            self.rate *= _AFTER_FIRST_REFUSAL
            self._growth = _SEARCHING_GROWTH
        else:
            learned = _BELOW_LEARNED * self._served / (now - self._refused_at)
            self.rate = min(self.rate, max(learned, self.rate * _MOST_LOST))
            self._growth = _LATER_GROWTH
        self.rate = max(_LEAST_RATE, self.rate)
        self._refused_at = now
        self._served = 0
        self._saved, self._saved_at = 0.0, now

    def _seconds_until(self, calls: int) -> float:
        return max(super()._seconds_until(calls), (calls - self._turns_saved) / self.rate)

    def _seconds_until_booking(self) -> float:
        if self._turns.waiting_calls:
            return math.inf
        return self._seconds_until(1 + self._starting)

    @property
    def _turns_saved(self) -> float:
        since = 0.0 if self._saved_at is None else self._timer.seconds() - self._saved_at
        saved = self._saved + since * self.rate
        return min(saved, max(1.0, self.rate * _SAVED_SECONDS))
