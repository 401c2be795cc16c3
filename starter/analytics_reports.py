"""`steward analytics report`, `fields` and `realtime`: asked for, and printed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from starter.analytics_views import (
    FIELD_COLUMNS,
    field_rows,
    notes,
    print_rows,
    quota_sentence,
    rows_sentence,
)
from starter.configured import known_property
from starter.session import Session
from steward.analytics import (
    Period,
    PropertyProfile,
    Report,
    ReportRequest,
    ReportRow,
)
from steward.analytics_realtime import RealtimeRequest
from steward.errors import InvalidInput
from steward.ports import Analytics

_METRICS = ("itemRevenue", "itemsPurchased", "itemsViewed")
_DIMENSIONS = ("itemId", "itemName")
_REALTIME_METRICS = ("activeUsers", "screenPageViews")
_REALTIME_DIMENSIONS = ("country",)

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks a report for; names that are left out are chosen for them.

    `limit` is None for every row.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    days: int
    until_today: bool
    sort: str | None
    limit: int | None

    @property
    def shown_metrics(self) -> tuple[str, ...]:
        """The metrics that are named, or those of items."""
        return self.metrics or _METRICS

    @property
    def shown_dimensions(self) -> tuple[str, ...]:
        """The dimensions that are named, or items.

        Metrics of visits do not go with items: whoever names metrics alone gets their totals.
        """
        return self.dimensions or (() if self.metrics else _DIMENSIONS)

    @property
    def sorted_by(self) -> str:
        """By which of these rows are sorted; raises `InvalidInput`."""
        field = self.sort or self.shown_metrics[0]
        shown = (*self.shown_metrics, *self.shown_dimensions)
        if field not in shown:
            raise InvalidInput(
                f"The report has no {field} to sort by.", remedy=f"It has {', '.join(shown)}."
            )
        return field


async def show_report(session: Session, name: str, wanted: Wanted, *, as_json: bool) -> None:
    """Print a report, with all that qualifies its figures."""
    sorted_by = wanted.sorted_by
    async with _opened(session, name) as analytics:
        report = await analytics.report(_request(wanted, await analytics.profile()))
    if wanted.limit is None:
        report = report.model_copy(update={"rows": _sorted_rows(report, sorted_by)})
    screen = session.screen
    if as_json:
        screen.data(report.model_dump(mode="json") | {"caveats": sorted(report.caveats)})
        return
    period = report.request.period
    screen.facts(
        (
            ("Property", str(report.source)),
            ("Days", f"{period.first} to {period.last}, by the clock of {report.time_zone}"),
            ("Rows", rows_sentence(len(report.rows), report.row_count)),
            ("Quota left", quota_sentence(report.quota)),
        )
    )
    if report.rows:
        screen.say()
        print_rows(screen, report.request, report.rows, report.kinds, report.currency)
    for note in notes(report):
        screen.say()
        screen.say(note)


async def show_fields(session: Session, name: str, *, search: str | None, as_json: bool) -> None:
    """Print what a property can be asked for."""
    async with _opened(session, name) as analytics:
        fields = await analytics.fields()
    if search:
        fields = fields.matching(search)
    screen = session.screen
    if as_json:
        screen.data(fields.model_dump(mode="json"))
    elif not fields.dimensions and not fields.metrics:
        screen.note(f"No dimension or metric of '{name}' has '{search}' in its name.")
    else:
        screen.table(FIELD_COLUMNS, field_rows(fields))


async def show_realtime(
    session: Session,
    name: str,
    *,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    minutes: int,
    limit: int,
    as_json: bool,
) -> None:
    """Print what is going on now."""
    request = _checked(
        RealtimeRequest,
        metrics=metrics or _REALTIME_METRICS,
        dimensions=dimensions or (() if metrics else _REALTIME_DIMENSIONS),
        minutes=minutes,
        limit=limit,
    )
    async with _opened(session, name) as analytics:
        report = await analytics.realtime(request)
    screen = session.screen
    if as_json:
        screen.data(report.model_dump(mode="json"))
        return
    screen.facts(
        (
            ("Property", str(report.source)),
            ("Minutes", f"the last {minutes}"),
            ("Rows", rows_sentence(len(report.rows), report.row_count, further="--limit")),
            ("Quota left", quota_sentence(report.quota)),
        )
    )
    if report.rows:
        screen.say()
        print_rows(screen, request, report.rows, report.kinds)


@asynccontextmanager
async def _opened(session: Session, name: str) -> AsyncIterator[Analytics]:
    known_property(session.services, name)
    with session.screen.busy("Asking Google Analytics ..."):
        async with (
            session.services.analytics() as directory,
            directory.open(name) as analytics,
        ):
            yield analytics


def _request(wanted: Wanted, profile: PropertyProfile) -> ReportRequest:
    last = profile.today if wanted.until_today else profile.settled_until
    order = {"field": wanted.sorted_by, "descending": wanted.sorted_by in wanted.shown_metrics}
    return _checked(
        ReportRequest,
        dimensions=wanted.shown_dimensions,
        metrics=wanted.shown_metrics,
        period=Period.ending(last, wanted.days),
        order=() if wanted.limit is None else (order,),
        limit=wanted.limit,
    )


def _sorted_rows(report: Report, by: str) -> tuple[ReportRow, ...]:
    """Return the rows of a whole report, which come in the order of their dimensions."""
    request = report.request
    if by in request.metrics:
        place = request.metrics.index(by)
        return tuple(sorted(report.rows, key=lambda row: row.metrics[place], reverse=True))
    place = request.dimensions.index(by)
    return tuple(sorted(report.rows, key=lambda row: row.dimensions[place]))


def _checked(model: type[ModelT], **values: object) -> ModelT:
    """Return the request; raises `InvalidInput` where it can be none."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = f"{first['loc'][0]} " if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
    raise InvalidInput(
        f"No such report can be asked for: {place}{reason}.",
        remedy="Name each of a few metrics and dimensions once, as `steward analytics fields` "
        "lists them.",
    )
