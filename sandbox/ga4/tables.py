"""Tables of a report: the rows that a request keeps, and how the API prints them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.ga4.columns import DATE_RANGE, Columns, MetricColumn
from sandbox.ga4.fields import METRIC_TYPES
from sandbox.ga4.filters import predicate
from sandbox.ga4.problems import invalid
from sandbox.ga4.rows import Row, in_order, number_text

DEFAULT_ROWS = 10_000
MOST_ROWS = 250_000


def window(request: dict[str, Any]) -> tuple[int, int]:
    """Return how many rows are wanted at most, and how many are skipped.

    Raises:
        Problem: one of them is below zero.
    """
    limit, offset = request.get("limit", 0), request.get("offset", 0)
    for name, value in (("limit", limit), ("offset", offset)):
        if value < 0:
            raise invalid(f"The {name} must not be negative.")
    return min(limit or DEFAULT_ROWS, MOST_ROWS), offset


def finished_rows(
    request: dict[str, Any],
    columns: Columns,
    groups: Mapping[tuple[str, ...], Mapping[str, float]],
    rate: float,
) -> list[Row]:
    """Return the rows that a request keeps, in its order."""
    keeps = _metric_filter(request, columns.metrics)
    keep_empty = request.get("keepEmptyRows", False) or not columns.metrics
    rows = []
    for key, sums in groups.items():
        metrics = tuple(_computed(column, sums, rate) for column in columns.metrics)
        row = Row(key, metrics, sums)
        if (keep_empty or any(metrics)) and keeps(row):
            rows.append(row)
    return in_order(rows, request.get("orderBys", []), columns, keyed=_keyed(columns, groups))


def table(columns: Columns, rows: list[Row], count: int, *, several: bool) -> dict[str, Any]:
    """Return headers and rows as the API prints them; what is empty is left out."""
    content: dict[str, Any] = {}
    dimensions = [column.name for column in columns.dimensions]
    if several and DATE_RANGE not in dimensions:
        dimensions.append(DATE_RANGE)
    visible = [column for column in columns.metrics if column.visible]
    if dimensions:
        content["dimensionHeaders"] = [{"name": name} for name in dimensions]
    if visible:
        content["metricHeaders"] = [
            {"name": column.name, "type": column.type} for column in visible
        ]
    if rows:
        content["rows"] = [printed(row.key, row.metrics, columns) for row in rows]
    if count:
        content["rowCount"] = count
    return content


def printed(key: Iterable[str], metrics: Iterable[float], columns: Columns) -> dict[str, Any]:
    """Return one row as the API prints it."""
    row: dict[str, Any] = {}
    values = [{"value": value} for value in key]
    if values:
        row["dimensionValues"] = values
    numbers = [
        {"value": number_text(number, column.type)}
        for column, number in zip(columns.metrics, metrics, strict=True)
        if column.visible
    ]
    if numbers:
        row["metricValues"] = numbers
    return row


def numbered_types(content: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return an answer with the numbers of the metrics' types instead of their names."""
    if isinstance(content, dict):
        return {
            name: METRIC_TYPES.get(value, value)
            if name == "type" and isinstance(value, str)
            else numbered_types(value)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [numbered_types(element) for element in content]
    return content


def aggregates(
    request: dict[str, Any], columns: Columns, rows: list[Row], rate: float
) -> dict[str, Any]:
    """Return totals, minimums and maximums of the rows, as far as they are asked for."""
    wanted = request.get("metricAggregations", [])
    if not rows or not columns.metrics:
        return {}
    width = len(rows[0].key)
    found = {}
    if "TOTAL" in wanted:
        sums: dict[str, float] = {}
        for row in rows:
            for name, amount in row.sums.items():
                sums[name] = sums.get(name, 0) + amount
        totals = [_computed(column, sums, rate) for column in columns.metrics]
        found["totals"] = [printed(("RESERVED_TOTAL",) * width, totals, columns)]
    lists = list(zip(*(row.metrics for row in rows), strict=True))
    if "MINIMUM" in wanted:
        least = [min(values) for values in lists]
        found["minimums"] = [printed(("RESERVED_MIN",) * width, least, columns)]
    if "MAXIMUM" in wanted:
        most = [max(values) for values in lists]
        found["maximums"] = [printed(("RESERVED_MAX",) * width, most, columns)]
    return found


def _computed(column: MetricColumn, sums: Mapping[str, float], rate: float) -> float:
    value = column.compute(sums)
    return value * rate if column.type == "TYPE_CURRENCY" else value


def _keyed(
    columns: Columns, groups: Mapping[tuple[str, ...], Mapping[str, float]]
) -> tuple[str, ...]:
    """Return the names of a key's parts."""
    names = tuple(column.name for column in columns.dimensions)
    if any(len(key) > len(names) for key in groups):
        names += (DATE_RANGE,)
    return names


def _metric_filter(
    request: dict[str, Any], metrics: tuple[MetricColumn, ...]
) -> Callable[[Row], bool]:
    expression = request.get("metricFilter")
    if expression is None:
        return lambda _: True
    places = {column.name: place for place, column in enumerate(metrics)}

    def check(name: str) -> None:
        if name not in places:
            raise invalid(f"Field {name} is not a metric of the request and cannot filter it.")

    keeps = predicate(expression, check)
    return lambda row: keeps(lambda name: repr(row.metrics[places[name]]))
