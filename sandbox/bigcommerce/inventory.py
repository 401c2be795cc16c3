"""Adjusting stock: requests that are accepted at once and seen only after a while."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.bigcommerce.answers import INVALID, PROBLEM, Answer, refusal
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.fields import LARGEST_INTEGER, Field, Kind
from sandbox.bigcommerce.identifiers import (
    ProductName,
    parse_name,
    product_name,
    variant_name,
)
from sandbox.bigcommerce.locations import located

_QUANTITY = Field(Kind.INTEGER, minimum=-LARGEST_INTEGER, maximum=LARGEST_INTEGER)
_IDENTITIES = ("sku", "variant_id", "product_id")
_NEVER_APPLIED = "accepted and never applied"
_LONGEST_TITLE = 2000


class _Place(NamedTuple):
    """An item at a location."""

    item: str
    location: int


def adjust_absolute(context: RequestContext, call: Call) -> Answer:
    """Set the stock of up to 2,000 items."""
    return _adjust(context, call.body["items"], relative=False)


def adjust_relative(context: RequestContext, call: Call) -> Answer:
    """Add to the stock of up to 2,000 items, or take from it."""
    return _adjust(context, call.body["items"], relative=True)


def adjustment_targets(catalogue: Catalogue, call: Call) -> list[Target]:
    """Return what an adjustment wants to write; a relative one is written as it was sent."""
    items = call.body.get("items") if isinstance(call.body, dict) else None
    return [
        Target(
            _item(catalogue, item),
            {located("inventory_level", _location(catalogue, item) or 1): item.get("quantity")},
        )
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    ]


def _adjust(context: RequestContext, items: Sequence[Any], *, relative: bool) -> Answer:
    """Apply all items, or none where the platform can tell that one of them is wrong."""
    _refuse_unreadable(context.catalogue, items)
    for place, level in _new_levels(context.catalogue, items, relative=relative).items():
        if context.leaves_out(place.item):
            wanted = {located("inventory_level", place.location): level}
            context.refuse(Target(place.item, wanted), _NEVER_APPLIED)
        else:
            context.write_late(place.item, place.location, level)
    return Answer({"transaction_id": str(uuid.uuid4())})


def _refuse_unreadable(catalogue: Catalogue, items: Sequence[Any]) -> None:
    """Refuse a request with items that cannot be understood, each by its place in the request.

    Raises:
        RefusalError: there are such items.
    """
    unreadable: dict[str, str] = {}
    for position, item in enumerate(items):
        unreadable |= _unreadable(catalogue, f"items.{position}", item)
    if unreadable:
        raise refusal(422, INVALID, unreadable, PROBLEM)


def _new_levels(
    catalogue: Catalogue, items: Sequence[Mapping[str, Any]], *, relative: bool
) -> dict[_Place, int]:
    """Return what each item is to have at its location; several changes of one add up.

    Raises:
        RefusalError: the store cannot do some of it; its title names each such item.
    """
    levels: dict[_Place, int] = {}
    impossible: list[str] = []
    for item in items:
        reason = _impossible(catalogue, item)
        if reason is None:
            place = _place(catalogue, item)
            present = levels.get(place, catalogue.stock.on_hand(*place))
            level = int(item["quantity"]) + (present or 0 if relative else 0)
            levels[place] = level
            if relative and present is None:
                reason = "needs an absolute adjustment at this location before a relative one"
            elif not 0 <= level <= LARGEST_INTEGER:
                reason = f"cannot have a stock of {level}"
        if reason is not None:
            impossible.append(f"Item with {_identity(item)} {reason}")
    if impossible:
        raise refusal(422, f"[{', '.join(impossible)}]"[:_LONGEST_TITLE], None, PROBLEM)
    return levels


def _unreadable(catalogue: Catalogue, at: str, item: Any) -> dict[str, str]:  # noqa: ANN401
    """Return what of an item cannot be understood."""
    if not isinstance(item, dict):
        return {at: "must be an object"}
    problems: dict[str, str] = {}
    problem = _QUANTITY.problem(item.get("quantity"))
    if problem is not None:
        problems[f"{at}.quantity"] = f"quantity {problem}"
    if _location(catalogue, item) is None:
        problems[f"{at}.location_id"] = "is required and must be a location"
    if len([name for name in _IDENTITIES if name in item]) != 1:
        problems[at] = f"needs exactly one of {', '.join(_IDENTITIES)}"
    return problems


def _impossible(catalogue: Catalogue, item: Mapping[str, Any]) -> str | None:
    """Return why the store has nothing that an item could adjust, or None where it has."""
    name = _item(catalogue, item)
    if name is None:
        return "was not found"
    parsed = parse_name(name)
    if isinstance(parsed, ProductName):
        wanted, product = "product", catalogue.products[parsed.number]
    else:
        variant = catalogue.variants[int(name.rpartition("/")[2])]
        wanted, product = "variant", catalogue.products[variant.product_id]
    tracking = product.value("inventory_tracking")
    if tracking == wanted:
        return None
    if tracking == "none":
        return "is not tracked"
    return f"is tracked by {tracking}; adjust its stock by {tracking}_id"


def _place(catalogue: Catalogue, item: Mapping[str, Any]) -> _Place:
    name, location = _item(catalogue, item), _location(catalogue, item)
    assert name is not None  # noqa: S101 - an item without one is impossible
    assert location is not None  # noqa: S101 - an item without one is unreadable
    return _Place(name, location)


def _identity(item: Mapping[str, Any]) -> str:
    name = next(name for name in _IDENTITIES if name in item)
    return f"{name} {item[name]}"[:100]


def _location(catalogue: Catalogue, item: Mapping[str, Any]) -> int | None:
    number = item.get("location_id")
    known = isinstance(number, int) and not isinstance(number, bool)
    return number if known and number in catalogue.locations else None


def _item(catalogue: Catalogue, item: Mapping[str, Any]) -> str | None:
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
