"""Whole reports out of pages, whose rows may move while they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from connectors.analytics.ga4.answers import BatchAnswer, Metadata, ReportPage, Row
from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.requests import body_of
from steward.analytics import (
    MOST_ROWS,
    Caveat,
    MetricKind,
    PropertyQuota,
    Report,
    ReportRequest,
    ReportRow,
    Sampling,
    settled_until,
)

MOST_IN_BATCH = 5
"""How many reports one batch call takes."""

_DEFAULT_PAGE = 100_000
_SMALLEST_PAGE = 2
_DATE = "date"


@dataclass(slots=True)
class _Collected:
    """What was read of one report so far."""

    request: ReportRequest
    read_at: datetime
    rows: list[Row] = field(default_factory=list)
    keys: set[tuple[str, ...]] = field(default_factory=set)
    pages: list[Metadata] = field(default_factory=list)
    kinds: tuple[MetricKind, ...] = ()
    row_count: int = 0
    quota: PropertyQuota | None = None

    @property
    def wanted(self) -> int:
        """How many rows the report has in the end."""
        limit = self.request.limit
        return self.row_count if limit is None else min(limit, self.row_count)

    @property
    def complete(self) -> bool:
        return len(self.rows) >= self.wanted


class ReportReader:
    """Reads reports of one property.

    A page begins with the last row of the page before it: where another row stands in its place,
    rows have moved, and the report is given up. So no row that was there all the time is missing
    from a report, or in it twice.
    """

    def __init__(self, api: DataApi, *, page_rows: int = _DEFAULT_PAGE) -> None:
        """Take the API and how many rows to ask for at once; 2 to 250,000."""
        if not _SMALLEST_PAGE <= page_rows <= MOST_ROWS:
            raise ValueError(f"A page has {_SMALLEST_PAGE} to {MOST_ROWS} rows, not {page_rows}.")
        self._api = api
        self._page_rows = page_rows

    async def read(self, request: ReportRequest) -> Report:
        """Return a report with all its rows. Raises the errors of `steward.ports.Analytics`."""
        collected = _Collected(request, self._api.clock.now())
        await self._read_page(collected)
        return await self._finished(collected)

    async def read_all(self, requests: Sequence[ReportRequest]) -> tuple[Report, ...]:
        """Return several reports, whose first pages are read five at a time."""
        reports: list[Report] = []
        for start in range(0, len(requests), MOST_IN_BATCH):
            for collected in await self._read_batch(requests[start : start + MOST_IN_BATCH]):
                reports.append(await self._finished(collected))  # noqa: PERF401 - one after another
        return tuple(reports)

    async def _read_batch(self, requests: Sequence[ReportRequest]) -> list[_Collected]:
        batch = [_Collected(request, self._api.clock.now()) for request in requests]
        bodies = [body_of(each.request, offset=0, limit=self._limit(each)) for each in batch]
        answer, quota = await self._api.post("batchRunReports", {"requests": bodies}, BatchAnswer)
        if len(answer.reports) != len(batch):
            raise self._api.failures.of_answer("it does not answer each request of the batch")
        for collected, page in zip(batch, answer.reports, strict=True):
            self._add(collected, page, quota)
        return batch

    async def _finished(self, collected: _Collected) -> Report:
        while not collected.complete:
            before = len(collected.rows)
            await self._read_page(collected)
            if len(collected.rows) == before:
                raise self._api.failures.moved()
        return self._report(collected)

    async def _read_page(self, collected: _Collected) -> None:
        offset = max(0, len(collected.rows) - 1)
        body = body_of(collected.request, offset=offset, limit=self._limit(collected))
        page, quota = await self._api.post("runReport", body, ReportPage)
        self._add(collected, page, quota)

    def _limit(self, collected: _Collected) -> int:
        """Return how many rows to ask for: those that are missing and the one that is repeated.

        The first rows in an order of their own are asked for at once, since such an order moves.
        """
        limit = collected.request.limit
        if limit is None:
            return self._page_rows
        missing = limit - len(collected.rows) + (1 if collected.rows else 0)
        return missing if collected.request.order else min(missing, self._page_rows)

    def _add(self, collected: _Collected, page: ReportPage, quota: PropertyQuota | None) -> None:
        request = collected.request
        if not page.has_columns(request.dimensions, request.metrics):
            raise self._api.failures.of_answer("its columns are not those that were asked for")
        rows = page.rows
        if collected.pages:
            if page.row_count != collected.row_count:
                raise self._api.failures.moved()
            if page.metadata.units != collected.pages[0].units:
                raise self._api.failures.moved()
            if not rows or _key(rows[0]) != _key(collected.rows[-1]):
                raise self._api.failures.moved()
            rows = rows[1:]
        for row in rows:
            key = _key(row)
            if key in collected.keys:
                raise self._api.failures.moved()
            collected.keys.add(key)
        collected.rows.extend(rows)
        collected.row_count = page.row_count
        collected.kinds = page.kinds or collected.kinds
        collected.pages.append(page.metadata)
        collected.quota = quota or collected.quota
        if len(collected.rows) > page.row_count:
            raise self._api.failures.of_answer("it has more rows than it counts")

    def _report(self, collected: _Collected) -> Report:
        request, metadata = collected.request, collected.pages[0]
        settled = settled_until(self._api.local_time(metadata.time_zone, collected.read_at))
        place = request.dimensions.index(_DATE) if _DATE in request.dimensions else None
        restricted = {name for page in collected.pages for name in page.restricted_metrics}
        return Report(
            source=self._api.source,
            request=request,
            rows=tuple(_row(row, request, place, settled) for row in collected.rows),
            row_count=collected.row_count,
            kinds=collected.kinds,
            currency=metadata.currency_code,
            time_zone=metadata.time_zone,
            read_at=collected.read_at,
            settled_until=settled,
            sampling=_sampling(metadata),
            caveats=frozenset(_caveats(request, collected.pages, settled)),
            restricted_metrics=tuple(sorted(restricted)),
            empty_because=metadata.empty_reason,
            quota=collected.quota,
        )


def _key(row: Row) -> tuple[str, ...]:
    return tuple(value.value for value in row.dimension_values)


def _row(row: Row, request: ReportRequest, place: int | None, settled: date) -> ReportRow:
    key = _key(row)
    last = request.period.last
    if place is not None:
        last = _day(key[place]) or last
    return ReportRow(
        dimensions=key,
        metrics=tuple(value.value for value in row.metric_values),
        provisional=last > settled,
    )


def _day(text: str) -> date | None:
    """Return the day of a `date` value, written as YYYYMMDD; None for "(other)" and the like."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day of the property
    except ValueError:
        return None


def _sampling(metadata: Metadata) -> Sampling | None:
    if not metadata.sampling:
        return None
    return Sampling(
        events_read=sum(each.samples_read for each in metadata.sampling),
        events_total=sum(each.space_size for each in metadata.sampling),
    )


def _caveats(request: ReportRequest, pages: Sequence[Metadata], settled: date) -> set[Caveat]:
    told = {
        Caveat.PROVISIONAL: request.period.last > settled,
        Caveat.THRESHOLDED: any(page.subject_to_thresholding for page in pages),
        Caveat.SAMPLED: any(page.sampling for page in pages),
        Caveat.OTHER_ROW: any(page.data_loss_from_other_row for page in pages),
        Caveat.TRUNCATED: any(page.truncation for page in pages),
        Caveat.RESTRICTED: any(page.restricted_metrics for page in pages),
    }
    return {caveat for caveat, true in told.items() if true}
