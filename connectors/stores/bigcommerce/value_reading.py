"""Reads single values by id, which show a write at once."""

from collections.abc import Iterable, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import (
    ProductPrices,
    ProductPricesPage,
    VariantPrices,
    VariantPricesPage,
)
from connectors.stores.bigcommerce.capabilities import CAPABILITIES
from connectors.stores.bigcommerce.catalog_reading import PRODUCTS
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.listing import Listing
from connectors.stores.bigcommerce.prices import ShownValues, values_of
from connectors.stores.bigcommerce.recent_readings import RecentReadings
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.store_currency import StoreCurrency
from steward.changes import ResourceKind, Target
from steward.values import Value

VARIANTS = "v3/catalog/variants"
_FIELDS: Mapping[str, str] = {"include_fields": "price,sale_price"}


class ValueReader:
    """Reads prices and compare-at prices of products and variants, up to 250 of a kind a call."""

    def __init__(self, api: RestApi, currency: StoreCurrency, recent: RecentReadings) -> None:
        """Take the store's API, what knows its currency, and what remembers readings."""
        self._api = api
        self._currency = currency
        self._recent = recent
        self._listing = Listing(api)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; what is gone is left out.

        A variant that inherits its price reads as absent in both fields.
        """
        CAPABILITIES.require_fields({target.field for target in targets})
        numbers: dict[ResourceKind, dict[int, None]] = {kind: {} for kind in ResourceKind}
        for target in targets:
            numbers[target.resource_kind][number_of(target.resource_id)] = None
        found_of = await in_parallel(self._values(kind, numbers[kind]) for kind in ResourceKind)
        live = dict(zip(ResourceKind, found_of, strict=True))
        return {
            target: found[target.field]
            for target in targets
            if (found := live[target.resource_kind].get(number_of(target.resource_id)))
        }

    async def read_beside(
        self, kind: ResourceKind, numbers: Iterable[int], *, needed: Iterable[int]
    ) -> Mapping[int, ShownValues]:
        """Return both fields of those that are needed, from a recent reading where there is one.

        `numbers` are all products or variants that are about to be written: their readings are
        used up by it.
        """
        recent = self._recent.take(kind, numbers)
        wanted = list(needed)
        missing = [number for number in wanted if number not in recent]
        read = await self._values(kind, missing)
        self._recent.take(kind, missing)
        return {**recent, **read}

    async def _values(
        self, kind: ResourceKind, numbers: Iterable[int]
    ) -> Mapping[int, ShownValues]:
        wanted = list(numbers)
        if not wanted:
            return {}
        currency = await self._currency.code(self._api)
        values = {one.id: values_of(one, currency) for one in await self._prices(kind, wanted)}
        self._recent.note(kind, values)
        return values

    async def _prices(
        self, kind: ResourceKind, numbers: Sequence[int]
    ) -> Sequence[ProductPrices | VariantPrices]:
        if kind is ResourceKind.PRODUCT:
            products = await self._listing.by_ids(PRODUCTS, ProductPricesPage, numbers, _FIELDS)
            return [one for page in products for one in page.data]
        variants = await self._listing.by_ids(VARIANTS, VariantPricesPage, numbers, _FIELDS)
        return [one for page in variants for one in page.data]
