"""What is read out of the answers: values exactly, and everything that qualifies them."""

import asyncio
from datetime import date
from decimal import Decimal

import httpx
import pytest

from steward.analytics import (
    Caveat,
    Comparison,
    MetricCompares,
    MetricKind,
    Period,
    QuotaLevel,
    Sampling,
)
from steward.analytics_realtime import RealtimeRequest
from steward.errors import CredentialsRejected, DataMoved, StoreAnswerInvalid
from tests.connectors.ga4.fakes import (
    METADATA,
    REQUEST,
    FakeGoogle,
    Handler,
    answering_with,
    json_response,
    page,
)

LIVE = RealtimeRequest(dimensions=("itemId",), metrics=("itemsViewed",), limit=2)


@pytest.mark.parametrize("text", ["0.1", "9007199254740993", "-12.30", "1.5E7", "0"])
async def test_metric_values_are_text_and_keep_every_digit(text: str) -> None:
    """Nothing goes through binary floating point."""
    report = await FakeGoogle(answering_with(page([("a", text)]))).reader.read(REQUEST)
    assert report.rows[0].metrics == (Decimal(text),)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("TYPE_INTEGER", MetricKind.COUNT),
        ("TYPE_CURRENCY", MetricKind.MONEY),
        ("TYPE_SECONDS", MetricKind.NUMBER),
        ("TYPE_OF_TOMORROW", MetricKind.NUMBER),
    ],
)
async def test_a_report_says_what_its_metrics_count(type_: str, kind: MetricKind) -> None:
    """A type that is new is a number like any other."""
    headers = [{"name": "itemsViewed", "type": type_}]
    answer = answering_with(page([("a", "1")], metricHeaders=headers))
    assert (await FakeGoogle(answer).reader.read(REQUEST)).kinds == (kind,)


QUALIFIED = [
    ({"subjectToThresholding": True}, Caveat.THRESHOLDED),
    ({"dataLossFromOtherRow": True}, Caveat.OTHER_ROW),
    ({"samplingMetadatas": [{"samplesReadCount": "5"}]}, Caveat.SAMPLED),
    ({"dataTruncationReasons": [{"dataTruncationDate": "2026-01-01"}]}, Caveat.TRUNCATED),
    (
        {
            "schemaRestrictionResponse": {
                "activeMetricRestrictions": [{"metricName": "itemsViewed"}]
            }
        },
        Caveat.RESTRICTED,
    ),
]


@pytest.mark.parametrize(("told", "caveat"), QUALIFIED, ids=str)
async def test_each_thing_that_qualifies_a_report_is_told(
    told: dict[str, object], caveat: Caveat
) -> None:
    """Also where only a later page says so."""
    served: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        served.append(1)
        later = len(served) > 1
        rows = [("b", "1"), ("c", "1")] if later else [("a", "1"), ("b", "1")]
        metadata = METADATA | told if later else METADATA
        return json_response(page(rows, rowCount=3, metadata=metadata))

    report = await FakeGoogle(answer, page_rows=2).reader.read(REQUEST)
    assert report.caveats == {caveat}
    assert not report.judgeable


async def test_samples_of_all_days_are_added_up() -> None:
    """They are 64-bit numbers, written as text."""
    told = [
        {"samplesReadCount": "5", "samplingSpaceSize": "10"},
        {"samplesReadCount": "9007199254740993", "samplingSpaceSize": "9007199254740993"},
    ]
    metadata = METADATA | {"samplingMetadatas": told}
    report = await FakeGoogle(answering_with(page([("a", "1")], metadata=metadata))).reader.read(
        REQUEST
    )
    assert report.sampling == Sampling(events_read=9007199254740998, events_total=9007199254741003)


async def test_the_last_48_hours_are_provisional_by_the_property_s_clock() -> None:
    """At noon UTC of July 10 it is the 11th in Auckland: July 8 is settled there only."""
    zones = {"Pacific/Auckland": date(2026, 7, 8), "America/New_York": date(2026, 7, 7)}
    for zone, settled in zones.items():
        answer = answering_with(page([("a", "1")], metadata=METADATA | {"timeZone": zone}))
        request = REQUEST.model_copy(
            update={"period": Period(first=date(2026, 7, 1), last=settled)}
        )
        report = await FakeGoogle(answer).reader.read(request)
        assert (report.settled_until, report.caveats) == (settled, frozenset())
        later = Period(first=date(2026, 7, 1), last=date(2026, 7, 9))
        report = await FakeGoogle(answer).reader.read(REQUEST.model_copy(update={"period": later}))
        assert report.caveats == {Caveat.PROVISIONAL}


async def test_pages_of_two_time_zones_do_not_fit() -> None:
    """Their days are not the same days."""
    served: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        served.append(1)
        zone = "Asia/Tokyo" if len(served) > 1 else "UTC"
        rows = [("b", "1"), ("c", "1")] if len(served) > 1 else [("a", "1"), ("b", "1")]
        return json_response(page(rows, rowCount=3, metadata=METADATA | {"timeZone": zone}))

    with pytest.raises(DataMoved):
        await FakeGoogle(answer, page_rows=2).reader.read(REQUEST)


