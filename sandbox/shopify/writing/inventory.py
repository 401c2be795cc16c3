"""inventoryItemUpdate, inventorySetQuantities and inventoryAdjustQuantities."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from graphql import FieldNode, GraphQLError, Node, ValueNode, VariableNode

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.identifiers import gid, identifier_number, level_gid
from sandbox.shopify.records import InventoryItem, InventoryLevel, Location
from sandbox.shopify.requests import argument_value
from sandbox.shopify.scalars import print_moment
from sandbox.shopify.writing.common import (
    MONEY_LIMIT,
    UserError,
    journal_errors,
    rounded,
    user_error,
)
from sandbox.shopify.writing.variants import item_changes

_HIGHEST = 1_000_000_000
_ADJUSTABLE = (
    "available",
    "damaged",
    "incoming",
    "quality_control",
    "reserved",
    "safety_stock",
)
_SETTABLE = ("available", "on_hand")
_NOT_ON_HAND = ("incoming",)
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


def set_quantities(_: object, info: Info, input: Input) -> Payload:  # noqa: A002
    """Set the available or on-hand quantity at locations, if each is what the caller read."""

    def change() -> Payload:
        entries = input["quantities"]
        _require_expected(info, entries, "InventoryQuantityInput")
        errors = list(_set_errors(context_of(info), input))
        return _adjusted(info, input, errors, _set_deltas(context_of(info), input, errors))

    return _once(info, input, change)


def adjust_quantities(_: object, info: Info, input: Input) -> Payload:  # noqa: A002
    """Add to a quantity at locations, if each is what the caller read."""

    def change() -> Payload:
        entries = input["changes"]
        _require_expected(info, entries, "InventoryChangeInput")
        errors = list(_adjust_errors(context_of(info), input))
        deltas = [] if errors else [(entry, int(entry["delta"])) for entry in entries]
        return _adjusted(info, input, errors, deltas)

    return _once(info, input, change)


def _once(info: Info, entry: Input, change: Callable[[], Payload]) -> Payload:
    """Do a change once for each idempotency key, and answer a repetition with the first answer.

    Raises:
        GraphQLError: the field carries no key.
    """
    key = _idempotency_key(info)
    if key is None:
        raise GraphQLError(
            "The @idempotent directive is required for this mutation but was not provided.",
            extensions={"code": "BAD_REQUEST"},
        )
    context = context_of(info)
    fingerprint = json.dumps([info.field_name, entry], sort_keys=True, default=str)
    known = context.idempotent.get(key)
    if known is not None and known[0] == fingerprint:
        payload: Payload = known[1]
        return payload
    if known is not None:
        error = user_error(
            None,
            "The same idempotency key cannot be used with different operation parameters.",
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        )
        journal_errors(context, info.field_name, None, [error])
        return {"inventoryAdjustmentGroup": None, "userErrors": [error]}
    done = change()
    context.idempotent[key] = (fingerprint, done)
    return done


def _idempotency_key(info: Info) -> str | None:
    for directive in info.field_nodes[0].directives or ():
        if directive.name.value == "idempotent":
            for argument in directive.arguments or ():
                value = argument_value(argument.value, _passed(info))
                return None if value is None else str(value)
    return None


def _passed(info: Info) -> dict[str, Any]:
    variables: Any = info.variable_values
    return dict(getattr(variables, "coerced", variables))


def _require_expected(info: Info, entries: list[Input], type_name: str) -> None:
    if all("changeFromQuantity" in entry for entry in entries):
        return
    nodes: list[Node] = [info.field_nodes[0]]
    nodes.extend(_definitions(info, info.field_nodes[0]))
    raise GraphQLError(
        f"{type_name} must include the following argument: changeFromQuantity.",
        nodes,
        extensions={"code": "INVALID_FIELD_ARGUMENTS"},
    )


def _definitions(info: Info, field: FieldNode) -> Iterator[Node]:
    """Yield the definitions of the variables that a field's arguments are made of."""
    values: list[ValueNode] = [argument.value for argument in field.arguments or ()]
    names = {value.name.value for value in values if isinstance(value, VariableNode)}
    for definition in info.operation.variable_definitions or ():
        if definition.variable.name.value in names:
            yield definition


