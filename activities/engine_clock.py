"""The time of a step as the engine's server tells it, which does not jump where a worker's does."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


@dataclass(frozen=True, slots=True)
class _Start:
    told: datetime
    monotonic: float


_START: ContextVar[_Start | None] = ContextVar("start of the step by the engine's clock")


class EngineClock:
    """Tells the time of the engine's server within a step, and the machine's elsewhere.

    A worker's clock may be wrong, or be set while it works. Leases, patience and the audit trail
    would follow it: a lease from an hour ahead keeps everybody else away for that hour.
    """

    def now(self) -> datetime:
        """Return the current time in UTC: when the server gave the step out, and the time since."""
        start = _START.get(None)
        if start is None:
            return datetime.now(UTC)
        return start.told + timedelta(seconds=time.monotonic() - start.monotonic)


class _TimeKeeping(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        info = activity.info()
        # A local step is given out by the worker itself, and by its clock.
        if info.is_local:
            return await super().execute_activity(input)
        token = _START.set(_Start(info.started_time, time.monotonic()))
        try:
            return await super().execute_activity(input)
        finally:
            _START.reset(token)


class KeepsEngineTime(Interceptor):
    """Notes for each step when the server gave it out; goes outside everything that asks."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Put the note in front of the activity."""
        return _TimeKeeping(next)
