"""The vocabulary of analytics: days that are settled, and what a property can be asked for."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from steward.analytics import (
    Comparison,
    MetricCompares,
    Period,
    ReportRequest,
    settled_until,
)
from steward.analytics_fields import AnalyticsField, AnalyticsFields, AnalyticsMetric

ZONES = st.sampled_from(
    ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]
).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
COUNTED_AFTER = timedelta(hours=48)


@given(moment=MOMENTS, zone=ZONES)
def test_no_effect_is_judged_on_the_last_two_days(moment: datetime, zone: ZoneInfo) -> None:
    """A settled day lies two whole days back, and ended 48 real hours ago, whatever clocks did."""
    now = moment.astimezone(zone)
    settled = settled_until(now)
    assert settled <= now.date() - timedelta(days=3)
    # Through UTC, since the difference of two times in one zone is that of their clocks.
    ended = datetime.combine(settled + timedelta(days=1), time(), zone).astimezone(UTC)
    assert moment - ended >= COUNTED_AFTER
    assert settled >= now.date() - timedelta(days=5)


def test_a_day_before_the_clock_was_put_forward_is_settled_an_hour_later() -> None:
    """At half past midnight, two days of 47 hours together have passed."""
    new_york = ZoneInfo("America/New_York")
    assert settled_until(datetime(2026, 3, 10, 0, 30, tzinfo=new_york)) == date(2026, 3, 6)
    assert settled_until(datetime(2026, 3, 10, 1, 0, tzinfo=new_york)) == date(2026, 3, 7)


@given(last=st.dates(date(2015, 1, 1)), days=st.integers(1, 4000))
def test_a_period_has_as_many_days_as_asked_for(last: date, days: int) -> None:
    """Both ends included."""
    period = Period.ending(last, days)
    assert period.last == last
    assert (period.last - period.first).days + 1 == days


FIELDS = AnalyticsFields(
    dimensions=(
        AnalyticsField(name="itemId", older_names=("productId",), title="Item ID"),
        AnalyticsField(name="customEvent:size", title="Size", category="Custom", custom=True),
    ),
    metrics=(
        AnalyticsMetric(name="itemsViewed", title="Items viewed", category="E-commerce"),
        AnalyticsMetric(name="adCost", older_names=("cost",), title="Ads cost", blocked=True),
    ),
)


ONE = Decimal(1)


def asked(metric: str, dimension: str = "itemId") -> ReportRequest:
    """Return a request that filters by its metric."""
    return ReportRequest(
        dimensions=(dimension,),
        metrics=(metric,),
        period=Period.ending(date(2026, 1, 1), 1),
        filters=(MetricCompares(metric=metric, comparison=Comparison.GREATER, number=ONE),),
    )


def test_older_names_are_known_and_places_are_told_apart() -> None:
    """A metric is no dimension."""
    assert FIELDS.unknown_in(asked("itemsViewed", "productId")) == ()
    assert FIELDS.unknown_in(asked("itemId", "itemsViewed")) == ("itemId", "itemsViewed")


def test_a_filter_by_a_blocked_metric_is_found() -> None:
    """By its older name too; to show one is allowed, and reads zero."""
    assert FIELDS.blocked_filters_of(asked("itemsViewed")) == ()
    assert FIELDS.blocked_filters_of(asked("cost")) == ("cost",)
    shown = asked("adCost").model_copy(update={"filters": ()})
    assert FIELDS.blocked_filters_of(shown) == ()


def test_fields_are_found_by_name_title_and_category() -> None:
    """Whatever the case."""

    def names(text: str) -> list[str]:
        found = FIELDS.matching(text)
        return [each.name for each in (*found.dimensions, *found.metrics)]

    assert names("PRODUCTID") == ["itemId"]
    assert names("item") == ["itemId", "itemsViewed"]
    assert names("commerce") == ["itemsViewed"]
    assert names("nothing") == []
