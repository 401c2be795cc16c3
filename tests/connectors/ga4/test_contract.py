"""What the connector sends fits the platform's discovery document, and says what was meant."""

import json
from datetime import date, timedelta
from decimal import Decimal

import httpx
from hypothesis import given
from hypothesis import strategies as st

from connectors.analytics.ga4.requests import body_of, profile_body, realtime_body
from steward.analytics import (
    Comparison,
    DimensionIs,
    DimensionMatches,
    MetricCompares,
    Period,
    ReportFilter,
    ReportOrder,
    ReportRequest,
    TextMatch,
)
from steward.analytics_realtime import RealtimeRequest
from tests.connectors.ga4.fakes import METADATA, REQUEST, FakeGoogle, json_response, page
from tests.sandbox.ga4.discovery import faults, schemas

DIMENSIONS = ["date", "itemId", "deviceCategory", "customEvent:size"]
METRICS = ["itemsViewed", "itemsPurchased", "itemRevenue"]


@st.composite
def report_requests(draw: st.DrawFn) -> ReportRequest:
    """Draw any request that can be made."""
    dimensions = draw(st.lists(st.sampled_from(DIMENSIONS), unique=True))
    metrics = draw(st.lists(st.sampled_from(METRICS), unique=True, min_size=1))
    filters: st.SearchStrategy[ReportFilter] = st.one_of(
        st.builds(
            DimensionIs,
            dimension=st.sampled_from(DIMENSIONS),
            values=st.lists(st.text(), min_size=1, max_size=3).map(tuple),
        ),
        st.builds(
            DimensionMatches,
            dimension=st.sampled_from(DIMENSIONS),
            match=st.sampled_from(TextMatch),
            text=st.text(),
        ),
        st.builds(
            MetricCompares,
            metric=st.sampled_from(metrics),
            comparison=st.sampled_from(Comparison),
            number=st.decimals(-(10**25), 10**25, allow_nan=False),
        ),
    )
    limit = draw(st.none() | st.integers(1, 250_000))
    orders = st.builds(ReportOrder, field=st.sampled_from(dimensions + metrics))
    first = draw(st.dates(date(2020, 1, 1), date(2026, 1, 1)))
    return ReportRequest(
        dimensions=tuple(dimensions),
        metrics=tuple(metrics),
        period=Period(first=first, last=first + timedelta(days=draw(st.integers(0, 400)))),
        filters=tuple(draw(st.lists(filters, max_size=3))),
        order=tuple(draw(st.lists(orders, max_size=2))) if limit else (),
        limit=limit,
        with_empty_rows=draw(st.booleans()),
    )


@given(request=report_requests(), offset=st.integers(0, 10**7), limit=st.integers(1, 250_000))
def test_every_report_request_fits_the_platform_s_document(
    request: ReportRequest, offset: int, limit: int
) -> None:
    """Whatever is asked for, in names, types and enums."""
    body = json.loads(json.dumps(body_of(request, offset=offset, limit=limit)))
    assert faults(body, "RunReportRequest") == []
    assert faults({"requests": [body]}, "BatchRunReportsRequest") == []


@given(
    dimensions=st.lists(st.sampled_from(["country", "minutesAgo"]), unique=True),
    metrics=st.lists(st.sampled_from(["activeUsers", "eventCount"]), unique=True, min_size=1),
    minutes=st.integers(1, 30),
    limit=st.integers(1, 250_000),
)
def test_every_realtime_request_fits_the_platform_s_document(
    dimensions: list[str], metrics: list[str], minutes: int, limit: int
) -> None:
    """It has no offset and no days, and minutes are counted back from the present one."""
    request = RealtimeRequest(
        dimensions=tuple(dimensions), metrics=tuple(metrics), minutes=minutes, limit=limit
    )
    body = json.loads(json.dumps(realtime_body(request)))
    assert faults(body, "RunRealtimeReportRequest") == []
    (span,) = body["minuteRanges"]
    assert span["startMinutesAgo"] - span["endMinutesAgo"] + 1 == minutes


def test_the_profile_s_request_fits_the_platform_s_document() -> None:
    """It asks for one row, of a day that the property itself names."""
    assert faults(profile_body(), "RunReportRequest") == []


def test_limit_and_offset_are_text_and_the_quota_is_asked_for_each_time() -> None:
    """The API writes 64-bit numbers as text, and tells the quota only on request."""
    for body in (
        body_of(REQUEST, offset=200_000, limit=100_000),
        profile_body(),
        realtime_body(RealtimeRequest(metrics=("activeUsers",), limit=5)),
    ):
        assert isinstance(body["limit"], str)
        assert isinstance(body.get("offset", ""), str)
        assert body["returnPropertyQuota"] is True


