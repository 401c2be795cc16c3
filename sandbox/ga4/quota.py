"""The property's allowances: really counted, refilled at the full hour and at midnight."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.ga4.problems import exhausted

CONCURRENT = "concurrentRequests"
PER_DAY = "tokensPerDay"
PER_HOUR = "tokensPerHour"
PER_PROJECT = "tokensPerProjectPerHour"
SERVER_ERRORS = "serverErrorsPerProjectPerHour"
THRESHOLDED = "potentiallyThresholdedRequestsPerHour"

LIMITS = {
    PER_DAY: 200_000,
    PER_HOUR: 40_000,
    CONCURRENT: 10,
    SERVER_ERRORS: 10,
    THRESHOLDED: 120,
    PER_PROJECT: 14_000,
}
"""What a standard property may use (developers.google.com, Data API quotas)."""

_IN_WORDS = {
    PER_DAY: "property tokens per day. These quota tokens return in under 24 hours.",
    PER_HOUR: "property tokens per hour. These quota tokens return in under an hour.",
    PER_PROJECT: "property tokens for a project per hour. These return in under an hour.",
    SERVER_ERRORS: "server errors for a project per hour. These return in under an hour.",
    THRESHOLDED: "potentially thresholded requests per hour. These return in under an hour.",
    CONCURRENT: "concurrent requests quota. Please send fewer requests concurrently.",
}
_PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(slots=True)
class Charge:
    """What one request took of each allowance."""

    tokens: int = 0
    thresholded: int = 0


class Quota:
    """One set of allowances; the core and the realtime reports have one each."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._remaining = dict(LIMITS)
        self._running = 0
        self._hour = self._day = ""

    def enter(self) -> None:
        """Count a request that has arrived.

        Raises:
            Problem: too many are under way already; this one is not counted.
        """
        if self._running >= LIMITS[CONCURRENT]:
            raise exhausted(_IN_WORDS[CONCURRENT])
        self._running += 1

    def leave(self) -> None:
        """Count a request that has been answered or dropped."""
        self._running -= 1

    def admit(self) -> None:
        """Let a request pass if something is left of every allowance.

        Raises:
            Problem: one is used up, which closes the property to requests of any kind.
        """
        self._refill()
        for name in (PER_DAY, PER_HOUR, PER_PROJECT, SERVER_ERRORS, THRESHOLDED):
            if self._remaining[name] <= 0:
                raise exhausted(_IN_WORDS[name])

    def charge(self, charge: Charge) -> None:
        """Take what a request used; the last one may use more than was left."""
        self._refill()
        for name in (PER_DAY, PER_HOUR, PER_PROJECT):
            self._remaining[name] -= charge.tokens
        self._remaining[THRESHOLDED] -= charge.thresholded

    def server_error(self) -> None:
        """Count an answer that blamed the server."""
        self._refill()
        self._remaining[SERVER_ERRORS] -= 1

    def set_remaining(self, name: str, value: int) -> None:
        """Leave so much of an allowance; until it is refilled.

        Raises:
            KeyError: there is no such allowance.
        """
        self._refill()
        if name not in self._remaining or name == CONCURRENT:
            raise KeyError(name)
        self._remaining[name] = value

    def describe(self, charge: Charge) -> dict[str, dict[str, int]]:
        """Return the `propertyQuota` of an answer."""
        self._refill()
        taken = {
            PER_DAY: charge.tokens,
            PER_HOUR: charge.tokens,
            PER_PROJECT: charge.tokens,
            THRESHOLDED: charge.thresholded,
        }
        # The request that is being answered does not count as running any more.
        running = max(0, self._running - 1)
        left = self._remaining | {CONCURRENT: LIMITS[CONCURRENT] - running}
        return {
            name: {"consumed": taken.get(name, 0), "remaining": max(0, left[name])}
            for name in LIMITS
        }

    def _refill(self) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        hour, day = now.strftime("%Y-%m-%dT%H"), now.astimezone(_PACIFIC).date().isoformat()
        if hour != self._hour:
            self._hour = hour
            for name in (PER_HOUR, PER_PROJECT, SERVER_ERRORS, THRESHOLDED):
                self._remaining[name] = LIMITS[name]
        if day != self._day:
            self._day = day
            self._remaining[PER_DAY] = LIMITS[PER_DAY]
