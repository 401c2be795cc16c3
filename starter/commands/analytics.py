"""`steward analytics`: what visitors of a shop did, as its Google Analytics property reports it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.configured import REMEDY_NO_PROPERTIES
from starter.screen import Column
from starter.session import JsonOption, Session, session_of

_MOST_DAYS = 3_650
_MOST_MINUTES = 30
_MOST_ROWS = 250_000

PropertyArgument = Annotated[
    str, typer.Argument(metavar="PROPERTY", help="Name of the analytics property.")
]
MetricOption = Annotated[
    list[str] | None,
    typer.Option("--metric", "-m", metavar="NAME", help="A metric; give it again for more."),
]
DimensionOption = Annotated[
    list[str] | None,
    typer.Option("--dimension", "-d", metavar="NAME", help="A dimension; give it again for more."),
]
LimitOption = Annotated[int, typer.Option(min=1, max=_MOST_ROWS, help="How many rows to list.")]

app = new_app()


def analytics(context: typer.Context, json: JsonOption = False) -> None:
    """Read Google Analytics properties; nothing can be changed in them.

    Without a subcommand, list the configured ones.

    Example:
      steward analytics
      steward analytics report demo-analytics
    """
    if context.invoked_subcommand is None:
        _list(session_of(context), as_json=json)


def list_(context: typer.Context, json: JsonOption = False) -> None:
    """List the configured analytics properties.

    Example:
      steward analytics list
      steward analytics list --json
    """
    _list(session_of(context), as_json=json)


def report(
    context: typer.Context,
    name: PropertyArgument,
    *,
    metric: MetricOption = None,
    dimension: DimensionOption = None,
    days: Annotated[
        int, typer.Option(min=1, max=_MOST_DAYS, help="Over how many of the property's days.")
    ] = 28,
    until_today: Annotated[
        bool,
        typer.Option(
            "--until-today", help="Up to today, not to the last day whose figures no longer change."
        ),
    ] = False,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Sort by this: metrics downwards, dimensions upwards. Else by the first metric.",
        ),
    ] = None,
    limit: LimitOption = 20,
    all_rows: Annotated[bool, typer.Option("--all", help="Every row, not the first.")] = False,
    json: JsonOption = False,
) -> None:
    """Report what visitors did, by default with which items, the best sellers first.

    Says what qualifies the figures: days that still change, rows that are left out or lumped
    together, estimates. `steward analytics fields` lists what can be asked for.

    Example:
      steward analytics report demo-analytics
      steward analytics report demo-analytics -m itemsViewed -d itemId -d date --days 7
      steward analytics report demo-analytics -m sessions -d date --sort date --all --json
    """
    from starter.analytics_reports import Wanted, show_report

    wanted = Wanted(
        metrics=tuple(metric or ()),
        dimensions=tuple(dimension or ()),
        days=days,
        until_today=until_today,
        sort=sort,
        limit=None if all_rows else limit,
    )
    asyncio.run(show_report(session_of(context), name, wanted, as_json=json))


def fields(
    context: typer.Context,
    name: PropertyArgument,
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only those with this in name, title or category."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the dimensions and metrics that a property can be asked for.

    Example:
      steward analytics fields demo-analytics
      steward analytics fields demo-analytics --search item
    """
    from starter.analytics_reports import show_fields

    asyncio.run(show_fields(session_of(context), name, search=search, as_json=json))


def realtime(
    context: typer.Context,
    name: PropertyArgument,
    *,
    metric: MetricOption = None,
    dimension: DimensionOption = None,
    minutes: Annotated[
        int, typer.Option(min=1, max=_MOST_MINUTES, help="Over how many minutes up to now.")
    ] = _MOST_MINUTES,
    limit: LimitOption = 20,
    json: JsonOption = False,
) -> None:
    """Show what is going on now: figures to look at, and never to judge by.

    By default the active users and views by country. Google documents the few names that can be
    asked for here.

    Example:
      steward analytics realtime demo-analytics
      steward analytics realtime demo-analytics -m eventCount -d minutesAgo --minutes 5
    """
    from starter.analytics_reports import show_realtime

    asyncio.run(
        show_realtime(
            session_of(context),
            name,
            metrics=tuple(metric or ()),
            dimensions=tuple(dimension or ()),
            minutes=minutes,
            limit=limit,
            as_json=json,
        )
    )


def _list(session: Session, *, as_json: bool) -> None:
    entries = session.services.analytics_properties()
    if as_json:
        session.screen.data(
            [
                {
                    "name": name,
                    "property_id": entry.property_id,
                    "address": entry.address,
                    "credentials": str(entry.credentials),
                }
                for name, entry in entries.items()
            ]
        )
    elif not entries:
        session.screen.note(f"No analytics property is configured. {REMEDY_NO_PROPERTIES}")
    else:
        session.screen.table(
            (Column("name", width=20), Column("property", width=20), Column("address")),
            [(name, entry.property_id, entry.address) for name, entry in entries.items()],
        )


set_default(app, analytics)
add_command(app, list_, "list")
add_command(app, report, "report")
add_command(app, fields, "fields")
add_command(app, realtime, "realtime")
