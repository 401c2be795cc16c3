"""Objects by their global identifiers."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.identifiers import parse_identifier

Resolver = Callable[..., Any]


def find(info: Info, identifier: str) -> Any:  # noqa: ANN401, PLR0911 - one rule a kind
    """Return the object with this global identifier, or None."""
    context = context_of(info)
    catalogue = context.catalogue
    parsed = parse_identifier(identifier)
    if parsed is None or parsed.number is None:
        return None
    kinds: dict[str, Mapping[int, Any]] = {
        "Product": catalogue.products,
        "ProductVariant": catalogue.variants,
        "Collection": catalogue.collections,
        "InventoryItem": catalogue.inventory_items,
        "Location": catalogue.locations,
    }
    if parsed.kind in kinds:
        return kinds[parsed.kind].get(parsed.number)
    if parsed.kind == "InventoryLevel":
        item = parsed.parameters.removeprefix("inventory_item_id=")
        return catalogue.level(parsed.number, int(item)) if item.isdigit() else None
    if parsed.kind == "BulkOperation":
        return context.bulk.operations.get(parsed.number)
    if parsed.kind == "Shop":
        return context.shop if parsed.number == context.shop.id else None
    if parsed.kind == "Metafield":
        owned = (field for fields in catalogue.metafields.values() for field in fields.values())
        return next((field for field in owned if field.id == parsed.number), None)
    if parsed.kind in ("ProductOption", "ProductOptionValue"):
        return _find_option(info, parsed.kind, parsed.number)
    return None


def _find_option(info: Info, kind: str, number: int) -> Any:  # noqa: ANN401
    catalogue = context_of(info).catalogue
    for product in catalogue.products.values():
        for position, option in enumerate(product.options, start=1):
            if kind == "ProductOption" and option.id == number:
                return (product, option, position)
            for value in option.values:
                if kind == "ProductOptionValue" and value.id == number:
                    variants = catalogue.variants_of(product)
                    return (value, any(number in item.option_values for item in variants))
    return None


def by_id(kind: str) -> Resolver:
    """Return a resolver of the object of one kind that an identifier names."""

    def resolve(_: object, info: Info, id: str) -> Any:  # noqa: A002, ANN401
        parsed = parse_identifier(id)
        if parsed is not None and parsed.kind != kind:
            raise GraphQLError(f"Invalid id: {id}", extensions={"code": "RESOURCE_NOT_FOUND"})
        return find(info, id)

    return resolve
