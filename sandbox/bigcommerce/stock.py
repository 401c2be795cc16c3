"""Stock by location: the truth, and what reads show of it until an adjustment is through."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.bigcommerce.identifiers import (
    ProductName,
    parse_name,
    product_name,
    variant_name,
)
from sandbox.bigcommerce.locations import DEFAULT_LOCATION, located
from sandbox.bigcommerce.records import Variant

if TYPE_CHECKING:
    from sandbox.bigcommerce.catalogue import Catalogue


class Stock:
    """What each item of a store has at each location; an item is named as its resource is.

    What `write_late` sets is shown only after `lag_seconds`; everything else at once.
    """

    def __init__(
        self, goods: "Catalogue", lag_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        self._goods = goods
        self._lag_seconds = lag_seconds
        self._monotonic = monotonic
        self._earlier: dict[tuple[str, str], list[tuple[float, int | None]]] = {}

    def item_of(self, variant: Variant) -> str:
        """Return the name of the item that a variant is sold from: a simple product is its own."""
        if self._goods.is_base(variant):
            return product_name(variant.product_id)
        return variant_name(variant.id)

    def items_of(self, name: str) -> list[str]:
        """Return the names of the items whose stock makes up a product's or variant's."""
        parsed = parse_name(name)
        if isinstance(parsed, ProductName):
            product = self._goods.products[parsed.number]
            if product.value("inventory_tracking") == "variant":
                return [variant_name(number) for number in product.variant_ids]
        return [name]

    def on_hand(self, item: str, location: int) -> int | None:
        """Return what an item has at a location in truth; None where it was never there."""
        return self._read(item, located("inventory_level", location))

    def safety(self, item: str, location: int) -> int:
        """Return how much of what an item has at a location is held back from sale."""
        return self._read(item, located("safety_stock", location)) or 0

    def level(self, name: str) -> int:
        """Return what a product or variant has at the default location in truth."""
        return sum(self.on_hand(item, DEFAULT_LOCATION) or 0 for item in self.items_of(name))

    def seen_on_hand(self, item: str, location: int) -> int | None:
        """Return what an item has at a location as reads show it now."""
        key = (item, located("inventory_level", location))
        waiting = self._earlier.get(key)
        if waiting:
            horizon = self._monotonic() - self._lag_seconds
            while waiting and waiting[0][0] <= horizon:
                waiting.pop(0)
            if waiting:
                return waiting[0][1]
            del self._earlier[key]
        return self.on_hand(item, location)

    def seen_available(self, item: str, location: int) -> int:
        """Return how much of an item can be sold from a location as reads show it now."""
        on_hand = self.seen_on_hand(item, location) or 0
        return max(0, on_hand - self.safety(item, location))

    def seen_level(self, name: str) -> int:
        """Return a product's or variant's level as the Catalog API shows it now.

        That API knows the default location only.
        """
        return sum(self.seen_available(item, DEFAULT_LOCATION) for item in self.items_of(name))

    def write_late(self, item: str, location: int, value: int, at: int) -> None:
        """Set what an item has at a location, so that reads show it only after the lag."""
        field = located("inventory_level", location)
        waiting = self._earlier.get((item, field), [])
        if self._lag_seconds > 0:
            waiting = [*waiting, (self._monotonic(), self._read(item, field))]
        self._goods.write(item, field, value, at)
        if waiting:
            self._earlier[item, field] = waiting

    def show(self, item: str, field: str) -> None:
        """Show a field as it is from now on, whatever was on its way."""
        self._earlier.pop((item, field), None)

    def _read(self, item: str, field: str) -> int | None:
        value = self._goods.read(item, field)
        return None if value is None else int(value)
