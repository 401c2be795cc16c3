"""How reports of analytics properties read: figures, and what qualifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from starter.screen import Column
from steward.analytics import Caveat, MetricKind
from steward.money import smallest_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from starter.screen import Screen
    from steward.analytics import PropertyQuota, QuotaLevel, Report, ReportRequest, ReportRow
    from steward.analytics_fields import AnalyticsFields
    from steward.analytics_realtime import RealtimeRequest

_WIDEST_DIMENSION = 24
_FINEST_FRACTION = 4
_STILL_CHANGES = "still changes"

FIELD_COLUMNS = (Column("name", width=30), Column("kind", width=16), Column("what it is"))


def print_rows(
    screen: Screen,
    request: ReportRequest | RealtimeRequest,
    rows: Sequence[ReportRow],
    kinds: Sequence[MetricKind],
    currency: str = "",
) -> None:
    """Print the rows of a report as a table; those that still change are marked among others."""
    mixed = len({row.provisional for row in rows}) > 1
    cells = [
        (
            *row.dimensions,
            *(
                _figure(value, kind, currency)
                for value, kind in zip(row.metrics, kinds, strict=True)
            ),
            *((_STILL_CHANGES if row.provisional else "",) if mixed else ()),
        )
        for row in rows
    ]
    titles = (
        *request.dimensions,
        *(_title(name, kind, currency) for name, kind in zip(request.metrics, kinds, strict=True)),
        *(("note",) if mixed else ()),
    )
    shown = len(request.dimensions)
    columns = [
        _column(title, values, right=shown <= place < shown + len(request.metrics))
        for place, (title, *values) in enumerate(zip(titles, *cells, strict=True))
    ]
    if shown:
        # The last dimension, such as a name, takes the room that is left.
        columns[shown - 1] = Column(titles[shown - 1])
    screen.table(columns, cells)


def _column(title: str, values: Sequence[str], *, right: bool) -> Column:
    width = max(len(text) for text in (title, *values))
    return Column(title, width=width if right else min(width, _WIDEST_DIMENSION), right=right)


def _title(name: str, kind: MetricKind, currency: str) -> str:
    return f"{name} {currency}".strip() if kind is MetricKind.MONEY else name


def _figure(value: Decimal, kind: MetricKind, currency: str) -> str:
    match kind:
        case MetricKind.MONEY:
            return f"{value.quantize(smallest_unit(currency)):,}"
        case MetricKind.COUNT:
            return f"{value:,.0f}"
        case MetricKind.NUMBER:
            return f"{round(value, _FINEST_FRACTION).normalize():,f}"
        case _:
            assert_never(kind)


def field_rows(fields: AnalyticsFields) -> Iterator[tuple[str, str, str]]:
    """Yield what a property can be asked for as rows of `FIELD_COLUMNS`."""
    for dimension in fields.dimensions:
        yield dimension.name, "dimension", dimension.title
    for metric in fields.metrics:
        blocked = " (reads 0: the service account may not see it)" if metric.blocked else ""
        yield metric.name, f"metric, {metric.kind.value}", f"{metric.title}{blocked}"


def rows_sentence(shown: int, count: int, *, further: str = "--all") -> str:
    """Return how many rows are shown, and how the others are had."""
    if shown == count:
        return f"{count:,}"
    return f"{shown:,} of {count:,}; {further} shows more"


def quota_sentence(quota: PropertyQuota | None) -> str:
    """Return what is left of the allowances that a report takes from."""
    if quota is None:
        return ""
    project = _left(quota.tokens_per_project_per_hour, "for this key's project")
    hour = _left(quota.tokens_per_hour, f"tokens this hour{f' ({project})' if project else ''}")
    return ", ".join(part for part in (hour, _left(quota.tokens_per_day, "today")) if part)


def _left(level: QuotaLevel | None, of_what: str) -> str:
    return "" if level is None else f"{level.remaining:,} {of_what}"


def notes(report: Report) -> Iterator[str]:
    """Yield a sentence for each thing that qualifies the figures, in a fixed order."""
    if not report.rows:
        reason = report.empty_because.rstrip(".")
        yield f"There are no such data{f': {reason}' if reason else ''}."
    for caveat in Caveat:
        if caveat in report.caveats:
            yield _note(caveat, report)


def _note(caveat: Caveat, report: Report) -> str:
    match caveat:
        case Caveat.PROVISIONAL:
            return (
                f"Days after {report.settled_until} still change: Google goes on counting a day "
                "for 48 hours after it. Judge nothing by them yet."
            )
        case Caveat.THRESHOLDED:
            return (
                "Google may leave out rows of few users, so that nobody can be recognised: what is "
                "missing here need not be zero."
            )
        case Caveat.SAMPLED:
            return f"Figures are estimated{_share(report)}."
        case Caveat.OTHER_ROW:
            return (
                "Rare combinations are lumped together as (other). Fewer dimensions or days keep "
                "them apart."
            )
        case Caveat.TRUNCATED:
            return "Google leaves out data of some of these days."
        case Caveat.RESTRICTED:
            return (
                f"The service account may not see {', '.join(report.restricted_metrics)}: the "
                "zeros there mean nothing."
            )
        case _:
            assert_never(caveat)


def _share(report: Report) -> str:
    sampling = report.sampling
    if sampling is None or not sampling.events_total:
        return ""
    percent = 100 * sampling.events_read / sampling.events_total
    return f" from {sampling.events_read:,} of {sampling.events_total:,} events ({percent:.0f} %)"
