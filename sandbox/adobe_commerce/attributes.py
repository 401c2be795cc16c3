"""The attributes of products: what kind of value each holds and how far a value reaches."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from sandbox.adobe_commerce.problems import invalid_value, wrong_type
from sandbox.adobe_commerce.scopes import Reach

_SIX_PLACES = Decimal("0.000001")
_TWO_PLACES = Decimal("0.01")
_DECIMAL_LIMIT = Decimal(10) ** 14
_INTEGER_LIMIT = 2**31
_VARCHAR_LENGTH = 255
# Up to release 2.3 it was 64 KiB, and what is longer was cut off without a word.
_TEXT_LENGTH = 2**24 - 1
_MOMENT = "%Y-%m-%d %H:%M:%S"


class Kind(StrEnum):
    """What an attribute's value is in the platform's database."""

    VARCHAR = "varchar"
    TEXT = "text"
    INTEGER = "int"
    DECIMAL = "decimal"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of products.

    Attributes:
        options: the allowed values and their labels; empty allows every value of the kind.
        priced: whether its reach follows the shop's setting for prices.
    """

    id: int
    code: str
    label: str
    kind: Kind
    reach: Reach
    input: str = "text"
    required: bool = False
    options: tuple[tuple[int, str], ...] = ()
    priced: bool = False
    user_defined: bool = False

    @property
    def keeps_empty_text(self) -> bool:
        """Tell whether an empty text is a value; a URL key is made from the name instead."""
        texts = (Kind.VARCHAR, Kind.TEXT)
        return self.kind in texts and not self.required and self.code != "url_key"


