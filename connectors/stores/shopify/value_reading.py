"""Reads single values by id, each kind of field by its own reader."""

from collections.abc import Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.capabilities import check_supported
from connectors.stores.shopify.collection_reading import CollectionReader
from connectors.stores.shopify.price_reading import PriceReader
from connectors.stores.shopify.product_reading import ProductReader
from connectors.stores.shopify.stock_reading import StockReader
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, Target
from steward.values import ABSENT, PRESENT, Quantity, Value

_PRODUCT_FIELDS = frozenset(
    {
        FieldName.TITLE,
        FieldName.DESCRIPTION,
        FieldName.SEO_TITLE,
        FieldName.SEO_DESCRIPTION,
        FieldName.STATUS,
        FieldName.TAG,
    }
)

_CATEGORY = FieldName.CATEGORY
_STOCK = FieldName.INVENTORY_QUANTITY


class ValueReader:
    """Reads the live value of any field, and all kinds of fields at the same time."""

    def __init__(self, api: AdminApi, collections: CollectionReader) -> None:
        """Take the store's API, and what reads memberships in collections."""
        self._prices = PriceReader(api)
        self._products = ProductReader(api)
        self._collections = collections
        self._stock = StockReader(api)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; what is gone is left out.

        Raises `UnsupportedOperation` for a field that its resource does not have.
        """
        for target in targets:
            check_supported(target)
        read = await in_parallel(
            [
                self._read_prices([one for one in targets if one.field in PRICE_FIELDS]),
                self._read_products([one for one in targets if one.field in _PRODUCT_FIELDS]),
                self._read_memberships([one for one in targets if one.field is _CATEGORY]),
                self._read_stock([one for one in targets if one.field is _STOCK]),
            ]
        )
        live = {target: value for values in read for target, value in values.items()}
        return {target: live[target] for target in targets if target in live}

    async def _read_prices(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        prices = await self._prices.read(target.resource_id for target in targets)
        return {
            target: prices[target.resource_id][target.field]
            for target in targets
            if target.resource_id in prices
        }

    async def _read_products(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        products = await self._products.read(
            (target.resource_id for target in targets),
            with_description=any(target.field is FieldName.DESCRIPTION for target in targets),
        )
        return {
            target: products[target.resource_id].value(target)
            for target in targets
            if target.resource_id in products
        }

    async def _read_memberships(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        by_collection = _by_key(targets)
        read = await in_parallel(
            self._collections.members(collection, products)
            for collection, products in by_collection.items()
        )
        members = dict(zip(by_collection, read, strict=True))
        return {
            target: PRESENT if members[target.key][target.resource_id] else ABSENT
            for target in targets
            if target.resource_id in members[target.key]
        }

    async def _read_stock(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        by_location = _by_key(targets)
        read = await in_parallel(
            self._stock.at_location(location, items) for location, items in by_location.items()
        )
        units = dict(zip(by_location, read, strict=True))
        return {
            target: Quantity(units=units[target.key][target.resource_id])
            for target in targets
            if target.resource_id in units[target.key]
        }


def _by_key(targets: Sequence[Target]) -> Mapping[str, Sequence[str]]:
    """Return the resources to be asked about each key, since a call asks about one."""
    found: dict[str, list[str]] = {}
    for target in targets:
        found.setdefault(target.key, []).append(target.resource_id)
    return found
