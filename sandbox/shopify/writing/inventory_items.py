"""inventoryItemUpdate."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.writing.common import (
    MONEY_LIMIT,
    UserError,
    journal_errors,
    rounded,
    user_error,
)
from sandbox.shopify.writing.variants import item_changes

_NO_COUNTRY = "ZZ"
Input = dict[str, Any]
Payload = dict[str, Any]


def update_item(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    input: Input,  # noqa: A002 - the platform's name
) -> Payload:
    """Change an inventory item's own fields: all that the input names, or none."""
    context = context_of(info)
    number = identifier_number(id, "InventoryItem") or 0
    item = context.catalogue.inventory_items.get(number)
    if item is None:
        error = user_error(["id"], "The product couldn't be updated because it does not exist.")
        journal_errors(context, info.field_name, id, [error])
        return {"inventoryItem": None, "userErrors": [error]}
    errors = list(_item_errors(input))
    if errors:
        journal_errors(context, info.field_name, id, errors)
        return {"inventoryItem": None, "userErrors": errors}
    for name, value in item_changes(input):
        context.write(info.field_name, gid("InventoryItem", number), name, value)
    return {"inventoryItem": item, "userErrors": []}


def _item_errors(entry: Input) -> Iterator[UserError]:
    if entry.get("cost") is not None:
        if Decimal(entry["cost"]) >= MONEY_LIMIT:
            yield user_error(["input", "cost"], f"Cost must be less than {MONEY_LIMIT}")
        elif rounded(entry["cost"]) < 0:
            yield user_error(["input", "cost"], "Cost must be greater than or equal to 0")
    weight = (entry.get("measurement") or {}).get("weight")
    if weight and weight["value"] < 0:
        units = {"KILOGRAMS": "kg", "GRAMS": "g", "POUNDS": "lb", "OUNCES": "oz"}
        unit = units[weight["unit"]]
        value = format(Decimal(str(weight["value"])).normalize(), "f")
        yield user_error(
            ["input", "measurement", "weight"],
            f"Measurement weight value {value} {unit} must be >= 0 {unit}",
        )
    if entry.get("countryCodeOfOrigin") == _NO_COUNTRY:
        yield user_error(["input", "countryCodeOfOrigin"], "Country code of origin is invalid")
    code = entry.get("harmonizedSystemCode")
    if code and not re.fullmatch(r"\d{6,13}", re.sub(r"\D", "", code)):
        yield user_error(
            ["input", "harmonizedSystemCode"],
            "Harmonized system code must be a number between six and thirteen digits",
        )
