"""Why the platform refuses to set or adjust a quantity."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.shopify.context import RequestContext
from sandbox.shopify.identifiers import identifier_number
from sandbox.shopify.records import InventoryItem, InventoryLevel, Location
from sandbox.shopify.writing.common import UserError, user_error

_HIGHEST_SET = 1_000_000_000
_HIGHEST_ADJUSTED = 2_000_000_000
_SETTABLE = ("available", "on_hand")
_ADJUSTABLE = (
    "available",
    "damaged",
    "incoming",
    "quality_control",
    "reserved",
    "safety_stock",
)
_REASONS = (
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*[^\s/].*")
_OWN_DOCUMENT = "gid://shopify/"
Input = dict[str, Any]


class Place(NamedTuple):
    """The item, the location and the stock that an input names, each None if there is none."""

    item: InventoryItem | None
    location: Location | None
    level: InventoryLevel | None


def place_of(context: RequestContext, entry: Input) -> Place:
    """Return what the input for one item at one location names."""
    item_number = identifier_number(entry["inventoryItemId"], "InventoryItem") or 0
    item = context.catalogue.inventory_items.get(item_number)
    location_number = identifier_number(entry["locationId"], "Location") or 0
    location = context.catalogue.locations.get(location_number)
    return Place(item, location, item.levels.get(location_number) if item else None)


def set_errors(context: RequestContext, entry: Input) -> Iterator[UserError]:
    """Yield why quantities cannot be set."""
    yield from _document_errors(entry)
    if entry["name"] not in _SETTABLE:
        yield user_error(
            ["input", "name"],
            "The quantity name must be either 'available' or 'on_hand'.",
            "INVALID_NAME",
        )
        return
    places = [(each["inventoryItemId"], each["locationId"]) for each in entry["quantities"]]
    for index, each in enumerate(entry["quantities"]):
        path = ["input", "quantities", str(index)]
        problem = _set_problem(each["quantity"], entry["name"])
        if problem:
            yield user_error([*path, "quantity"], *problem)
        if places.count(places[index]) > 1:
            yield user_error(
                [*path, "locationId"],
                "The combination of inventoryItemId and locationId must be unique.",
                "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
            )
        if not problem:
            yield from _place_errors(context, each, path, entry["name"])


def adjust_errors(context: RequestContext, entry: Input) -> Iterator[UserError]:
    """Yield why quantities cannot be adjusted."""
    name = entry["name"]
    yield from _document_errors(entry)
    if name not in _ADJUSTABLE:
        yield user_error(
            ["input", "name"],
            f"The specified quantity name is invalid. Valid values are: {', '.join(_ADJUSTABLE)}.",
            "INVALID_QUANTITY_NAME",
        )
        return
    ledgers = {each.get("ledgerDocumentUri") for each in entry["changes"]}
    for index, each in enumerate(entry["changes"]):
        path = ["input", "changes", str(index)]
        yield from _ledger_errors(each.get("ledgerDocumentUri"), path, name)
        yield from _place_errors(context, each, path, name)
        yield from _adjusted_errors(context, each, path, name)
    if len(ledgers) > 1:
        yield user_error(
            ["input", "changes"],
            "All changes must have the same ledger document URI or, in the case of adjusting "
            "available, no ledger document URI.",
            "MAX_ONE_LEDGER_DOCUMENT",
        )


def _document_errors(entry: Input) -> Iterator[UserError]:
    if entry["reason"] not in _REASONS:
        yield user_error(
            ["input", "reason"],
            f"The specified reason is invalid. Valid values are: {', '.join(_REASONS)}.",
            "INVALID_REASON",
        )
    document = entry.get("referenceDocumentUri")
    if document is not None and not _URI.fullmatch(document):
        yield user_error(
            ["input", "referenceDocumentUri"],
            "The specified reference document is invalid.",
            "INVALID_REFERENCE_DOCUMENT",
        )


def _ledger_errors(document: str | None, path: list[str], name: str) -> Iterator[UserError]:
    field = [*path, "ledgerDocumentUri"]
    if name == "available":
        if document:
            yield user_error(
                field,
                "A ledger document URI is not allowed when adjusting available.",
                "INVALID_AVAILABLE_DOCUMENT",
            )
    elif not document:
        yield user_error(
            field,
            "A ledger document URI is required except when adjusting available.",
            "INVALID_QUANTITY_DOCUMENT",
        )
    elif document.startswith(_OWN_DOCUMENT):
        yield user_error(
            field,
            "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API.",
            "INTERNAL_LEDGER_DOCUMENT",
        )
    elif not _URI.fullmatch(document):
        yield user_error(
            field, "The specified ledger document is invalid.", "INVALID_LEDGER_DOCUMENT"
        )


def _place_errors(
    context: RequestContext, entry: Input, path: list[str], name: str
) -> Iterator[UserError]:
    item, location, level = place_of(context, entry)
    if item is None:
        yield user_error(
            [*path, "inventoryItemId"],
            "The specified inventory item could not be found.",
            "INVALID_INVENTORY_ITEM",
        )
    elif location is None:
        yield user_error(
            [*path, "locationId"],
            "The specified location could not be found.",
            "INVALID_LOCATION",
        )
    elif level is None:
        yield user_error(
            [*path, "locationId"],
            "The specified inventory item is not stocked at the location.",
            "ITEM_NOT_STOCKED_AT_LOCATION",
        )
    elif entry["changeFromQuantity"] not in (None, level.quantities.get(name, 0)):
        yield user_error(
            [*path, "changeFromQuantity"],
            "The specified change from quantity does not match the persisted quantity.",
            "CHANGE_FROM_QUANTITY_STALE",
        )


def _set_problem(quantity: int, name: str) -> tuple[str, str] | None:
    if quantity > _HIGHEST_SET:
        return f"The quantity can't be higher than {_HIGHEST_SET:,}.", "INVALID_QUANTITY_TOO_HIGH"
    if quantity < -_HIGHEST_SET:
        return f"The quantity can't be lower than -{_HIGHEST_SET:,}.", "INVALID_QUANTITY_TOO_LOW"
    if quantity < 0 and name == "on_hand":
        return "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"
    return None


def _adjusted_errors(
    context: RequestContext, entry: Input, path: list[str], name: str
) -> Iterator[UserError]:
    level = place_of(context, entry).level
    units = (level.quantities.get(name, 0) if level else 0) + entry["delta"]
    if units > _HIGHEST_ADJUSTED:
        message = f"The quantity can't be higher than {_HIGHEST_ADJUSTED:,}."
        yield user_error([*path, "delta"], message, "INVALID_QUANTITY_TOO_HIGH")
    elif units < -_HIGHEST_ADJUSTED:
        message = f"The quantity can't be lower than -{_HIGHEST_ADJUSTED:,}."
        yield user_error([*path, "delta"], message, "INVALID_QUANTITY_TOO_LOW")
