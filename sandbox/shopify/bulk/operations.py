"""The bulk operations of one store, each a file, and the files of their results."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

MOST_RUNNING = 5
"""How many operations of one kind may run at a time, from API version 2026-01 on."""

_FIRST_NUMBER = 7_000_000_000_000
_NUMBER_STEP = 32768


class BulkStatus(StrEnum):
    """How far an operation is, in the platform's words."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class BulkErrorCode(StrEnum):
    """Why an operation failed, in the platform's words."""

    ACCESS_DENIED = "ACCESS_DENIED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


_ENDED = (BulkStatus.CANCELED, BulkStatus.COMPLETED, BulkStatus.FAILED)


@dataclass(slots=True)
class BulkOperation:
    """One bulk mutation; times are in seconds since 1970.

    Attributes:
        mutation: the document that is run on every line.
        upload: the key of the file with a line of variables for each run.
        token: the secret part of its result's address.
        lines_done: how many lines were run.
    """

    id: int
    mutation: str
    upload: str
    client_identifier: str | None
    token: str
    created_at: int
    status: BulkStatus = BulkStatus.CREATED
    error_code: BulkErrorCode | None = None
    completed_at: int | None = None
    lines_done: int = 0

    def has_ended(self) -> bool:
        """Tell whether nothing will become of it any more."""
        return self.status in _ENDED

    def is_canceling(self) -> bool:
        """Tell whether it was asked to stop and has not stopped yet."""
        return self.status is BulkStatus.CANCELING


class BulkOperations:
    """All bulk operations of one store.

    Their state is written whenever their status changes. How many lines are done follows from the
    rows of the result and from the journal, and is kept in the state only once they have ended.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._operations: dict[int, BulkOperation] = {}
        self.started: Callable[[BulkOperation], None] = lambda _: None
        for path in sorted(folder.glob("*.json")):
            self.add(_read(json.loads(path.read_text(encoding="utf-8"))))

    def add(self, operation: BulkOperation) -> None:
        """Add an operation as it is."""
        self._operations[operation.id] = operation

    def start(
        self, mutation: str, upload: str, client_identifier: str | None, at: int
    ) -> BulkOperation:
        """Begin an operation."""
        operation = BulkOperation(
            id=max(self._operations, default=_FIRST_NUMBER) + _NUMBER_STEP,
            mutation=mutation,
            upload=upload,
            client_identifier=client_identifier,
            token=secrets.token_hex(16),
            created_at=at,
        )
        self.add(operation)
        self.save(operation)
        self.started(operation)
        return operation

    def cancel(self, operation: BulkOperation) -> None:
        """Ask an operation that has not ended to stop in front of its next line."""
        operation.status = BulkStatus.CANCELING
        self.save(operation)

    def end(
        self,
        operation: BulkOperation,
        status: BulkStatus,
        error_code: BulkErrorCode | None = None,
    ) -> None:
        """Note how an operation ended."""
        operation.status, operation.error_code = status, error_code
        if status is BulkStatus.COMPLETED:
            operation.completed_at = int(time.time())
        self.save(operation)

    def save(self, operation: BulkOperation) -> None:
        """Write an operation's state; a process that is killed leaves the old or the new one."""
        path = self._folder / f"{operation.id}.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(operation)), encoding="utf-8")
        unfinished.replace(path)

    def get(self, number: int) -> BulkOperation | None:
        """Return an operation by its number, or None."""
        return self._operations.get(number)

    def all(self) -> list[BulkOperation]:
        """Return every operation, oldest first."""
        return sorted(self._operations.values(), key=lambda each: (each.created_at, each.id))

    def running(self) -> list[BulkOperation]:
        """Return those that have not ended, oldest first."""
        return [operation for operation in self.all() if not operation.has_ended()]

    def by_token(self, token: str) -> BulkOperation | None:
        """Return the operation whose result has this address, or None."""
        return next((each for each in self._operations.values() if each.token == token), None)

    def result_path(self, operation: BulkOperation) -> Path:
        """Return where the rows of an operation's result are."""
        return self._folder / f"{operation.id}.jsonl"

    def result_size(self, operation: BulkOperation) -> int:
        """Return the bytes of an operation's result so far."""
        path = self.result_path(operation)
        return path.stat().st_size if path.exists() else 0

    def add_row(self, operation: BulkOperation, row: str) -> None:
        """Write one row of an operation's result."""
        with self.result_path(operation).open("a", encoding="utf-8") as file:
            file.write(row + "\n")

    def clear(self) -> None:
        """Forget every operation."""
        self._operations.clear()
        for path in self._folder.iterdir():
            path.unlink()


def _read(content: dict[str, Any]) -> BulkOperation:
    error_code = content["error_code"]
    return BulkOperation(
        **{
            **content,
            "status": BulkStatus(content["status"]),
            "error_code": None if error_code is None else BulkErrorCode(error_code),
        }
    )
