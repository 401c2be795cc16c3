"""productVariantsBulkUpdate: the variants of one product, changed in one call."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.identifiers import gid, identifier_number, level_gid
from sandbox.shopify.records import Product, Variant
from sandbox.shopify.writing.common import (
    MONEY_LIMIT,
    UserError,
    rounded,
    set_metafields,
    user_error,
)
from sandbox.shopify.writing.option_values import (
    Combination,
    already_exists,
    chosen_values,
    combination,
    value_choice_errors,
)

_LONGEST_TEXT = 255
_PLAIN_FIELDS = (
    "barcode",
    "inventoryPolicy",
    "requiresComponents",
    "showUnitPrice",
    "taxCode",
    "taxable",
    "unitPriceMeasurement",
)
_ITEM_FIELDS = (
    "countryCodeOfOrigin",
    "harmonizedSystemCode",
    "provinceCodeOfOrigin",
    "requiresShipping",
    "sku",
    "tracked",
)
Input = dict[str, Any]


def bulk_update(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    variants: list[Input],
    allowPartialUpdates: bool = False,  # noqa: FBT001, FBT002, N803 - the platform's argument
    **__: object,
) -> dict[str, Any]:
    """Change variants of one product, all of them or, if partial updates are allowed, the valid.

    As the platform does, a variant that cannot be found refuses the payload's `productVariants`,
    while a value that is not acceptable leaves the variant there with its old value.
    """
    context = context_of(info)
    operation = info.field_name
    product = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    if product is None:
        error = user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        for entry in variants or [{}]:
            _refuse(context, operation, entry, error, fallback=productId)
        return {"product": None, "productVariants": None, "userErrors": [error]}
    chosen: dict[Combination, int] = {}
    unfound = [
        error
        for index, entry in enumerate(variants)
        for error in _structural_errors(context, product, index, entry, chosen)
    ]
    unacceptable = [
        error
        for index, entry in enumerate(variants)
        if not _concerns(unfound, index)
        for error in value_errors(index, entry)
    ]
    errors = unfound + unacceptable
    applied = not errors or allowPartialUpdates
    for index, entry in enumerate(variants):
        if applied and not _concerns(errors, index):
            apply_variant(context, operation, product, entry)
        else:
            own = next((error for error in errors if _error_index(error) == index), errors[0])
            _refuse(context, operation, entry, own, fallback=productId)
    if not variants:
        context.refuse(operation, "no variants given", productId)
    if unfound and not allowPartialUpdates:
        return {"product": product, "productVariants": None, "userErrors": unfound}
    known = (identifier_number(entry.get("id") or "", "ProductVariant") for entry in variants)
    return {
        "product": product,
        "productVariants": [
            context.catalogue.variants[number]
            for number in dict.fromkeys(known)
            if number in product.variant_ids
        ],
        "userErrors": errors,
    }


def apply_variant(context: RequestContext, operation: str, product: Product, entry: Input) -> None:
    """Write every field that one variant's input names."""
    number = identifier_number(entry["id"], "ProductVariant") or 0
    variant = context.catalogue.variants[number]
    variant_id = gid("ProductVariant", number)
    for name in ("price", "compareAtPrice"):
        if name in entry:
            amount = entry[name]
            context.write(
                operation, variant_id, name, None if amount is None else str(rounded(amount))
            )
    for name in _PLAIN_FIELDS:
        if name in entry and (entry[name] is not None or name in ("barcode", "taxCode")):
            context.write(operation, variant_id, name, entry[name])
    if entry.get("optionValues"):
        values = chosen_values(context, operation, product, entry["optionValues"], variant)
        context.write(operation, variant_id, "optionValues", values)
    item_id = gid("InventoryItem", variant.inventory_item_id)
    for name, value in item_changes(entry.get("inventoryItem") or {}):
        context.write(operation, item_id, name, value)
    for adjustment in entry.get("quantityAdjustments") or []:
        _adjust(context, operation, variant, adjustment)
    set_metafields(context, operation, variant_id, entry.get("metafields"))


def item_changes(entry: Input) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an inventory item that its input names, with their values."""
    for name in _ITEM_FIELDS:
        if name in entry and (
            entry[name] is not None or name not in ("tracked", "requiresShipping")
        ):
            yield name, _stored(name, entry[name])
    if "cost" in entry:
        yield "cost", None if entry["cost"] is None else str(rounded(entry["cost"]))
    weight = (entry.get("measurement") or {}).get("weight")
    if weight:
        yield "weight.value", weight["value"]
        yield "weight.unit", weight["unit"]


def _stored(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as the platform keeps it: a customs code loses its dots."""
    return re.sub(r"\D", "", value) if name == "harmonizedSystemCode" and value else value


