"""Processes of this machine: telling one from a later one with the same id, and ending it."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class StartedProcess(NamedTuple):
    """A process group that was started: the id of its first process and when that began."""

    pid: int
    started: str


def start_of(pid: int) -> str | None:
    """Return when a process began, in the system's own words, or None where there is none.

    A process that has ended but was not collected by its parent counts as none.
    """
    if not Path("/proc/self/stat").exists():
        return _start_of_without_proc(pid)
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The command's name stands in brackets and may hold spaces; the state follows it.
    state, *fields = status.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else fields[18]


def is_alive(process: StartedProcess) -> bool:
    """Return whether this very process still runs."""
    return start_of(process.pid) == process.started


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and all that it started; nothing happens if they are gone."""
    # Where nothing of a group can be signalled any more, macOS says that it is not permitted.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_processes(groups: Sequence[Sequence[StartedProcess]], grace_seconds: float) -> None:
    """End processes group after group: politely, and after the grace period by force.

    Processes that are not those that were started, though they have the same id, are left alone.
    """
    for group in groups:
        remaining = [process for process in group if is_alive(process)]
        for process in remaining:
            signal_group(process.pid, signal.SIGTERM)
        patience = time.monotonic() + grace_seconds
        while remaining and time.monotonic() < patience:
            time.sleep(0.05)
            remaining = [process for process in remaining if is_alive(process)]
        for process in remaining:
            signal_group(process.pid, signal.SIGKILL)
        while any(is_alive(process) for process in remaining):
            time.sleep(0.01)


def _start_of_without_proc(pid: int) -> str | None:
    answer = subprocess.run(  # noqa: S603 - fixed words and a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    state, _, start = answer.partition(" ")
    return None if not state or state.startswith("Z") else start.strip()
