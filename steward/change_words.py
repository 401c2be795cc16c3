"""How a change reads in tables: its field, both values, and how far it moves."""

from decimal import Decimal

from steward.changes import Change, FieldName
from steward.impact import moved_percent
from steward.values import Present, Quantity, Value

FIELD_TITLES = {
    FieldName.PRICE: "price",
    FieldName.COMPARE_AT_PRICE: "compare at",
    FieldName.INVENTORY_QUANTITY: "stock",
    FieldName.TITLE: "title",
    FieldName.DESCRIPTION: "description",
    FieldName.SEO_TITLE: "SEO title",
    FieldName.SEO_DESCRIPTION: "SEO text",
    FieldName.TAG: "tag",
    FieldName.CATEGORY: "category",
    FieldName.STATUS: "status",
}


_MEMBERSHIPS = {FieldName.TAG, FieldName.CATEGORY}


def shown_field(change: Change) -> str:
    """Return what the field is called, with its location or price list where it has one."""
    title = FIELD_TITLES[change.target.field]
    if not change.key_name or change.target.field in _MEMBERSHIPS:
        return title
    return f"{title} ({change.key_name})"


def shown_value(change: Change, value: Value) -> str:
    """Return one of the change's values on one line; a membership is shown by what it is of."""
    return change.key_name if isinstance(value, Present) else str(value)


def shown_move(change: Change) -> str:
    """Return how far an amount or a quantity moves; empty for other fields."""
    match change.before, change.after:
        case Quantity(units=before), Quantity(units=after):
            return f"{after - before:+,}"
        case _:
            moved = moved_percent(change)
            return "" if moved is None else percent(moved)


def percent(value: Decimal) -> str:
    """Return a percentage with its sign."""
    return f"{value:+.1f} %" if value else "0.0 %"
