"""What was read a moment ago, so that a write need not read it once more."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from connectors.pacing import SystemTimer, Timer

# As long as a write may have to wait for the store's next window, and some more.
_KEPT_SECONDS = 60.0
_MOST_KEPT = 20_000

KeyT = TypeVar("KeyT", bound=Hashable)
ReadingT = TypeVar("ReadingT")


class RecentReadings(Generic[KeyT, ReadingT]):
    """Remembers readings of one store, each for a minute and for one write.

    A change is compared with the live value right before it is sent; what stands beside it, and
    decides how the change is written, was read in that same answer.
    """

    def __init__(self, timer: Timer | None = None) -> None:
        """Take the clock by which readings age."""
        self._timer = timer or SystemTimer()
        self._kept: dict[KeyT, tuple[float, ReadingT]] = {}

    def note(self, readings: Mapping[KeyT, ReadingT]) -> None:
        """Remember what was just read."""
        now = self._timer.seconds()
        for key, reading in readings.items():
            self._kept.pop(key, None)
            self._kept[key] = (now, reading)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def take(self, keys: Iterable[KeyT]) -> dict[KeyT, ReadingT]:
        """Return what is still fresh of these, and forget them, since they are about to change."""
        oldest = self._timer.seconds() - _KEPT_SECONDS
        taken = {key: self._kept.pop(key, None) for key in keys}
        return {key: kept[1] for key, kept in taken.items() if kept and kept[0] >= oldest}
