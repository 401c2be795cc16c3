"""The operations on stock: adjustments, which are seen only after a while, and reading."""

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.bigcommerce.answers import INVALID, PROBLEM, Answer, RefusalError, refusal
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.fields import Field, Kind
from sandbox.bigcommerce.filters import Document, Filter, numbers, words
from sandbox.bigcommerce.identifiers import (
    ProductName,
    parse_name,
    product_name,
    variant_name,
)
from sandbox.bigcommerce.queries import Collection
from sandbox.bigcommerce.records import Variant
from sandbox.bigcommerce.variants import candidates

LOCATION = 1
"""The store's only location."""

_LARGEST = 2_147_483_647
_MOST_LISTED = 1000
_QUANTITY = Field(Kind.INTEGER, minimum=-_LARGEST, maximum=_LARGEST)
_IDENTITIES = ("sku", "variant_id", "product_id")


def adjust_absolute(context: RequestContext, call: Call) -> Answer:
    """Set the stock of up to 2,000 items."""
    return _adjust(context, call, relative=False)


def adjust_relative(context: RequestContext, call: Call) -> Answer:
    """Add to the stock of up to 2,000 items, or take from it."""
    return _adjust(context, call, relative=True)


def get_items(context: RequestContext, call: Call) -> Answer:
    """List the stock of every variant."""
    catalogue = context.catalogue
    return _COLLECTION.answer(
        call,
        candidates(catalogue, call, variants="variant_id:in"),
        lambda variant: _item(catalogue, variant),
        lambda item: {"identity": item["identity"], "locations": item["locations"]},
    )


def adjustment_targets(catalogue: Catalogue, call: Call) -> list[Target]:
    """Return what an adjustment wants to write; a relative one is written as it was sent."""
    items = call.body.get("items") if isinstance(call.body, dict) else None
    return [
        Target(_stocked(catalogue, item), {"inventory_level": item.get("quantity")})
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    ]


def _adjust(context: RequestContext, call: Call, *, relative: bool) -> Answer:
    levels: dict[str, int] = {}
    for position, item in enumerate(call.body["items"]):
        name = _checked(context.catalogue, position, item)
        level = int(item["quantity"])
        if relative:
            level += levels.get(name, context.catalogue.level(name))
        if not 0 <= level <= _LARGEST:
            title = f"The stock of {name} cannot become {level}"
            raise _problem(title, {f"items.{position}.quantity": title})
        levels[name] = level
    for name, level in levels.items():
        context.write_late(name, level)
    return Answer({"transaction_id": str(uuid.uuid4())})


def _problem(title: str, errors: Mapping[str, str] | None = None) -> RefusalError:
    return refusal(422, title, errors, PROBLEM)


def _checked(catalogue: Catalogue, position: int, item: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the name of the resource whose stock an item adjusts.

    Raises:
        RefusalError: the item cannot be understood, or its stock is kept elsewhere.
    """
    at = f"items.{position}"
    if not isinstance(item, dict):
        raise _problem(INVALID, {at: "must be an object"})
    problem = _QUANTITY.problem(item.get("quantity"))
    if problem is not None:
        raise _problem(INVALID, {f"{at}.quantity": f"quantity {problem}"})
    if item.get("location_id") != LOCATION or isinstance(item["location_id"], bool):
        raise _problem(INVALID, {f"{at}.location_id": "is required and must be a location"})
    given = [name for name in _IDENTITIES if name in item]
    if len(given) != 1:
        raise _problem(INVALID, {at: f"needs exactly one of {', '.join(_IDENTITIES)}"})
    name = _stocked(catalogue, item)
    if name is None:
        raise _problem(f"There is no item with {given[0]} {item[given[0]]!r}"[:200])
    parsed = parse_name(name)
    if isinstance(parsed, ProductName):
        wanted, product = "product", catalogue.products[parsed.number]
    else:
        variant = catalogue.variants[int(name.rpartition("/")[2])]
        wanted, product = "variant", catalogue.products[variant.product_id]
    tracking = product.value("inventory_tracking")
    if tracking != wanted:
        raise _problem(
            f"Item with {given[0]} {item[given[0]]} has the tracking mode {tracking}"
            + ("" if tracking == "none" else f"; adjust its stock by {tracking}_id")
        )
    return name


def _stocked(catalogue: Catalogue, item: Mapping[str, Any]) -> str | None:
    """Return the name of the resource that an item means, or None."""
    sku, variant, product = (item.get(name) for name in _IDENTITIES)
    if isinstance(sku, str):
        return catalogue.holder("sku", sku)
    for number, known, name in (
        (variant, catalogue.variants, variant_name),
        (product, catalogue.products, product_name),
    ):
        if isinstance(number, int) and not isinstance(number, bool) and number in known:
            return name(number)
    return None


def _item(catalogue: Catalogue, variant: Variant) -> Document:
    product = catalogue.products[variant.product_id]
    base = catalogue.is_base(variant)
    stocked = product_name(product.id) if base else variant_name(variant.id)
    holder = product if base else variant
    level = catalogue.seen_level(stocked)
    sku = holder.value("sku")
    location = {
        "location_id": LOCATION,
        "location_code": "BC-LOCATION-1",
        "location_name": "Default location",
        "available_to_sell": level,
        "total_inventory_onhand": level,
        "location_enabled": True,
        "settings": {
            "safety_stock": 0,
            "is_in_stock": level > 0 or product.value("inventory_tracking") == "none",
            "warning_level": holder.value("inventory_warning_level") or 0,
            "bin_picking_number": holder.value("bin_picking_number") or "",
        },
    }
    return {
        "identity": {
            "sku": sku,
            "variant_id": variant.id,
            "product_id": product.id,
            "sku_id": variant.sku_id,
        },
        "locations": [location],
        # What the filters look at; the answer leaves it out.
        "sku": sku,
        "variant_id": variant.id,
        "product_id": product.id,
        "location_id": LOCATION,
    }


_FILTERS: Mapping[str, Filter] = {
    name: chooser
    for name, chooser in (
        *words("sku", "in").items(),
        *numbers("variant_id", "in").items(),
        *numbers("product_id", "in").items(),
        *numbers("location_id", "in").items(),
    )
    if name.endswith(":in")
}
_COLLECTION = Collection(_FILTERS, most=_MOST_LISTED)
