"""No request makes the sandbox's property fail: it answers, or refuses in the platform's shape."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.ga4.fields import CORE
from sandbox.ga4.messages import RUN_REPORT
from sandbox.ga4.protocol_json import Enum, Kind, Many, Message, Recursive
from tests.sandbox.ga4.client import MARCH, RESPONSES, AnalyticsClient, cells
from tests.sandbox.ga4.discovery import faults

NAMES = st.sampled_from(
    [
        "itemId",
        "date",
        "country",
        "userAgeBracket",
        "dateRange",
        "sessions",
        "itemsViewed",
        "itemRevenue",
        "engagementRate",
        "itemsViewed/sessions",
        "-(itemRevenue)*1e300*1e300",
        "1" * 400,
        "today",
        "3daysAgo",
        "999999daysAgo",
        "2026-03-01",
        "EUR",
        "properties/456",
        "",
        "\x00",
        "\ud800",
        "((((",
        "[[:alpha:]]",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | NAMES
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
EXPRESSION: st.SearchStrategy[Any] = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "andGroup": st.fixed_dictionaries({"expressions": st.lists(EXPRESSION, max_size=2)}),
            "notExpression": EXPRESSION,
            "filter": FILTER,
        },
    )
)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Return mostly fitting values of a message's field, and some that are not."""
    found: st.SearchStrategy[Any]
    match kind:
        case Message(fields=fields):
            each = {name: values(inner) for name, inner in fields.items()}
            found = st.fixed_dictionaries({}, optional=each)
        case Many(of=of):
            found = st.lists(values(of), max_size=3)
        case Recursive():
            found = EXPRESSION
        case Enum(names=names):
            found = st.sampled_from([*names, *names.values(), "OTHER"])
        case "string":
            found = NAMES | st.text(max_size=6)
        case "bool":
            found = st.booleans()
        case "int32" | "int64":
            found = st.integers(-2, 20) | st.integers(0, 20).map(str)
        case _:
            found = st.floats() | st.just("NaN")
    return found


FILTER: st.SearchStrategy[Any] = values(
    Message(
        {
            "fieldName": "string",
            "stringFilter": Message({"matchType": Enum({5: "FULL_REGEXP"}), "value": "string"}),
            "inListFilter": Message({"values": Many("string")}),
        }
    )
)
GOOD = {
    "dimensions": [{"name": "date"}],
    "metrics": [{"name": "itemsViewed"}],
    "dateRanges": [MARCH],
}
REQUESTS = values(RUN_REPORT).flatmap(
    lambda wild: st.sets(st.sampled_from(sorted(GOOD))).map(
        lambda kept: wild | {name: GOOD[name] for name in kept}
    )
)
METHODS = st.sampled_from(sorted(RESPONSES))
WEEK = {"startDate": "10daysAgo", "endDate": "today"}
FAST = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(analytics: AnalyticsClient, method: str, body: bytes) -> int:
    """Send a body; the answer fits the document, or is an error in the platform's shape."""
    response = analytics.call(method, body)
    content = response.json()
    if response.status_code == 200:
        assert faults(content, RESPONSES[method]) == []
    else:
        assert response.status_code == 400, response.text
        assert content["error"]["status"] == "INVALID_ARGUMENT"
    return response.status_code


@FAST
@given(request=REQUESTS, method=st.sampled_from(["runReport", "runRealtimeReport"]))
def test_requests_that_almost_fit_never_fail(
    request: dict[str, Any], method: str, analytics: AnalyticsClient
) -> None:
    """Fields of the right names with odd values, alone and in a batch."""
    analytics.set("potentiallyThresholdedRequestsPerHour", 120)
    check(analytics, method, json.dumps(request).encode())
    batch = json.dumps({"requests": [request, GOOD]}).encode()
    check(analytics, "batchRunReports", batch)


