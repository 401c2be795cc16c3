"""When a special price begins that shall count at once."""

from collections.abc import Iterator
from datetime import timedelta


class SpecialPriceStart:
    """When a special price begins that shall count at once.

    Magento Open Source takes a start in the past, which it reads in the shop's own time zone; so a
    day ago is the past everywhere. Commerce refuses it: there a special price is scheduled, and
    begins in the future, by the store's clock and in UTC. Which of the two a store is shows at the
    first refusal, and is remembered.
    """

    def __init__(self, *, always_ahead: bool = False) -> None:
        """Take whether the store is known to refuse a start in the past."""
        self._always_ahead = always_ahead

    def leads(self) -> Iterator[tuple[timedelta, bool]]:
        """Return how far before or after the call to begin, to try in turn; True lies ahead."""
        if not self._always_ahead:
            yield timedelta(days=-1), False
        # The store tells its time in whole seconds, and may take its time for the call.
        for seconds in (3, 30):
            yield timedelta(seconds=seconds), True

    def only_ahead(self) -> None:
        """Note that the store takes a start ahead where it refused one in the past."""
        self._always_ahead = True
