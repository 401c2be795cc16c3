"""Reports over real HTTP: what is read is what the property counted, with all that qualifies it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from connectors.analytics.ga4 import GA4Connection
from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.report_reading import ReportReader
from steward.analytics import (
    Caveat,
    Comparison,
    DimensionIs,
    DimensionMatches,
    MetricCompares,
    MetricKind,
    Period,
    ReportOrder,
    ReportRequest,
    TextMatch,
)
from steward.analytics_realtime import RealtimeRequest
from steward.errors import (
    CredentialsRejected,
    InvalidInput,
    StewardError,
    StoreAnswerInvalid,
    StoreThrottled,
    StoreUnreachable,
)
from steward.ports import Analytics
from tests.connectors.ga4.conftest import Open, SandboxProperty

ITEM_METRICS = (
    "itemsViewed",
    "itemsAddedToCart",
    "itemsCheckedOut",
    "itemsPurchased",
    "itemRevenue",
)


def today_at(one: SandboxProperty) -> date:
    """Return the property's own day."""
    return datetime.fromisoformat(one.truth()["now"]).date()


def days_before(today: date, first: int, last: int) -> Period:
    """Return the days from so many to so many before today."""
    return Period(first=today - timedelta(days=first), last=today - timedelta(days=last))


@asynccontextmanager
async def paging(one: SandboxProperty, page_rows: int) -> AsyncIterator[ReportReader]:
    """Open a reader with small pages."""
    connection = GA4Connection(one.name, one.number, one.address)
    analytics = connection.analytics(one.key)
    api: DataApi = analytics._api  # noqa: SLF001 - only the reader takes the size of its pages
    yield ReportReader(api, page_rows=page_rows)
    await connection.aclose()


async def test_a_report_holds_what_the_property_counted(
    shop: SandboxProperty, open_property: Open
) -> None:
    """Item by item and day by day, over several pages."""
    truth = shop.truth()
    period = days_before(datetime.fromisoformat(truth["now"]).date(), 10, 4)
    request = ReportRequest(dimensions=("date", "itemId"), metrics=ITEM_METRICS, period=period)
    async with paging(shop, 50) as reader:
        report = await reader.read(request)

    expected = {
        (day.replace("-", ""), item): tuple(Decimal(count) for count in counts)
        for day, items in truth["days"].items()
        for item, counts in items.items()
        if period.first <= date.fromisoformat(day) <= period.last
    }
    found = {
        (row.dimensions[0], row.dimensions[1]): (*row.metrics[:4], row.metrics[4] * 100)
        for row in report.rows
    }
    assert found == expected
    assert len(report.rows) == report.row_count > 200
    assert list(found) == sorted(found)
    assert (report.currency, report.time_zone) == ("EUR", "America/New_York")
    assert report.judgeable
    assert report.quota is not None
    assert report.quota.tokens_per_day is not None
    assert report.rows == (await open_property(shop).report(request)).rows


async def test_a_profile_is_the_property_s_own(shop: SandboxProperty, open_property: Open) -> None:
    """Its day is that of its time zone, and the call takes hardly any tokens."""
    profile = await open_property(shop).profile()
    assert (profile.currency, profile.time_zone) == ("EUR", "America/New_York")
    assert profile.today == today_at(shop)
    assert profile.settled_until < profile.today - timedelta(days=2)
    assert profile.quota is not None
    assert shop.statistics()["points_actual"] < 5


async def test_the_last_minutes_are_reported(shop: SandboxProperty, open_property: Open) -> None:
    """The busiest first, as many as asked for; further back is asked for in vain."""
    analytics = open_property(shop)
    report = await analytics.realtime(
        RealtimeRequest(dimensions=("minutesAgo",), metrics=("activeUsers",), minutes=5, limit=3)
    )
    assert {row.dimensions[0] for row in report.rows} <= {"00", "01", "02", "03", "04"}
    counts = [row.metrics[0] for row in report.rows]
    assert counts == sorted(counts, reverse=True)
    assert len(report.rows) == 3 <= report.row_count
    with pytest.raises(StewardError, match="Field itemId is not a valid dimension"):
        await analytics.realtime(RealtimeRequest(dimensions=("itemId",), metrics=("activeUsers",)))


async def test_fields_are_those_of_the_property(shop: SandboxProperty, open_property: Open) -> None:
    """With the names that people know them by."""
    fields = await open_property(shop).fields()
    revenue = next(each for each in fields.metrics if each.name == "itemRevenue")
    assert (revenue.title, revenue.kind) == ("Item revenue", MetricKind.MONEY)
    assert "itemId" in fields.dimension_names


