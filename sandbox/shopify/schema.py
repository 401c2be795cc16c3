"""The executable schema: the part of the platform's that the sandbox stands in for."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from sandbox.shopify.bulk.operations import BulkOperation
from sandbox.shopify.context import Shop
from sandbox.shopify.reading.bulk import BULK_OPERATION
from sandbox.shopify.reading.collections import COLLECTION, HAS_METAFIELDS, METAFIELD
from sandbox.shopify.reading.common import PUBLISHABLE, TRANSLATABLE
from sandbox.shopify.reading.inventory import INVENTORY_ITEM, INVENTORY_LEVEL, LOCATION
from sandbox.shopify.reading.products import OPTION, OPTION_VALUE, PRODUCT, VARIANT
from sandbox.shopify.reading.roots import QUERY
from sandbox.shopify.reading.shop import SHOP
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Metafield,
    Option,
    Product,
    Variant,
)
from sandbox.shopify.scalars import attach_scalars
from sandbox.shopify.writing import MUTATION

_RESOLVERS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "BulkOperation": BULK_OPERATION,
    "Collection": COLLECTION,
    "InventoryItem": INVENTORY_ITEM,
    "InventoryLevel": INVENTORY_LEVEL,
    "Location": LOCATION,
    "Metafield": METAFIELD,
    "Mutation": MUTATION,
    "Product": PRODUCT,
    "ProductOption": OPTION,
    "ProductOptionValue": OPTION_VALUE,
    "ProductVariant": VARIANT,
    "QueryRoot": QUERY,
    "Shop": SHOP,
}

_INTERFACE_RESOLVERS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "BulkOperation": BULK_OPERATION,
    "HasMetafields": HAS_METAFIELDS,
    "HasPublishedTranslations": TRANSLATABLE,
    "Publishable": PUBLISHABLE,
}

_TYPE_NAMES: Mapping[type, str] = {
    BulkOperation: "BulkOperation",
    Collection: "Collection",
    InventoryItem: "InventoryItem",
    InventoryLevel: "InventoryLevel",
    Location: "Location",
    Metafield: "Metafield",
    Product: "Product",
    Shop: "Shop",
    Variant: "ProductVariant",
}


@cache
def shopify_schema() -> GraphQLSchema:
    """Return the schema, with a resolver behind every field that needs one."""
    folder = files("sandbox.shopify") / "schema"
    parts = sorted(
        (part for part in folder.iterdir() if part.name.endswith(".graphql")),
        key=lambda part: part.name,
    )
    schema = build_schema("\n".join(part.read_text(encoding="utf-8") for part in parts))
    attach_scalars(schema)
    for type_name, resolvers in _RESOLVERS.items():
        _attach(schema, type_name, resolvers)
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType):
            for interface in named.interfaces:
                _attach(schema, named.name, _INTERFACE_RESOLVERS.get(interface.name, {}))
        if isinstance(named, GraphQLInterfaceType):
            named.resolve_type = _resolve_type
    return schema


def _attach(
    schema: GraphQLSchema, type_name: str, resolvers: Mapping[str, Callable[..., Any]]
) -> None:
    named = schema.type_map[type_name]
    assert isinstance(named, GraphQLObjectType)  # noqa: S101 - resolvers are for objects
    for name, resolve in resolvers.items():
        if name in named.fields:
            named.fields[name].resolve = resolve


def _resolve_type(value: Any, _info: object, _type: GraphQLAbstractType) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        return str(value["__typename"])
    if isinstance(value, tuple):
        return "ProductOption" if isinstance(value[1], Option) else "ProductOptionValue"
    return _TYPE_NAMES[type(value)]
