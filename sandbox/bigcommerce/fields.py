"""Which fields products, variants and price records have, and which values each can hold."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from sandbox.bigcommerce.identifiers import is_currency

RECORD = "record"
"""The journal's field for a whole record, which a request created or deleted."""

LARGEST_INTEGER = 2_147_483_647
"""The largest number of 32 bits, and the most that an item can have at a location."""

_PRICE_DECIMALS = 4


class Kind(StrEnum):
    """What a value of a field is."""

    TEXT = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "date and time"
    INTEGERS = "array of integers"
    TEXTS = "array of strings"
    ADDRESS = "object with a url"
    CURRENCY = "currency code of three letters"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        kind: what its values are.
        default: its value where nobody ever set one.
        nullable: whether null is a value of its own, usually "inherit from the product".
        minimum: the smallest number, the shortest text or the fewest items.
        maximum: the largest number, the longest text or the most items.
        choices: the only values allowed; empty where any value of the kind is.
    """

    kind: Kind
    default: Any = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def problem(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return why the field cannot hold a JSON value, or None where it can."""
        if value is None and self.nullable:
            return None
        if not _TESTS[self.kind](value):
            return f"must be a {self.kind.value}" + (" or null" if self.nullable else "")
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        size, unit = _size(self.kind, value)
        if size is not None and self.minimum is not None and size < self.minimum:
            return f"must not be less than {self.minimum:g}{unit}"
        if size is not None and self.maximum is not None and size > self.maximum:
            return f"must not be more than {self.maximum:.15g}{unit}"
        return None

    def parse(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value as the store keeps it; it must have no problem."""
        match self.kind:
            case Kind.NUMBER if value is not None:
                return plain_number(value)
            case Kind.INTEGER | Kind.INTEGERS if value is not None:
                return [int(item) for item in value] if isinstance(value, list) else int(value)
            case Kind.ADDRESS:
                return {
                    "url": value["url"],
                    "is_customized": bool(value.get("is_customized", True)),
                }
            case _:
                return value


def plain_number(value: float) -> int | float:
    """Return a number with at most four decimals, and without any where it is whole."""
    rounded = round(value, _PRICE_DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_address(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict) or not isinstance(value.get("url"), str):
        return False
    flags = (value.get("is_customized", True), value.get("create_redirect", True))
    return all(isinstance(flag, bool) for flag in flags)


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_integer(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return _is_number(value) and bool(value == int(value))


_TESTS: Mapping[Kind, Callable[[Any], bool]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.NUMBER: _is_number,
    Kind.INTEGER: _is_integer,
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.MOMENT: lambda value: isinstance(value, str) and _is_moment(value),
    Kind.INTEGERS: lambda value: isinstance(value, list) and all(map(_is_integer, value)),
    Kind.TEXTS: lambda value: (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    ),
    Kind.ADDRESS: _is_address,
    Kind.CURRENCY: lambda value: isinstance(value, str) and is_currency(value),
}


def _size(kind: Kind, value: Any) -> tuple[float | None, str]:  # noqa: ANN401 - any JSON value
    match kind:
        case Kind.NUMBER | Kind.INTEGER:
            return value, ""
        case Kind.TEXT:
            return len(value), " characters"
        case Kind.ADDRESS:
            return len(value["url"]), " characters in the url"
        case Kind.INTEGERS | Kind.TEXTS:
            return len(value), " items"
        case Kind.BOOLEAN | Kind.MOMENT | Kind.CURRENCY:
            return None, ""
        case _:
            assert_never(kind)


def _text(longest: int | None = None, default: str = "", shortest: int = 0) -> Field:
    return Field(Kind.TEXT, default, minimum=shortest, maximum=longest)


def _number(largest: float | None = None) -> Field:
    return Field(Kind.NUMBER, 0, minimum=0, maximum=largest)


def _integer(largest: int = 1_000_000_000) -> Field:
    return Field(Kind.INTEGER, 0, minimum=0, maximum=largest)


def _flag(*, default: bool = False) -> Field:
    return Field(Kind.BOOLEAN, default)


def _choice(*choices: str) -> Field:
    return Field(Kind.TEXT, choices[0], choices=choices)


_LARGEST_MEASURE = 9_999_999_999
_LONG_TEXT = 65535

PRODUCT_FIELDS: Mapping[str, Field] = {
    "name": _text(250, shortest=1),
    "type": _choice("physical", "digital"),
    "sku": _text(255),
    "description": _text(),
    "weight": _number(_LARGEST_MEASURE),
    "width": _number(_LARGEST_MEASURE),
    "depth": _number(_LARGEST_MEASURE),
    "height": _number(_LARGEST_MEASURE),
    "price": _number(),
    "cost_price": _number(),
    "retail_price": _number(),
    "sale_price": _number(),
    "map_price": Field(Kind.NUMBER, 0),
    "tax_class_id": _integer(255),
    "product_tax_code": _text(255),
    "categories": Field(Kind.INTEGERS, (), minimum=0, maximum=1000),
    "brand_id": _integer(),
    "inventory_level": _integer(LARGEST_INTEGER),
    "inventory_warning_level": _integer(LARGEST_INTEGER),
    "inventory_tracking": _choice("none", "product", "variant"),
    "fixed_cost_shipping_price": _number(),
    "is_free_shipping": _flag(),
    "is_visible": _flag(default=True),
    "is_featured": _flag(),
    "related_products": Field(Kind.INTEGERS, (-1,)),
    "warranty": _text(_LONG_TEXT),
    "bin_picking_number": _text(255),
    "layout_file": _text(500, "product.html"),
    "upc": _text(14),
    "search_keywords": _text(_LONG_TEXT),
    "availability_description": _text(255),
    "availability": _choice("available", "disabled", "preorder"),
    "gift_wrapping_options_type": _choice("any", "none", "list"),
    "gift_wrapping_options_list": Field(Kind.INTEGERS, ()),
    "sort_order": Field(Kind.INTEGER, 0, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER),
    "condition": _choice("New", "Used", "Refurbished"),
    "is_condition_shown": _flag(),
    "order_quantity_minimum": _integer(),
    "order_quantity_maximum": _integer(),
    "page_title": _text(255),
    "meta_keywords": Field(Kind.TEXTS, ()),
    "meta_description": _text(_LONG_TEXT),
    "view_count": _integer(),
    "preorder_release_date": Field(Kind.MOMENT, nullable=True),
    "preorder_message": _text(255),
    "is_preorder_only": _flag(),
    "is_price_hidden": _flag(),
    "price_hidden_label": _text(200),
    "custom_url": Field(Kind.ADDRESS, minimum=1, maximum=255),
    "open_graph_type": _choice(
        "product", "album", "book", "drink", "food", "game", "movie", "song", "tv_show"
    ),
    "open_graph_title": _text(),
    "open_graph_description": _text(),
    "open_graph_use_meta_description": _flag(default=True),
    "open_graph_use_product_name": _flag(default=True),
    "open_graph_use_image": _flag(default=True),
    "gtin": _text(14),
    "mpn": _text(),
    "date_last_imported": _text(),
    "reviews_rating_sum": Field(Kind.INTEGER, 0),
    "reviews_count": Field(Kind.INTEGER, 0),
    "total_sold": Field(Kind.INTEGER, 0),
}
"""Every field of a product that a request can set."""

PRODUCT_UNSUPPORTED = frozenset(
    {"brand_name", "bulk_pricing_rules", "custom_fields", "images", "variants", "videos"}
)
"""Fields that the platform lets a request set and the sandbox does not stand in for."""


def _inherited() -> Field:
    return Field(Kind.NUMBER, nullable=True, minimum=0)


VARIANT_FIELDS: Mapping[str, Field] = {
    "sku": _text(255, shortest=1),
    "cost_price": _inherited(),
    "price": _inherited(),
    "sale_price": _inherited(),
    "retail_price": _inherited(),
    "weight": _inherited(),
    "width": _inherited(),
    "height": _inherited(),
    "depth": _inherited(),
    "is_free_shipping": _flag(),
    "fixed_cost_shipping_price": _inherited(),
    "purchasing_disabled": _flag(),
    "purchasing_disabled_message": _text(255),
    "upc": Field(Kind.TEXT, "", nullable=True, minimum=0, maximum=14),
    "image_url": _text(),
    "inventory_level": Field(Kind.INTEGER, 0, nullable=True, maximum=LARGEST_INTEGER),
    "inventory_warning_level": Field(Kind.INTEGER, 0, nullable=True, maximum=LARGEST_INTEGER),
    "bin_picking_number": Field(Kind.TEXT, "", nullable=True, minimum=0, maximum=255),
    "mpn": Field(Kind.TEXT, "", nullable=True),
    "gtin": Field(Kind.TEXT, "", nullable=True, minimum=0, maximum=14),
}
"""Every field of a variant that a request can set."""

PRICE_RECORD_FIELDS: Mapping[str, Field] = {
    name: Field(Kind.NUMBER, minimum=0)
    for name in ("price", "sale_price", "retail_price", "map_price")
}
"""Every field of a price record that a request can set."""

SORT_ORDER = Field(Kind.INTEGER, nullable=True, minimum=0, maximum=LARGEST_INTEGER)
"""A product's place among those of a category; null where it has none of its own."""

SAVED_APART = frozenset({"custom_url", "inventory_level", "inventory_warning_level"})
"""Fields that the platform saves after the others, so that they can fail alone (HTTP 207)."""
