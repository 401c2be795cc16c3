"""Reads how much of products and variants is at which location."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.inventory_answers import InventoryItem, InventoryPage
from connectors.stores.bigcommerce.listing import LARGEST_PAGE, Listing
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.shared_state import SharedState, StockedItem
from steward.catalog import Location
from steward.changes import ResourceKind, Target
from steward.values import QUANTITY_LIMIT, Quantity, Value

_ITEMS = "v3/inventory/items"
# The Inventory API lists more on a page than the others.
_LARGEST_INVENTORY_PAGE = 1000
_FILTERS: Mapping[ResourceKind, str] = {
    ResourceKind.PRODUCT: "product_id:in",
    ResourceKind.VARIANT: "variant_id:in",
}


@dataclass(frozen=True, slots=True)
class Level:
    """What is at one location: all that is on hand, and what is held back from sale of it.

    A merchant may stock less than what is to be held back: then less than nothing can be sold,
    which the platform itself shows as nothing.
    """

    location: Location
    on_hand: int
    safety_stock: int
    is_enabled: bool

    @property
    def units(self) -> int:
        """How much can be sold."""
        return max(self.on_hand - self.safety_stock, -QUANTITY_LIMIT)


Levels = Mapping[StockedItem, Level]


class StockReader:
    """Reads stock by the ids of what is counted: a product, or each of its variants."""

    def __init__(self, api: RestApi, shared: SharedState) -> None:
        """Take the store's API, and what remembers readings."""
        self._listing = Listing(api)
        self._shared = shared

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live quantities; what was never at a location, or is gone, is left out."""
        items = {target: stocked_item(target) for target in targets}
        levels = await self.levels(items.values())
        return {
            target: Quantity(units=levels[item].units)
            for target, item in items.items()
            if item in levels
        }

    async def levels(self, items: Iterable[StockedItem]) -> Levels:
        """Return what there is of the items."""
        wanted = set(items)
        locations = {location for _, _, location in wanted}
        numbers = {kind: {number for own, number, _ in wanted if own is kind} for kind in _FILTERS}
        found = await in_parallel(
            self.levels_of(kind, own, locations) for kind, own in numbers.items()
        )
        return {item: level for levels in found for item, level in levels.items() if item in wanted}

    async def levels_of(
        self, kind: ResourceKind, numbers: Iterable[int], locations: Iterable[int] = ()
    ) -> Levels:
        """Return what there is of products or variants at these locations, or at all of them."""
        wanted = sorted(set(numbers))
        chosen = ",".join(map(str, sorted(set(locations))))
        at = {"location_id:in": chosen} if chosen else {}
        pages = await in_parallel(
            self._listing.numbered(
                _ITEMS,
                InventoryPage,
                {
                    "limit": str(_LARGEST_INVENTORY_PAGE),
                    _FILTERS[kind]: ",".join(map(str, wanted[start : start + LARGEST_PAGE])),
                    **at,
                },
            )
            for start in range(0, len(wanted), LARGEST_PAGE)
        )
        items = [item for some in pages for page in some for item in page.data]
        levels = _levels(kind, items)
        self._shared.safety_stock.note({item: one.safety_stock for item, one in levels.items()})
        return levels


def stocked_item(target: Target) -> StockedItem:
    """Return what a target counts, and where; raises `InvalidInput` for an id that is no number."""
    return target.resource_kind, number_of(target.resource_id), number_of(target.key)


def _levels(kind: ResourceKind, items: Sequence[InventoryItem]) -> Levels:
    """Return each level by what was asked for.

    A product that is counted as a whole is listed once for each of its variants, with the same
    stock: the base variant's counts, or the first one's.
    """
    levels: dict[StockedItem, Level] = {}
    for item in sorted(
        items, key=lambda one: (one.identity.sku_id is not None, one.identity.variant_id)
    ):
        identity = item.identity
        number = identity.product_id if kind is ResourceKind.PRODUCT else identity.variant_id
        for held in item.locations:
            name = held.location_name or str(held.location_id)
            level = Level(
                location=Location(id=str(held.location_id), name=name),
                on_hand=held.total_inventory_onhand,
                safety_stock=held.settings.safety_stock,
                is_enabled=held.location_enabled,
            )
            levels.setdefault((kind, number, held.location_id), level)
    return levels
