"""Prices that were read a moment ago, so that a write need not read them once more."""

from collections.abc import Iterable, Mapping

from connectors.pacing import SystemTimer, Timer
from connectors.stores.bigcommerce.prices import ShownValues
from steward.changes import ResourceKind

# As long as a write may have to wait for the store's next window, and some more.
_KEPT_SECONDS = 60.0
_MOST_KEPT = 20_000

Resource = tuple[ResourceKind, int]


class RecentReadings:
    """Remembers the prices of one store, each for a minute and for one write.

    A change is compared with the live value right before it is sent; the field beside it, which
    decides how the change is written, was read in that same answer.
    """

    def __init__(self, timer: Timer | None = None) -> None:
        """Take the clock by which readings age."""
        self._timer = timer or SystemTimer()
        self._kept: dict[Resource, tuple[float, ShownValues]] = {}

    def note(self, kind: ResourceKind, values: Mapping[int, ShownValues]) -> None:
        """Remember what was just read."""
        now = self._timer.seconds()
        for number, own in values.items():
            self._kept.pop((kind, number), None)
            self._kept[kind, number] = (now, own)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def take(self, kind: ResourceKind, numbers: Iterable[int]) -> dict[int, ShownValues]:
        """Return what is still fresh of these, and forget them, since they are about to change."""
        oldest = self._timer.seconds() - _KEPT_SECONDS
        taken = {number: self._kept.pop((kind, number), None) for number in numbers}
        return {number: kept[1] for number, kept in taken.items() if kept and kept[0] >= oldest}
