"""Rows of a report: their order, and their numbers as text."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.ga4.columns import Columns
from sandbox.ga4.problems import invalid


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its dimensions, all its metrics, and the sums behind them."""

    key: tuple[str, ...]
    metrics: tuple[float, ...]
    sums: Mapping[str, float]


def number_text(number: float, type_: str) -> str:
    """Return a metric's value as the API prints it."""
    if not math.isfinite(number):
        return "0"
    if type_ == "TYPE_INTEGER":
        return str(round(number))
    return f"{number:.6f}".rstrip("0").rstrip(".")


def in_order(
    rows: list[Row], orders: list[dict[str, Any]], columns: Columns, *, keyed: tuple[str, ...]
) -> list[Row]:
    """Return rows as they are ordered, by their dimensions where the order leaves a choice.

    Raises:
        Problem: an order names what the report does not have.
    """
    metrics = {column.name: place for place, column in enumerate(columns.metrics)}
    names = {column.name for column in columns.dimensions} | set(keyed)
    keys = [(_key(order, keyed, names, metrics), order.get("desc", False)) for order in orders]
    found = sorted(rows, key=lambda row: row.key)
    if not keys and metrics:
        keys = [(lambda row: row.metrics[0], True)]
    for key, descending in reversed(keys):
        found.sort(key=key, reverse=descending)
    return found


def _key(
    order: dict[str, Any], keyed: tuple[str, ...], names: set[str], metrics: Mapping[str, int]
) -> Callable[[Row], Any]:
    match order:
        case {"metric": {"metricName": str(name)}} if name in metrics:
            place = metrics[name]
            return lambda row: row.metrics[place]
        case {"dimension": {"dimensionName": str(name), **rest}} if name in names:
            if name not in keyed:
                return lambda _: ""
            place = keyed.index(name)
            return _text_key(place, str(rest.get("orderType", "")))
        case _:
            raise invalid("An orderBy must name a dimension or metric of the request.")


def _text_key(place: int, kind: str) -> Callable[[Row], Any]:
    match kind:
        case "CASE_INSENSITIVE_ALPHANUMERIC":
            return lambda row: row.key[place].casefold()
        case "NUMERIC":
            return lambda row: _number(row.key[place])
        case _:
            return lambda row: row.key[place]


def _number(text: str) -> tuple[bool, float, str]:
    try:
        number = float(text)
    except ValueError:
        return False, 0.0, text
    return (True, number, "") if math.isfinite(number) else (False, 0.0, text)
