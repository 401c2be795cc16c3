"""The sandbox's schema is a part of the platform's, and every field of it has an answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_introspection_query,
    get_named_type,
    graphql_sync,
    is_leaf_type,
    is_required_argument,
    validate_schema,
)

from sandbox.shopify.bulk import Bulk
from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.context import RequestContext, Shop
from sandbox.shopify.generator import generate_catalogue
from sandbox.shopify.identifiers import gid
from sandbox.shopify.schema import shopify_schema
from sandbox.shopify.writing import MUTATION
from tests.sandbox.contracts import platform_schema
from tests.sandbox.running import RunningStore

STANDARD = {"String", "Int", "Float", "Boolean", "ID"}


def _own_types(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLNamedType]]:
    for name, named in schema.type_map.items():
        if not name.startswith("__") and name not in STANDARD:
            yield name, named


def _arguments(field: GraphQLField) -> dict[str, tuple[str, Any]]:
    return {name: (str(each.type), each.default_value) for name, each in field.args.items()}


def test_every_type_is_the_platforms() -> None:
    """Each type, field, argument, default and enum value stands in the platform's schema alike."""
    platform = platform_schema("2026-07")
    differences = []
    for name, own in _own_types(shopify_schema()):
        theirs = platform.type_map.get(name)
        if theirs is None or type(theirs) is not type(own):
            differences.append(name)
            continue
        differences.extend(_differences(own, theirs))
    assert differences == []


def _differences(own: GraphQLNamedType, theirs: GraphQLNamedType) -> Iterator[str]:
    if isinstance(own, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        missing = set(own.values) ^ set(theirs.values)
        if missing:
            yield f"{own.name}: {sorted(missing)}"
    if isinstance(own, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
        yield from _input_differences(own, theirs)
    if isinstance(own, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
        extra = {each.name for each in own.interfaces} - {each.name for each in theirs.interfaces}
        if extra:
            yield f"{own.name} implements {sorted(extra)}"
        for name, field in own.fields.items():
            yield from _field_differences(own.name, name, field, theirs.fields.get(name))
    if isinstance(own, GraphQLUnionType):
        yield f"{own.name} is a union, which this test does not compare"


def _input_differences(
    own: GraphQLInputObjectType, theirs: GraphQLInputObjectType
) -> Iterator[str]:
    for name, field in own.fields.items():
        other = theirs.fields.get(name)
        if other is None or (str(other.type), other.default_value) != (
            str(field.type),
            field.default_value,
        ):
            yield f"{own.name}.{name}"
    if own.is_one_of != theirs.is_one_of:
        yield f"{own.name} @oneOf"


def _field_differences(
    type_name: str, name: str, own: GraphQLField, theirs: GraphQLField | None
) -> Iterator[str]:
    if theirs is None:
        yield f"{type_name}.{name}"
        return
    if str(own.type) != str(theirs.type):
        yield f"{type_name}.{name}: {own.type} instead of {theirs.type}"
    if bool(own.deprecation_reason) != bool(theirs.deprecation_reason):
        yield f"{type_name}.{name} deprecation"
    known = _arguments(theirs)
    for argument, signature in _arguments(own).items():
        if known.get(argument) != signature:
            yield f"{type_name}.{name}({argument})"
    for argument, definition in theirs.args.items():
        if argument not in own.args and is_required_argument(definition):
            yield f"{type_name}.{name} lacks {argument}"


def test_schema_is_valid() -> None:
    """The schema keeps the rules of GraphQL, and every mutation has a resolver."""
    schema = shopify_schema()
    assert validate_schema(schema) == []
    assert schema.mutation_type is not None
    assert set(schema.mutation_type.fields) == set(MUTATION)


def test_introspection_works(store: RunningStore) -> None:
    """A client that asks for the whole schema gets it."""
    found = store.data(get_introspection_query(descriptions=True, input_value_deprecation=True))
    names = {each["name"] for each in found["__schema"]["types"]}
    assert {"Product", "ProductVariant", "QueryRoot", "Mutation"} <= names


ARGUMENTS = {
    "first": "2",
    "names": '["available", "on_hand"]',
    "key": '"custom.note"',
    "locale": '"fr"',
    "query": '"*"',
}


def _selection(
    schema: GraphQLSchema, type_name: str, identifiers: dict[str, str], depth: int
) -> str:
    """Return a selection of every field of a type that can be asked for, to some depth."""
    named = schema.type_map[type_name]
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    chosen = ["__typename"]
    for name, field in named.fields.items():
        needed = [
            argument
            for argument, definition in field.args.items()
            if is_required_argument(definition) or argument == "first"
        ]
        values = {**ARGUMENTS, **identifiers}
        if not set(needed) <= set(values):
            continue
        given = [f"{argument}: {values[argument]}" for argument in needed]
        text = name + (f"({', '.join(given)})" if given else "")
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            chosen.append(text)
        elif depth > 0:
            below = _selection(schema, inner.name, identifiers, depth - 1)
            chosen.append(f"{text} {{ {below} }}")
    return " ".join(chosen)


@pytest.mark.parametrize(
    "root",
    [
        "shop",
        "product(id: $product)",
        "productVariant(id: $variant)",
        "collection(id: $collection)",
        "inventoryItem(id: $item)",
        "location",
        "currentAppInstallation",
        "bulkOperation(id: $operation)",
        "bulkOperations(first: 2)",
        "currentBulkOperation(type: MUTATION)",
    ],
)
def test_every_field_has_an_answer(root: str, tmp_path: Path) -> None:
    """Every field of every type, to a depth of three, can be read without an error."""
    schema = shopify_schema()
    answer = _everything(schema, root, Bulk(tmp_path))
    assert answer == []


def _everything(schema: GraphQLSchema, root: str, bulk: Bulk) -> list[str]:
    operation = bulk.operations.start("mutation { x }", "key", None, 0)
    goods = Catalogue(search_lag_seconds=0)
    generate_catalogue(goods, products=3, variants=8, seed=1)
    product = next(iter(goods.products.values()))
    variant = goods.variants[product.variant_ids[0]]
    collection = goods.collection_by_handle("summer")
    assert collection is not None
    ids = {
        "product": gid("Product", product.id),
        "variant": gid("ProductVariant", variant.id),
        "collection": gid("Collection", collection.id),
        "item": gid("InventoryItem", variant.inventory_item_id),
        "operation": gid("BulkOperation", operation.id),
        "location": gid("Location", next(iter(goods.locations))),
    }
    for name, value in ids.items():
        root = root.replace(f"${name}", f'"{value}"')
    assert schema.query_type is not None
    field = schema.query_type.fields[root.partition("(")[0]]
    identifiers = {
        "id": f'"{ids["collection"]}"',
        "channelId": f'"{ids["product"]}"',
        "publicationId": f'"{ids["product"]}"',
        "collectionId": f'"{ids["collection"]}"',
        "locationId": f'"{ids["location"]}"',
        "inventoryItemId": f'"{ids["item"]}"',
    }
    below = _selection(schema, get_named_type(field.type).name, identifiers, 3)
    context = RequestContext(
        catalogue=goods,
        shop=Shop("Demo", "demo.myshopify.com", "USD", "standard", ("read_products",), 0),
        at=0,
        bulk=bulk,
    )
    result = graphql_sync(schema, f"{{ {root} {{ {below} }} }}", context_value=context)
    return [error.message for error in result.errors or []]
