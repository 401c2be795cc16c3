"""An analytics property in memory, which answers what a test wants to see printed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from steward.analytics import (
    AnalyticsProperty,
    MetricKind,
    PropertyProfile,
    PropertyQuota,
    QuotaLevel,
    Report,
    ReportRequest,
    ReportRow,
)
from steward.analytics_fields import AnalyticsField, AnalyticsFields, AnalyticsMetric
from steward.analytics_realtime import RealtimeReport, RealtimeRequest
from steward.errors import StewardError

SOURCE = AnalyticsProperty(name="visits", number="4711")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
QUOTA = PropertyQuota(
    tokens_per_hour=QuotaLevel(consumed=4, remaining=39_996),
    tokens_per_project_per_hour=QuotaLevel(consumed=4, remaining=13_996),
    tokens_per_day=QuotaLevel(consumed=4, remaining=199_996),
)
KINDS = {
    "itemRevenue": MetricKind.MONEY,
    "itemsPurchased": MetricKind.COUNT,
    "itemsViewed": MetricKind.COUNT,
    "activeUsers": MetricKind.COUNT,
    "screenPageViews": MetricKind.COUNT,
    "engagementRate": MetricKind.NUMBER,
}
FIELDS = AnalyticsFields(
    dimensions=(AnalyticsField(name="itemId", title="Item ID", category="Ecommerce"),),
    metrics=(
        AnalyticsMetric(name="itemRevenue", title="Item revenue", kind=MetricKind.MONEY),
        AnalyticsMetric(name="adCost", title="Ads cost", kind=MetricKind.MONEY, blocked=True),
    ),
)


@dataclass(frozen=True)
class Property:
    """A configured property."""

    property_id: str = "4711"
    address: str = "https://analyticsdata.googleapis.com"
    credentials: str = "env:VISITS_KEY"


@dataclass
class FakeAnalytics:
    """Answers each report with these rows, as if the property had so many."""

    rows: list[ReportRow] = field(default_factory=list)
    row_count: int | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    failure: StewardError | None = None
    asked: list[ReportRequest | RealtimeRequest] = field(default_factory=list)

    @property
    def source(self) -> AnalyticsProperty:
        return SOURCE

    def add(self, dimensions: str, *metrics: str, provisional: bool = False) -> None:
        """Add a row, whose dimensions are separated by bars."""
        row = ReportRow(
            dimensions=tuple(dimensions.split("|")) if dimensions else (),
            metrics=tuple(map(Decimal, metrics)),
            provisional=provisional,
        )
        self.rows.append(row)

    async def profile(self) -> PropertyProfile:
        if self.failure is not None:
            raise self.failure
        return PropertyProfile(
            source=SOURCE,
            currency="EUR",
            time_zone="Europe/Berlin",
            today=date(2026, 11, 25),
            settled_until=date(2026, 11, 22),
            read_at=NOON,
            quota=QUOTA,
        )

    async def fields(self) -> AnalyticsFields:
        return FIELDS

    async def report(self, request: ReportRequest) -> Report:
        self.asked.append(request)
        told: dict[str, Any] = {
            "source": SOURCE,
            "request": request,
            "rows": tuple(self.rows),
            "row_count": len(self.rows) if self.row_count is None else self.row_count,
            "kinds": tuple(KINDS[name] for name in request.metrics),
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "read_at": NOON,
            "settled_until": date(2026, 11, 22),
            "quota": QUOTA,
        }
        return Report.model_validate(told | self.changes)

    async def reports(self, requests: Sequence[ReportRequest]) -> tuple[Report, ...]:
        return tuple([await self.report(request) for request in requests])

    async def realtime(self, request: RealtimeRequest) -> RealtimeReport:
        self.asked.append(request)
        return RealtimeReport(
            source=SOURCE,
            request=request,
            rows=tuple(self.rows),
            row_count=len(self.rows) if self.row_count is None else self.row_count,
            kinds=tuple(KINDS[name] for name in request.metrics),
            read_at=NOON,
            quota=QUOTA,
        )


@dataclass(frozen=True)
class FakeAnalyticsDirectory:
    """Opens the one property."""

    analytics: FakeAnalytics

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[FakeAnalytics]:
        assert name == "visits"
        yield self.analytics
