"""Which of the platform's fields hold which of a product's fields, and what may go into them.

An SEO text of the platform is never null when it is written: an empty one is none, and the shop
then shows the product's name, or the store's own description. A product is listed or it is not;
whether it can be bought while it is listed is another matter, which is left as it is.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from connectors.stores.bigcommerce.answers import ProductContent
from steward.catalog import TextField
from steward.changes import FieldName
from steward.execution import Rejected
from steward.values import ABSENT, Absent, Listing, ListingStatus, Text, Value

TEXT_FIELDS: tuple[TextField, ...] = (
    FieldName.TITLE,
    FieldName.DESCRIPTION,
    FieldName.SEO_TITLE,
    FieldName.SEO_DESCRIPTION,
)
_NAMES: Mapping[FieldName, str] = {
    FieldName.TITLE: "name",
    FieldName.DESCRIPTION: "description",
    FieldName.SEO_TITLE: "page_title",
    FieldName.SEO_DESCRIPTION: "meta_description",
    FieldName.STATUS: "is_visible",
    FieldName.CATEGORY: "categories",
    FieldName.INVENTORY_QUANTITY: "inventory_tracking",
}
PRICE_NAMES = ("price", "sale_price")
_INHERITED_WHERE_EMPTY = frozenset({FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION})
_LONGEST: Mapping[FieldName, int] = {
    FieldName.TITLE: 250,
    FieldName.SEO_TITLE: 255,
    FieldName.SEO_DESCRIPTION: 65535,
}
_STATUSES: Mapping[ListingStatus, bool] = {ListingStatus.ACTIVE: True, ListingStatus.HIDDEN: False}
_BLANK_TITLE = Rejected(code="BLANK_TITLE", reason="a product on BigCommerce needs a name")
_EMPTY_TEXT = Rejected(
    code="EMPTY_TEXT", reason="an empty text means none on BigCommerce, so it would not read back"
)


def names_of(fields: Iterable[FieldName]) -> tuple[str, ...]:
    """Return the platform's names of a product's fields; its prices are always among them."""
    others = sorted(_NAMES[field] for field in fields if field in _NAMES)
    return (*PRICE_NAMES, *others)


def texts_of(
    content: ProductContent, fields: Iterable[FieldName]
) -> Mapping[TextField, Text | Absent]:
    """Return those of a product's texts that are among the fields."""
    wanted = frozenset(fields)
    return {field: _text(content, field) for field in TEXT_FIELDS if field in wanted}


def _text(content: ProductContent, field: TextField) -> Text | Absent:
    text = cast("str | None", getattr(content, _NAMES[field]))
    if not text and field in _INHERITED_WHERE_EMPTY:
        return ABSENT
    return Text(text=text or "")


def status_of(content: ProductContent) -> Listing:
    """Return whether the product is listed."""
    status = ListingStatus.ACTIVE if content.is_visible else ListingStatus.HIDDEN
    return Listing(status=status)


def own_values(content: ProductContent, fields: Iterable[FieldName]) -> Mapping[FieldName, Value]:
    """Return those of a product's texts and its status that are among the fields."""
    wanted = frozenset(fields)
    values: dict[FieldName, Value] = dict(texts_of(content, wanted).items())
    if FieldName.STATUS in wanted:
        values[FieldName.STATUS] = status_of(content)
    return values


def field_to_write(field: FieldName, value: Value) -> Mapping[str, str | bool] | Rejected:
    """Return the platform's field that holds a text or a status, with its value."""
    match value:
        case Listing(status=status) if field is FieldName.STATUS and status in _STATUSES:
            return {"is_visible": _STATUSES[status]}
        case Text(text=text) if field in TEXT_FIELDS:
            fault = _text_fault(field, text)
            return fault or {_NAMES[field]: text}
        case Absent() if field in _INHERITED_WHERE_EMPTY:
            return {_NAMES[field]: ""}
        case _:
            reason = f"BigCommerce does not keep {value} as a product's {field}"
            return Rejected(code="NO_SUCH_VALUE", reason=reason)


def _text_fault(field: FieldName, text: str) -> Rejected | None:
    if field is FieldName.TITLE and not text.strip():
        return _BLANK_TITLE
    if field in _INHERITED_WHERE_EMPTY and not text:
        return _EMPTY_TEXT
    longest = _LONGEST.get(field)
    if longest is not None and len(text) > longest:
        reason = f"longer than the {longest:,} characters that BigCommerce takes"
        return Rejected(code="TEXT_TOO_LONG", reason=reason)
    return None
