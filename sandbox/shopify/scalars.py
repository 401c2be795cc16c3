"""How the platform's scalar types print, and which values they take."""

import re
import sys
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLSchema, ValueNode, value_from_ast_untyped

from sandbox.shopify.identifiers import parse_identifier

_INT_MAXIMUM = 2**31 - 1
_FLOAT_MAXIMUM = sys.float_info.max
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class ScalarError(ValueError):
    """A value that a scalar type does not take; the text is the platform's explanation."""


def print_moment(seconds: int | None) -> str | None:
    """Return a time as the platform prints it: in UTC, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_amount(amount: Decimal) -> str:
    """Return an amount as MoneyV2 prints it: without needless zeros, yet with one decimal."""
    text = format(amount.normalize(), "f")
    return text if "." in text else f"{text}.0"


def parse_scalar(name: str, value: Any) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - one rule a type
    """Return the value of a scalar that came as JSON.

    Raises:
        ScalarError: the type does not take this value.
    """
    if name == "ID":
        return _identifier(value)
    if name == "String":
        if isinstance(value, str):
            return value
        raise ScalarError(f"Could not coerce value {_inspect(value)} to String")
    if name == "Boolean":
        if isinstance(value, bool):
            return value
        raise ScalarError(f"Could not coerce value {_inspect(value)} to Boolean")
    if name == "Int":
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _INT_MAXIMUM:
            return value
        raise ScalarError(f"Could not coerce value {_inspect(value)} to Int")
    if name == "Float":
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and abs(value) <= _FLOAT_MAXIMUM
        ):
            return float(value)
        raise ScalarError(f"Could not coerce value {_inspect(value)} to Float")
    if name in ("Decimal", "Money"):
        return _decimal(name, value)
    if name == "DateTime":
        return _moment(value)
    if name == "URL":
        if isinstance(value, str) and re.match(r"[a-z][a-z0-9+.-]*:", value):
            return value
        raise ScalarError(f"Invalid url '{value}', missing scheme")
    if name == "UnsignedInt64":
        if str(value).isdigit():
            return str(value)
        raise ScalarError(f"Could not coerce value {_inspect(value)} to UnsignedInt64")
    return value


def parse_scalar_literal(name: str, node: ValueNode) -> Any:  # noqa: ANN401
    """Return the value of a scalar that is written in the document.

    Raises:
        ScalarError: the type does not take this value.
    """
    kinds = {
        "String": ("string_value",),
        "Int": ("int_value",),
        "Float": ("int_value", "float_value"),
        "Boolean": ("boolean_value",),
        "ID": ("string_value", "int_value"),
    }
    if name in kinds and node.kind not in kinds[name]:
        raise ScalarError(f"Could not coerce value to {name}")
    return parse_scalar(name, value_from_ast_untyped(node))


def attach_scalars(schema: GraphQLSchema) -> None:
    """Let a schema's own scalars take and print values as the platform does."""
    for name, scalar in schema.type_map.items():
        if name in ("Decimal", "Money", "DateTime", "URL", "UnsignedInt64"):
            scalar.parse_value = _value_parser(name)  # type: ignore[attr-defined]
            scalar.parse_literal = _literal_parser(name)  # type: ignore[attr-defined]


def _value_parser(name: str) -> Any:  # noqa: ANN401 - the library's own type varies
    return lambda value: parse_scalar(name, value)


def _literal_parser(name: str) -> Any:  # noqa: ANN401 - the library's own type varies
    return lambda node, _variables=None: parse_scalar_literal(name, node)


def _identifier(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ScalarError(f"Could not coerce value {_inspect(value)} to ID")
    text = str(value)
    if parse_identifier(text) is None:
        raise ScalarError(f"Invalid global id '{text}'")
    return text


def _decimal(name: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = str(value)
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int | float)
        or (not _DECIMAL.fullmatch(text.strip()))
    ):
        raise ScalarError(f"invalid {'money' if name == 'Money' else 'decimal'} '{value}'")
    try:
        return str(Decimal(text.strip()))
    except InvalidOperation as error:
        raise ScalarError(f"invalid decimal '{value}'") from error


def _moment(value: Any) -> str:  # noqa: ANN401 - any JSON value
    try:
        datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ScalarError(f"invalid DateTime '{value}'") from error
    return str(value)


def _inspect(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
