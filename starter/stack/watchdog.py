"""A process that ends the stack's processes when their supervisor dies without doing so.

It reads, from its standard input, the list of processes after every change. When the input ends,
whatever is still on the list is ended. The supervisor empties the list before it leaves.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from starter.stack.process_table import StartedProcess, end_processes

_GRACE_SECONDS = 5.0

Groups = Sequence[Sequence[StartedProcess]]


class Watchdog:
    """The supervisor's side: starts the watching process and keeps its list current."""

    def __init__(self) -> None:
        """Start the process, in a session of its own so that Ctrl-C does not reach it."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "starter.stack.watchdog"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, groups: Groups) -> None:
        """Replace the list; the groups are ended in their order."""
        # A watchdog that somebody killed must not take the stack with it.
        with suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(groups) + "\n")
                self._process.stdin.flush()

    def close(self) -> None:
        """Let the process end; it ends what is still on the list."""
        with suppress(BrokenPipeError):
            self._process.communicate()


def main() -> None:
    """Read lists until the supervisor is gone, then end what the last one names."""
    groups: list[list[StartedProcess]] = []
    for line in sys.stdin:
        # The last line may be cut off.
        with suppress(ValueError):
            groups = [[StartedProcess(*process) for process in group] for group in json.loads(line)]
    end_processes(groups, _GRACE_SECONDS)


if __name__ == "__main__":
    main()
