"""The fields of the query root."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.listing import count_collections, count_products, count_variants
from sandbox.shopify.reading import lists
from sandbox.shopify.reading.bulk import bulk_operations, current_bulk_operation
from sandbox.shopify.reading.common import count, empty_page
from sandbox.shopify.reading.nodes import by_id, find
from sandbox.shopify.reading.shop import app, installation

Resolver = Callable[..., Any]


def _node(_: object, info: Info, id: str) -> Any:  # noqa: A002, ANN401
    return find(info, id)


def _nodes(_: object, info: Info, ids: list[str]) -> list[Any]:
    return [find(info, identifier) for identifier in ids]


def _identified(kind: str, by_handle: Callable[[Any, str], Any]) -> Resolver:
    def resolve(_: object, info: Info, identifier: dict[str, Any]) -> Any:  # noqa: ANN401
        if identifier.get("customId"):
            raise GraphQLError(
                "Metafield definition of type 'id' is required when using custom ids.",
                extensions={"code": "NOT_FOUND"},
            )
        if identifier.get("handle") is not None:
            return by_handle(context_of(info).catalogue, identifier["handle"])
        return by_id(kind)(None, info, identifier.get("id") or "")

    return resolve


def _location(_: object, info: Info, id: str | None = None) -> Any:  # noqa: A002, ANN401
    locations = context_of(info).catalogue.locations
    return locations[min(locations)] if id is None else by_id("Location")(None, info, id)


def _counted(counter: Callable[[Info, str | None], int]) -> Resolver:
    def resolve(
        _: object,
        info: Info,
        query: str | None = None,
        limit: int | None = None,
        **__: object,
    ) -> dict[str, Any]:
        return count(counter(info, query), limit)

    return resolve


def _job(_: object, info: Info, id: str) -> dict[str, Any]:  # noqa: A002 - the platform's name
    done = context_of(info).catalogue.jobs.is_done(id)
    return {"id": id, "done": done, "query": {} if done else None}


QUERY: Mapping[str, Resolver] = {
    "app": app,
    "bulkOperation": by_id("BulkOperation"),
    "bulkOperations": bulk_operations,
    "collection": by_id("Collection"),
    "collectionByHandle": lambda _, info, handle: context_of(info).catalogue.collection_by_handle(
        handle
    ),
    "collectionByIdentifier": _identified(
        "Collection", lambda catalogue, handle: catalogue.collection_by_handle(handle)
    ),
    "collections": lists.collections,
    "collectionsCount": _counted(count_collections),
    "currentAppInstallation": installation,
    "currentBulkOperation": current_bulk_operation,
    "inventoryItem": by_id("InventoryItem"),
    "inventoryItems": lists.inventory_items,
    "inventoryLevel": by_id("InventoryLevel"),
    "job": _job,
    "location": _location,
    "locations": lists.locations,
    "locationsCount": lambda _, info, limit=None, **__: count(
        len(context_of(info).catalogue.locations), limit
    ),
    "node": _node,
    "nodes": _nodes,
    "product": by_id("Product"),
    "productByHandle": lambda _, info, handle: context_of(info).catalogue.product_by_handle(handle),
    "productByIdentifier": _identified(
        "Product", lambda catalogue, handle: catalogue.product_by_handle(handle)
    ),
    "productTags": lists.product_tags,
    "productTypes": lists.product_types,
    "productVariant": by_id("ProductVariant"),
    "productVariantByIdentifier": _identified("ProductVariant", lambda *_: None),
    "productVariants": lists.product_variants,
    "productVariantsCount": _counted(count_variants),
    "productVendors": lists.product_vendors,
    "products": lists.products,
    "productsCount": _counted(count_products),
    "publication": lambda *_, **__: None,
    "publications": empty_page,
    "publicationsCount": lambda *_, **__: count(0),
    "shop": lambda _, info: context_of(info).shop,
}