def _place(
    context: RequestContext, entry: Input
) -> tuple[InventoryItem | None, Location | None, InventoryLevel | None]:
    item_number = identifier_number(entry["inventoryItemId"], "InventoryItem") or 0
    item = context.catalogue.inventory_items.get(item_number)
    location_number = identifier_number(entry["locationId"], "Location") or 0
    location = context.catalogue.locations.get(location_number)
    return item, location, item.levels.get(location_number) if item else None


def _place_errors(
    context: RequestContext, entry: Input, path: list[str], name: str
) -> Iterator[UserError]:
    item, location, level = _place(context, entry)
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


def _set_errors(context: RequestContext, entry: Input) -> Iterator[UserError]:
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
        problem = _quantity_problem(each["quantity"], entry["name"])
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


def _quantity_problem(quantity: int, name: str) -> tuple[str, str] | None:
    if quantity > _HIGHEST:
        return f"The quantity can't be higher than {_HIGHEST:,}.", "INVALID_QUANTITY_TOO_HIGH"
    if quantity < -_HIGHEST:
        return f"The quantity can't be lower than -{_HIGHEST:,}.", "INVALID_QUANTITY_TOO_LOW"
    if quantity < 0 and name == "on_hand":
        return "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"
    return None


def _set_deltas(
    context: RequestContext, entry: Input, errors: list[UserError]
) -> list[tuple[Input, int]]:
    if errors:
        return []
    deltas = []
    for each in entry["quantities"]:
        level = _place(context, each)[2]
        held = level.quantities.get(entry["name"], 0) if level else 0
        deltas.append((each, int(each["quantity"]) - held))
    return deltas


def _adjust_errors(context: RequestContext, entry: Input) -> Iterator[UserError]:
    name = entry["name"]
    if name not in _ADJUSTABLE:
        yield user_error(
            ["input", "name"],
            f"The specified quantity name is invalid. Valid values are: {', '.join(_ADJUSTABLE)}.",
            "INVALID_QUANTITY_NAME",
        )
        return
    for index, each in enumerate(entry["changes"]):
        path = ["input", "changes", str(index)]
        if name != "available" and not each.get("ledgerDocumentUri"):
            yield user_error(
                [*path, "ledgerDocumentUri"],
                "A ledger document URI is required except when adjusting available.",
                "INVALID_QUANTITY_DOCUMENT",
            )
        yield from _place_errors(context, each, path, name)


def _adjusted(
    info: Info, entry: Input, errors: list[UserError], deltas: list[tuple[Input, int]]
) -> Payload:
    context = context_of(info)
    if errors:
        journal_errors(context, info.field_name, None, errors)
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    names = [entry["name"]]
    if entry["name"] == "on_hand":
        names = ["available", "on_hand"]
    elif entry["name"] not in _NOT_ON_HAND:
        names.append("on_hand")
    changes: list[Payload] = []
    for name in names:
        for each, delta in deltas:
            item, location, level = _place(context, each)
            if item is None or level is None or (delta == 0 and len(deltas) == 1):
                continue
            level_id = level_gid(level.id, item.id)
            units = level.quantities.get(name, 0) + delta
            context.write(info.field_name, level_id, name, units)
            changes.append(
                {
                    "name": name,
                    "delta": delta,
                    "quantityAfterChange": None,
                    "item": item,
                    "location": location,
                    "ledgerDocumentUri": each.get("ledgerDocumentUri"),
                }
            )
    if not changes:
        context.refuse(info.field_name, "no quantity changes")
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = {
        "__typename": "InventoryAdjustmentGroup",
        "id": gid("InventoryAdjustmentGroup", context.catalogue.next_number()),
        "createdAt": print_moment(context.at),
        "reason": entry["reason"],
        "referenceDocumentUri": entry.get("referenceDocumentUri"),
        "app": None,
        "changes": _chooser(changes),
    }
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _chooser(changes: list[Payload]) -> Callable[..., list[Payload]]:
    def choose(
        _: Info,
        inventoryItemIds: list[str] | None = None,  # noqa: N803 - the platform's name
        locationIds: list[str] | None = None,  # noqa: N803 - the platform's name
        quantityNames: list[str] | None = None,  # noqa: N803 - the platform's name
    ) -> list[Payload]:
        return [
            change
            for change in changes
            if (
                inventoryItemIds is None
                or gid("InventoryItem", change["item"].id) in inventoryItemIds
            )
            and (locationIds is None or gid("Location", change["location"].id) in locationIds)
            and (quantityNames is None or change["name"] in quantityNames)
        ]

    return choose
