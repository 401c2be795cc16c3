"""Report requests in the API's own form."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, assert_never

from steward.analytics import (
    Comparison,
    DimensionIs,
    DimensionMatches,
    MetricCompares,
    ReportFilter,
    ReportRequest,
    TextMatch,
)
from steward.analytics_realtime import RealtimeRequest

_MATCH = {
    TextMatch.EXACT: "EXACT",
    TextMatch.BEGINS_WITH: "BEGINS_WITH",
    TextMatch.ENDS_WITH: "ENDS_WITH",
    TextMatch.CONTAINS: "CONTAINS",
}
_OPERATION = {
    Comparison.EQUAL: "EQUAL",
    Comparison.LESS: "LESS_THAN",
    Comparison.LESS_OR_EQUAL: "LESS_THAN_OR_EQUAL",
    Comparison.GREATER: "GREATER_THAN",
    Comparison.GREATER_OR_EQUAL: "GREATER_THAN_OR_EQUAL",
}
_LARGEST_INTEGER = 2**63


def body_of(request: ReportRequest, *, offset: int, limit: int) -> dict[str, Any]:
    """Return the body of `runReport` for so many rows from a place on.

    Rows are ordered by every dimension in the end, so that no two have an equal place and pages of
    unchanged data fit together.
    """
    body: dict[str, Any] = {
        "metrics": [{"name": name} for name in request.metrics],
        "dateRanges": [
            {
                "startDate": request.period.first.isoformat(),
                "endDate": request.period.last.isoformat(),
            }
        ],
        "offset": str(offset),
        "limit": str(limit),
        "keepEmptyRows": request.with_empty_rows,
        "returnPropertyQuota": True,
    }
    if request.dimensions:
        body["dimensions"] = [{"name": name} for name in request.dimensions]
        body["orderBys"] = list(_orders(request))
    by_dimension = [each for each in request.filters if not isinstance(each, MetricCompares)]
    by_metric = [each for each in request.filters if isinstance(each, MetricCompares)]
    if by_dimension:
        body["dimensionFilter"] = _all_of(by_dimension)
    if by_metric:
        body["metricFilter"] = _all_of(by_metric)
    return body


def profile_body() -> dict[str, Any]:
    """Return the body of the cheapest `runReport`, whose answer tells how the property counts."""
    return {
        "metrics": [{"name": "activeUsers"}],
        "dateRanges": [{"startDate": "yesterday", "endDate": "yesterday"}],
        "limit": "1",
        "returnPropertyQuota": True,
    }


def realtime_body(request: RealtimeRequest) -> dict[str, Any]:
    """Return the body of `runRealtimeReport`."""
    body: dict[str, Any] = {
        "metrics": [{"name": name} for name in request.metrics],
        # Minutes are counted back from 0, the present one.
        "minuteRanges": [{"startMinutesAgo": request.minutes - 1, "endMinutesAgo": 0}],
        "limit": str(request.limit),
        "returnPropertyQuota": True,
    }
    if request.dimensions:
        body["dimensions"] = [{"name": name} for name in request.dimensions]
        by_metric = {"metric": {"metricName": request.metrics[0]}, "desc": True}
        body["orderBys"] = [by_metric, *(_by_dimension(name) for name in request.dimensions)]
    return body


def _orders(request: ReportRequest) -> Iterable[dict[str, Any]]:
    for order in request.order:
        if order.field in request.metrics:
            by: dict[str, Any] = {"metric": {"metricName": order.field}}
        else:
            by = _by_dimension(order.field)
        yield by | {"desc": order.descending}
    ordered = {order.field for order in request.order}
    for name in request.dimensions:
        if name not in ordered:
            yield _by_dimension(name)


def _by_dimension(name: str) -> dict[str, Any]:
    return {"dimension": {"dimensionName": name, "orderType": "ALPHANUMERIC"}}


def _all_of(filters: Iterable[ReportFilter]) -> dict[str, Any]:
    expressions = [_expression(each) for each in filters]
    if len(expressions) == 1:
        return expressions[0]
    return {"andGroup": {"expressions": expressions}}


def _expression(each: ReportFilter) -> dict[str, Any]:
    match each:
        case DimensionIs():
            listed = {"values": list(each.values), "caseSensitive": True}
            found = {"filter": {"fieldName": each.dimension, "inListFilter": listed}}
            return {"notExpression": found} if each.excluded else found
        case DimensionMatches():
            text = {"matchType": _MATCH[each.match], "value": each.text, "caseSensitive": True}
            found = {"filter": {"fieldName": each.dimension, "stringFilter": text}}
            return {"notExpression": found} if each.excluded else found
        case MetricCompares():
            numeric = {"operation": _OPERATION[each.comparison], "value": _number(each.number)}
            return {"filter": {"fieldName": each.metric, "numericFilter": numeric}}
        case _:
            assert_never(each)


def _number(number: Decimal) -> dict[str, Any]:
    if number == number.to_integral_value() and abs(number) < _LARGEST_INTEGER:
        return {"int64Value": str(int(number))}
    return {"doubleValue": float(number)}
