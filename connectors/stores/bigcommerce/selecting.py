"""Reads the products that are selected: by category, brand, id, or all of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from connectors.stores.bigcommerce.answers import BrandPage, ProductNode, ProductPage
from connectors.stores.bigcommerce.capabilities import NO_TAGS
from connectors.stores.bigcommerce.categories import Categories
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.listing import LARGEST_PAGE, Listing
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.value_reading import PRODUCTS
from steward.catalog import ByCollection, ByIds, ByTag, ByVendor, EveryProduct, Selection
from steward.errors import UnsupportedOperation

_BRANDS = "v3/catalog/brands"


class ProductSelector:
    """Reads selections completely, although the catalogue may move while it is being paged.

    Products come in the order of their ids, each page beginning behind the last id of the one
    before, so that nothing is skipped or doubled where products come and go.
    """

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api
        self._listing = Listing(api)

    async def products(
        self, selection: Selection, categories: Categories, names: Sequence[str]
    ) -> Sequence[ProductNode]:
        """Return the selected products with these fields of the platform, and their variants.

        None for a category or brand that is not there. Raises `UnsupportedOperation` for a tag,
        which the platform does not know, and `InvalidInput` for an id that is no number or a
        category's name that several have.
        """
        fields = {"include": "variants", "include_fields": ",".join(names)}
        nodes = await self._nodes(selection, categories, fields)
        self._listing.check_whole(nodes, names)
        return nodes

    async def brand_names(self, brands: Iterable[int | None]) -> Mapping[int, str]:
        """Return what brands are called, by their ids."""
        wanted = {brand for brand in brands if brand}
        pages = await self._listing.by_ids(_BRANDS, BrandPage, wanted, {})
        return {brand.id: brand.name for page in pages for brand in page.data}

    async def _nodes(
        self, selection: Selection, categories: Categories, fields: Mapping[str, str]
    ) -> Sequence[ProductNode]:
        match selection:
            case ByIds(ids=ids):
                numbers = map(number_of, ids)
                found = await self._listing.by_ids(PRODUCTS, ProductPage, numbers, fields)
                return _each_once(found)
            case ByCollection(collection=name):
                category = categories.called(name)
                if category is None:
                    return []
                return await self._follow({**fields, "categories:in": category.id})
            case ByVendor(vendor=name):
                return await self._products_of_brands(await self._brands_called(name), fields)
            case ByTag():
                raise UnsupportedOperation(NO_TAGS.reason, remedy=NO_TAGS.remedy)
            case EveryProduct():
                return await self._follow(fields)
            case _:
                assert_never(selection)

    async def _products_of_brands(
        self, brands: Sequence[int], fields: Mapping[str, str]
    ) -> Sequence[ProductNode]:
        found: dict[int, ProductNode] = {}
        for brand in brands:
            nodes = await self._follow({**fields, "brand_id": str(brand)})
            found |= {node.id: node for node in nodes}
        return [found[number] for number in sorted(found)]

    async def _brands_called(self, name: str) -> Sequence[int]:
        """Return the brands of this name; the filter finds too many, and heeds no case."""
        pages = await self._listing.numbered(_BRANDS, BrandPage, {"name:like": name})
        wanted = name.casefold()
        return [one.id for page in pages for one in page.data if one.name.casefold() == wanted]

    async def _follow(self, chosen: Mapping[str, str]) -> Sequence[ProductNode]:
        nodes: list[ProductNode] = []
        last = 0
        while True:
            parameters = {
                **chosen,
                "sort": "id",
                "direction": "asc",
                "limit": str(LARGEST_PAGE),
                "id:greater": str(last),
            }
            page = await self._api.read(PRODUCTS, ProductPage, parameters)
            nodes.extend(page.data)
            if page.is_last:
                return nodes
            last = self._listing.next_id([node.id for node in page.data], last)


def _each_once(pages: Iterable[ProductPage]) -> Sequence[ProductNode]:
    found = {node.id: node for page in pages for node in page.data}
    return [found[number] for number in sorted(found)]
