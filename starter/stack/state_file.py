"""The data directory of a stack: locked while it runs, and telling others where its parts are."""

import fcntl
import os
from pathlib import Path

from connectors.settings import STATE_FILE, RunningStack, read_running_stack
from starter.stack.process_table import StartedProcess, end_processes
from steward.errors import Refused, StackUnavailable

_LOCK_FILE = "stack.lock"
_GRACE_SECONDS = 5.0


class StackAlreadyUp(Refused):
    """A stack runs on this data already."""


class StateFile:
    """The lock and the state file of a stack; the lock ends with the process that holds it."""

    def __init__(self, data: Path) -> None:
        """Lock the data directory, creating it, and end what a killed stack has left running.

        Raises:
            StackAlreadyUp: another process holds the lock.
            StackUnavailable: the directory cannot be written.
        """
        self._data = data
        self._file = data / STATE_FILE
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(data / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StackUnavailable(
                f"The data directory {data} cannot be written: {error.strerror}.",
                remedy="Change `data` in temporal-dev.yaml, or the directory's permissions.",
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise _already_up(data) from error
        self._end_leftovers()

    def write(self, stack: RunningStack) -> None:
        """Tell others the stack's state, all at once."""
        unfinished = self._file.with_suffix(".json.new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as content:
            content.write(stack.model_dump_json(indent=2))
        unfinished.replace(self._file)

    def close(self) -> None:
        """Remove the state file and unlock the directory."""
        self._file.unlink(missing_ok=True)
        os.close(self._lock)

    def _end_leftovers(self) -> None:
        left = _last_state(self._file)
        processes = [StartedProcess(it.pid, it.started) for it in left.processes] if left else []
        # Listed in the order in which they were to be ended.
        end_processes([[process] for process in processes], _GRACE_SECONDS)
        self._file.unlink(missing_ok=True)


def _last_state(file: Path) -> RunningStack | None:
    try:
        return RunningStack.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        return None


def _already_up(data: Path) -> StackAlreadyUp:
    stack = read_running_stack(data)
    if stack is None:
        return StackAlreadyUp(
            f"A development stack is starting or stopping on {data}.",
            remedy="Wait a moment and try again.",
        )
    web_ui = f", Web UI {stack.web_ui}" if stack.web_ui else ""
    return StackAlreadyUp(
        f"The development stack on {data} is already up (process {stack.supervisor.pid}): "
        f"Temporal at {stack.temporal_address}{web_ui}.",
        remedy=f"Use it as it is, or stop it first: Ctrl-C where it runs, or "
        f"`kill {stack.supervisor.pid}`.",
    )