def test_the_check_can_fail() -> None:
    """A name, an enum and a number in another form are found."""
    wrong = {
        "limits": "1",
        "limit": 1,
        "dimensionFilter": {"filter": {"stringFilter": {"matchType": "LIKE"}}},
    }
    assert len(faults(wrong, "RunReportRequest")) == 3


@given(request=report_requests())
def test_the_rows_of_every_request_have_a_place_of_their_own(request: ReportRequest) -> None:
    """Every dimension is in the order, or pages would not fit together."""
    orders = body_of(request, offset=0, limit=1).get("orderBys", [])
    ordered = {order["dimension"]["dimensionName"] for order in orders if "dimension" in order}
    assert ordered == set(request.dimensions)


def test_filters_say_what_was_meant() -> None:
    """Letter by letter, all of them, and exclusions as such."""
    request = REQUEST.model_copy(
        update={
            "filters": (
                DimensionIs(dimension="itemId", values=("A", "b"), excluded=True),
                DimensionMatches(dimension="country", match=TextMatch.CONTAINS, text="x"),
                MetricCompares(
                    metric="itemsViewed", comparison=Comparison.LESS, number=Decimal("1.5")
                ),
            )
        }
    )
    body = body_of(request, offset=0, limit=1)
    listed = {"values": ["A", "b"], "caseSensitive": True}
    text = {"matchType": "CONTAINS", "value": "x", "caseSensitive": True}
    assert body["dimensionFilter"] == {
        "andGroup": {
            "expressions": [
                {"notExpression": {"filter": {"fieldName": "itemId", "inListFilter": listed}}},
                {"filter": {"fieldName": "country", "stringFilter": text}},
            ]
        }
    }
    assert body["metricFilter"] == {
        "filter": {
            "fieldName": "itemsViewed",
            "numericFilter": {"operation": "LESS_THAN", "value": {"doubleValue": 1.5}},
        }
    }


async def test_calls_go_to_the_documented_addresses() -> None:
    """Method, path and version; the token in its header."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            names = {"dimensions": ["itemId"], "metrics": ["itemsViewed"]}
            fields = {kind: [{"apiName": name} for name in each] for kind, each in names.items()}
            return json_response(fields)
        if request.url.path.endswith("batchRunReports"):
            return json_response({"reports": [page([("a", "1")])]})
        return json_response(page([("a", "1")]))

    google = FakeGoogle(answer)
    await google.analytics.report(REQUEST)
    await google.analytics.reports([REQUEST])
    live = RealtimeRequest(dimensions=("itemId",), metrics=("itemsViewed",))
    await google.analytics.realtime(live)
    base = "https://analyticsdata.googleapis.com/v1beta/properties/123"
    assert [(call.method, str(call.url)) for call in google.calls] == [
        ("POST", "https://oauth2.googleapis.com/token"),
        ("GET", f"{base}/metadata"),
        ("POST", f"{base}:runReport"),
        ("POST", f"{base}:batchRunReports"),
        ("POST", f"{base}:runRealtimeReport"),
    ]
    assert len({call.headers.get("authorization") for call in google.calls[1:]}) == 1
    assert {"RunReportRequest", "BatchRunReportsRequest", "Metadata"} <= set(schemas())


async def test_names_are_kept_for_an_hour_and_looked_up_anew_for_an_unknown_one() -> None:
    """A custom dimension may have been made meanwhile; an older name of a field is known too."""
    dimensions = [{"apiName": "itemId", "deprecatedApiNames": ["productId"]}]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return json_response(
                {"dimensions": dimensions, "metrics": [{"apiName": "itemsViewed"}]}
            )
        asked = json.loads(request.content)["dimensions"]
        return json_response(page([("a", "1")], dimensionHeaders=asked, metadata=METADATA))

    google = FakeGoogle(answer)
    await google.analytics.report(REQUEST)
    await google.analytics.report(REQUEST.model_copy(update={"dimensions": ("productId",)}))
    dimensions.append({"apiName": "customItem:size"})
    google.clock.advance(minutes=2)
    await google.analytics.report(REQUEST.model_copy(update={"dimensions": ("customItem:size",)}))
    lookups = [call for call in google.calls if call.url.path.endswith("metadata")]
    assert len(lookups) == 2
    google.clock.advance(minutes=61)
    assert "itemId" in (await google.analytics.fields()).dimension_names
    lookups = [call for call in google.calls if call.url.path.endswith("metadata")]
    assert len(lookups) == 3