def _adjust(context: RequestContext, operation: str, variant: Variant, entry: Input) -> None:
    item = context.catalogue.item_of(variant)
    level = item.levels.get(identifier_number(entry["locationId"], "Location") or 0)
    if level is None:
        return
    level_id = level_gid(level.id, item.id)
    for name in ("available", "on_hand"):
        units = level.quantities.get(name, 0) + (entry.get("adjustment") or 0)
        context.write(operation, level_id, name, units)


def _structural_errors(
    context: RequestContext,
    product: Product,
    index: int,
    entry: Input,
    chosen: dict[Combination, int],
) -> Iterator[UserError]:
    path = ["variants", str(index)]
    identifier = entry.get("id")
    if not identifier:
        yield user_error(
            [*path, "id"],
            "Product variant is missing ID attribute",
            "PRODUCT_VARIANT_ID_MISSING",
        )
        return
    number = identifier_number(identifier, "ProductVariant")
    if number not in product.variant_ids:
        yield user_error(
            [*path, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST"
        )
        return
    if entry.get("inventoryQuantities"):
        yield user_error(
            [*path, "inventoryQuantities"],
            "Inventory quantities can only be provided during create. To update inventory for "
            "existing variants, use inventoryAdjustQuantities.",
            "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE",
        )
    inputs = entry.get("optionValues") or []
    refused = [
        error
        for place, value in enumerate(inputs)
        for error in value_choice_errors(product, value, [*path, "optionValues", str(place)])
    ]
    if refused:
        yield refused[0]
    elif inputs and _taken(context, product, inputs, number or 0, chosen):
        yield already_exists(path, inputs)


def _taken(
    context: RequestContext,
    product: Product,
    inputs: list[Input],
    number: int,
    chosen: dict[Combination, int],
) -> bool:
    """Tell whether another variant has these option values, or gets them earlier in the call."""
    wanted = combination(product, inputs, context.catalogue.variants[number])
    return chosen.setdefault(wanted, number) != number or any(
        tuple(other.option_values) == wanted and other.id != number
        for other in context.catalogue.variants_of(product)
    )


def value_errors(index: int, entry: Input) -> Iterator[UserError]:
    """Yield the errors of values that no variant can have."""
    path = ["variants", str(index)]
    item = entry.get("inventoryItem") or {}
    if entry.get("compareAtPrice") is not None:
        yield from _amount_errors([*path, "compareAtPrice"], entry["compareAtPrice"], "")
    if item.get("cost") is not None:
        for error in _amount_errors(
            [*path, "inventoryItem", "cost"], item["cost"], "Cost per item "
        ):
            yield user_error(path, error["message"].removeprefix("Cost per item "))
            yield error
    if "price" in entry:
        if entry["price"] is None:
            yield user_error([*path, "price"], "Price can't be blank", "BLANK")
        else:
            yield from _amount_errors([*path, "price"], entry["price"], "Price ")
    for name, text, label in (
        ("barcode", entry.get("barcode"), "Barcode"),
        ("sku", item.get("sku"), "SKU"),
    ):
        if text and len(text) > _LONGEST_TEXT:
            parent = ["inventoryItem"] if name == "sku" else []
            yield user_error(
                [*path, *parent, name],
                f"{label} is too long (maximum is {_LONGEST_TEXT} characters)",
                "TOO_LONG",
            )


def _amount_errors(path: list[str], amount: str, label: str) -> Iterator[UserError]:
    value = Decimal(amount)
    if value < 0:
        yield user_error(
            path, f"{label}must be greater than or equal to 0", "GREATER_THAN_OR_EQUAL_TO"
        )
    if value >= MONEY_LIMIT:
        yield user_error(path, f"{label}must be less than {MONEY_LIMIT}", "INVALID_INPUT")


def _error_index(error: Mapping[str, Any]) -> int | None:
    field = error["field"] or []
    return int(field[1]) if len(field) > 1 and field[1].isdigit() else None


def _concerns(errors: list[UserError], index: int) -> bool:
    return any(_error_index(error) == index for error in errors)


def _refuse(
    context: RequestContext, operation: str, entry: Input, error: UserError, fallback: str
) -> None:
    """Remember what one variant's input wanted, field by field, and why it was not done."""
    reason = str(error["code"] or error["message"])
    resource_id = entry.get("id") or fallback
    wanted = {
        name: value
        for name, value in entry.items()
        if name not in ("id", "inventoryItem", "optionValues", "metafields")
    }
    wanted.update(item_changes(entry.get("inventoryItem") or {}))
    for name, value in wanted.items():
        context.refuse(operation, reason, resource_id, name, value)
    if not wanted:
        context.refuse(operation, reason, resource_id)