async def test_the_last_days_are_provisional(shop: SandboxProperty, open_property: Open) -> None:
    """Today and the two days before: their figures still move, and their rows say so."""
    today = today_at(shop)
    request = ReportRequest(
        dimensions=("date",), metrics=("sessions",), period=days_before(today, 5, 0)
    )
    report = await open_property(shop).report(request)

    assert report.caveats == {Caveat.PROVISIONAL}
    assert not report.judgeable
    assert report.settled_until == today - timedelta(days=3)
    flags = {row.dimensions[0]: row.provisional for row in report.rows}
    still = {(today - timedelta(days=ago)).strftime("%Y%m%d") for ago in range(3)}
    assert {day for day, provisional in flags.items() if provisional} == still & set(flags)


async def test_thresholding_sampling_and_lumping_are_told(
    shop: SandboxProperty, open_property: Open
) -> None:
    """A report that is not the whole truth says why."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    shop.set("thresholded", value=True)
    shop.set("sampling_percent", 50)
    shop.set("most_combinations", 10)
    report = await analytics.report(request)

    assert report.caveats == {Caveat.THRESHOLDED, Caveat.SAMPLED, Caveat.OTHER_ROW}
    assert report.sampling is not None
    assert 0 < report.sampling.events_read < report.sampling.events_total
    assert "(other)" in {row.dimensions[0] for row in report.rows}
    by_age = await analytics.report(
        ReportRequest(dimensions=("userAgeBracket",), metrics=("activeUsers",), period=period)
    )
    assert Caveat.THRESHOLDED in by_age.caveats


async def test_filters_order_and_limit_choose_rows(
    shop: SandboxProperty, open_property: Open
) -> None:
    """The best sellers among some items, and everything that a filter excludes."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    every = await analytics.report(
        ReportRequest(
            dimensions=("itemId", "deviceCategory"), metrics=("itemsPurchased",), period=period
        )
    )
    request = ReportRequest(
        dimensions=("itemId", "deviceCategory"),
        metrics=("itemsPurchased",),
        period=period,
        filters=(
            DimensionMatches(dimension="itemId", match=TextMatch.BEGINS_WITH, text="shopify_1"),
            DimensionIs(dimension="deviceCategory", values=("tablet",), excluded=True),
            MetricCompares(
                metric="itemsPurchased", comparison=Comparison.GREATER, number=Decimal(1)
            ),
        ),
        order=(ReportOrder(field="itemsPurchased"),),
        limit=7,
    )
    report = await analytics.report(request)

    expected = sorted(
        (-row.metrics[0], row.dimensions)
        for row in every.rows
        if row.dimensions[0].startswith("shopify_1")
        and row.dimensions[1] != "tablet"
        and row.metrics[0] > 1
    )
    assert [(-row.metrics[0], row.dimensions) for row in report.rows] == expected[:7]
    assert report.row_count == len(expected)


async def test_several_reports_are_read_in_batches(
    shop: SandboxProperty, open_property: Open
) -> None:
    """Seven reports take two calls, and equal those that are read one by one."""
    analytics: Analytics = open_property(shop)
    today = today_at(shop)
    requests = [
        ReportRequest(
            dimensions=("itemId",), metrics=("itemRevenue",), period=days_before(today, ago, ago)
        )
        for ago in range(4, 11)
    ]
    await analytics.fields()
    before = shop.statistics()["requests"]
    reports = await analytics.reports(requests)
    assert shop.statistics()["requests"] - before == 2

    singles = [await analytics.report(request) for request in requests]
    assert [report.rows for report in reports] == [single.rows for single in singles]
    assert [report.request for report in reports] == requests


async def test_batched_reports_are_read_to_their_end(shop: SandboxProperty) -> None:
    """A report of a batch goes on with pages of its own."""
    today = today_at(shop)
    request = ReportRequest(
        dimensions=("itemId",), metrics=("itemsViewed",), period=days_before(today, 9, 4)
    )
    async with paging(shop, 7) as reader:
        both = await reader.read_all([request, request])
        alone = await reader.read(request)
    assert len(alone.rows) == 40
    assert both[0].rows == both[1].rows == alone.rows


async def test_an_empty_report_is_a_report(shop: SandboxProperty, open_property: Open) -> None:
    """Days before anything was recorded have no rows, which is no error."""
    period = Period(first=date(2020, 1, 1), last=date(2020, 1, 31))
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    report = await open_property(shop).report(request)
    assert (report.rows, report.row_count) == ((), 0)


