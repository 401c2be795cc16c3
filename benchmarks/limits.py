"""What each platform allows, how much of it was used, and the least time that it allows."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from benchmarks.sandbox_shops import Shop

_LOOK_AGAIN_SECONDS = 0.25
# The middle of the work, where a bucket is neither full yet nor left over at the end.
_MIDDLE = (0.3, 0.9)


@dataclass(frozen=True)
class Moment:
    """What a shop had counted, so many seconds after the approval.

    `spent` is in points (a call is one, but on Shopify), `allowed` what could have been spent by
    then, and `spent_in_window` what of the present window is used, where there are windows.
    """

    seconds: float
    calls: int
    throttled: int
    spent: int
    allowed: float
    spent_in_window: int = 0


class Limit(Protocol):
    """One platform's way to limit calls."""

    @property
    def words(self) -> str:
        """The limit in words."""

    async def until_whole(self, shop: Shop) -> None:
        """Wait until the whole allowance is there."""

    def ideal_seconds(self, spent: int, processes: int) -> float:
        """Return the least time that the limit allows, from a whole allowance on."""

    def whole_share(self, moments: Sequence[Moment]) -> float | None:
        """Return the share that was used from the approval to the end; None without a limit."""

    def steady_share(self, moments: Sequence[Moment]) -> float | None:
        """Return the share that was used while there was work to send; None without a limit."""


@dataclass(frozen=True)
class Bucket:
    """Points that come back at a rate, up to a capacity."""

    capacity: float
    rate: float
    unit: str

    @property
    def words(self) -> str:
        """The rate and the capacity."""
        return f"{self.rate:,.0f} {self.unit} a second, a bucket of {self.capacity:,.0f}"

    async def until_whole(self, shop: Shop) -> None:
        """Wait as long as an empty bucket takes to fill; nothing else uses the shop."""
        del shop
        await asyncio.sleep(self.capacity / self.rate)

    def ideal_seconds(self, spent: int, processes: int) -> float:
        """Return the time in which the rate restores what the full bucket does not hold."""
        del processes
        return max(0.0, (spent - self.capacity) / self.rate)

    def whole_share(self, moments: Sequence[Moment]) -> float | None:
        """Return what was spent of the full bucket and all that was restored."""
        first, last = moments[0], moments[-1]
        return (last.spent - first.spent) / (self.capacity + last.allowed - first.allowed)

    def steady_share(self, moments: Sequence[Moment]) -> float | None:
        """Return what was spent of what was restored, from 30 % to 90 % of the work.

        What had been saved up may be spent on top of that, which counts as all.
        """
        first, last = moments[0].spent, moments[-1].spent
        marks = [first + share * (last - first) for share in _MIDDLE]
        start, end = (next(one for one in moments if one.spent >= mark) for mark in marks)
        return min(1.0, (end.spent - start.spent) / (end.allowed - start.allowed))


@dataclass(frozen=True)
class Windows:
    """So many calls in each window of so many seconds."""

    quota: int
    seconds: float

    @property
    def words(self) -> str:
        """The quota and the window."""
        return f"{self.quota:,} calls in each window of {self.seconds:.0f} s"

    async def until_whole(self, shop: Shop) -> None:
        """Wait until a window begins."""
        begun = moment_of(await shop.figures(), 0).allowed
        while moment_of(await shop.figures(), 0).allowed == begun:  # noqa: ASYNC110 - a shop tells
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def ideal_seconds(self, spent: int, processes: int) -> float:
        """Return the beginning of the window in which the last call can go out."""
        del processes
        return self.seconds * (math.ceil(spent / self.quota) - 1)

    def whole_share(self, moments: Sequence[Moment]) -> float | None:
        """Return what was used of all windows that had begun, the last of which is not whole."""
        first, last = moments[0], moments[-1]
        return (last.spent - first.spent) / (self.quota + last.allowed - first.allowed)

    def steady_share(self, moments: Sequence[Moment]) -> float | None:
        """Return what was used of the windows that began and ended while there was work."""
        ends = [
            later
            for earlier, later in pairwise(moments)
            if later.allowed > earlier.allowed and later.spent < moments[-1].spent
        ]
        if not ends:
            return None
        used = ends[-1].spent - ends[-1].spent_in_window - moments[0].spent
        return used / (ends[-1].allowed - moments[0].allowed)


@dataclass(frozen=True)
class Places:
    """No limit but the calls that a process lets out at once, each of which takes some time."""

    calls_at_once: int
    latency_seconds: float

    @property
    def words(self) -> str:
        """What takes the limit's place."""
        return f"no limit of the platform; {self.calls_at_once} calls at once from each process"

    async def until_whole(self, shop: Shop) -> None:
        """Return at once: there is nothing that could be used up."""
        del shop

    def ideal_seconds(self, spent: int, processes: int) -> float:
        """Return the time that the calls take with every place always taken."""
        return spent * self.latency_seconds / (self.calls_at_once * processes)

    def whole_share(self, moments: Sequence[Moment]) -> float | None:
        """Nothing is limited."""
        del moments
        return None

    def steady_share(self, moments: Sequence[Moment]) -> float | None:
        """Nothing is limited."""
        del moments
        return None


def moment_of(figures: Mapping[str, Any], seconds: float) -> Moment:
    """Return what a shop's figures say."""
    quota = figures.get("quota")
    return Moment(
        seconds=round(seconds, 2),
        calls=figures["requests"],
        throttled=figures["throttled"],
        spent=figures["points_actual"] or figures["requests"] - figures["throttled"],
        allowed=figures["points_available"],
        spent_in_window=0 if quota is None else quota["quota"] - quota["left"],
    )


class Watch:
    """Follows a shop's figures from its construction until `stop`."""

    def __init__(self, shop: Shop) -> None:
        """Take the shop; the clock runs from now on."""
        self.moments: list[Moment] = []
        self._shop = shop
        self._started = time.monotonic()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> Sequence[Moment]:
        """Look a last time, and return all that was seen."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._look()
        return self.moments

    async def _follow(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _look(self) -> None:
        figures = await self._shop.figures()
        self.moments.append(moment_of(figures, time.monotonic() - self._started))
