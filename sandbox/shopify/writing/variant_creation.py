"""productVariantsBulkCreate: variants of one product, made in one call."""

from collections.abc import Iterator
from typing import Any

from sandbox.shopify.changes import read_field
from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.fields import RECORD
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.records import InventoryItem, InventoryLevel, Product, Variant, to_document
from sandbox.shopify.writing.common import UserError, journal_errors, user_error
from sandbox.shopify.writing.option_values import (
    DEFAULT_VALUE,
    Combination,
    already_exists,
    chosen_values,
    combination,
    option_position,
    value_choice_errors,
)
from sandbox.shopify.writing.variants import apply_variant, value_errors

_SEPARATOR = " / "
Input = dict[str, Any]
Payload = dict[str, Any]
_CODES_ON_CREATION = dict.fromkeys(
    (
        "BLANK",
        "MUST_SPECIFY_ONE_OF_PAIR",
        "OPTION_DOES_NOT_EXIST",
        "OPTION_VALUE_DOES_NOT_EXIST",
        "OPTION_VALUE_NAME_TOO_LONG",
        "TOO_LONG",
    ),
    "INVALID_INPUT",
)
"""What becomes of codes that only the update of variants has."""


def create_variants(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    variants: list[Input],
    strategy: str = "DEFAULT",
    **__: object,
) -> Payload:
    """Create variants of one product, all or none."""
    context = context_of(info)
    product = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    if product is None:
        error = user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        journal_errors(context, info.field_name, productId, [error])
        return {"product": None, "productVariants": [], "userErrors": [error]}
    combinations: set[Combination] = set()
    errors = [
        {**error, "code": _CODES_ON_CREATION.get(error["code"], error["code"])}
        for index, entry in enumerate(variants)
        for error in _variant_errors(context, product, index, entry, combinations)
    ]
    if errors:
        journal_errors(context, info.field_name, productId, errors)
        return {"product": None, "productVariants": [], "userErrors": errors}
    standalone = _standalone(product, strategy)
    made = [_create_variant(context, info.field_name, product, entry) for entry in variants]
    if standalone is not None and made:
        context.write(info.field_name, gid("ProductVariant", standalone), RECORD, None)
        _drop_default_values(context, info.field_name, product)
    return {"product": product, "productVariants": made, "userErrors": []}


def _drop_default_values(context: RequestContext, operation: str, product: Product) -> None:
    """Take the placeholder away that stood for the options of a standalone variant."""
    product_id = gid("Product", product.id)
    options = read_field(context.catalogue, product_id, "options")
    for option in options:
        others = [value for value in option["values"] if value["name"] != DEFAULT_VALUE]
        option["values"] = others or option["values"]
    context.write(operation, product_id, "options", options)


def _standalone(product: Product, strategy: str) -> int | None:
    """Return the variant that a strategy removes once there are others."""
    if len(product.variant_ids) != 1 or strategy == "PRESERVE_STANDALONE_VARIANT":
        return None
    default = product.options and product.options[0].values[0].name == DEFAULT_VALUE
    return product.variant_ids[0] if default or strategy == "REMOVE_STANDALONE_VARIANT" else None


def _create_variant(
    context: RequestContext, operation: str, product: Product, entry: Input
) -> Variant:
    variant, item = new_variant(context, product, tracked=True)
    variant.option_values = chosen_values(
        context, operation, product, entry.get("optionValues") or [], None
    )
    for stock in entry.get("inventoryQuantities") or []:
        level = item.levels[identifier_number(stock["locationId"], "Location") or 0]
        level.quantities = dict.fromkeys(("available", "on_hand"), stock["availableQuantity"])
    variant_id = gid("ProductVariant", variant.id)
    context.write(
        operation,
        variant_id,
        RECORD,
        {"variant": to_document(variant), "item": to_document(item)},
    )
    rest = {key: value for key, value in entry.items() if key != "optionValues"}
    apply_variant(context, operation, product, {**rest, "id": variant_id})
    return context.catalogue.variants[variant.id]


def _variant_errors(
    context: RequestContext,
    product: Product,
    index: int,
    entry: Input,
    combinations: set[Combination],
) -> Iterator[UserError]:
    path = ["variants", str(index)]
    inputs = entry.get("optionValues") or []
    chosen: list[int | None] = []
    for place, value in enumerate(inputs):
        refused = list(value_choice_errors(product, value, [*path, "optionValues", str(place)]))
        if refused:
            yield refused[0]
            return
        position = option_position(product, value)
        if position in chosen:
            name = product.options[position or 0].name
            yield user_error(
                [*path, "optionValues"], f"Duplicated option name '{name}'", "INVALID_INPUT"
            )
            return
        chosen.append(position)
    missing = [option.name for place, option in enumerate(product.options) if place not in chosen]
    if missing and not (len(product.options) == 1 and product.options[0].name == "Title"):
        names = ", ".join(missing)
        yield user_error(
            path, f"You need to add option values for {names}", "NEED_TO_ADD_OPTION_VALUES"
        )
        return
    yield from _stock_errors(context, entry, path)
    wanted = combination(product, inputs, None)
    if wanted in combinations or _exists(context, product, wanted):
        yield already_exists(path, inputs)
    if None not in wanted:
        combinations.add(wanted)
    yield from value_errors(index, entry)


def _stock_errors(context: RequestContext, entry: Input, path: list[str]) -> Iterator[UserError]:
    for stock in entry.get("inventoryQuantities") or []:
        number = identifier_number(stock["locationId"], "Location") or 0
        if number not in context.catalogue.locations:
            names = _SEPARATOR.join(
                str(value.get("name")) for value in entry.get("optionValues") or []
            )
            yield user_error(
                [*path, "inventoryQuantities"],
                f"Quantity for {names} couldn't be set because the location was deleted.",
                "TRACKED_VARIANT_LOCATION_NOT_FOUND",
            )


def _exists(context: RequestContext, product: Product, wanted: Combination) -> bool:
    return any(
        tuple(variant.option_values) == wanted for variant in context.catalogue.variants_of(product)
    )


def new_variant(
    context: RequestContext, product: Product, *, tracked: bool
) -> tuple[Variant, InventoryItem]:
    """Return a variant and its item, not in the catalogue yet, without stock at each location."""
    number = context.catalogue.next_number
    at = context.at
    variant = Variant(number(), product.id, number(), at, at)
    levels = {
        location.id: InventoryLevel(
            number(),
            variant.inventory_item_id,
            location.id,
            at,
            at,
            quantities={"available": 0, "on_hand": 0},
        )
        for location in context.catalogue.locations.values()
        if location.active
    }
    item = InventoryItem(
        variant.inventory_item_id, variant.id, at, at, tracked=tracked, levels=levels
    )
    return variant, item
