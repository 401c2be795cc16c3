"""`steward doctor`: what is in order, what is not, and what to do about it."""

from __future__ import annotations

import asyncio

import typer

from starter.screen import Column
from starter.session import JsonOption, session_of

_COLUMNS = (
    Column("Check", width=24),
    Column("Health", width=6, styles={"ok": "green", "warn": "yellow", "fail": "bold red"}),
    Column("Finding"),
)


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check everything that Steward needs: server, workers, ledger, stores, analytics properties.

    Changes nothing. The exit code is 0 where nothing fails, else that of the worst finding: 5
    where something does not answer, 6 where credentials are refused, and so on.

    Example:
      steward doctor
      steward doctor --json
    """
    from connectors.settings import load_settings
    from starter.checks import examine

    screen = session_of(context).screen
    with screen.busy("Looking ..."):
        findings = asyncio.run(examine(load_settings()))
    code = max(finding.exit_code for finding in findings)
    if as_json:
        content = [
            {
                "check": finding.check,
                "health": finding.health.value,
                "message": finding.message,
                "remedy": finding.remedy,
            }
            for finding in findings
        ]
        screen.data({"findings": content, "exit_code": code.value})
    else:
        screen.table(_COLUMNS, [(it.check, it.health.value, it.message) for it in findings])
        for finding in findings:
            if finding.remedy:
                screen.say()
                screen.say(f"{finding.check}: {finding.message}")
                screen.say(f"  Try: {finding.remedy}")
    if code:
        raise typer.Exit(code)
