"""What all uses of one store in a process share, beside its connections and its pacer."""

import asyncio

from connectors.pacing import SystemTimer, Timer
from connectors.stores.bigcommerce.prices import ShownValues
from connectors.stores.bigcommerce.recent_readings import RecentReadings
from connectors.stores.bigcommerce.store_currency import StoreCurrency
from connectors.stores.bigcommerce.write_turns import WriteTurns
from steward.changes import ResourceKind

# The platform serves no more readings of price lists' records at the same time.
_MOST_RECORD_READS = 10

PricedResource = tuple[ResourceKind, int]
StockedItem = tuple[ResourceKind, int, int]
"""A product or variant, by its kind and id, and the id of a location."""


class SharedState:
    """The store's currency, what was read of it a moment ago, and whose turn it is to write."""

    def __init__(self, timer: Timer | None = None) -> None:
        """Take the clock by which readings age, and waits are measured."""
        self.timer = timer or SystemTimer()
        self.currency = StoreCurrency(self.timer)
        self.prices = RecentReadings[PricedResource, ShownValues](self.timer)
        self.safety_stock = RecentReadings[StockedItem, int](self.timer)
        self.turns = WriteTurns()
        self.record_reads = asyncio.Semaphore(_MOST_RECORD_READS)
