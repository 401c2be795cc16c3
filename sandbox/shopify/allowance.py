"""The leaky bucket of points that one app has at one store."""

import math
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

PLANS: Final[Mapping[str, float]] = MappingProxyType(
    {"standard": 100.0, "advanced": 200.0, "plus": 1000.0, "enterprise": 2000.0}
)
"""Points per second by the merchant's plan (shopify.dev, GraphQL Admin API rate limits)."""

SECONDS_TO_FILL: Final = 20.0
"""A bucket holds what its plan restores in this time."""


class Allowance:
    """Points that requests take out and time restores.

    A request is admitted if its requested cost is there, which is taken out at once; what it did
    not use is given back when it is done. Not safe for several threads; one event loop is enough.

    Args:
        maximum: the points that the bucket holds, and has at the start; above 0.
        restore_rate: points per second that come back; above 0.
        clock: seconds that never run backwards.

    Raises:
        ValueError: the maximum or the rate is not a finite number above 0.
    """

    def __init__(
        self,
        maximum: float,
        restore_rate: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (0 < maximum < math.inf and 0 < restore_rate < math.inf):
            raise ValueError(
                f"An allowance of {maximum} points at {restore_rate} a second cannot work; "
                "both must be finite and above 0."
            )
        self._maximum = float(maximum)
        self._restore_rate = float(restore_rate)
        self._clock = clock
        self._started_at = self._seen_at = clock()
        self._available = self._maximum

    @classmethod
    def of_plan(cls, plan: str, clock: Callable[[], float] = time.monotonic) -> "Allowance":
        """Return the full allowance of a plan.

        Raises:
            ValueError: there is no such plan.
        """
        if plan not in PLANS:
            raise ValueError(f"There is no plan {plan!r}; use one of {', '.join(PLANS)}.")
        return cls(PLANS[plan] * SECONDS_TO_FILL, PLANS[plan], clock)

    @property
    def restorable(self) -> float:
        """Points that the rate makes up since the start, whether or not the bucket had room.

        The points that requests used, less one full bucket, divided by this is the utilisation.
        """
        return (self._clock() - self._started_at) * self._restore_rate

    def currently_available(self) -> float:
        """Return the points that are there now; between 0 and the maximum."""
        now = self._clock()
        restored = (now - self._seen_at) * self._restore_rate
        self._available = min(self._maximum, self._available + restored)
        self._seen_at = now
        return self._available

    def admit(self, requested: int) -> bool:
        """Take a request's cost out if it is there, and say whether it was.

        Args:
            requested: points, at least 0. More than the maximum is never there.

        Raises:
            ValueError: the cost is below 0.
        """
        if requested < 0:
            raise ValueError(f"A request cannot cost {requested} points; pass 0 or more.")
        if self.currently_available() < requested:
            return False
        self._available -= requested
        return True

    def settle(self, requested: int, actual: int) -> None:
        """Give back what an admitted request did not use.

        Args:
            requested: the points that `admit` took out.
            actual: the points that the request used; between 0 and the requested.

        Raises:
            ValueError: the actual cost is outside of that range.
        """
        if not 0 <= actual <= requested:
            raise ValueError(
                f"A request admitted for {requested} points cannot have used {actual}; "
                "pass a number from 0 to the admitted points."
            )
        self._available = min(self._maximum, self.currently_available() + requested - actual)

    def status(self) -> dict[str, float | int]:
        """Return the `throttleStatus` of an answer: whole points available, rounded down."""
        return {
            "maximumAvailable": self._maximum,
            "currentlyAvailable": math.floor(self.currently_available()),
            "restoreRate": self._restore_rate,
        }
