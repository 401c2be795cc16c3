"""`steward audit`: what happened, who did it and when; whether that was altered; and a copy."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.session import JsonOption, StoreOption, session_of

app = new_app()

_MOST_ENTRIES = 10_000


class ExportFormat(StrEnum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"


def audit(
    context: typer.Context,
    store: StoreOption = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="Only entries about this run.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Only entries of this kind, such as decided, written or refused."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST_ENTRIES, help="How many to list.")] = 20,
    json: JsonOption = False,
) -> None:
    """List the audit trail, newest first.

    Every request, verdict, decision, write, answer, pause, undo and change of a setting is in it,
    with who did it and when; what was refused is in it too. The store `steward` stands for what
    concerns no single store, such as the register of approvers.

    Example:
      steward audit --store demo --kind refused
      steward audit --run bulk-price-demo-7f3k2c --json
    """
    if context.invoked_subcommand is not None:
        return
    from starter.trail import list_entries

    asyncio.run(
        list_entries(
            session_of(context), store=store, run_id=run, kind=kind, limit=limit, as_json=json
        )
    )


def verify(
    context: typer.Context,
    store: StoreOption = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Do not ask the server what runs noted at their end."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check that the audit trail is as it was written.

    Computes each store's chain of hashes again, compares it with the ends that finished runs noted
    in their results on the Temporal server, and holds changes, decisions, runs and approvers
    against what the trail tells of them. Exit code 0: all intact; 1: something is not, and the
    first entry concerned is named.

    Example:
      steward audit verify
      steward audit verify --store demo --offline --json
    """
    from starter.trail_check import verify_trail
    from steward.errors import ExitCode

    session = session_of(context)
    if not asyncio.run(verify_trail(session, store=store, offline=offline, as_json=json)):
        raise typer.Exit(ExitCode.RUN_FAILED)


def export(
    context: typer.Context,
    file_format: Annotated[
        ExportFormat, typer.Option("--format", help="JSON lines, or a table for spreadsheets.")
    ] = ExportFormat.JSONL,
    store: StoreOption = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Begin with this day or time, as in 2026-11-30."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write into this file.")
    ] = None,
) -> None:
    """Write out the audit trail, oldest first, with its hashes.

    Whoever has the export can verify it without Steward: docs/concepts.md says how. In CSV, an
    apostrophe stands wherever a spreadsheet could begin a formula.

    Example:
      steward audit export > trail.jsonl
      steward audit export --format csv --store demo --since 2026-11-01 --output trail.csv
    """
    from starter.trail_export import export_trail, parse_since, writing
    from starter.views import counted

    session = session_of(context)
    moment = None if since is None else parse_since(since)
    with writing(session, output) as write:
        exporting = export_trail(
            session, write, as_csv=file_format is ExportFormat.CSV, store=store, since=moment
        )
        written = asyncio.run(exporting)
    session.screen.note(f"{counted(written, 'entry', 'entries')} exported.")


set_default(app, audit)
add_command(app, verify, "verify")
add_command(app, export, "export")
