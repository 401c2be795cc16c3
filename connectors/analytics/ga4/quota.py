"""The property's quota: calls wait here for their turn, or are refused while nothing is left."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from connectors.analytics.ga4.errors import Failures
from connectors.analytics.ga4.quota_hours import (
    day_of,
    hour_of,
    until_next_day,
    until_next_hour,
)
from steward.analytics import PropertyQuota, QuotaLevel
from steward.ports import Clock

MOST_CONCURRENT = 10
"""How many requests a standard property answers at the same time."""

_FIRST_GUESS_TOKENS = 10


class QuotaGate:
    """Lets calls of one property out, as far as its quota bears them.

    At most ten are under way at once, fewer while the reports show that others use the property
    too. While no tokens are left, calls are refused at once, with the time until they return.
    Share one gate between all calls for a property in this process; use it on one event loop.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        """Take the property's configured name and the clock by which quotas are refilled."""
        self._failures = Failures(name)
        self._clock = clock
        self._allowed = MOST_CONCURRENT
        self._under_way = 0
        self._queue: deque[asyncio.Event] = deque()
        self._hour: tuple[datetime, int] | None = None
        self._day: tuple[datetime, int] | None = None
        self._closed_until: datetime | None = None
        self._largest_tokens = _FIRST_GUESS_TOKENS

    @property
    def under_way(self) -> int:
        """How many calls are out now."""
        return self._under_way

    @property
    def waiting(self) -> int:
        """How many calls wait for one of these to come back."""
        return len(self._queue)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait for a turn; the call runs inside the `async with`. Raises `StoreThrottled`."""
        self._refuse_if_exhausted()
        await self._wait_for_turn()
        self._refuse_if_exhausted()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._wake_first()

    def reported(self, quotas: Sequence[PropertyQuota | None]) -> None:
        """Take what an answer says is left; to be called while its call is still admitted."""
        now = self._clock.now()
        known = [quota for quota in quotas if quota is not None]
        for quota in known:
            hourly = (
                quota.tokens_per_hour,
                quota.tokens_per_project_per_hour,
                quota.server_errors_per_project_per_hour,
            )
            left = [level.remaining for level in hourly if level is not None]
            if left:
                self._hour = hour_of(now), min(left)
            if quota.tokens_per_day is not None:
                self._day = day_of(now), quota.tokens_per_day.remaining
            self._note_others(quota.concurrent_requests)
        spent = [quota.tokens_per_hour.consumed for quota in known if quota.tokens_per_hour]
        if spent:
            self._largest_tokens = max(sum(spent), self._largest_tokens // 2, 1)

    def exhausted(self, pause: timedelta, *, of_tokens: bool) -> None:
        """Take note that the property refused a call for want of an allowance."""
        if of_tokens:
            self._closed_until = self._clock.now() + pause
        else:
            self._allowed = max(1, self._under_way - 1)

    def _note_others(self, concurrent: QuotaLevel | None) -> None:
        if concurrent is not None:
            own_others = self._under_way - 1
            self._allowed = max(1, min(MOST_CONCURRENT, concurrent.remaining + own_others))
            self._wake_first()

    def _refuse_if_exhausted(self) -> None:
        now = self._clock.now()
        if self._closed_until is not None and now < self._closed_until:
            raise self._failures.throttled(self._closed_until - now)
        if self._day is not None and self._day[0] == day_of(now) and self._day[1] <= 0:
            raise self._failures.throttled(until_next_day(now))
        if self._hour is not None and self._hour[0] == hour_of(now) and self._hour[1] <= 0:
            raise self._failures.throttled(until_next_hour(now))

    @property
    def _has_room(self) -> bool:
        """Whether one more call may be under way; the last tokens are left to those that are."""
        now = self._clock.now()
        reserved = self._under_way * self._largest_tokens
        if self._under_way and self._hour is not None and self._hour[0] == hour_of(now):
            return self._under_way < self._allowed and reserved < self._hour[1]
        return self._under_way < self._allowed

    async def _wait_for_turn(self) -> None:
        if not self._queue and self._has_room:
            return
        turn = asyncio.Event()
        self._queue.append(turn)
        try:
            while self._queue[0] is not turn or not self._has_room:
                turn.clear()
                await turn.wait()
        finally:
            self._queue.remove(turn)
            self._wake_first()

    def _wake_first(self) -> None:
        if self._queue:
            self._queue[0].set()
