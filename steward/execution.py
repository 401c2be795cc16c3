"""The executor: the one code path that writes to a store, in a simulation and for real."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Protocol, assert_never

from pydantic import Discriminator, Field

from steward.changes import Change, Outcome, Target
from steward.model import Frozen
from steward.values import Value


class WriteRequest(Frozen):
    """One call to a platform that writes one or more changes.

    `resource` is what calls must keep their order for, such as a product; `body` is the call's
    content in the platform's own form; `points` is its predicted price in the platform's rate
    limit.
    """

    resource: str
    operation: str
    body: str
    points: int = Field(ge=0)
    changes: tuple[Change, ...] = Field(min_length=1)


class Accepted(Frozen):
    """The platform says that it applied the change."""

    kind: Literal["accepted"] = "accepted"


class Rejected(Frozen):
    """The platform refuses the change; `reason` is its own message, `code` its own code."""

    kind: Literal["rejected"] = "rejected"
    code: str
    reason: str


class Stale(Frozen):
    """The platform applied nothing, because the store no longer held the change's `before`.

    Platforms that compare and set answer so; what the store holds instead is then read.
    """

    kind: Literal["stale"] = "stale"


Answer = Annotated[Accepted | Rejected | Stale, Discriminator("kind")]


class CallEstimate(Frozen):
    """What a set of requests costs: calls, rate-limit points, and the least time that takes."""

    calls: int = Field(ge=0)
    points: int = Field(ge=0)
    seconds: Decimal = Field(ge=0)


class RecordedChange(Frozen):
    """A change as the ledger holds it: its place in the change set and what became of it."""

    ordinal: int = Field(ge=0)
    change: Change
    outcome: Outcome
    reason: str = ""


class OutcomeRecord(Frozen):
    """What became of one change; `live` is the value that the store held, where it was read."""

    ordinal: int = Field(ge=0)
    outcome: Outcome
    reason: str = ""
    live: Value | None = None


class WritableStore(Protocol):
    """The part of a store that the executor needs; the simulation puts its overlay here."""

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live value of each field; see `steward.ports.Store`."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the requests that would write the changes; see `steward.ports.Store`."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and return one answer for each change; see `steward.ports.Store`."""


class Journal(Protocol):
    """Where the executor writes down what it is about to do and what came of it."""

    async def may_write(self) -> bool:
        """Return whether the run may still write; asked in front of every write."""

    async def attempting(self, ordinals: Sequence[int]) -> None:
        """Record, before anything is sent, that these changes are about to be written."""

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Record what became of these changes."""


class Executor:
    """Compares, writes down, sends and records, a few requests at a time.

    A change is sent only while the store still holds its `before`. Requests of different
    resources go out together, at most `parallel_requests` of them; those of one resource go one
    after the other. Whether the run may still write is asked before a batch of requests is
    compared, and again right before it is sent.
    """

    def __init__(self, store: WritableStore, journal: Journal, *, parallel_requests: int) -> None:
        """Take the store to write to and the journal to keep."""
        self._store = store
        self._journal = journal
        self._parallel_requests = parallel_requests

    async def execute(self, recorded: Sequence[RecordedChange]) -> None:
        """Bring every open change to an outcome, or stop where the run may no longer write.

        Raises what `send` raises, after recording what came of the other requests; the change in
        question stays *attempting*, and the next execution resolves it by reading.
        """
        still_open = [entry for entry in recorded if entry.outcome.is_open]
        for batch in self._batches(still_open):
            if not await self._journal.may_write():
                return
            await self._execute_batch(batch)

    def _batches(self, entries: Sequence[RecordedChange]) -> Iterable[list[RecordedChange]]:
        by_target = {entry.change.target: entry for entry in entries}
        requests = self._store.requests_for([entry.change for entry in entries])
        for start in range(0, len(requests), self._parallel_requests):
            together = requests[start : start + self._parallel_requests]
            yield [by_target[change.target] for request in together for change in request.changes]

    async def _execute_batch(self, batch: Sequence[RecordedChange]) -> None:
        live = await self._store.read_values([entry.change.target for entry in batch])
        settled = [
            record
            for entry in batch
            if (record := compared(entry, live.get(entry.change.target))) is not None
        ]
        if settled:
            await self._journal.outcomes(settled)
        done = {record.ordinal for record in settled}
        to_write = [entry for entry in batch if entry.ordinal not in done]
        if to_write and await self._journal.may_write():
            await self._journal.attempting([entry.ordinal for entry in to_write])
            await self._write(to_write)

    async def _write(self, entries: Sequence[RecordedChange]) -> None:
        by_target = {entry.change.target: entry for entry in entries}
        lanes: defaultdict[str, list[WriteRequest]] = defaultdict(list)
        for request in self._store.requests_for([entry.change for entry in entries]):
            lanes[request.resource].append(request)
        records: list[OutcomeRecord] = []
        ended = await asyncio.gather(
            *(self._write_in_order(lane, by_target, records) for lane in lanes.values()),
            return_exceptions=True,
        )
        if records:
            await self._journal.outcomes(records)
        for failure in ended:
            if failure is not None:
                raise failure

    async def _write_in_order(
        self,
        lane: Sequence[WriteRequest],
        by_target: Mapping[Target, RecordedChange],
        records: list[OutcomeRecord],
    ) -> None:
        for request in lane:
            answers = await self._store.send(request)
            entries = [by_target[change.target] for change in request.changes]
            stale: list[RecordedChange] = []
            for entry, answer in zip(entries, answers, strict=True):
                if isinstance(answer, Stale):
                    stale.append(entry)
                else:
                    records.append(answered(entry.ordinal, answer))
            if stale:
                live = await self._store.read_values([entry.change.target for entry in stale])
                records.extend(
                    stale_outcome(entry, live.get(entry.change.target)) for entry in stale
                )


def compared(entry: RecordedChange, live: Value | None) -> OutcomeRecord | None:
    """Return the outcome that the live value already decides, or None where it must be written.

    `live` is None where the resource no longer exists. A change left *attempting* by a crash or a
    lost answer is resolved here: the new value is there, so it was applied; the old one is there,
    so it was not.
    """
    if live == entry.change.before:
        return None
    if live == entry.change.after:
        landed = entry.outcome is Outcome.ATTEMPTING
        outcome = Outcome.APPLIED if landed else Outcome.UNCHANGED
        return OutcomeRecord(ordinal=entry.ordinal, outcome=outcome, live=live)
    reason = "no longer exists" if live is None else f"is {live} now, somebody else changed it"
    return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.MOVED, reason=reason, live=live)


def stale_outcome(entry: RecordedChange, live: Value | None) -> OutcomeRecord:
    """Return the outcome of a change that the platform found stale, by what the store holds now.

    A value that has come back to `before` meanwhile is in other hands, and is left alone too.
    """
    return compared(entry, live) or OutcomeRecord(
        ordinal=entry.ordinal,
        outcome=Outcome.MOVED,
        reason="somebody else was changing it",
        live=live,
    )


def answered(ordinal: int, answer: Accepted | Rejected) -> OutcomeRecord:
    """Return the outcome that the platform's answer means."""
    match answer:
        case Accepted():
            return OutcomeRecord(ordinal=ordinal, outcome=Outcome.APPLIED)
        case Rejected(code=code, reason=reason):
            return OutcomeRecord(
                ordinal=ordinal, outcome=Outcome.REFUSED, reason=f"{reason} [{code}]"
            )
        case _:
            assert_never(answer)
