"""The entry of the `steward` command: the tree of commands, and how a call ends."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from starter.command_tree import Command, LazyCommands, build, new_app, set_default
from starter.failures import tell, unexpected, usage_error
from starter.live import LiveServices
from starter.screen import Screen
from starter.session import Session
from steward.errors import ExitCode, StewardError

PLACES = {
    "up": "starter.up:up",
    "demo": "starter.demo:demo",
    "stores": "starter.commands.stores:app",
    "analytics": "starter.commands.analytics:app",
    "templates": "starter.commands.templates:app",
    "policy": "starter.commands.policy:app",
    "run": "starter.commands.run:app",
    "runs": "starter.commands.inspection:runs",
    "show": "starter.commands.inspection:show",
    "diff": "starter.commands.inspection:diff",
    "watch": "starter.commands.inspection:watch",
    "approve": "starter.commands.decisions:approve",
    "reject": "starter.commands.decisions:reject",
    "withdraw": "starter.commands.decisions:withdraw",
    "edit": "starter.commands.decisions:edit",
    "approver": "starter.commands.approvers:app",
    "pause": "starter.commands.control:pause",
    "resume": "starter.commands.control:resume",
    "cancel": "starter.commands.control:cancel",
    "rollback": "starter.commands.control:rollback",
    "follow-up": "starter.commands.control:follow_up",
    "audit": "starter.commands.audit:app",
    "doctor": "starter.doctor:doctor",
}


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"steward {version('steward')}")
        raise typer.Exit


def steward(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 the callback answers it
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Change online stores with agents whose every step is simulated, approved and reversible.

    Example:
      steward run bulk-price --store demo --collection summer --percent -15
      steward approve RUN
      steward rollback RUN
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def command() -> Command:
    """Return the whole command, its subcommands not loaded yet."""
    app = new_app(completion=True)
    set_default(app, steward)
    root = build(app, "steward")
    if isinstance(root, typer.core.TyperGroup):
        root.commands = LazyCommands(PLACES)
    return root


def run(arguments: Sequence[str], session: Session) -> int:
    """Carry out one call and return its exit code; a failure is told, never raised."""
    as_json = "--json" in arguments
    try:
        code = _carry_out(arguments, session)
        session.screen.flush()
    except BrokenPipeError:
        # Whoever read along, such as `head`, has seen enough.
        _discard_further_output()
        return ExitCode.OK
    except typer.TyperException as error:
        return tell(session.screen, usage_error(error), as_json=as_json)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except StewardError as error:
        _show_traceback()
        return tell(session.screen, error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 whatever it is, a person gets a sentence
        _show_traceback()
        return tell(
            session.screen, unexpected(error, session.services.data_folder()), as_json=as_json
        )
    return code


def _carry_out(arguments: Sequence[str], session: Session) -> int:
    try:
        code = command().main(
            args=list(arguments), prog_name="steward", standalone_mode=False, obj=session
        )
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        raise
    return code if isinstance(code, int) else ExitCode.OK


def _show_traceback() -> None:
    if os.environ.get("STEWARD_DEBUG") == "1":
        traceback.print_exc()


def _discard_further_output() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def main() -> None:
    """Run the command with the process's own arguments and streams."""
    code = run(sys.argv[1:], Session(Screen(), LiveServices()))
    if "temporalio" in sys.modules:
        # The client's native threads may still be letting go of the interpreter; tearing that down
        # under them aborts the process now and then. Everything is written, so leave at once.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
