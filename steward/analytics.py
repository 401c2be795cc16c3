"""What a shop's visitors did, as an analytics property reports it: figures to read, never to write.

The names of dimensions and metrics are the source's own, such as `itemId` and `itemsPurchased`.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    Discriminator,
    Field,
    NonNegativeInt,
    StringConstraints,
    model_validator,
)

from steward.model import Frozen

MOST_ROWS = 250_000
"""The most rows that one answer of the Data API holds."""

MOST_DIMENSIONS = 9
MOST_METRICS = 10

_DAYS_THAT_MOVE = 2

AnalyticsFieldName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(:[A-Za-z0-9_ ]+)?$", max_length=100)
]


class AnalyticsProperty(Frozen):
    """One source of reports: the name under which it is configured, and its number at the source.

    A number of digits alone, as the Admin page of Google Analytics shows it; not a `G-` id.
    """

    name: str = Field(min_length=1)
    number: str = Field(pattern=r"^[0-9]{1,20}$")

    def __str__(self) -> str:
        """Return the configured name with the number."""
        return f"{self.name} ({self.number})"


class Period(Frozen):
    """Whole days of the property's own time zone, from the first to the last, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("a period ends on or after its first day")
        return self

    @classmethod
    def ending(cls, last: date, days: int) -> Self:
        """Return so many days, at least one, of which this is the last."""
        return cls(first=last - timedelta(days=days - 1), last=last)


class TextMatch(StrEnum):
    """How a dimension's value is compared with a text."""

    EXACT = "exact"
    BEGINS_WITH = "begins_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"


class Comparison(StrEnum):
    """How a metric is compared with a number."""

    EQUAL = "equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"


class DimensionIs(Frozen):
    """Keep what has one of these values, letter by letter; or, `excluded`, what has none."""

    by: Literal["dimension_is"] = "dimension_is"
    dimension: AnalyticsFieldName
    values: tuple[str, ...] = Field(min_length=1)
    excluded: bool = False


class DimensionMatches(Frozen):
    """Keep what has a value like this text, with regard to case; or, `excluded`, what has not."""

    by: Literal["dimension_matches"] = "dimension_matches"
    dimension: AnalyticsFieldName
    match: TextMatch
    text: str
    excluded: bool = False


class MetricCompares(Frozen):
    """Keep the rows whose metric compares with the number like this."""

    by: Literal["metric_compares"] = "metric_compares"
    metric: AnalyticsFieldName
    comparison: Comparison
    number: Decimal = Field(allow_inf_nan=False)


ReportFilter = Annotated[DimensionIs | DimensionMatches | MetricCompares, Discriminator("by")]


class ReportOrder(Frozen):
    """Order rows by a dimension or metric of the report."""

    field: AnalyticsFieldName
    descending: bool = True


class ReportRequest(Frozen):
    """Which figures to read.

    `filters` all apply. Without a `limit` the report is complete, in the order of its dimensions;
    with one it holds the first so many rows by `order`, which says nothing without a limit.
    `with_empty_rows` keeps the rows whose metrics are all zero.
    """

    dimensions: tuple[AnalyticsFieldName, ...] = Field(default=(), max_length=MOST_DIMENSIONS)
    metrics: tuple[AnalyticsFieldName, ...] = Field(min_length=1, max_length=MOST_METRICS)
    period: Period
    filters: tuple[ReportFilter, ...] = ()
    order: tuple[ReportOrder, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=MOST_ROWS)
    with_empty_rows: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        columns = [*self.dimensions, *self.metrics]
        if len(set(columns)) != len(columns):
            raise ValueError("a report has each dimension and metric once")
        if self.order and self.limit is None:
            raise ValueError("an order chooses the rows of a report with a limit; give one")
        if any(order.field not in columns for order in self.order):
            raise ValueError("a report is ordered by its own dimensions and metrics")
        for each in self.filters:
            if isinstance(each, MetricCompares) and each.metric not in self.metrics:
                raise ValueError("a report is filtered by its own metrics")
        return self

    @property
    def field_names(self) -> frozenset[str]:
        """Every dimension and metric that the request names."""
        return frozenset(self.dimension_names | set(self.metrics))

    @property
    def dimension_names(self) -> frozenset[str]:
        """Every dimension that the request shows or filters by."""
        filtered = (each.dimension for each in self.filters if not isinstance(each, MetricCompares))
        return frozenset({*self.dimensions, *filtered})