async def test_the_reason_of_an_empty_report_is_passed_on() -> None:
    """In the platform's words."""
    empty = {"metadata": METADATA | {"emptyReason": "No data for this property."}}
    report = await FakeGoogle(answering_with(empty)).reader.read(REQUEST)
    assert report.empty_because == "No data for this property."


async def test_a_profile_tells_how_the_property_counts() -> None:
    """Also where there was nobody yesterday."""
    told = {"tokensPerDay": {"consumed": 1, "remaining": 199_999}}
    content = {"metadata": METADATA | {"currencyCode": "JPY"}, "propertyQuota": told}
    google = FakeGoogle(answering_with(content))
    profile = await google.analytics.profile()
    assert (profile.currency, profile.time_zone) == ("JPY", "America/New_York")
    assert (profile.today, profile.settled_until) == (date(2026, 7, 10), date(2026, 7, 7))
    assert profile.quota is not None
    assert profile.quota.tokens_per_day == QuotaLevel(consumed=1, remaining=199_999)
    assert len(google.asked()) == 1


async def test_every_kind_of_quota_is_read() -> None:
    """All six that the API tells."""
    names = {
        "tokensPerDay": "tokens_per_day",
        "tokensPerHour": "tokens_per_hour",
        "tokensPerProjectPerHour": "tokens_per_project_per_hour",
        "concurrentRequests": "concurrent_requests",
        "serverErrorsPerProjectPerHour": "server_errors_per_project_per_hour",
        "potentiallyThresholdedRequestsPerHour": "potentially_thresholded_requests_per_hour",
    }
    told = {name: {"consumed": place, "remaining": 9} for place, name in enumerate(names)}
    answer = answering_with(page([("a", "1")], propertyQuota=told))
    quota = (await FakeGoogle(answer).reader.read(REQUEST)).quota
    assert quota is not None
    assert quota.model_dump() == {
        ours: {"consumed": place, "remaining": 9} for place, ours in enumerate(names.values())
    }


async def test_a_realtime_report_is_provisional_throughout() -> None:
    """It tells how many rows there are, of which it has the first."""
    report = await FakeGoogle(
        answering_with(page([("a", "3"), ("b", "1")], rowCount=5))
    ).analytics.realtime(LIVE)
    assert [(row.dimensions, row.metrics) for row in report.rows] == [
        (("a",), (Decimal(3),)),
        (("b",), (Decimal(1),)),
    ]
    assert all(row.provisional for row in report.rows)
    assert report.row_count == 5


@pytest.mark.parametrize(
    "answer",
    [
        answering_with(page([("a", "1")], metricHeaders=[{"name": "sessions"}])),
        answering_with(page([("a", "1")], rowCount=0)),
    ],
)
async def test_a_realtime_report_that_breaks_its_contract_is_refused(answer: Handler) -> None:
    """Other columns, or more rows than there are."""
    with pytest.raises(StoreAnswerInvalid):
        await FakeGoogle(answer).analytics.realtime(LIVE)


def described(request: httpx.Request) -> httpx.Response:
    """Answer metadata in which one metric is blocked, and any report."""
    if not request.url.path.endswith("metadata"):
        return json_response(page([("a", "0")]))
    return json_response(
        {
            "dimensions": [{"apiName": "itemId", "uiName": "Item ID", "category": "Ecommerce"}],
            "metrics": [
                {
                    "apiName": "itemsViewed",
                    "type": "TYPE_INTEGER",
                    "customDefinition": True,
                    "blockedReasons": ["NO_REVENUE_METRICS"],
                }
            ],
        }
    )


async def test_fields_are_described() -> None:
    """By title, category and kind; with what the credentials may not see."""
    fields = await FakeGoogle(described).analytics.fields()
    (dimension,), (metric,) = fields.dimensions, fields.metrics
    assert (dimension.title, dimension.category, dimension.custom) == (
        "Item ID",
        "Ecommerce",
        False,
    )
    assert (metric.kind, metric.custom, metric.blocked) == (MetricKind.COUNT, True, True)


async def test_a_filter_by_a_metric_that_may_not_be_seen_is_never_sent() -> None:
    """Google would refuse it; to show the metric is allowed."""
    google = FakeGoogle(described)
    filtered = MetricCompares(
        metric="itemsViewed", comparison=Comparison.GREATER, number=Decimal(0)
    )
    with pytest.raises(CredentialsRejected, match="may not see itemsViewed"):
        await google.analytics.report(REQUEST.model_copy(update={"filters": (filtered,)}))
    assert len((await google.analytics.report(REQUEST)).rows) == 1


async def test_names_are_looked_up_once_by_calls_at_the_same_time() -> None:
    """Twenty reports, one look at the metadata."""
    google = FakeGoogle(described)
    await asyncio.gather(*(google.analytics.report(REQUEST) for _ in range(20)))
    assert sum(call.url.path.endswith("metadata") for call in google.calls) == 1
