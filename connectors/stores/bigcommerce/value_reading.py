"""Reads single values by id, which show a write at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import (
    ProductContent,
    ProductContentPage,
    VariantPricesPage,
)
from connectors.stores.bigcommerce.families import Family, family_of
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.listing import Listing
from connectors.stores.bigcommerce.price_record_reading import VARIANTS, PriceRecordReader
from connectors.stores.bigcommerce.prices import ShownValues, values_of
from connectors.stores.bigcommerce.product_fields import PRICE_NAMES, names_of, own_values
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from connectors.stores.bigcommerce.stock_reading import StockReader
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, ResourceKind, Target
from steward.values import ABSENT, PRESENT, Value

PRODUCTS = "v3/catalog/products"


class ValueReader:
    """Reads fields of products and variants, stock and price lists, up to 250 of a kind a call."""

    def __init__(
        self, api: RestApi, shared: SharedState, stock: StockReader, records: PriceRecordReader
    ) -> None:
        """Take the store's API, what all its uses share, and what reads stock and price lists."""
        self._api = api
        self._shared = shared
        self._stock = stock
        self._records = records
        self._listing = Listing(api)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; what is gone is left out.

        A variant that inherits its price reads as absent in both fields. Raises
        `UnsupportedOperation` for a field that is not there.
        """
        by_family: dict[Family, list[Target]] = {family: [] for family in Family}
        for target in targets:
            by_family[family_of(target)].append(target)
        found_of = await in_parallel(
            [
                self._of_products([*by_family[Family.PRODUCT], *by_family[Family.CATEGORY]]),
                self._of_variants(by_family[Family.VARIANT]),
                self._stock.read(by_family[Family.STOCK]),
                self._records.read(by_family[Family.PRICE_LIST]),
            ]
        )
        live = {target: value for found in found_of for target, value in found.items()}
        return {target: live[target] for target in targets if target in live}

    async def read_beside(
        self, kind: ResourceKind, numbers: Iterable[int], *, needed: Iterable[int]
    ) -> Mapping[int, ShownValues]:
        """Return both prices of those that are needed, from a recent reading where there is one.

        `numbers` are all products or variants that are about to be written: their readings are
        used up by it.
        """
        recent = self._take(kind, numbers)
        missing = [number for number in needed if number not in recent]
        if kind is ResourceKind.PRODUCT:
            read = await self._prices_of_products(await self._products(missing, PRICE_NAMES))
        else:
            read = await self._prices_of_variants(missing)
        self._take(kind, missing)
        return {**recent, **read}

    def _take(self, kind: ResourceKind, numbers: Iterable[int]) -> Mapping[int, ShownValues]:
        taken = self._shared.prices.take((kind, number) for number in numbers)
        return {number: values for (_, number), values in taken.items()}

    def _note(self, kind: ResourceKind, values: Mapping[int, ShownValues]) -> None:
        self._shared.prices.note({(kind, number): own for number, own in values.items()})

    async def _of_products(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        fields = {target.field for target in targets}
        products = await self._products(_numbers(targets), names_of(fields))
        prices: Mapping[int, ShownValues] = {}
        if fields & PRICE_FIELDS:
            prices = await self._prices_of_products(products)
        live = {
            product.id: {**prices.get(product.id, {}), **own_values(product, fields)}
            for product in products
        }
        inside = {product.id: frozenset(product.categories) for product in products}
        memberships = [target for target in targets if target.field is FieldName.CATEGORY]
        others = [target for target in targets if target.field is not FieldName.CATEGORY]
        return {**dict(_values(others, live)), **dict(_memberships(memberships, inside))}

    async def _of_variants(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        return dict(_values(targets, await self._prices_of_variants(_numbers(targets))))

    async def _products(
        self, numbers: Iterable[int], names: Sequence[str]
    ) -> Sequence[ProductContent]:
        fields = {"include_fields": ",".join(names)}
        pages = await self._listing.by_ids(PRODUCTS, ProductContentPage, numbers, fields)
        products = [product for page in pages for product in page.data]
        self._listing.check_whole(products, names)
        return products

    async def _prices_of_products(
        self, products: Sequence[ProductContent]
    ) -> Mapping[int, ShownValues]:
        if not products:
            return {}
        currency = await self._shared.currency.code(self._api)
        values = {product.id: values_of(product, currency) for product in products}
        self._note(ResourceKind.PRODUCT, values)
        return values

    async def _prices_of_variants(self, numbers: Iterable[int]) -> Mapping[int, ShownValues]:
        fields = {"include_fields": ",".join(PRICE_NAMES)}
        pages = await self._listing.by_ids(VARIANTS, VariantPricesPage, numbers, fields)
        variants = [variant for page in pages for variant in page.data]
        if not variants:
            return {}
        currency = await self._shared.currency.code(self._api)
        values = {variant.id: values_of(variant, currency) for variant in variants}
        self._note(ResourceKind.VARIANT, values)
        return values


def _numbers(targets: Iterable[Target]) -> Iterable[int]:
    return {number_of(target.resource_id) for target in targets}


def _values(
    targets: Iterable[Target], live: Mapping[int, ShownValues]
) -> Iterator[tuple[Target, Value]]:
    for target in targets:
        found = live.get(number_of(target.resource_id))
        if found is not None:
            yield target, found[target.field]


def _memberships(
    targets: Iterable[Target], inside: Mapping[int, frozenset[int]]
) -> Iterator[tuple[Target, Value]]:
    for target in targets:
        categories = inside.get(number_of(target.resource_id))
        if categories is not None:
            yield target, PRESENT if number_of(target.key) in categories else ABSENT
