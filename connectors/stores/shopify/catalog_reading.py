"""Reads the catalogue: the selected products, and of each what is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from pydantic import ValidationError

from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.answers import VariantNode
from connectors.stores.shopify.collection_reading import CollectionReader
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.product_answers import ProductValuesNode
from connectors.stores.shopify.product_listing import ListedProduct, ProductLister
from connectors.stores.shopify.product_reading import ProductReader
from connectors.stores.shopify.stock_reading import CountedItem, StockReader
from steward.catalog import (
    CatalogDetail,
    Category,
    Location,
    Product,
    Selection,
    Snapshot,
    StockLevel,
    TextField,
    Variant,
)
from steward.changes import FieldName, ResourceKind
from steward.money import Money

_TEXT_FIELDS = cast("tuple[TextField, ...]", get_args(TextField))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What was read beside the list of products, by product; None for what was not asked for."""

    values: Mapping[str, ProductValuesNode] | None
    categories: Mapping[str, Sequence[Category]] | None
    stock: Mapping[str, CountedItem]
    costs: Mapping[str, Money]
    named: Mapping[str, Category]

    def knows(self, product: str) -> bool:
        """Return whether the product was still there whenever it was read."""
        return all(read is None or product in read for read in (self.values, self.categories))


class CatalogReader:
    """Lists the selected products, and reads by id what of them is asked for beside prices.

    Read by id it is as it is now, and costs next to nothing: the number of ids does not count. A
    product that goes meanwhile is left out.
    """

    def __init__(self, api: AdminApi, collections: CollectionReader) -> None:
        """Take the store's API, and what reads collections."""
        self._lister = ProductLister(api)
        self._products = ProductReader(api)
        self._collections = collections
        self._stock = StockReader(api)
        self._store = api.store
        self._failures = Failures(api.store, writing=False)

    async def read(
        self, selection: Selection, detail: CatalogDetail, *, taken_at: datetime
    ) -> Snapshot:
        """Return the selected products; none for a collection, tag or vendor that is not there."""
        listed = await self._lister.list(selection)
        beside = await self._read_beside(listed.products, detail)
        try:
            return Snapshot(
                store=self._store,
                currency=listed.currency,
                selection=selection,
                taken_at=taken_at,
                products=tuple(
                    _product(product, beside, detail, listed.currency)
                    for product in listed.products
                    if beside.knows(product.node.id)
                ),
                categories=beside.named,
            )
        except ValidationError:
            fault = f"a price does not fit the store's currency, {listed.currency}"
        raise self._failures.of_answer(fault)

    async def _read_beside(
        self, products: Sequence[ListedProduct], detail: CatalogDetail
    ) -> _Beside:
        fields = detail.fields
        ids = [product.node.id for product in products]
        values = (
            await self._products.read(ids, with_description=FieldName.DESCRIPTION in fields)
            if fields & {FieldName.STATUS, *_TEXT_FIELDS}
            else None
        )
        categories = (
            await self._collections.of_products(ids) if FieldName.CATEGORY in fields else None
        )
        variants = [variant.id for product in products for variant in product.variants]
        stock = (
            await self._stock.of_variants(variants)
            if FieldName.INVENTORY_QUANTITY in fields
            else {}
        )
        return _Beside(
            values=values,
            categories=categories,
            stock=stock,
            costs=await self._stock.unit_costs(variants) if detail.costs else {},
            named=await self._collections.by_handle(detail.categories),
        )


def _product(
    listed: ListedProduct, beside: _Beside, detail: CatalogDetail, currency: str
) -> Product:
    node = listed.node
    values = beside.values and beside.values[node.id]
    texts = values.texts if values else {}
    return Product(
        id=node.id,
        title=node.title,
        vendor=node.vendor,
        tags=tuple(node.tags),
        variants=tuple(
            _variant(variant, currency, beside.costs.get(variant.id)) for variant in listed.variants
        ),
        texts={field: text for field, text in texts.items() if field in detail.fields},
        status=values.listing if values and FieldName.STATUS in detail.fields else None,
        categories=tuple(beside.categories[node.id]) if beside.categories else (),
        stock=tuple(
            level for variant in listed.variants for level in _stock(variant, beside.stock)
        ),
    )


def _stock(variant: VariantNode, counted: Mapping[str, CountedItem]) -> Iterator[StockLevel]:
    item = counted.get(variant.id)
    if item is None:
        return
    for level in item.levels:
        yield StockLevel(
            resource_kind=ResourceKind.INVENTORY_ITEM,
            resource_id=item.id,
            title=variant.title,
            sku=variant.sku or None,
            location=Location(id=level.location.id, name=level.location.name),
            units=level.units,
        )


def _variant(node: VariantNode, currency: str, cost: Money | None) -> Variant:
    compare_at = node.compare_at_price
    return Variant(
        id=node.id,
        title=node.title,
        sku=node.sku or None,
        price=Money(amount=node.price, currency=currency),
        compare_at_price=(
            None if compare_at is None else Money(amount=compare_at, currency=currency)
        ),
        cost=cost,
    )
