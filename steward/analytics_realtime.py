"""What is going on at a property right now: figures to look at, and never to judge by."""

from typing import Self

from pydantic import AwareDatetime, Field, NonNegativeInt, model_validator

from steward.analytics import (
    MOST_DIMENSIONS,
    MOST_METRICS,
    MOST_ROWS,
    AnalyticsFieldName,
    AnalyticsProperty,
    MetricKind,
    PropertyQuota,
    ReportRow,
)
from steward.model import Frozen

MOST_MINUTES = 30
"""How far back a standard property tells what is going on, in minutes."""


class RealtimeRequest(Frozen):
    """Which figures of the last minutes to read, the largest of the first metric first.

    The fields are the source's own for this purpose, such as `minutesAgo` and `activeUsers`; the
    list of a property's fields does not tell which they are.
    """

    dimensions: tuple[AnalyticsFieldName, ...] = Field(default=(), max_length=MOST_DIMENSIONS)
    metrics: tuple[AnalyticsFieldName, ...] = Field(min_length=1, max_length=MOST_METRICS)
    minutes: int = Field(default=MOST_MINUTES, ge=1, le=MOST_MINUTES)
    limit: int = Field(default=10_000, ge=1, le=MOST_ROWS)

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        columns = [*self.dimensions, *self.metrics]
        if len(set(columns)) != len(columns):
            raise ValueError("a report has each dimension and metric once")
        return self


class RealtimeReport(Frozen):
    """The answer to a request; every row is provisional.

    `row_count` is how many rows the source has, at least as many as `rows`: a report of the last
    minutes has no further page. `quota` is an allowance apart from that of other reports.
    """

    source: AnalyticsProperty
    request: RealtimeRequest
    rows: tuple[ReportRow, ...]
    row_count: NonNegativeInt
    kinds: tuple[MetricKind, ...] = ()
    read_at: AwareDatetime
    quota: PropertyQuota | None = None
