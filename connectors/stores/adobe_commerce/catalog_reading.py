"""Reads the catalogue: the selected products, and of them what is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.stores.adobe_commerce.categories import Categories, read_categories
from connectors.stores.adobe_commerce.category_links import places_of
from connectors.stores.adobe_commerce.category_requests import kept_position
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.live_prices import LivePrices, PriceReader
from connectors.stores.adobe_commerce.product_answers import (
    ProductItem,
    SourceItem,
    StoredProduct,
)
from connectors.stores.adobe_commerce.product_requests import FIELDS as TEXTS_AND_STATUS
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.selecting import Selected, Selector
from connectors.stores.adobe_commerce.source_items import SourceItems
from connectors.stores.adobe_commerce.store_views import StoreViews
from connectors.stores.adobe_commerce.stored_products import StoredProducts, listing, text_of
from connectors.stores.adobe_commerce.unit_costs import cost_of
from connectors.stores.adobe_commerce.vendors import VendorAttribute, vendor_attribute
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
from steward.values import Absent, Text

_TEXTS: tuple[TextField, ...] = (
    FieldName.TITLE,
    FieldName.DESCRIPTION,
    FieldName.SEO_TITLE,
    FieldName.SEO_DESCRIPTION,
)


class CatalogReader:
    """Reads products in the order of their entity ids; see `Selector` for what is selected.

    Prices, texts and status are those that all store views inherit. The title of a variant says
    where websites or store views have prices of their own, and a product's note where they have
    texts or a status of their own, since a change does not reach those.
    """

    def __init__(self, api: RestApi, prices: PriceReader, currency: StoreCurrency) -> None:
        """Take the store's API, its prices and its currency."""
        self._api = api
        self._prices = prices
        self._currency = currency
        self._selector = Selector(api)
        self._stored = StoredProducts(api)
        self._views = StoreViews(api)
        self._items = SourceItems(api)

    async def read(
        self, selection: Selection, detail: CatalogDetail, *, taken_at: datetime
    ) -> Snapshot:
        """Return the selected products; none for a collection, vendor or SKU that is not there.

        Raises `UnsupportedOperation` for tags, and for vendors where no attribute names them.
        """
        currency = await self._currency.read(self._api)
        selected = await self._selector.read(selection, attributes=detail.costs)
        live = await self._prices.read([item.sku for item in selected.sold], currency)
        heads: dict[int, ProductItem] = {}
        sold: dict[int, list[ProductItem]] = {}
        for item in selected.sold:
            if item.sku in live:
                head = selected.head_of(item)
                heads[head.id] = head
                sold.setdefault(head.id, []).append(item)
        found = await self._found(list(heads.values()), selected, detail)
        named = {name: found.categories.named(name) for name in detail.categories}
        return Snapshot(
            store=self._api.store,
            currency=currency,
            selection=selection,
            taken_at=taken_at,
            products=tuple(
                found.product(heads[number], sold[number], live, detail)
                for number in sorted(heads)
                if found.has(heads[number])
            ),
            categories={name: one for name, one in named.items() if one is not None},
        )

    async def _found(
        self, heads: Sequence[ProductItem], selected: Selected, detail: CatalogDetail
    ) -> "_Found":
        """Read what the detail asks for, and nothing else."""
        fields = detail.fields
        stored: Mapping[str, StoredProduct] | None = None
        vendors: VendorAttribute | None = None
        overriding: Mapping[str, int] = {}
        if own_fields := fields & TEXTS_AND_STATUS:
            stored = await self._stored.read([head.sku for head in heads])
            overriding = await self._views.overriding(stored, own_fields)
        if fields & set(_TEXTS):
            vendors = await vendor_attribute(self._api)
        items: Mapping[tuple[str, str], SourceItem] = {}
        locations: Mapping[str, Location] = {}
        if FieldName.INVENTORY_QUANTITY in fields:
            locations = await self._items.locations()
            items = await self._items.read([item.sku for item in selected.sold])
        categories = Categories(self._api.store, ())
        if FieldName.CATEGORY in fields or detail.categories:
            categories = await read_categories(self._api)
        return _Found(self._items, stored, overriding, vendors, items, locations, categories)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read beside prices; `stored` is None where nothing of it was asked for."""

    reader: SourceItems
    stored: Mapping[str, StoredProduct] | None
    overriding: Mapping[str, int]
    vendors: VendorAttribute | None
    items: Mapping[tuple[str, str], SourceItem]
    locations: Mapping[str, Location]
    categories: Categories

    def has(self, head: ProductItem) -> bool:
        """Tell whether the product was still there when it was read itself."""
        return self.stored is None or head.sku in self.stored

    def product(
        self,
        head: ProductItem,
        sold: Sequence[ProductItem],
        live: Mapping[str, LivePrices],
        detail: CatalogDetail,
    ) -> Product:
        stored = None if self.stored is None else self.stored[head.sku]
        title = head.name if stored is None else stored.name
        return Product(
            id=head.sku,
            title=title or head.sku,
            vendor=self.vendors.vendor_of(stored) if self.vendors and stored else "",
            tags=(),
            variants=tuple(_variant(item, live[item.sku]) for item in sold),
            texts=_texts(stored, detail),
            status=listing(stored) if stored and FieldName.STATUS in detail.fields else None,
            categories=self._categories_of(head) if FieldName.CATEGORY in detail.fields else (),
            stock=tuple(level for item in sold for level in self._stock_of(item)),
            note=self._note_of(head),
        )

    def _note_of(self, head: ProductItem) -> str:
        views = self.overriding.get(head.sku, 0)
        return f"own values in {views} store views stay" if views else ""

    def _categories_of(self, head: ProductItem) -> tuple[Category, ...]:
        return tuple(
            self.categories.with_id(number).model_copy(update={"kept": kept_position(position)})
            for number, position in sorted(places_of(head).items(), key=lambda link: int(link[0]))
        )

    def _stock_of(self, item: ProductItem) -> list[StockLevel]:
        levels = []
        for code, location in self.locations.items():
            kept = self.items.get((item.sku, code))
            if kept is not None:
                quantity = self.reader.quantity(kept)
                levels.append(
                    StockLevel(
                        resource_kind=ResourceKind.VARIANT,
                        resource_id=item.sku,
                        title=item.name or item.sku,
                        sku=item.sku,
                        location=location,
                        units=quantity.units,
                        kept=quantity.kept,
                    )
                )
        return levels


def _texts(
    stored: StoredProduct | None, detail: CatalogDetail
) -> Mapping[TextField, Text | Absent]:
    if stored is None:
        return {}
    return {field: text_of(stored, field) for field in _TEXTS if field in detail.fields}


def _variant(item: ProductItem, live: LivePrices) -> Variant:
    shown = live.shown
    title = item.name or item.sku
    if live.other_scopes:
        title += f" (own prices in {live.other_scopes} store views stay)"
    return Variant(
        id=item.sku,
        title=title,
        sku=item.sku,
        price=shown.price,
        compare_at_price=shown.compare_at_price,
        cost=cost_of(item, shown.price.currency),
    )
