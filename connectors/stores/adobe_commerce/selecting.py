"""Finds the products of a selection, and what is sold of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.capabilities import NO_TAGS
from connectors.stores.adobe_commerce.categories import read_categories
from connectors.stores.adobe_commerce.product_answers import PRODUCTS, ProductItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import Filter, Group, listed, search
from connectors.stores.adobe_commerce.vendors import CODES, vendor_attribute
from steward.catalog import ByCollection, ByIds, ByTag, ByVendor, EveryProduct, Selection
from steward.errors import UnsupportedOperation

_CONFIGURABLE = "configurable"
_SOLD_BY_THEMSELVES = frozenset({"simple", "virtual", "downloadable"})
_OF_ITEMS = "id,sku,name,type_id,extension_attributes[configurable_product_links,category_links]"
_ATTRIBUTES = "custom_attributes[attribute_code,value]"


@dataclass(frozen=True, slots=True)
class Selected:
    """What is sold of the selected products, in the order of entity ids; `heads` by entity id.

    The head of what is behind a configurable product's options is that product; what is sold by
    itself is its own.
    """

    sold: tuple[ProductItem, ...]
    heads: Mapping[int, ProductItem]

    def head_of(self, item: ProductItem) -> ProductItem:
        """Return the product to which something sold belongs."""
        return self.heads.get(item.id, item)


class Selector:
    """Reads selections completely, although the catalogue may move while it is being paged.

    A configurable product has no price: the products behind its options are its variants, whether
    the selection holds them or not. What is sold by itself is a product with itself as its only
    variant. Bundles, groups and gift cards have no price that could be changed here, and are left
    out.
    """

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(self, selection: Selection, *, attributes: bool = False) -> Selected:
        """Return what is selected; nothing for a collection, vendor or SKU that is not there.

        With `attributes` those of each product come too, which makes the answers far larger.
        Raises `UnsupportedOperation` for tags, and for vendors where no attribute names them.
        """
        of_items = f"{_OF_ITEMS},{_ATTRIBUTES}" if attributes else _OF_ITEMS
        fields = f"items[{of_items}],total_count"
        found = {item.id: item for item in await self._found(selection, fields)}
        parents = [item for item in found.values() if item.type_id == _CONFIGURABLE]
        heads: dict[int, ProductItem] = {}
        for parent in sorted(parents, key=lambda item: item.id):
            for link in parent.extension_attributes.configurable_product_links:
                heads.setdefault(link, parent)
        children = await self._listed(
            "entity_id", [str(link) for link in heads if link not in found], fields
        )
        sold = {
            item.id: item
            for item in (*found.values(), *children)
            if item.type_id in _SOLD_BY_THEMSELVES
        }
        return Selected(tuple(sold[number] for number in sorted(sold)), heads)

    async def _found(self, selection: Selection, fields: str) -> list[ProductItem]:
        match selection:
            case ByIds(ids=ids):
                return await self._listed("sku", ids, fields)
            case ByCollection(collection=name):
                category = (await read_categories(self._api)).named(name)
                if category is None:
                    return []
                return await self._search(fields, (Filter("category_id", category.id),))
            case ByVendor(vendor=vendor):
                group = await self._by_vendor(vendor)
                return [] if group is None else await self._search(fields, group)
            case EveryProduct():
                return await self._search(fields)
            case ByTag():
                raise UnsupportedOperation(NO_TAGS.reason, remedy=NO_TAGS.remedy)
            case _:
                assert_never(selection)

    async def _search(self, fields: str, *groups: Group) -> list[ProductItem]:
        return await search(
            self._api,
            "products",
            PRODUCTS,
            lambda page: page.items,
            groups=groups,
            fields=fields,
        )

    async def _listed(self, field: str, values: Sequence[str], fields: str) -> list[ProductItem]:
        """Return the products whose field has one of the values."""
        answers = await in_parallel(self._search(fields, group) for group in listed(field, values))
        return [item for answer in answers for item in answer]

    async def _by_vendor(self, vendor: str) -> Group | None:
        """Return the condition for a vendor, or None where the store has none of this name."""
        attribute = await vendor_attribute(self._api)
        if attribute is None:
            raise UnsupportedOperation(
                f"Store '{self._api.store}' has no attribute "
                f"{' or '.join(repr(code) for code in CODES)} to select vendors by.",
                remedy="Select by collection (a category) or ids (SKUs).",
            )
        return attribute.condition(vendor)
