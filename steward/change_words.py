"""How a change reads in tables: its field, both values, and how far it moves."""

from decimal import Decimal

from steward.changes import Change, FieldName
from steward.impact import moved_percent
from steward.values import Present, Quantity, Text, Value
from steward.wording import excerpts, one_line

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


def is_text(change: Change) -> bool:
    """Return whether the change is of a text, which takes more room than other values."""
    return isinstance(change.before, Text) or isinstance(change.after, Text)


_MEMBERSHIPS = {FieldName.TAG, FieldName.CATEGORY}


def shown_field(change: Change) -> str:
    """Return the field, of stock with its location, and of a price with its price list, if any."""
    title = FIELD_TITLES[change.target.field]
    if change.target.field is FieldName.INVENTORY_QUANTITY:
        return f"{title} at {one_line(change.key_name)}"
    if not change.key_name or change.target.field in _MEMBERSHIPS:
        return title
    return f"{title} ({one_line(change.key_name)})"


def shown_values(change: Change, longest: int) -> tuple[str, str]:
    """Return the values before and after, each on one line; a membership by what it is of.

    Texts of more than `longest` characters are cut, so that where they differ is seen.
    """
    before, after = change.before, change.after
    if is_text(change):
        return excerpts(_text_of(before), _text_of(after), longest)
    return _shown(change, before), _shown(change, after)


def _shown(change: Change, value: Value) -> str:
    return change.key_name if isinstance(value, Present) else str(value)


def _text_of(value: Value) -> str:
    """Return a text whole, apart from its line breaks; one that is empty is told from none."""
    if isinstance(value, Text):
        return one_line(value.text) or '""'
    return str(value)


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
