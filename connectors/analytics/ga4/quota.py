"""The property's quota: calls wait here for their turn, or are refused while nothing is left."""

import asyncio
import math
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
    too. While nothing is left of an allowance, calls are refused at once, with the time until it
    is refilled: the source refuses every call then, whichever allowance it is. Share one gate
    between all calls for a property under one quota in this process; use it on one event loop.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        """Take the property's configured name and the clock by which quotas are refilled."""
        self._failures = Failures(name)
        self._clock = clock
        self._allowed = MOST_CONCURRENT
        self._under_way = 0
        self._queue: deque[asyncio.Event] = deque()
        self._hour_tokens: tuple[datetime, int] | None = None
        self._hour_requests: tuple[datetime, int] | None = None
        self._day_tokens: tuple[datetime, int] | None = None
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
            hour = hour_of(now)
            tokens = _least(quota.tokens_per_hour, quota.tokens_per_project_per_hour)
            requests = _least(
                quota.server_errors_per_project_per_hour,
                quota.potentially_thresholded_requests_per_hour,
            )
            day = _least(quota.tokens_per_day)
            self._hour_tokens = self._hour_tokens if tokens is None else (hour, tokens)
            self._hour_requests = self._hour_requests if requests is None else (hour, requests)
            self._day_tokens = self._day_tokens if day is None else (day_of(now), day)
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
        if _left(self._day_tokens, day_of(now)) <= 0:
            raise self._failures.throttled(until_next_day(now))
        hour = hour_of(now)
        if min(_left(self._hour_tokens, hour), _left(self._hour_requests, hour)) <= 0:
            raise self._failures.throttled(until_next_hour(now))

    @property
    def _has_room(self) -> bool:
        """Whether one more call may be under way; the last tokens are left to those that are."""
        now = self._clock.now()
        tokens = min(_left(self._hour_tokens, hour_of(now)), _left(self._day_tokens, day_of(now)))
        reserved = self._under_way * self._largest_tokens
        return self._under_way < self._allowed and (not self._under_way or reserved < tokens)

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


def _least(*levels: QuotaLevel | None) -> int | None:
    """Return what remains of the allowance of which least is left, if any was told."""
    return min((level.remaining for level in levels if level is not None), default=None)


def _left(told: tuple[datetime, int] | None, now: datetime) -> float:
    """Return what was left by the last answer of this hour or day; all where none told."""
    return told[1] if told is not None and told[0] == now else math.inf