@st.composite
def sensible_requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a report that fits together, apart from dimensions that do not go with metrics."""
    dimensions = draw(st.lists(st.sampled_from(sorted(CORE.dimensions)), unique=True, max_size=3))
    metrics = draw(
        st.lists(st.sampled_from(sorted(CORE.metrics)), unique=True, min_size=1, max_size=3)
    )
    text = st.fixed_dictionaries(
        {"matchType": st.sampled_from(["EXACT", "CONTAINS", "PARTIAL_REGEXP"])},
        optional={"value": st.sampled_from(["a", "2026", "sku-0[1-5]", "."])},
    )
    by_text = st.fixed_dictionaries(
        {"fieldName": st.sampled_from(sorted(CORE.dimensions)), "stringFilter": text}
    )
    more_than = st.fixed_dictionaries(
        {
            "operation": st.sampled_from(["GREATER_THAN", "LESS_THAN_OR_EQUAL"]),
            "value": st.fixed_dictionaries({"int64Value": st.integers(-5, 50).map(str)}),
        }
    )
    by_number = st.fixed_dictionaries(
        {"fieldName": st.sampled_from(metrics), "numericFilter": more_than}
    )
    order = st.sampled_from(
        [
            *({"metric": {"metricName": name}} for name in metrics),
            *({"dimension": {"dimensionName": name, "orderType": 3}} for name in dimensions),
        ]
    )
    request: dict[str, Any] = {
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in metrics],
        "dateRanges": draw(
            st.lists(st.sampled_from([MARCH, WEEK]), unique_by=str, min_size=1, max_size=2)
        ),
        "orderBys": draw(st.lists(order, max_size=2)),
        "limit": draw(st.integers(1, 30)),
        "offset": draw(st.integers(0, 30)),
        "keepEmptyRows": draw(st.booleans()),
        "metricAggregations": draw(st.lists(st.sampled_from(["TOTAL", "COUNT", "MAXIMUM"]))),
    }
    if draw(st.booleans()):
        request["dimensionFilter"] = {"filter": draw(by_text)}
    if draw(st.booleans()):
        request["metricFilter"] = {"notExpression": {"filter": draw(by_number)}}
    return request


@FAST
@given(request=sensible_requests())
def test_sensible_reports_keep_what_they_promise(
    request: dict[str, Any], analytics: AnalyticsClient
) -> None:
    """No more rows than asked for or counted, none twice, each as wide as its headers."""
    analytics.set("potentiallyThresholdedRequestsPerHour", 120)
    body = json.dumps(request).encode()
    if check(analytics, "runReport", body) == 400:
        assert "incompatible" in analytics.refusal("runReport", body)[2]
        return
    report = analytics.answer("runReport", body)
    rows = cells(report)
    count = report.get("rowCount", 0)
    assert len(rows) == max(0, min(request["limit"], count - request["offset"]))
    assert len({tuple(key) for key, _ in rows}) == len(rows)
    wide = len(report.get("dimensionHeaders", [])), len(report["metricHeaders"])
    assert {(len(key), len(numbers)) for key, numbers in rows} <= {wide}


@FAST
@given(content=ANYTHING, method=METHODS)
def test_any_json_is_answered_or_refused(
    content: object, method: str, analytics: AnalyticsClient
) -> None:
    """Also what is no message at all."""
    check(analytics, method, json.dumps(content).encode())


@FAST
@given(body=st.binary(max_size=40), method=METHODS)
def test_any_bytes_are_answered_or_refused(
    body: bytes, method: str, analytics: AnalyticsClient
) -> None:
    """Also what is no JSON."""
    check(analytics, method, body)


def test_nesting_without_end_is_refused(analytics: AnalyticsClient) -> None:
    """Lists, objects and filters."""
    deep: dict[str, Any] = {"filter": {"fieldName": "country", "emptyFilter": {}}}
    for _ in range(150):
        deep = {"notExpression": deep}
    nested = json.dumps(GOOD | {"dimensionFilter": deep}).encode()
    for body in (nested, b"[" * 200_000, b'{"a":' * 100_000):
        assert check(analytics, "runReport", body) == 400
