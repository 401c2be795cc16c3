"""Reads the catalogue: the selected products with what is asked for of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.stores.bigcommerce.answers import ProductNode, VariantNode
from connectors.stores.bigcommerce.catalog_price_lists import CatalogPriceLists
from connectors.stores.bigcommerce.catalog_stock import CatalogStock
from connectors.stores.bigcommerce.categories import Categories
from connectors.stores.bigcommerce.price_lists import price_lists_called
from connectors.stores.bigcommerce.price_record_reading import PriceRecordReader
from connectors.stores.bigcommerce.prices import shown
from connectors.stores.bigcommerce.product_fields import names_of, status_of, texts_of
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.selecting import ProductSelector
from connectors.stores.bigcommerce.sort_orders import Places, kept_with, places_in
from connectors.stores.bigcommerce.stock_reading import StockReader
from connectors.stores.bigcommerce.store_currency import StoreCurrency
from connectors.stores.bigcommerce.unit_costs import (
    COST_NAME,
    cost_of_product,
    cost_of_variant,
)
from connectors.stores.bigcommerce.variant_names import ONLY_ONE, name_of
from steward.catalog import (
    ByCollection,
    CatalogDetail,
    Category,
    Product,
    Selection,
    Snapshot,
    Variant,
)
from steward.changes import FieldName, ResourceKind
from steward.money import Money

_TOLD_APART_BY = ("name", "sku", "brand_id")


class CatalogReader:
    """Reads snapshots.

    In each product the product's own prices come first, then the variants that have a price of
    their own. A variant with a sale price of its own, but no price, inherits and is left out.
    """

    def __init__(
        self,
        api: RestApi,
        currency: StoreCurrency,
        stock: StockReader,
        records: PriceRecordReader,
    ) -> None:
        """Take the store's API and currency, and what reads its stock and its price lists."""
        self._api = api
        self._currency = currency
        self._stock = stock
        self._records = records
        self._selector = ProductSelector(api)

    async def read(
        self, selection: Selection, detail: CatalogDetail, *, taken_at: datetime
    ) -> Snapshot:
        """Return the selected products with the fields that `detail` asks for.

        Raises what `ProductSelector.products` raises, also for a category in `detail`.
        """
        categories = await self._categories(selection, detail)
        looked_up = categories.called_any(detail.categories)
        price_lists = await price_lists_called(self._api, detail.price_lists)
        beside = (COST_NAME,) if detail.costs else ()
        names = tuple(dict.fromkeys((*_TOLD_APART_BY, *names_of(detail.fields), *beside)))
        nodes = await self._selector.products(selection, categories, names)
        currency = await self._currency.code(self._api)
        surroundings = _Surroundings(
            currency=currency,
            brands=await self._selector.brand_names(node.brand_id for node in nodes),
            categories=categories,
            places=await self._places(nodes, looked_up.values(), detail),
            stock=await self._stock_of(nodes, detail),
            list_prices=await CatalogPriceLists.read(
                self._records, tuple(price_lists.values()), nodes, currency, costs=detail.costs
            ),
            detail=detail,
        )
        return Snapshot(
            store=self._api.store,
            currency=currency,
            selection=selection,
            taken_at=taken_at,
            products=tuple(surroundings.product(node) for node in nodes),
            categories=looked_up,
            price_lists=price_lists,
        )

    async def _stock_of(self, nodes: Sequence[ProductNode], detail: CatalogDetail) -> CatalogStock:
        if FieldName.INVENTORY_QUANTITY in detail.fields:
            return await CatalogStock.read(self._stock, nodes)
        return CatalogStock()

    async def _places(
        self, nodes: Sequence[ProductNode], named: Iterable[Category], detail: CatalogDetail
    ) -> Places:
        """Return the places of products in the categories that they may be about to leave."""
        if FieldName.CATEGORY not in detail.fields:
            return {}
        inside = {number for node in nodes for number in node.categories}
        numbers = (int(category.id) for category in named)
        return await places_in(self._api, [one for one in numbers if one in inside])

    async def _categories(self, selection: Selection, detail: CatalogDetail) -> Categories:
        """Return the store's categories, or none where no name of theirs is needed."""
        needed = isinstance(selection, ByCollection) or FieldName.CATEGORY in detail.fields
        if needed or detail.categories:
            return await Categories.read(self._api)
        return Categories(self._api.store, [])


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What has to be known beside products to describe them, and which of their fields to tell."""

    currency: str
    brands: Mapping[int, str]
    categories: Categories
    places: Places
    stock: CatalogStock
    list_prices: CatalogPriceLists
    detail: CatalogDetail

    def product(self, node: ProductNode) -> Product:
        own = {variant.id: variant for variant in node.variants}
        rows = [self._row_of_product(node), *(self._row_of(node, one) for one in own.values())]
        return Product(
            id=str(node.id),
            title=node.name,
            vendor=self.brands.get(node.brand_id or 0, ""),
            tags=(),
            variants=tuple(row for row in rows if row is not None),
            texts=texts_of(node, self.detail.fields),
            status=status_of(node) if FieldName.STATUS in self.detail.fields else None,
            categories=tuple(self._category(node, one) for one in sorted(set(node.categories))),
            stock=tuple(self.stock.of(node)),
            list_prices=tuple(self.list_prices.of(node)),
        )

    def _row_of_product(self, node: ProductNode) -> Variant | None:
        cost = cost_of_product(node, self.currency) if self.detail.costs else None
        return _row(node, ResourceKind.PRODUCT, ONLY_ONE, self.currency, cost)

    def _row_of(self, node: ProductNode, variant: VariantNode) -> Variant | None:
        cost = cost_of_variant(node, variant, self.currency) if self.detail.costs else None
        return _row(variant, ResourceKind.VARIANT, name_of(variant), self.currency, cost)

    def _category(self, node: ProductNode, number: int) -> Category:
        place = self.places.get(number, {}).get(node.id)
        return self.categories.numbered(number).model_copy(update={"kept": kept_with(place)})


def _row(
    node: ProductNode | VariantNode,
    kind: ResourceKind,
    title: str,
    currency: str,
    cost: Money | None,
) -> Variant | None:
    """Return a resource with prices of its own, or None where it inherits them."""
    prices = shown(node, currency)
    if prices is None:
        return None
    return Variant(
        resource_kind=kind,
        id=str(node.id),
        title=title,
        sku=node.sku or None,
        price=prices.price,
        compare_at_price=prices.compare_at_price,
        cost=cost,
    )
