"""The record of every write that a store received: the truth that tests compare with."""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Write:
    """One field that a request wanted to change, before it has a place in the journal.

    Attributes:
        operation: the platform's name of the write, such as `productVariantsBulkUpdate`.
        resource_id: the platform's identifier of what was to change; None where nothing was named.
        field: which field of it; None where the request never got as far as a field.
        before: the value before, as JSON.
        after: the value that was wanted, as JSON.
        applied: whether the store now holds it.
        reason: why it does not.
    """

    operation: str
    resource_id: str | None = None
    field: str | None = None
    before: Any = None
    after: Any = None
    applied: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A write in the journal; `time` is in seconds since 1970."""

    sequence: int
    time: float
    store: str
    operation: str
    request_id: str
    resource_id: str | None
    field: str | None
    before: Any
    after: Any
    applied: bool
    reason: str | None


class Journal:
    """An append-only file of JSON lines, in the system's hands before a request is answered.

    A line that a killed process left unfinished is cut off when the journal is opened again.
    """

    def __init__(self, path: Path, store: str, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._store = store
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        self._entries = list(_read(path))
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, request_id: str, writes: Sequence[Write]) -> list[Entry]:
        """Write the changes of one request down, all in one piece, and return their entries."""
        now = self._clock()
        entries = [
            Entry(
                sequence=len(self._entries) + offset,
                time=now,
                store=self._store,
                request_id=request_id,
                operation=write.operation,
                resource_id=write.resource_id,
                field=write.field,
                before=write.before,
                after=write.after,
                applied=write.applied,
                reason=write.reason,
            )
            for offset, write in enumerate(writes, start=1)
        ]
        lines = "".join(_line(entry) for entry in entries)
        remaining = memoryview(lines.encode())
        while remaining:
            remaining = remaining[os.write(self._descriptor, remaining) :]
        self._entries.extend(entries)
        return entries

    def entries(self, after: int = 0) -> Sequence[Entry]:
        """Return the entries whose sequence number is higher than `after`."""
        return self._entries[max(0, after) :]

    def clear(self) -> None:
        """Forget everything."""
        os.ftruncate(self._descriptor, 0)
        self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


_NAMES = Entry.__slots__


def _line(entry: Entry) -> str:
    """Return an entry as a line; the general conversion of dataclasses costs several times more."""
    content = {name: getattr(entry, name) for name in _NAMES}
    return json.dumps(content, ensure_ascii=False) + "\n"


def _read(path: Path) -> Iterator[Entry]:
    if not path.exists():
        return
    complete = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            yield Entry(**json.loads(line))
            complete += len(line)
    if complete < path.stat().st_size:
        os.truncate(path, complete)
