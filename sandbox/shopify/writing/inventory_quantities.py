"""inventorySetQuantities and inventoryAdjustQuantities."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import FieldNode, GraphQLError, Node, ValueNode, VariableNode

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.identifiers import gid, level_gid
from sandbox.shopify.scalars import print_moment
from sandbox.shopify.writing.common import UserError, journal_errors
from sandbox.shopify.writing.idempotent import once
from sandbox.shopify.writing.inventory_checks import adjust_errors, place_of, set_errors

_NOT_ON_HAND = ("incoming",)
Input = dict[str, Any]
Payload = dict[str, Any]
Delta = tuple[Input, int]
"""The input for one item at one location, and by how much its quantity changes."""


def set_quantities(_: object, info: Info, input: Input) -> Payload:  # noqa: A002
    """Set the available or on-hand quantity at locations, if each is what the caller read."""
    context = context_of(info)

    def change() -> tuple[Any, list[UserError]]:
        _require_expected(info, input["quantities"], "InventoryQuantityInput")
        return _changed(info, input, list(set_errors(context, input)), _set_deltas(context, input))

    return _payload(context, *once(info, input, change))


def adjust_quantities(_: object, info: Info, input: Input) -> Payload:  # noqa: A002
    """Add to a quantity at locations, if each is what the caller read."""
    context = context_of(info)

    def change() -> tuple[Any, list[UserError]]:
        _require_expected(info, input["changes"], "InventoryChangeInput")
        deltas = ((entry, int(entry["delta"])) for entry in input["changes"])
        return _changed(info, input, list(adjust_errors(context, input)), deltas)

    return _payload(context, *once(info, input, change))


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


def _set_deltas(context: RequestContext, entry: Input) -> Iterator[Delta]:
    for each in entry["quantities"]:
        level = place_of(context, each).level
        held = level.quantities.get(entry["name"], 0) if level else 0
        yield each, int(each["quantity"]) - held


def _changed(
    info: Info, entry: Input, errors: list[UserError], deltas: Iterator[Delta]
) -> tuple[Any, list[UserError]]:
    """Change the quantities, all or none, and return what changed as JSON values."""
    context = context_of(info)
    if errors:
        journal_errors(context, info.field_name, None, errors)
        return None, errors
    wanted = list(deltas)
    changes: list[Payload] = []
    for name in _names(entry["name"]):
        for each, delta in wanted:
            item, location, level = place_of(context, each)
            if item is None or location is None or level is None:
                continue
            if delta == 0 and len(wanted) == 1:
                continue
            units = level.quantities.get(name, 0) + delta
            context.write(info.field_name, level_gid(level.id, item.id), name, units)
            changes.append(
                {
                    "name": name,
                    "delta": delta,
                    "item": item.id,
                    "location": location.id,
                    "ledgerDocumentUri": each.get("ledgerDocumentUri"),
                }
            )
    if not changes:
        context.refuse(info.field_name, "no quantity changes")
        return None, []
    group = {
        "id": gid("InventoryAdjustmentGroup", context.catalogue.next_number()),
        "createdAt": print_moment(context.at),
        "reason": entry["reason"],
        "referenceDocumentUri": entry.get("referenceDocumentUri"),
        "changes": changes,
    }
    return group, []


def _names(name: str) -> list[str]:
    """Return the quantities that move together with one."""
    if name == "on_hand":
        return ["available", "on_hand"]
    return [name] if name in _NOT_ON_HAND else [name, "on_hand"]


def _payload(
    context: RequestContext, group: dict[str, Any] | None, errors: list[UserError]
) -> Payload:
    if group is None:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    catalogue = context.catalogue
    changes = [
        {
            **change,
            "quantityAfterChange": None,
            "item": catalogue.inventory_items.get(change["item"]),
            "location": catalogue.locations.get(change["location"]),
        }
        for change in group["changes"]
    ]
    described = {
        **group,
        "__typename": "InventoryAdjustmentGroup",
        "app": None,
        "changes": _chooser(changes),
    }
    return {"inventoryAdjustmentGroup": described, "userErrors": errors}


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
