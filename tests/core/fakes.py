"""A store and a journal in memory that can break at any await, and the run that survives it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, ChangeSet, Outcome, Target
from steward.errors import AnswerLost
from steward.execution import (
    Accepted,
    Answer,
    CallEstimate,
    OutcomeRecord,
    RecordedChange,
    Rejected,
    WriteRequest,
)
from steward.values import Value
from steward.waits import Wait


class Crash(BaseException):
    """The process dies here."""


class Breaking:
    """Counts the moments at which something can go wrong, and lets it happen at the chosen ones.

    After a crash nothing works any more until a new process is there.
    """

    def __init__(self, moments: Mapping[int, BaseException] | None = None) -> None:
        self.moments = dict(moments or {})
        self.passed = 0
        self.dead = False

    async def moment(self) -> None:
        """Give way to others, then raise what was chosen for this moment."""
        await asyncio.sleep(0)
        if self.dead:
            raise Crash
        self.passed += 1
        failure = self.moments.get(self.passed)
        if failure is not None:
            self.dead = isinstance(failure, Crash)
            raise failure


class FakeStore:
    """Holds values, writes at most `per_request` changes of one product a call, and journals.

    Its allowance bears `bears` requests at a time. Values in `refuses` are refused by the
    platform's documented rules.
    """

    name = "demo"

    def __init__(
        self,
        values: Mapping[Target, Value],
        *,
        per_request: int = 2,
        refuses: Iterable[Value] = (),
        breaking: Breaking | None = None,
        bears: int = 100,
    ) -> None:
        self.bears = bears
        self.borne = 0
        self.values = dict(values)
        self.per_request = per_request
        self.refuses = list(refuses)
        self.breaking = breaking or Breaking()
        self.writes: list[Change] = []
        self.overwritten: list[tuple[Change, Value | None]] = []
        self.received: list[WriteRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.resources_in_flight: set[str] = set()

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        raise NotImplementedError(selection, detail)

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        await self.breaking.moment()
        found = {target: self.values[target] for target in targets if target in self.values}
        await self.breaking.moment()
        return found

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        groups: list[list[Change]] = []
        for change in changes:
            last = groups[-1] if groups else None
            if last and last[0].product_id == change.product_id and len(last) < self.per_request:
                last.append(change)
            else:
                groups.append([change])
        return tuple(
            WriteRequest(
                resource=group[0].product_id,
                operation="write",
                body=" ".join(f"{one.target.resource_id}={one.after}" for one in group),
                points=10,
                changes=tuple(group),
            )
            for group in groups
        )

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        return tuple(
            Rejected(code="BAD", reason="refused") if change.after in self.refuses else Accepted()
            for change in request.changes
        )

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        points = sum(request.points for request in requests)
        return CallEstimate(calls=len(requests), points=points, seconds=Decimal(0))

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        borne = min(len(requests), self.bears)
        self.borne += borne
        yield borne
        self.borne -= borne

    def waiting(self) -> Wait | None:
        return None

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        assert request.resource not in self.resources_in_flight
        self.resources_in_flight.add(request.resource)
        self.in_flight += 1
        assert self.in_flight <= self.borne
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.breaking.moment()
            answers = self.predict(request)
            self.received.append(request)
            for change, answer in zip(request.changes, answers, strict=True):
                if isinstance(answer, Accepted):
                    if self.values.get(change.target) != change.before:
                        self.overwritten.append((change, self.values.get(change.target)))
                    self.values[change.target] = change.after
                    self.writes.append(change)
            await self.breaking.moment()
            return answers
        finally:
            self.in_flight -= 1
            self.resources_in_flight.discard(request.resource)


class FakeJournal:
    """Keeps records as a ledger does; `gate` says after how many questions writing is forbidden."""

    def __init__(self, change_set: ChangeSet, breaking: Breaking | None = None) -> None:
        self.records = {
            ordinal: RecordedChange(ordinal=ordinal, change=change, outcome=Outcome.PENDING)
            for ordinal, change in enumerate(change_set.changes)
        }
        self.breaking = breaking or Breaking()
        self.gate: int | None = None
        self.asked = 0

    async def may_write(self) -> bool:
        await self.breaking.moment()
        self.asked += 1
        return self.gate is None or self.asked <= self.gate

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        assert requests
        await self.breaking.moment()
        for ordinal in ordinals:
            assert self.records[ordinal].outcome.is_open
            self._set(ordinal, Outcome.ATTEMPTING, "")
        await self.breaking.moment()

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        await self.breaking.moment()
        for record in records:
            assert self.records[record.ordinal].outcome.is_open
            self._set(record.ordinal, record.outcome, record.reason)
        await self.breaking.moment()

    def recorded(self) -> list[RecordedChange]:
        """Return every change with its outcome, in order."""
        return list(self.records.values())

    def outcome_list(self) -> list[Outcome]:
        """Return the outcomes in the order of the changes."""
        return [entry.outcome for entry in self.records.values()]

    def _set(self, ordinal: int, outcome: Outcome, reason: str) -> None:
        self.records[ordinal] = self.records[ordinal].model_copy(
            update={"outcome": outcome, "reason": reason}
        )


def values_before(change_set: ChangeSet) -> dict[Target, Value]:
    """Return the values that a store holds before a change set is executed."""
    return {change.target: change.before for change in change_set.changes}


LOST = AnswerLost("The store's answer was lost.")
