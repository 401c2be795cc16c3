"""Waits: what a step of a run waits for, so that people see that it is not stuck."""

import math
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from steward.model import Frozen

# Shorter waits are over before anybody could read of them.
SHORTEST_SHOWN_SECONDS = 1.0
_MINUTE = 60


class Wait(Frozen):
    """How long a store's next call still has to wait, and for what, such as Shopify's allowance."""

    seconds: float = Field(ge=0, allow_inf_nan=False)
    reason: str

    def __str__(self) -> str:
        """Return the wait in words."""
        seconds = math.ceil(self.seconds)
        if seconds < 2 * _MINUTE:
            return f"waiting {seconds} s for {self.reason}"
        hours, minutes = divmod(math.ceil(seconds / _MINUTE), _MINUTE)
        length = f"{hours} h {minutes} min" if hours else f"{minutes} min"
        return f"waiting {length} for {self.reason}"

    def from_now(self, now: datetime) -> "NotedWait":
        """Return the wait as it is kept."""
        return NotedWait(until=now + timedelta(seconds=self.seconds), reason=self.reason)


class NotedWait(Frozen):
    """A wait as the ledger holds it; it is over once its time has come."""

    until: AwareDatetime
    reason: str

    def left(self, now: datetime) -> Wait | None:
        """Return what is left of it, or None where it is over."""
        seconds = (self.until - now).total_seconds()
        return Wait(seconds=seconds, reason=self.reason) if seconds > 0 else None


def wait_for(reason: str, seconds: float) -> Wait | None:
    """Return the wait, or None where it is too short to be shown."""
    return Wait(seconds=seconds, reason=reason) if seconds >= SHORTEST_SHOWN_SECONDS else None
