"""Reads collections: by handle, those of products, and whether products are in one."""

from collections.abc import Iterable, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.collection_answers import (
    CollectionByHandleAnswer,
    CollectionMembersAnswer,
    CollectionNode,
    CollectionPage,
    CollectionsByProductAnswer,
    ProductCollectionsAnswer,
    ProductWithCollections,
)
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.paging import next_cursor
from connectors.stores.shopify.smart_collections import SmartCollections
from steward.catalog import Category


class CollectionReader:
    """Reads by id, which shows a write as soon as its job is done.

    Notes which collections are smart, so that a simulation can say that they cannot be changed.
    """

    def __init__(self, api: AdminApi, smart: SmartCollections) -> None:
        """Take the store's API, and where to note smart collections."""
        self._api = api
        self._smart = smart

    async def by_handle(self, handles: Iterable[str]) -> Mapping[str, Category]:
        """Return the collections of these handles; one that is not there is left out."""
        wanted = list(dict.fromkeys(handles))
        found = await in_parallel(self._one(handle) for handle in wanted)
        return {
            handle: self._noted(node)
            for handle, node in zip(wanted, found, strict=True)
            if node is not None
        }

    async def _one(self, handle: str) -> CollectionNode | None:
        answer = await self._api.read(
            Document.COLLECTION_BY_HANDLE,
            {"handle": handle},
            CollectionByHandleAnswer,
            points=costs.collection_by_handle(),
        )
        return answer.collection

    async def of_products(self, ids: Iterable[str]) -> Mapping[str, Sequence[Category]]:
        """Return all collections of each product, by its id; a product that is gone is left out."""
        answers = await in_parallel(
            self._api.read(
                Document.COLLECTIONS_BY_PRODUCT,
                {"ids": some, "first": costs.COLLECTIONS_BESIDE_PRODUCT},
                CollectionsByProductAnswer,
                points=costs.collections_by_product(),
            )
            for some in costs.in_inputs(dict.fromkeys(ids))
        )
        products = [node for answer in answers for node in answer.nodes]
        complete = await in_parallel(self._all_of(product) for product in products)
        return {
            product.id: [self._noted(node) for node in nodes]
            for product, nodes in zip(products, complete, strict=True)
        }

    async def _all_of(self, product: ProductWithCollections) -> Sequence[CollectionNode]:
        page: CollectionPage | None = product.collections
        found: dict[str, CollectionNode] = {}
        after = None
        while page is not None:
            found |= {node.id: node for node in page.nodes}
            after = next_cursor(self._api.store, page.page_info, after)
            page = None if after is None else await self._further_page(product.id, after)
        return list(found.values())

    async def _further_page(self, product_id: str, after: str) -> CollectionPage | None:
        answer = await self._api.read(
            Document.PRODUCT_COLLECTIONS,
            {"id": product_id, "first": costs.LARGEST_PAGE, "after": after},
            ProductCollectionsAnswer,
            points=costs.product_collections(costs.LARGEST_PAGE),
        )
        return None if answer.product is None else answer.product.collections

    async def members(self, collection: str, products: Iterable[str]) -> Mapping[str, bool]:
        """Return whether each product is in the collection; one that is gone is left out."""
        answers = await in_parallel(
            self._api.read(
                Document.COLLECTION_MEMBERS,
                {"ids": some, "collection": collection},
                CollectionMembersAnswer,
                points=costs.collection_members(),
            )
            for some in costs.in_inputs(dict.fromkeys(products))
        )
        return {node.id: node.in_collection for answer in answers for node in answer.nodes}

    def _noted(self, node: CollectionNode) -> Category:
        if node.rules is not None:
            self._smart.note(node.id)
        return node.category
