"""Reading and writing one field of a catalogue, as the journal names it."""

from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.fields import FIELDS, METAFIELD_PREFIX, RECORD, Field
from sandbox.shopify.identifiers import gid, identifier_number, parse_identifier
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Metafield,
    Product,
    Variant,
    inventory_item_from_document,
    product_from_document,
    to_document,
    variant_from_document,
)


class UnknownFieldError(LookupError):
    """A resource or field that the catalogue does not have."""


def read_field(catalogue: Catalogue, resource_id: str, field: str) -> Any:  # noqa: ANN401
    """Return one field in its JSON form.

    Raises:
        UnknownFieldError: the catalogue has no such resource or field.
    """
    if field == RECORD:
        return _whole(catalogue, resource_id)
    if field.startswith(METAFIELD_PREFIX):
        metafield = catalogue.metafields.get(resource_id, {}).get(_metafield_key(field))
        return None if metafield is None else to_document(metafield)
    if _is_level(resource_id):
        return _level_of(catalogue, resource_id).quantities.get(field, 0)
    record, description = _locate(catalogue, resource_id, field)
    return description.read(getattr(record, description.attribute))


def write_field(
    catalogue: Catalogue,
    resource_id: str,
    field: str,
    value: Any,  # noqa: ANN401 - any JSON value
    at: int,
) -> None:
    """Set one field from its JSON form, at this time (seconds since 1970).

    Raises:
        UnknownFieldError: the catalogue has no such resource or field.
        ValueError: the field cannot hold the value.
        TypeError: the field cannot hold a value of this kind.
    """
    if field == RECORD:
        _replace(catalogue, resource_id, value)
    elif field.startswith(METAFIELD_PREFIX):
        _write_metafield(catalogue, resource_id, field, value)
    elif _is_level(resource_id):
        _write_quantity(catalogue, _level_of(catalogue, resource_id), field, int(value), at)
    else:
        record, description = _locate(catalogue, resource_id, field)
        parsed = description.parse(value)
        product_id = _product_behind(catalogue, record)
        if product_id is not None:
            catalogue.touch(product_id)
            catalogue.products[product_id].updated_at = at
        setattr(record, description.attribute, parsed)
        record.updated_at = at
        catalogue.forget_members()


def _is_level(resource_id: str) -> bool:
    parsed = parse_identifier(resource_id)
    return parsed is not None and parsed.kind == "InventoryLevel"


def _product_behind(catalogue: Catalogue, record: object) -> int | None:
    if isinstance(record, Product):
        return record.id
    if isinstance(record, Variant):
        return record.product_id
    if isinstance(record, InventoryItem):
        return catalogue.variants[record.variant_id].product_id
    return None


def _locate(catalogue: Catalogue, resource_id: str, field: str) -> tuple[Any, Field]:
    parsed = parse_identifier(resource_id)
    kinds: dict[str, dict[int, Any]] = {
        "Product": catalogue.products,
        "ProductVariant": catalogue.variants,
        "InventoryItem": catalogue.inventory_items,
        "Collection": catalogue.collections,
    }
    if parsed is None or parsed.number is None or parsed.kind not in kinds:
        raise UnknownFieldError(f"{resource_id} is nothing that this store can change.")
    record = kinds[parsed.kind].get(parsed.number)
    if record is None:
        raise UnknownFieldError(f"{resource_id} does not exist in this store.")
    description = FIELDS[parsed.kind].get(field)
    if description is None:
        known = ", ".join(sorted(FIELDS[parsed.kind]))
        raise UnknownFieldError(f"{parsed.kind} has no field {field!r}; it has {known}.")
    return record, description


def _level_of(catalogue: Catalogue, resource_id: str) -> InventoryLevel:
    parsed = parse_identifier(resource_id)
    item = parsed.parameters.removeprefix("inventory_item_id=") if parsed else ""
    level = (
        catalogue.level(parsed.number, int(item))
        if parsed is not None and parsed.number is not None and item.isdigit()
        else None
    )
    if level is None:
        raise UnknownFieldError(f"{resource_id} does not exist in this store.")
    return level


def _write_quantity(
    catalogue: Catalogue, level: InventoryLevel, name: str, value: int, at: int
) -> None:
    item = catalogue.inventory_items[level.inventory_item_id]
    catalogue.touch(catalogue.variants[item.variant_id].product_id)
    level.quantities[name] = value
    level.changed_at[name] = at
    level.updated_at = at


def _metafield_key(field: str) -> tuple[str, str]:
    namespace, _, key = field.removeprefix(METAFIELD_PREFIX).rpartition(".")
    return namespace, key


def _write_metafield(
    catalogue: Catalogue, owner_id: str, field: str, value: dict[str, Any] | None
) -> None:
    if value is None:
        catalogue.metafields.get(owner_id, {}).pop(_metafield_key(field), None)
    else:
        catalogue.add_metafield(Metafield(**value))


def _whole(catalogue: Catalogue, resource_id: str) -> Any:  # noqa: ANN401 - any JSON value
    product = catalogue.products.get(identifier_number(resource_id, "Product") or 0)
    if product is not None:
        return {
            "product": to_document(product),
            "variants": [
                {"variant": to_document(variant), "item": to_document(item)}
                for variant, item in catalogue.pairs_of(product)
            ],
        }
    variant = catalogue.variants.get(identifier_number(resource_id, "ProductVariant") or 0)
    if variant is not None:
        item = catalogue.item_of(variant)
        return {"variant": to_document(variant), "item": to_document(item)}
    collection = catalogue.collections.get(identifier_number(resource_id, "Collection") or 0)
    return None if collection is None else to_document(collection)


def _replace(catalogue: Catalogue, resource_id: str, value: dict[str, Any] | None) -> None:
    kind = parse_identifier(resource_id)
    if kind is None or kind.number is None:
        raise UnknownFieldError(f"{resource_id} is nothing that this store can create.")
    if kind.kind == "Product":
        _replace_product(catalogue, kind.number, value)
    elif kind.kind == "ProductVariant":
        _replace_variant(catalogue, kind.number, value)
    elif value is None:
        catalogue.remove_collection(kind.number)
    else:
        catalogue.add_collection(Collection(**value))


def _replace_product(catalogue: Catalogue, number: int, value: dict[str, Any] | None) -> None:
    catalogue.touch(number)
    previous = catalogue.products.pop(number, None)
    for variant_id in previous.variant_ids if previous else ():
        catalogue.remove_variant(variant_id)
    if value is None:
        catalogue.metafields.pop(gid("Product", number), None)
        return
    catalogue.add_product(
        product_from_document(value["product"]),
        [
            (variant_from_document(pair["variant"]), inventory_item_from_document(pair["item"]))
            for pair in value["variants"]
        ],
    )


def _replace_variant(catalogue: Catalogue, number: int, value: dict[str, Any] | None) -> None:
    if value is None:
        gone = catalogue.variants.get(number)
        if gone is not None:
            catalogue.touch(gone.product_id)
            catalogue.products[gone.product_id].variant_ids.remove(number)
            catalogue.remove_variant(number)
        return
    variant = variant_from_document(value["variant"])
    catalogue.touch(variant.product_id)
    catalogue.add_variant(variant, inventory_item_from_document(value["item"]))
    order = catalogue.products[variant.product_id].variant_ids
    if number not in order:
        order.append(number)
