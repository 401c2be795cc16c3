"""How a failure reaches a person or a script: a sentence, a remedy and an exit code."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from steward.errors import ExitCode, InvalidInput, StewardError, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    import typer

    from starter.screen import Screen
    from steward.runs import RunRecord


class RunEndedBadly(StewardError):
    """A run ended otherwise than asked; the shell is told what the run's record says."""

    def __init__(self, record: RunRecord) -> None:
        """Tell the run's own reason."""
        run_id = record.start.run_id
        super().__init__(
            record.reason or f"Run {run_id} ended: {record.status.value}.",
            remedy=f"See what became of it with `steward show {run_id}`.",
        )
        self.ended_with = record.exit_code


class NotPickedUp(Unreachable):
    """A run was started, and no worker has begun with it."""

    def __init__(self, run_id: str) -> None:
        """Name the run."""
        super().__init__(
            f"Run {run_id} is started, but no worker has picked it up yet.",
            remedy="Start the workers with `steward up`, or look with `steward doctor`; the run "
            "then goes on by itself.",
        )


class NotConfirmed(Unreachable):
    """A run was asked for something, and has not confirmed it."""

    def __init__(self, run_id: str, asked: str) -> None:
        """Name the run and what it was asked for."""
        super().__init__(
            f"Run {run_id} was asked to {asked} and has not confirmed it yet.",
            remedy="The request is kept and takes effect when a worker runs: see `steward doctor`, "
            f"then `steward show {run_id}`.",
        )


def exit_code_of(error: StewardError) -> ExitCode:
    """Return what the shell is told about the failure."""
    return error.ended_with if isinstance(error, RunEndedBadly) else error.exit_code


def tell(screen: Screen, error: StewardError, *, as_json: bool) -> ExitCode:
    """Write the failure beside the output, and return its exit code."""
    code = exit_code_of(error)
    if as_json:
        content = {
            "type": type(error).__name__,
            "message": error.message,
            "remedy": error.remedy,
            "exit_code": code.value,
        }
        screen.note(json.dumps({"error": content}, ensure_ascii=False))
    else:
        screen.note(f"Error: {error.message}")
        if error.remedy:
            screen.note(f"Try: {error.remedy}")
    return code


def usage_error(error: typer.TyperException) -> StewardError:
    """Return what the command line got wrong, as a failure with its remedy."""
    context = getattr(error, "ctx", None)
    path = "steward" if context is None else context.command_path
    return InvalidInput(
        error.format_message().rstrip(".") + ".", remedy=f"`{path} --help` shows what it takes."
    )


def unexpected(error: Exception, data_folder: Path) -> StewardError:
    """Return a failure that nobody foresaw as a sentence; its details go into a log file."""
    place = _write_down(error, data_folder)
    return StewardError(
        f"Something unexpected went wrong: {type(error).__name__}.",
        remedy=f"The details are in {place}; STEWARD_DEBUG=1 shows them at once.",
    )


def _write_down(error: Exception, folder: Path) -> str:
    details = "".join(traceback.format_exception(error))
    entry = f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{details}\n"
    with suppress(OSError):
        if folder.is_dir():
            log = folder / "errors.log"
            with log.open("a", encoding="utf-8") as file:
                # Details may quote what a platform answered.
                log.chmod(0o600)
                file.write(entry)
            return str(log.absolute())
    handle, name = tempfile.mkstemp(prefix="steward-", suffix=".log", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(entry)
    return name