async def test_unknown_names_are_never_asked_for(
    shop: SandboxProperty, open_property: Open
) -> None:
    """They are refused by the metadata, with what was perhaps meant; no report is run."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemIdd",), metrics=("itemsViewed",), period=period)
    with pytest.raises(InvalidInput, match=r"no itemIdd.*itemId"):
        await analytics.report(request)
    assert shop.statistics()["points_actual"] == 0


async def test_incompatible_fields_are_told_in_the_platform_s_words(
    shop: SandboxProperty, open_property: Open
) -> None:
    """Item dimensions do not go with metrics of visits."""
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("sessions",), period=period)
    with pytest.raises(StewardError, match=r"'shop' refuses the report .*incompatible"):
        await open_property(shop).report(request)


async def test_never_more_than_ten_calls_are_under_way(
    slow: SandboxProperty, open_property: Open
) -> None:
    """Forty reports at once all arrive, none is refused, and they go out together."""
    analytics = open_property(slow)
    period = days_before(today_at(slow), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    reports = await asyncio.gather(*(analytics.report(request) for _ in range(40)))

    assert len({report.rows for report in reports}) == 1
    statistics = slow.statistics()
    assert 5 <= statistics["largest_concurrency"] <= 10
    assert statistics["throttled"] == 0


async def test_exhausted_tokens_close_the_property_until_the_hour(
    shop: SandboxProperty, open_property: Open
) -> None:
    """The answer that took the last ones is used; what follows is not even sent.

    Only realtime reports go on, which have a quota of their own.
    """
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    shop.set("tokensPerHour", 1)
    await analytics.report(request)
    before = shop.statistics()["requests"]
    with pytest.raises(StoreThrottled) as caught:
        await analytics.report(request)
    assert shop.statistics()["requests"] == before
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(hours=1, seconds=1)
    assert (await analytics.realtime(RealtimeRequest(metrics=("activeUsers",)))).rows


async def test_a_refusal_for_tokens_is_remembered(
    shop: SandboxProperty, open_property: Open
) -> None:
    """Others had taken them: the first call hears it, the next is not sent."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    await analytics.fields()
    shop.set("tokensPerDay", 0)
    with pytest.raises(StoreThrottled):
        await analytics.report(request)
    before = shop.statistics()["requests"]
    with pytest.raises(StoreThrottled):
        await analytics.report(request)
    assert shop.statistics()["requests"] == before


async def test_tokens_are_shared_and_renewed(shop: SandboxProperty, open_property: Open) -> None:
    """Calls at once fetch one token; one that was revoked is replaced without anybody noticing."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    await analytics.fields()
    before = shop.statistics()["requests"]
    await asyncio.gather(*(analytics.report(request) for _ in range(5)))
    assert shop.statistics()["requests"] - before == 5

    shop.set("tokens_valid", value=False)
    before = shop.statistics()["requests"]
    await analytics.report(request)
    assert shop.statistics()["requests"] - before == 3


async def test_a_key_of_somebody_else_is_refused(
    shop: SandboxProperty, slow: SandboxProperty
) -> None:
    """Google's reason is passed on, the key is not."""
    connection = GA4Connection(shop.name, shop.number, shop.address)
    foreign = slow.key.get_secret_value().replace(slow.address, shop.address)
    with pytest.raises(CredentialsRejected, match=r"invalid_grant"):
        await connection.analytics(SecretStr(foreign)).fields()
    await connection.aclose()
    other = GA4Connection(shop.name, "999", shop.address)
    with pytest.raises(CredentialsRejected, match="closed to this service account"):
        await other.analytics(shop.key).fields()
    await other.aclose()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "server_error", "status": 500}, StoreUnreachable),
        ({"kind": "server_error", "status": 503}, StoreUnreachable),
        ({"kind": "disconnect"}, StoreUnreachable),
        ({"kind": "lost_answer"}, StoreUnreachable),
        ({"kind": "garbage"}, StoreAnswerInvalid),
        ({"kind": "throttle"}, StoreThrottled),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
async def test_faults_on_the_way_are_told_and_pass(
    fault: dict[str, object],
    expected: type[StewardError],
    shop: SandboxProperty,
    open_property: Open,
) -> None:
    """Each is an error that may be tried again, and trying again succeeds."""
    analytics = open_property(shop)
    period = days_before(today_at(shop), 10, 4)
    request = ReportRequest(dimensions=("itemId",), metrics=("itemsViewed",), period=period)
    await analytics.fields()
    shop.fault(**fault)
    with pytest.raises(expected) as caught:
        await analytics.report(request)
    assert not caught.value.permanent
    if expected is StoreThrottled:
        assert caught.value.retry_after == timedelta(seconds=30)
    assert (await analytics.report(request)).rows
