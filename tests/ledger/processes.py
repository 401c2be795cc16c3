"""Other Python processes that use a ledger at the same time."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

# Importing takes longer than what is to collide, so everybody waits for a word to begin.
_PREAMBLE = """
import asyncio, sys
from ledger.database import migrate, open_ledger
from tests.ledger import examples
url = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
"""


@contextmanager
def started(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that has imported the ledger and waits; it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _PREAMBLE + program, *arguments],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise AssertionError(process.communicate()[1])
        yield process
    finally:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> None:
    """Let the process begin."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def run_at_once(program: str, *arguments: tuple[str, ...]) -> list[str]:
    """Run the program once for each tuple of arguments, all at once, and return what they print."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(program, *each)) for each in arguments]
        for process in processes:
            go(process)
        outputs = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), outputs
    return [output for output, _ in outputs]
