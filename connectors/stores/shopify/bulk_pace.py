"""How fast bulk operations are reckoned to be, and how many of them run at once."""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass

from steward.errors import InvalidSettings

# Chunks of a run that are under way at once, each with one operation.
SIDE_BY_SIDE = 4
# As many as Shopify runs at once of one app in one shop.
_MOST_AT_ONCE = 5
# Uploading the file, waiting for the platform to begin, and for the next look once it is done.
_AROUND_AN_OPERATION_SECONDS = 30.0
# Shopify tells no figure. An operation runs its lines one after the other, and a call that updates
# a product takes some tenths of a second by itself; this is at the slower end of that.
_LINES_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class BulkPace:
    """How fast a bulk operation is reckoned to be; 0 lines a second: never in bulk."""

    lines_per_second: float = _LINES_PER_SECOND

    def seconds(self, lines: float) -> float:
        """Return how long an operation of so many lines takes."""
        return _AROUND_AN_OPERATION_SECONDS + lines / self.lines_per_second

    def together(self, operations: Iterable[int]) -> float:
        """Return how long operations of so many lines each take, some of them side by side."""
        each = [self.seconds(lines) for lines in operations]
        return max(max(each, default=0.0), sum(each) / SIDE_BY_SIDE)


class BulkLimits:
    """What all uses of one store in a process share about its bulk operations."""

    def __init__(self, lines_per_second: float | None = None) -> None:
        """Take how fast an operation is reckoned to be, where somebody knows better.

        Raises `InvalidSettings` for less than nothing.
        """
        if lines_per_second is not None and not 0 <= lines_per_second < math.inf:
            raise InvalidSettings(
                "A bulk operation cannot run less than no line a second.",
                remedy="Set bulk_lines_per_second to 0 or more; 0 means never in bulk.",
            )
        self.pace = BulkPace() if lines_per_second is None else BulkPace(lines_per_second)
        self.places = asyncio.Semaphore(_MOST_AT_ONCE)
