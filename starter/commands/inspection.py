"""`steward runs`, `show`, `diff` and `watch`: looking at runs without changing anything."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from starter.session import JsonOption, RunArgument, session_of

_MOST_RUNS = 10_000


class Until(StrEnum):
    """How far a run is watched."""

    APPROVAL = "approval"
    DONE = "done"


def runs(
    context: typer.Context,
    store: Annotated[str | None, typer.Option(help="Only runs on this store.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only runs with this status, such as running or failed.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option(help="Only runs in this stage, such as approve or execute.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST_RUNS, help="How many to list.")] = 20,
    json: JsonOption = False,
) -> None:
    """List runs, newest first.

    Example:
      steward runs --store demo --limit 5
      steward runs --stage approve --status running --json
    """
    from starter.showing import list_runs

    asyncio.run(
        list_runs(
            session_of(context), store=store, status=status, stage=stage, limit=limit, as_json=json
        )
    )


def show(context: typer.Context, run: RunArgument, json: JsonOption = False) -> None:
    """Show one run.

    Where it is, its impact, who decided and what became of its changes.

    Example:
      steward show bulk-price-demo-7f3k2c
    """
    from starter.showing import show_run

    asyncio.run(show_run(session_of(context), run, as_json=json))


def diff(
    context: typer.Context,
    run: RunArgument,
    all_changes: Annotated[
        bool, typer.Option("--all", help="Every change, not the first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many changes to list.")] = 20,
    outcome: Annotated[
        str | None, typer.Option(help="Only changes with this outcome, such as moved or refused.")
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="The changes by which the run took back what it wrote.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show a run's changes, before and after.

    An outcome in brackets is the one that the simulation predicts.

    Example:
      steward diff bulk-price-demo-7f3k2c
      steward diff bulk-price-demo-7f3k2c --all --outcome moved --json
    """
    from starter.difference import show_diff

    asyncio.run(
        show_diff(
            session_of(context),
            run,
            limit=None if all_changes else limit,
            outcome=outcome,
            of_undo=undo,
            as_json=json,
        )
    )


def watch(
    context: typer.Context,
    run: RunArgument,
    until: Annotated[
        Until, typer.Option(help="Stop where the run waits for approval, or when it is done.")
    ] = Until.APPROVAL,
    json: JsonOption = False,
) -> None:
    """Follow a run live.

    Ends with the run's exit code; Ctrl-C leaves the run alone.

    Example:
      steward watch bulk-price-demo-7f3k2c
      steward watch bulk-price-demo-7f3k2c --until done --json
    """
    from starter.watching import watch_run

    asyncio.run(
        watch_run(session_of(context), run, past_approval=until is Until.DONE, as_json=json)
    )
