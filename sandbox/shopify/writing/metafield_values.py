"""Which values each type of metafield takes, and how the platform stores them."""

import json
import re
from collections.abc import Callable, Container
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_LIST = "list."
_REFERENCE = "_reference"
_MOST_ELEMENTS = 128
_LARGEST_DECIMAL = Decimal(9999999999999)
_DECIMAL_PLACES = Decimal("0.000000001")
_LARGEST_AMOUNT = Decimal(1000000000000000000)
_INTEGER = re.compile(r"(-?\d+)(\.0+)?")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SCHEMES = ("http", "https", "mailto", "sms", "tel")
_TRUE, _FALSE = ("t", "true", "1"), ("f", "false", "0")
_UNITS = {
    "dimension": ("in", "ft", "yd", "mm", "cm", "m"),
    "volume": (
        "ml", "cl", "l", "m3", "us_fl_oz", "us_pt", "us_qt", "us_gal", "imp_fl_oz", "imp_pt",
        "imp_qt", "imp_gal",
    ),
    "weight": ("oz", "lb", "g", "kg"),
}  # fmt: skip
_MONEY_SHAPE = (
    "Value must be a stringified JSON object with amount (numeric) and currency_code (string "
    "matching the shop's currency) fields."
)


class ValueProblem(ValueError):
    """A value that a type does not take, in the platform's words.

    Attributes:
        element: which element of a list it is; None for a value by itself.
    """

    def __init__(self, message: str, element: int | None = None) -> None:
        super().__init__(message)
        self.element = element


class Known(NamedTuple):
    """What values may name: the platform's currencies, and what exists in the store."""

    currencies: Container[str]
    exists: Callable[[str], bool]


def stored_value(kind: str, value: str, known: Known) -> str:
    """Return a value as the platform stores it; types that the sandbox does not know take any.

    Raises:
        ValueProblem: the type does not take the value.
    """
    if not value.strip():
        raise ValueProblem("Value can't be blank.")
    if kind.startswith(_LIST):
        _check_list(kind.removeprefix(_LIST), value, known)
        return value
    if kind.endswith(_REFERENCE):
        if not known.exists(value):
            raise ValueProblem(f"Value references non-existent resource {value}.")
        return value
    if kind in _UNITS:
        return _measure(value, _UNITS[kind])
    if kind == "money":
        return _money(value, known.currencies)
    store = _PLAIN.get(kind)
    return value if store is None else store(value)


def _check_list(kind: str, value: str, known: Known) -> None:
    elements = _json(value)
    if not isinstance(elements, list):
        raise ValueProblem("Value must be an array.")
    if len(elements) > _MOST_ELEMENTS:
        raise ValueProblem(f"Value has more than {_MOST_ELEMENTS} elements.")
    for index, element in enumerate(elements):
        text = element if isinstance(element, str) else json.dumps(element)
        try:
            stored_value(kind, text, known)
        except ValueProblem as problem:
            # The platform does not say which of several references does not exist.
            place = None if kind.endswith(_REFERENCE) else index
            raise ValueProblem(str(problem), place) from None


def _json(value: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        rest = re.match(r"\w*", value[error.pos :])
        found = f"got '{rest[0] if rest else ''}' at line {error.lineno} column {error.colno}."
        wanted = "object key" if "property name" in error.msg else "a value"
        raise ValueProblem(f"Value is invalid JSON: expected {wanted}, {found}") from None
    except RecursionError:
        raise ValueProblem("Value is invalid JSON: nesting is too deep.") from None


def _keep_json(value: str) -> str:
    _json(value)
    return value


def _single_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueProblem("Value must be a single line text string.")
    return value


def _integer(value: str) -> str:
    match = _INTEGER.fullmatch(value.strip())
    if match is None:
        raise ValueProblem("Value must be an integer.")
    return match.group(1)


def _decimal(value: str) -> str:
    number = _number(value.strip(), "Value must be a decimal.")
    if abs(number) > _LARGEST_DECIMAL:
        raise ValueProblem(f"Value can't exceed {_LARGEST_DECIMAL}.")
    shortened = number.quantize(_DECIMAL_PLACES, rounding=ROUND_DOWN)
    return value.strip() if shortened == number else str(shortened)


def _boolean(value: str) -> str:
    text = value.strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueProblem("Value must be true or false.")
    return "true" if text in _TRUE else "false"


def _color(value: str) -> str:
    if not _COLOR.fullmatch(value):
        raise ValueProblem("Value must be a hex color code.")
    return value


def _date(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueProblem("Value must be in YYYY-MM-DD format.") from None


def _date_time(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueProblem(
            "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"
        ) from None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.isoformat(timespec="seconds")


def _url(value: str) -> str:
    scheme = _scheme(value)
    if not scheme:
        raise ValueProblem(
            "Value cannot have an empty scheme (protocol), must include one of the following URL "
            f"schemes: {json.dumps(_SCHEMES)}.'"
        )
    if scheme not in _SCHEMES:
        raise ValueProblem(
            f"Value must be one of the following URL schemes: {', '.join(_SCHEMES)}."
        )
    return value


def _link(value: str) -> str:
    content = _json(value)
    url = content.get("url") if isinstance(content, dict) else None
    if not isinstance(url, str) or _scheme(url) not in _SCHEMES:
        raise ValueProblem("Value must be a valid link.")
    return value


def _scheme(value: str) -> str:
    try:
        return urlsplit(value).scheme
    except ValueError:
        return ""


def _rating(value: str) -> str:
    content = _json(value)
    if not isinstance(content, dict):
        raise ValueProblem("Value must be a rating.")
    rated, lowest, highest = (
        _number(str(content.get(name)), "Value must be a rating.")
        for name in ("value", "scale_min", "scale_max")
    )
    if rated > highest:
        raise ValueProblem(f"Value has a maximum of {content['scale_max']}.")
    if rated < lowest:
        raise ValueProblem(f"Value has a minimum of {content['scale_min']}.")
    return value


def _measure(value: str, units: Container[str]) -> str:
    content = _json(value)
    if not isinstance(content, dict):
        raise ValueProblem("Value must be a supported unit.")
    if _number(str(content.get("value")), "Value must be a non-negative number.") < 0:
        raise ValueProblem("Value must be a non-negative number.")
    if str(content.get("unit")).lower() not in units:
        raise ValueProblem("Value must be a supported unit.")
    return value


def _money(value: str, currencies: Container[str]) -> str:
    content = _json(value)
    if not isinstance(content, dict) or not {"amount", "currency_code"} <= set(content):
        raise ValueProblem(_MONEY_SHAPE)
    currency = str(content["currency_code"] or "")
    if not currency:
        raise ValueProblem("Value must have a currency code.")
    amount = _number(str(content["amount"]), "Value must have a numeric amount.")
    if abs(amount) > _LARGEST_AMOUNT:
        raise ValueProblem(f"Value must be within +/-{_LARGEST_AMOUNT}.")
    if currency not in currencies:
        raise ValueProblem(f"Value contains an invalid currency, {currency}.")
    return value


def _number(text: str, message: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueProblem(message) from None
    if not number.is_finite():
        raise ValueProblem(message)
    return number


_PLAIN: dict[str, Callable[[str], str]] = {
    "boolean": _boolean,
    "color": _color,
    "date": _date,
    "date_time": _date_time,
    "json": _keep_json,
    "link": _link,
    "number_decimal": _decimal,
    "number_integer": _integer,
    "rating": _rating,
    "single_line_text_field": _single_line,
    "url": _url,
}