COLORS = (
    "Black", "White", "Sand", "Navy", "Olive", "Coral", "Sky", "Rust", "Moss", "Plum",
    "Slate", "Lemon", "Rose", "Teal", "Cream", "Ochre", "Mint", "Ruby", "Smoke", "Indigo",
)  # fmt: skip
SIZES = ("XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "One Size", "Junior")
_FIRST_COLOR = 50
_FIRST_SIZE = 166

STATUS_ENABLED, STATUS_DISABLED = 1, 2
NOT_VISIBLE, IN_CATALOG, IN_SEARCH, EVERYWHERE = 1, 2, 3, 4

_ALL = (
    Attribute(73, "name", "Product Name", Kind.VARCHAR, Reach.STORE, required=True),
    Attribute(75, "description", "Description", Kind.TEXT, Reach.STORE, "textarea"),
    Attribute(76, "short_description", "Short Description", Kind.TEXT, Reach.STORE, "textarea"),
    Attribute(
        77, "price", "Price", Kind.DECIMAL, Reach.WEBSITE, "price", required=True, priced=True
    ),
    Attribute(
        78, "special_price", "Special Price", Kind.DECIMAL, Reach.WEBSITE, "price", priced=True
    ),
    Attribute(
        79,
        "special_from_date",
        "Special Price From Date",
        Kind.DATETIME,
        Reach.WEBSITE,
        "date",
        priced=True,
    ),
    Attribute(
        80,
        "special_to_date",
        "Special Price To Date",
        Kind.DATETIME,
        Reach.WEBSITE,
        "date",
        priced=True,
    ),
    Attribute(81, "cost", "Cost", Kind.DECIMAL, Reach.WEBSITE, "price", priced=True),
    Attribute(82, "weight", "Weight", Kind.DECIMAL, Reach.GLOBAL, "weight"),
    Attribute(84, "meta_title", "Meta Title", Kind.VARCHAR, Reach.STORE),
    Attribute(85, "meta_keyword", "Meta Keywords", Kind.TEXT, Reach.STORE, "textarea"),
    Attribute(86, "meta_description", "Meta Description", Kind.VARCHAR, Reach.STORE, "textarea"),
    Attribute(
        93,
        "color",
        "Color",
        Kind.INTEGER,
        Reach.GLOBAL,
        "select",
        options=tuple(enumerate(COLORS, start=_FIRST_COLOR)),
        user_defined=True,
    ),
    Attribute(
        97,
        "status",
        "Enable Product",
        Kind.INTEGER,
        Reach.WEBSITE,
        "select",
        options=((STATUS_ENABLED, "Enabled"), (STATUS_DISABLED, "Disabled")),
    ),
    Attribute(
        99,
        "visibility",
        "Visibility",
        Kind.INTEGER,
        Reach.STORE,
        "select",
        options=(
            (NOT_VISIBLE, "Not Visible Individually"),
            (IN_CATALOG, "Catalog"),
            (IN_SEARCH, "Search"),
            (EVERYWHERE, "Catalog, Search"),
        ),
    ),
    Attribute(121, "url_key", "URL Key", Kind.VARCHAR, Reach.STORE),
    Attribute(
        136,
        "tax_class_id",
        "Tax Class",
        Kind.INTEGER,
        Reach.WEBSITE,
        "select",
        options=((0, "None"), (2, "Taxable Goods")),
    ),
    Attribute(
        144,
        "size",
        "Size",
        Kind.INTEGER,
        Reach.GLOBAL,
        "select",
        options=tuple(enumerate(SIZES, start=_FIRST_SIZE)),
        user_defined=True,
    ),
)

ATTRIBUTES = {attribute.code: attribute for attribute in _ALL}
"""Every attribute with a value of its own, by code."""

OWN_FIELDS = ("name", "price", "status", "visibility", "weight")
"""Attributes that the API shows as fields of a product; all others are custom attributes."""

CATEGORY_IDS = "category_ids"
"""The custom attribute that lists a product's categories; it has no value of its own."""


def option_value(code: str, label: str) -> int:
    """Return the value of an attribute's option.

    Raises:
        StopIteration: it has no such option.
    """
    return next(value for value, name in ATTRIBUTES[code].options if name == label)


def parse_value(attribute: Attribute, value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Check what a client sent for an attribute and return the stored form; None deletes it.

    Decimals become text with two to six places, everything else stays what it is in JSON. An empty
    text is a value of what may hold one, and nothing for everything else.

    Raises:
        ApiError: the attribute cannot hold the value.
    """
    if value is None or (value == "" and not attribute.keeps_empty_text):
        return None
    if isinstance(value, list | dict):
        raise wrong_type(attribute.code, value, "string")
    match attribute.kind:
        case Kind.VARCHAR | Kind.TEXT:
            return _parse_text(attribute, value)
        case Kind.INTEGER:
            return _parse_integer(attribute, value)
        case Kind.DECIMAL:
            return _parse_amount(attribute, value)
        case Kind.DATETIME:
            return _parse_moment(attribute, value)


def _parse_text(attribute: Attribute, value: object) -> str:
    text = ("1" if value else "") if isinstance(value, bool) else str(value)
    limit = _VARCHAR_LENGTH if attribute.kind is Kind.VARCHAR else _TEXT_LENGTH
    if len(text) > limit:
        raise invalid_value(attribute.code, f"{text[:30]}...")
    return text


def _parse_integer(attribute: Attribute, value: object) -> int:
    number = integer(attribute.code, value)
    if attribute.options and number not in {option for option, _ in attribute.options}:
        raise invalid_value(attribute.code, value)
    return number


def _parse_amount(attribute: Attribute, value: object) -> str:
    number = decimal(attribute.code, value)
    if number < 0 or number >= _DECIMAL_LIMIT:
        raise invalid_value(attribute.code, value)
    return decimal_text(number)


def _parse_moment(attribute: Attribute, value: object) -> str:
    text = moment_text(value)
    if text is None:
        raise invalid_value(attribute.code, value)
    return text


def integer(field: str, value: object) -> int:
    """Read an integer as the platform does: a number or its digits.

    Raises:
        ApiError: the value is nothing of the kind.
    """
    if isinstance(value, bool):
        return int(value)
    try:
        number = Decimal(str(value).strip())
        whole = number == number.to_integral_value()
    except InvalidOperation:
        raise wrong_type(field, value, "int") from None
    if not number.is_finite() or not whole or abs(number) >= _INTEGER_LIMIT:
        raise wrong_type(field, value, "int")
    return int(number)


def decimal(field: str, value: object) -> Decimal:
    """Read a decimal number as the platform does: a number or its digits.

    Raises:
        ApiError: the value is nothing of the kind.
    """
    if isinstance(value, bool | list | dict) or value is None:
        raise wrong_type(field, value, "float")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise wrong_type(field, value, "float") from None
    if not number.is_finite():
        raise wrong_type(field, value, "float")
    return number


def decimal_text(number: Decimal) -> str:
    """Return a decimal as the database rounds it, with two to six places."""
    rounded = number.quantize(_SIX_PLACES)
    short = rounded.quantize(_TWO_PLACES)
    return f"{short if short == rounded else rounded.normalize():f}"


def moment_text(value: object) -> str | None:
    """Return a date, or a date and time, as `YYYY-MM-DD HH:MM:SS`, or None if it is neither."""
    text = str(value)
    for form in (_MOMENT, "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(text, form).strftime(_MOMENT)  # noqa: DTZ007 - UTC
        except ValueError:
            continue
    return None


def moment_at(seconds: float) -> str:
    """Return a time in seconds since 1970 as the platform writes it, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime(_MOMENT)
