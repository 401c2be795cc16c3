"""Changes that somebody else makes to a store, in the merchant's admin say."""

from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.changes import UnknownFieldError
from sandbox.shopify.context import RequestContext
from sandbox.shopify.fields import METAFIELD_PREFIX
from sandbox.shopify.identifiers import gid, identifier_number, level_gid
from sandbox.shopify.records import QUANTITY_NAMES, Collection, InventoryItem, InventoryLevel
from sandbox.shopify.writing.common import normal_tags, write_metafield

_OPERATION = "external_edit"
_ON_HAND = "on_hand"
_NOT_ON_HAND = ("incoming",)


def edit_as_somebody_else(
    context: RequestContext,
    resource_id: str,
    field: str,
    value: Any,  # noqa: ANN401 - any JSON value
) -> None:
    """Change one field of one resource; the first write is the field that was named.

    Besides the fields that the journal names there are: of an inventory item or variant a
    quantity, with the units at each location; of a manual collection `products`; of an owner a
    metafield, with a text, a type and value, or null.

    Raises:
        UnknownFieldError: there is no such resource or field.
        ValueError: the field cannot hold the value.
        TypeError: the field cannot hold a value of this kind.
    """
    item = _item(context.catalogue, resource_id)
    collection = context.catalogue.collections.get(
        identifier_number(resource_id, "Collection") or 0
    )
    if item is not None and field in QUANTITY_NAMES:
        _set_units(context, item, field, value)
    elif collection is not None and field in ("products", "productIds"):
        _set_members(context, collection, value)
    elif field.startswith(METAFIELD_PREFIX):
        _set_metafield(context, resource_id, field, value)
    elif field == "tags" and _are_texts(value):
        context.write(_OPERATION, resource_id, field, normal_tags(value))
    else:
        context.write(_OPERATION, resource_id, field, value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(element, str) for element in value)


def _item(catalogue: Catalogue, resource_id: str) -> InventoryItem | None:
    variant = catalogue.variants.get(identifier_number(resource_id, "ProductVariant") or 0)
    if variant is not None:
        return catalogue.item_of(variant)
    return catalogue.inventory_items.get(identifier_number(resource_id, "InventoryItem") or 0)


def _set_units(
    context: RequestContext,
    item: InventoryItem,
    name: str,
    value: Any,  # noqa: ANN401 - any JSON value
) -> None:
    """Set a quantity at some locations; what is on hand there moves along, as on the platform."""
    if not isinstance(value, dict) or not value:
        raise TypeError("It must give the units at each location.")
    for level, units in [_checked(item, *pair) for pair in value.items()]:
        level_id = level_gid(level.id, item.id)
        delta = units - level.quantities.get(name, 0)
        also = "available" if name == _ON_HAND else _ON_HAND
        context.write(_OPERATION, level_id, name, units)
        if name not in _NOT_ON_HAND:
            context.write(_OPERATION, level_id, also, level.quantities.get(also, 0) + delta)


def _checked(item: InventoryItem, location_id: str, units: object) -> tuple[InventoryLevel, int]:
    level = item.levels.get(identifier_number(location_id, "Location") or 0)
    if level is None:
        raise UnknownFieldError(f"{location_id} does not stock the item.")
    if not isinstance(units, int) or isinstance(units, bool):
        raise TypeError("The units at a location are a whole number.")
    return level, units


def _set_members(
    context: RequestContext,
    collection: Collection,
    value: Any,  # noqa: ANN401 - any JSON value
) -> None:
    if collection.rule_set is not None:
        raise UnknownFieldError("The members of a smart collection follow from its rules.")
    if not isinstance(value, list):
        raise TypeError("It must be a list of products.")
    numbers = [
        element if isinstance(element, int) else identifier_number(str(element), "Product")
        for element in value
    ]
    if any(number not in context.catalogue.products for number in numbers):
        raise ValueError("It names a product that does not exist.")
    context.catalogue.settle_members(collection)
    context.write(_OPERATION, gid("Collection", collection.id), "productIds", numbers)


def _set_metafield(
    context: RequestContext,
    owner_id: str,
    field: str,
    value: Any,  # noqa: ANN401 - any JSON value
) -> None:
    if value is None:
        context.write(_OPERATION, owner_id, field, None)
        return
    entry = {"value": value} if isinstance(value, str) else value
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        raise TypeError("It must be a text, or a type and a value.")
    namespace, _, key = field.removeprefix(METAFIELD_PREFIX).rpartition(".")
    write_metafield(context, _OPERATION, owner_id, namespace, key, entry)
