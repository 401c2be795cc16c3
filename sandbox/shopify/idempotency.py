"""Requests that carry a key, so that a repetition does nothing twice, also after a restart."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Repetition(StrEnum):
    """Why a request with a known key is refused, in the platform's codes."""

    CONCURRENT_REQUEST = "IDEMPOTENCY_CONCURRENT_REQUEST"
    KEY_PARAMETER_MISMATCH = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    PREVIOUS_ATTEMPT_FAILED = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a request with a key did.

    Attributes:
        request_id: under which the journal has its writes.
        fingerprint: tells requests with other parameters apart.
        failed: whether the answer had user errors.
        wrote: whether it wrote anything at all.
        answer: what it was answered, as JSON values that the mutation understands.
    """

    key: str
    request_id: str
    fingerprint: str
    failed: bool
    wrote: bool
    answer: Any


class IdempotencyKeys:
    """The keys of one store, kept in a file of JSON lines beside the journal.

    A key is written down before the journal has the writes of its request. One whose request never
    got there has done nothing, and is forgotten when the file is read again.
    """

    def __init__(self, path: Path | None = None, journaled: Collection[str] = ()) -> None:
        self._path = path
        self._attempts: dict[str, Attempt] = {}
        self._running: dict[str, str] = {}
        if path is not None and path.exists():
            for attempt in _read(path):
                if not attempt.wrote or attempt.request_id in journaled:
                    self._attempts[attempt.key] = attempt

    def begin(self, request_id: str, keys: Iterable[str]) -> None:
        """Note that a request with these keys is being worked on."""
        for key in keys:
            self._running.setdefault(key, request_id)

    def end(self, request_id: str) -> None:
        """Note that a request was answered or dropped."""
        self._running = {key: by for key, by in self._running.items() if by != request_id}

    def earlier(self, key: str, request_id: str, fingerprint: str) -> Attempt | Repetition | None:
        """Return the attempt that a request repeats, why it may not, or None if it is the first."""
        if self._running.get(key, request_id) != request_id:
            return Repetition.CONCURRENT_REQUEST
        attempt = self._attempts.get(key)
        if attempt is None:
            return None
        if attempt.fingerprint != fingerprint:
            return Repetition.KEY_PARAMETER_MISMATCH
        return Repetition.PREVIOUS_ATTEMPT_FAILED if attempt.failed else attempt

    def remember(self, attempt: Attempt) -> None:
        """Keep what a request with a key did, before its writes are in the journal."""
        self._attempts[attempt.key] = attempt
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(attempt)) + "\n")

    def clear(self) -> None:
        """Forget every key."""
        self._attempts.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _read(path: Path) -> Iterable[Attempt]:
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        # A killed process may have left the last line unfinished; its request did nothing.
        if line.endswith("\n"):
            yield Attempt(**json.loads(line))
