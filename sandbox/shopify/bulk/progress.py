"""How far an operation had got when the process was killed."""

import json
import os
from collections.abc import Collection
from pathlib import Path


def line_id(operation: int, number: int) -> str:
    """Return the identifier under which the journal has what a line wrote; lines count from 0."""
    return f"bulk-{operation}-{number}"


def next_line(operation: int, result: Path, journaled: Collection[str]) -> int:
    """Return the first line that was not run yet, and cut an unfinished row off the result.

    The row of a line is written before the journal has its writes. A last row without any in the
    journal is cut off, and its line is run again: it has either written nothing at all, or nothing
    that lasted.

    Args:
        operation: the operation's number.
        result: where the rows of its result are.
        journaled: the identifiers of all requests in the journal.
    """
    prefix = line_id(operation, 0)[:-1]
    written = max(
        (int(each.removeprefix(prefix)) for each in journaled if each.startswith(prefix)),
        default=-1,
    )
    rows = result.read_bytes().splitlines(keepends=True) if result.exists() else []
    complete = [row for row in rows if row.endswith(b"\n")]
    last = _line_of(complete[-1]) if complete else None
    if last is not None and last > written:
        complete.pop()
        following = last
    else:
        following = written + 1
    if len(complete) < len(rows):
        os.truncate(result, sum(len(row) for row in complete))
    return following


def _line_of(row: bytes) -> int | None:
    """Return which line a row answers; None for one that a fault made unreadable."""
    try:
        content = json.loads(row)
    except ValueError:
        return None
    number = content.get("__lineNumber") if isinstance(content, dict) else None
    return number if isinstance(number, int) else None
