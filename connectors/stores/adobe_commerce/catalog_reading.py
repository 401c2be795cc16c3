"""Reads the catalogue: products, what belongs together, and the prices of what can be sold."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.answers import ATTRIBUTE, PRODUCTS, ProductItem
from connectors.stores.adobe_commerce.capabilities import NO_TAGS
from connectors.stores.adobe_commerce.categories import category_id
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.live_prices import LivePrices, PriceReader
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import Filter, Group, search
from steward.catalog import (
    ByCollection,
    ByIds,
    ByTag,
    ByVendor,
    EveryProduct,
    Product,
    Selection,
    Snapshot,
    Variant,
)
from steward.errors import UnsupportedOperation

_CONFIGURABLE = "configurable"
_SOLD_BY_THEMSELVES = frozenset({"simple", "virtual", "downloadable"})
_FIELDS = "items[id,sku,name,type_id,extension_attributes[configurable_product_links]],total_count"
_VENDOR_ATTRIBUTES = ("manufacturer", "brand")
# Keeps addresses below what web servers commonly take.
_LONGEST_LIST = 1500
_MOST_IN_LIST = 100


class CatalogReader:
    """Reads selections completely, although the catalogue may move while it is being paged.

    A configurable product has no price: the products behind its options are its variants, whether
    the selection holds them or not. What is sold by itself is a product with itself as its only
    variant. Bundles, groups and gift cards have no price that could be changed here, and are left
    out. Products come in the order of their entity ids.

    Prices are those that all store views inherit. The title of a variant says where websites or
    store views have prices of their own, since a change does not reach those.
    """

    def __init__(self, api: RestApi, prices: PriceReader, currency: StoreCurrency) -> None:
        """Take the store's API, its prices and its currency."""
        self._api = api
        self._prices = prices
        self._currency = currency

    async def read(self, selection: Selection, *, taken_at: datetime) -> Snapshot:
        """Return the selected products; none for a collection, vendor or SKU that is not there.

        Raises `UnsupportedOperation` for tags, and for vendors where no attribute names them.
        """
        currency = await self._currency.read(self._api)
        found = {item.id: item for item in await self._selected(selection)}
        parents = [item for item in found.values() if item.type_id == _CONFIGURABLE]
        parent_of: dict[int, ProductItem] = {}
        for parent in sorted(parents, key=lambda item: item.id):
            for link in parent.extension_attributes.configurable_product_links:
                parent_of.setdefault(link, parent)
        missing = [str(link) for link in parent_of if link not in found]
        children = await self._listed("entity_id", missing)
        sold = [
            item for item in (*found.values(), *children) if item.type_id in _SOLD_BY_THEMSELVES
        ]
        live = await self._prices.read([item.sku for item in sold], currency)
        return Snapshot(
            store=self._api.store,
            currency=currency,
            selection=selection,
            taken_at=taken_at,
            products=_products(sold, parent_of, live),
        )

    async def _selected(self, selection: Selection) -> list[ProductItem]:
        match selection:
            case ByIds(ids=ids):
                return await self._listed("sku", ids)
            case ByCollection(collection=name):
                number = await category_id(self._api, name)
                if number is None:
                    return []
                return await self._search((Filter("category_id", str(number)),))
            case ByVendor(vendor=vendor):
                group = await self._by_vendor(vendor)
                return [] if group is None else await self._search(group)
            case EveryProduct():
                return await self._search()
            case ByTag():
                raise UnsupportedOperation(NO_TAGS.reason, remedy=NO_TAGS.remedy)
            case _:
                assert_never(selection)

    async def _search(self, *groups: Group) -> list[ProductItem]:
        return await search(
            self._api,
            "products",
            PRODUCTS,
            lambda page: page.items,
            groups=groups,
            fields=_FIELDS,
        )

    async def _listed(self, field: str, values: Sequence[str]) -> list[ProductItem]:
        """Return the products whose field has one of the values."""
        answers = await in_parallel(self._search(group) for group in _lists(field, values))
        return [item for answer in answers for item in answer]

    async def _by_vendor(self, vendor: str) -> Group | None:
        """Return the condition for a vendor, or None where the store has none of this name."""
        for code in _VENDOR_ATTRIBUTES:
            attribute = await self._api.find(f"products/attributes/{code}", ATTRIBUTE)
            if attribute is None:
                continue
            if attribute.frontend_input not in {"select", "multiselect"}:
                return (Filter(code, vendor),)
            wanted = vendor.casefold()
            condition = "finset" if attribute.frontend_input == "multiselect" else "eq"
            options = [
                option.value
                for option in attribute.options
                if option.value and option.label.strip().casefold() == wanted
            ]
            return tuple(Filter(code, value, condition) for value in options) or None
        raise UnsupportedOperation(
            f"Store '{self._api.store}' has no attribute "
            f"{' or '.join(repr(code) for code in _VENDOR_ATTRIBUTES)} to select vendors by.",
            remedy="Select by collection (a category) or ids (SKUs).",
        )


def _lists(field: str, values: Sequence[str]) -> list[Group]:
    """Return conditions for all values: lists of limited length, and those with commas alone."""
    groups: list[Group] = [(Filter(field, value),) for value in values if "," in value]
    listed: list[str] = []
    length = 0
    for value in (value for value in values if "," not in value):
        if listed and (length + len(value) >= _LONGEST_LIST or len(listed) == _MOST_IN_LIST):
            groups.append((Filter(field, ",".join(listed), "in"),))
            listed, length = [], 0
        listed.append(value)
        length += len(value) + 1
    if listed:
        groups.append((Filter(field, ",".join(listed), "in"),))
    return groups


def _products(
    sold: Sequence[ProductItem],
    parent_of: Mapping[int, ProductItem],
    live: Mapping[str, LivePrices],
) -> tuple[Product, ...]:
    heads: dict[int, ProductItem] = {}
    variants: dict[int, list[Variant]] = {}
    for item in sorted({item.id: item for item in sold}.values(), key=lambda item: item.id):
        if item.sku in live:
            head = parent_of.get(item.id, item)
            heads[head.id] = head
            variants.setdefault(head.id, []).append(_variant(item, live[item.sku]))
    return tuple(
        Product(
            id=head.sku,
            title=head.name or head.sku,
            vendor="",
            tags=(),
            variants=tuple(variants[number]),
        )
        for number, head in sorted(heads.items())
    )


def _variant(item: ProductItem, live: LivePrices) -> Variant:
    shown = live.prices.shown
    title = item.name or item.sku
    if live.other_scopes:
        title += f" (own prices in {live.other_scopes} store views stay)"
    return Variant(
        id=item.sku,
        title=title,
        sku=item.sku,
        price=shown.price,
        compare_at_price=shown.compare_at_price,
    )
