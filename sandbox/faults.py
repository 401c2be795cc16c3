"""Faults that a test or a demo asks a store for: slow, lost, broken and held answers."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FaultError(Exception):
    """A fault that was asked for makes no sense; the text says why."""


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    SERVER_ERROR = "server_error"
    LOST_ANSWER = "lost_answer"
    DISCONNECT = "disconnect"
    THROTTLE = "throttle"
    HOLD_BEFORE = "hold_before"
    HOLD_AFTER = "hold_after"
    GARBAGE = "garbage"
    PARTLY_SAVED = "partly_saved"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What faults can tell requests apart by.

    Attributes:
        kind: `query` or `mutation`.
        operations: the platform's names of what the request does.
        resource_ids: the identifiers that the request names.
    """

    kind: str
    operations: frozenset[str]
    resource_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault meets; None matches every request."""

    kind: str | None = None
    operation: str | None = None
    resource_id: str | None = None

    def accepts(self, facts: RequestFacts) -> bool:
        """Tell whether a request is one of those."""
        return (
            self.kind in (None, facts.kind)
            and (self.operation is None or self.operation in facts.operations)
            and (self.resource_id is None or self.resource_id in facts.resource_ids)
        )


@dataclass(slots=True)
class Fault:
    """One fault and what it has done so far.

    Attributes:
        count: how many matching requests it meets; None for all until it is deleted.
        skip: how many matching requests it lets pass first.
        status: the HTTP status of a server error.
        seconds: how long latency holds a request back.
        probability: the chance that it meets a matching request; None is always.
        apply_anyway: whether a request is applied although its answer is an error, or although
            its client went away while it was held.
        matched: how many requests matched, met or not.
        used: how many requests it met.
        held: how many requests wait for its release now.
    """

    id: int
    kind: FaultKind
    match: Match = field(default_factory=Match)
    count: int | None = 1
    skip: int = 0
    status: int = 502
    seconds: float = 1.0
    probability: float | None = None
    seed: int = 0
    apply_anyway: bool = False
    matched: int = 0
    used: int = 0
    held: int = 0
    _release: asyncio.Event = field(default_factory=asyncio.Event)
    _chance: random.Random | None = None

    def meets(self, facts: RequestFacts) -> bool:
        """Tell whether it meets a request, and count it."""
        if not self.match.accepts(facts) or (self.count is not None and self.used >= self.count):
            return False
        self.matched += 1
        if self.matched <= self.skip:
            return False
        if self.probability is not None:
            self._chance = self._chance or random.Random(self.seed)
            if self._chance.random() >= self.probability:
                return False
        self.used += 1
        return True

    async def hold(self) -> None:
        """Wait until the fault is released."""
        self.held += 1
        try:
            await self._release.wait()
        finally:
            self.held -= 1

    def release(self) -> None:
        """Let every request go on that is held, now and from now on."""
        self._release.set()

    def describe(self) -> dict[str, Any]:
        """Return the fault as JSON values."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "match": {
                "kind": self.match.kind,
                "operation": self.match.operation,
                "resource_id": self.match.resource_id,
            },
            "count": self.count,
            "skip": self.skip,
            "status": self.status,
            "seconds": self.seconds,
            "probability": self.probability,
            "seed": self.seed,
            "apply_anyway": self.apply_anyway,
            "matched": self.matched,
            "used": self.used,
            "held": self.held,
            "released": self._release.is_set(),
        }


class Faults:
    """The faults of one store."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def add(self, content: object) -> Fault:
        """Add a fault that is described as JSON.

        Raises:
            FaultError: the description makes no sense.
        """
        fault = _parse(self._last + 1, content)
        self._last = fault.id
        self._faults[fault.id] = fault
        return fault

    def get(self, number: int) -> Fault | None:
        """Return a fault by its number, or None."""
        return self._faults.get(number)

    def all(self) -> list[Fault]:
        """Return all faults, oldest first."""
        return list(self._faults.values())

    def clear(self, number: int | None = None) -> None:
        """Delete one fault or all, and release what they hold."""
        for key in [number] if number is not None else list(self._faults):
            fault = self._faults.pop(key, None)
            if fault is not None:
                fault.release()

    def meeting(self, facts: RequestFacts) -> list[Fault]:
        """Return the faults that meet a request, oldest first, and count them."""
        return [fault for fault in self._faults.values() if fault.meets(facts)]


_SETTINGS: Mapping[str, tuple[type, ...]] = {
    "count": (int, type(None)),
    "skip": (int,),
    "status": (int,),
    "seconds": (int, float),
    "probability": (int, float, type(None)),
    "seed": (int,),
    "apply_anyway": (bool,),
}


def _parse(number: int, content: object) -> Fault:
    if not isinstance(content, dict):
        raise FaultError("A fault is a JSON object.")
    unknown = set(content) - set(_SETTINGS) - {"kind", "match"}
    if unknown:
        raise FaultError(f"A fault has no setting {', '.join(sorted(unknown))}.")
    try:
        kind = FaultKind(str(content.get("kind")))
    except ValueError:
        known = ", ".join(kind.value for kind in FaultKind)
        raise FaultError(f"The kind of a fault is one of {known}.") from None
    match = content.get("match") or {}
    if not isinstance(match, dict) or set(match) - {"kind", "operation", "resource_id"}:
        raise FaultError("A match has the keys kind, operation and resource_id only.")
    settings = {name: content[name] for name in _SETTINGS if name in content}
    for name, value in settings.items():
        if not isinstance(value, _SETTINGS[name]):
            raise FaultError(f"The setting {name} cannot be {value!r}.")
    return Fault(id=number, kind=kind, match=Match(**match), **settings)