class ReportRow(Frozen):
    """One row; values stand in the order of the request.

    `provisional` says that it counts days whose figures still change, so that nothing may be
    judged by it yet.
    """

    dimensions: tuple[str, ...]
    metrics: tuple[Decimal, ...]
    provisional: bool


class MetricKind(StrEnum):
    """What a metric's values are: whole things, amounts of money, or anything else."""

    COUNT = "count"
    MONEY = "money"
    NUMBER = "number"


class Sampling(Frozen):
    """From how many events of all the figures were estimated."""

    events_read: NonNegativeInt
    events_total: NonNegativeInt


class Caveat(StrEnum):
    """Why a report's figures are not the whole truth."""

    PROVISIONAL = "provisional"
    """Days are counted whose figures still change."""
    THRESHOLDED = "thresholded"
    """Rows of few users may be left out, to protect who they are."""
    SAMPLED = "sampled"
    """Figures are estimated from a part of the events."""
    OTHER_ROW = "other_row"
    """Rare combinations of dimensions are lumped together in a row "(other)"."""
    TRUNCATED = "truncated"
    """Data are left out of some days."""
    RESTRICTED = "restricted"
    """Metrics read zero because the credentials may not see them."""


class QuotaLevel(Frozen):
    """One allowance: what a call took of it, and what was left afterwards."""

    consumed: int = 0
    remaining: int


class PropertyQuota(Frozen):
    """A property's allowances, each None where the source did not report it.

    Tokens are the source's measure of a report's cost. Concurrent requests and server errors are
    counted, and so are requests for dimensions that can be thresholded.
    """

    tokens_per_day: QuotaLevel | None = None
    tokens_per_hour: QuotaLevel | None = None
    tokens_per_project_per_hour: QuotaLevel | None = None
    concurrent_requests: QuotaLevel | None = None
    server_errors_per_project_per_hour: QuotaLevel | None = None
    potentially_thresholded_requests_per_hour: QuotaLevel | None = None


class Report(Frozen):
    """The answer to a request, with everything that qualifies its figures.

    `row_count` is how many rows the source has, at least as many as `rows`. `kinds` says what each
    metric counts, in the order of the request; it is empty where there is no row. `currency`
    (ISO 4217) is that of every amount. Days are those of `time_zone` (IANA). `settled_until` is the
    last day whose figures no longer changed at `read_at`. `restricted_metrics` read zero for lack
    of a permission, not because nothing happened. `empty_because` is the source's own reason for
    having no row.
    """

    source: AnalyticsProperty
    request: ReportRequest
    rows: tuple[ReportRow, ...]
    row_count: NonNegativeInt
    kinds: tuple[MetricKind, ...] = ()
    currency: str
    time_zone: str
    read_at: AwareDatetime
    settled_until: date
    sampling: Sampling | None = None
    caveats: frozenset[Caveat] = frozenset()
    restricted_metrics: tuple[str, ...] = ()
    empty_because: str = ""
    quota: PropertyQuota | None = None

    @property
    def judgeable(self) -> bool:
        """Whether an effect may be judged by these figures."""
        return not self.caveats


class PropertyProfile(Frozen):
    """How a property counts, and how far it has counted.

    `today` is its own day at `read_at`, in its `time_zone` (IANA). `settled_until` is the last day
    whose figures no longer change. `currency` (ISO 4217) is that of every amount.
    """

    source: AnalyticsProperty
    currency: str
    time_zone: str
    today: date
    settled_until: date
    read_at: AwareDatetime
    quota: PropertyQuota | None = None


def settled_until(now: datetime) -> date:
    """Return the last day whose figures no longer change; `now` is in the property's time zone.

    Google Analytics goes on processing a day's events for up to 48 hours after the day, so that
    today and the two days before it still move; where the clock was put forward since, one more.
    """
    counted_to = now.astimezone(UTC) - timedelta(days=_DAYS_THAT_MOVE)
    by_the_clock = counted_to.astimezone(now.tzinfo).date() - timedelta(days=1)
    return min(by_the_clock, now.date() - timedelta(days=_DAYS_THAT_MOVE + 1))
