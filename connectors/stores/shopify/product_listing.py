"""Lists the selected products: every page of them, and every page of their variants."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.answers import (
    CollectionAnswer,
    PageInfo,
    ProductNode,
    ProductsAnswer,
    SearchAnswer,
    VariantNode,
    VariantsAnswer,
)
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.identifiers import number_of, product_id
from connectors.stores.shopify.paging import next_cursor
from connectors.stores.shopify.search import is_selected, search_for
from steward.catalog import ByCollection, ByIds, ByTag, ByVendor, EveryProduct, Selection


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product with all its variants, in the store's order."""

    node: ProductNode
    variants: Sequence[VariantNode]


@dataclass(frozen=True, slots=True)
class ProductList:
    """The selected products in the order of their ids, and the currency of their prices."""

    currency: str
    products: Sequence[ListedProduct]


@dataclass(frozen=True, slots=True)
class _Page:
    currency: str
    products: Sequence[ProductNode]
    page_info: PageInfo | None = None


class ProductLister:
    """Lists selections completely, although the catalogue may move while it is being paged.

    A product that appears on two pages is taken once, as it was read last. A product that goes
    while it is being read is left out. Products that the store's search does not know yet are not
    found.
    """

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api

    async def list(self, selection: Selection) -> ProductList:
        """Return the selected products; none for a collection, tag or vendor that is not there."""
        pages = await self._pages(selection)
        found = {product.id: product for page in pages for product in page.products}
        if isinstance(selection, ByTag | ByVendor):
            found = {
                product.id: product
                for product in found.values()
                if is_selected(selection, vendor=product.vendor, tags=tuple(product.tags))
            }
        nodes = sorted(found.values(), key=lambda product: (number_of(product.id), product.id))
        variants = await in_parallel(self._all_variants(node) for node in nodes)
        return ProductList(
            currency=pages[0].currency,
            products=[
                ListedProduct(node, own)
                for node, own in zip(nodes, variants, strict=True)
                if own is not None
            ],
        )

    async def _pages(self, selection: Selection) -> Sequence[_Page]:
        match selection:
            case ByIds(ids=ids):
                return await self._pages_by_id(ids)
            case ByCollection(collection=handle):
                return await self._follow(lambda after: self._collection_page(handle, after))
            case ByTag() | ByVendor():
                query = search_for(selection)
                return await self._follow(lambda after: self._search_page(query, after))
            case EveryProduct():
                return await self._follow(lambda after: self._search_page(None, after))
            case _:
                assert_never(selection)

    async def _follow(self, read: Callable[[str | None], Awaitable[_Page]]) -> Sequence[_Page]:
        pages = [await read(None)]
        after = None
        while after := next_cursor(self._api.store, pages[-1].page_info, after):
            pages.append(await read(after))
        return pages

    async def _search_page(self, query: str | None, after: str | None) -> _Page:
        first = costs.largest_page(costs.search_products, self._api.pacer.level.capacity)
        answer = await self._api.read(
            Document.SEARCH_PRODUCTS,
            {"query": query, **_window(first, after)},
            SearchAnswer,
            points=costs.search_products(first),
        )
        return _Page(answer.shop.currency_code, answer.products.nodes, answer.products.page_info)

    async def _collection_page(self, handle: str, after: str | None) -> _Page:
        first = costs.largest_page(costs.collection_products, self._api.pacer.level.capacity)
        answer = await self._api.read(
            Document.COLLECTION_PRODUCTS,
            {"handle": handle, **_window(first, after)},
            CollectionAnswer,
            points=costs.collection_products(first),
        )
        if answer.collection is None:
            return _Page(answer.shop.currency_code, ())
        products = answer.collection.products
        return _Page(answer.shop.currency_code, products.nodes, products.page_info)

    async def _pages_by_id(self, ids: Sequence[str]) -> Sequence[_Page]:
        wanted = dict.fromkeys(product_id(text) for text in ids)
        return await in_parallel(self._page_by_id(some) for some in costs.in_inputs(wanted))

    async def _page_by_id(self, ids: Sequence[str]) -> _Page:
        answer = await self._api.read(
            Document.PRODUCTS_BY_ID,
            {"ids": ids, "variants": costs.VARIANTS_BESIDE_PRODUCT},
            ProductsAnswer,
            points=costs.products_by_id(),
        )
        return _Page(answer.shop.currency_code, answer.nodes)

    async def _all_variants(self, product: ProductNode) -> Sequence[VariantNode] | None:
        """Return the product's variants, or None where the product has gone meanwhile."""
        found = {variant.id: variant for variant in product.variants.nodes}
        after = None
        info = product.variants.page_info
        while after := next_cursor(self._api.store, info, after):
            answer = await self._api.read(
                Document.PRODUCT_VARIANTS,
                {"id": product.id, "first": costs.LARGEST_PAGE, "after": after},
                VariantsAnswer,
                points=costs.product_variants(costs.LARGEST_PAGE),
            )
            if answer.product is None:
                return None
            found |= {variant.id: variant for variant in answer.product.variants.nodes}
            info = answer.product.variants.page_info
        return list(found.values())


def _window(first: int, after: str | None) -> Mapping[str, int | str | None]:
    return {"first": first, "after": after, "variants": costs.VARIANTS_BESIDE_PRODUCT}
