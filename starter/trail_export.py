"""`steward audit export`: the audit trail as JSON lines or CSV, for others to keep and verify."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from starter.trail_views import CSV_COLUMNS, csv_cells, entry_line
from steward.errors import InvalidInput

if TYPE_CHECKING:
    from starter.services import TrailReader
    from starter.session import Session
    from steward.audit import AuditEntry

Write = Callable[[str], object]


def parse_since(text: str) -> datetime:
    """Return the moment, in the reader's time zone where it names none; raises `InvalidInput`."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"'{text}' is no date or time.",
            remedy="Write it as 2026-11-30 or 2026-11-30T08:15.",
        ) from None


@contextmanager
def writing(session: Session, output: Path | None) -> Iterator[Write]:
    """Give what writes to the file, or to the screen; raises `InvalidInput` for a bad file."""
    if output is None:
        yield session.screen.raw
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file.write
    except OSError as error:
        raise InvalidInput(
            f"The file {output} cannot be written: {error.strerror}.", remedy="Name another file."
        ) from None


async def export_trail(
    session: Session,
    write: Write,
    *,
    as_csv: bool,
    store: str | None,
    since: datetime | None,
) -> int:
    """Write every entry, store by store in order, and return how many there are.

    With `since` each store's part begins with its first entry of that time and has everything
    after it, so that it is still one chain.
    """
    written = 0
    async with session.services.trail() as reader:
        if as_csv:
            write(csv_line(list(CSV_COLUMNS)))
        stores = await reader.audit_stores() if store is None else [store]
        for name in stores:
            async for entry in _entries(reader, name, since):
                write(csv_line(csv_cells(entry)) if as_csv else entry_line(entry))
                written += 1
    return written


async def _entries(
    reader: TrailReader, store: str, since: datetime | None
) -> AsyncIterator[AuditEntry]:
    first = 1 if since is None else await reader.audit_since(store, since)
    if first is None:
        return
    last = first - 1
    while page := await reader.audit_after(store, last):
        for entry in page:
            yield entry
        last = page[-1].sequence


def csv_line(cells: list[str]) -> str:
    """Return the cells as a line of CSV, each in quotes."""
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()
