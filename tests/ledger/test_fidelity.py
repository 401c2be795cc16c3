"""The ledger tells of each change whether the request predicted for it is what carried it."""

from collections.abc import Mapping, Sequence

import pytest

from ledger.database import SqlLedger
from ledger.reader import LedgerReader
from steward.audit import AuditEvent, AuditKind
from steward.changes import Change, ChangeSet, Outcome
from steward.execution import Executor, OutcomeRecord, WriteRequest
from steward.fidelity import Difference, Differing, Fidelity, digests_by_change
from steward.rehearsal import rehearse
from steward.runs import ChunkReference
from tests.core.fakes import FakeStore, values_before
from tests.ledger.examples import (
    STORE,
    audit_event,
    change_set,
    chunks,
    held,
    predictions,
    run_start,
    simulation,
    usd,
)

CHANGES = change_set(10)
AS_FIVE: Mapping[int, str] = {0: "aa", 1: "aa", 2: "aa", 3: "bb", 4: "bb"}


class Upgraded(FakeStore):
    """Writes the same in other words, as another version of a connector may."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        return tuple(
            request.model_copy(update={"operation": "write, version 2"})
            for request in super().requests_for(changes)
        )


class Journal:
    """Keeps the ledger as the step that writes a chunk does."""

    def __init__(self, ledger: SqlLedger, chunk: ChunkReference) -> None:
        self.ledger = ledger
        self.chunk = chunk
        self.entries = 0

    async def may_write(self) -> bool:
        return True

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        digests = digests_by_change(ordinals, requests)
        await self.ledger.mark_attempting(
            self.chunk,
            ordinals,
            await held(self.ledger, self.chunk),
            self._entry(),
            digests=digests,
        )

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        await self.ledger.record_outcomes(self.chunk, records, self._entry(AuditKind.WRITTEN))

    def _entry(self, kind: AuditKind = AuditKind.WRITING) -> AuditEvent:
        self.entries += 1
        event = audit_event(f"{self.chunk.first}:{self.entries}")
        return event.model_copy(update={"kind": kind})


async def simulated(ledger: SqlLedger, store: FakeStore) -> Sequence[ChunkReference]:
    """Open a run, simulate the changes on the store as it is, and return the chunks."""
    rehearsal = await rehearse(store, CHANGES, dict(store.values), parallel_requests=2)
    await ledger.open_run(run_start())
    await ledger.save_simulation(simulation(CHANGES), CHANGES, rehearsal.predictions, None)
    return chunks(CHANGES)


async def executed(ledger: SqlLedger, store: FakeStore, chunk: ChunkReference) -> None:
    """Execute what is open of a chunk."""
    executor = Executor(store, Journal(ledger, chunk), parallel_requests=2)
    await executor.execute(await ledger.load_chunk(chunk))


def whole() -> ChunkReference:
    """Return all changes as one chunk."""
    first, *_ = chunks(CHANGES)
    return first.model_copy(update={"first": 0, "last": 9, "content": CHANGES.digest})


async def test_all_is_as_predicted_where_nothing_moved(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Each change keeps the digest that was predicted, and that of what carried it."""
    store = FakeStore(values_before(CHANGES), per_request=3)
    await simulated(ledger, store)
    assert await ledger.fidelity("run-1", CHANGES.digest) == Fidelity(sent=0, identical=0)
    await executed(ledger, store, whole())
    full = Fidelity(sent=10, identical=10)
    assert await ledger.fidelity("run-1", CHANGES.digest) == full
    assert await reader.fidelity("run-1", CHANGES.digest) == full
    assert await reader.differing("run-1", CHANGES.digest) == []


async def test_what_shares_a_request_with_a_moved_change_is_told_with_it(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Its request was smaller than predicted; what moved is not sent, and counts apart."""
    store = FakeStore(values_before(CHANGES), per_request=3)
    await simulated(ledger, store)
    store.values[CHANGES.changes[1].target] = usd("7.77")
    await executed(ledger, store, whole())
    fidelity = await reader.fidelity("run-1", CHANGES.digest)
    assert fidelity == Fidelity(sent=9, identical=7, neighbour_left_out=2, left_out=1)
    differing = await reader.differing("run-1", CHANGES.digest)
    assert [(one.ordinal, one.why, one.neighbours) for one in differing] == [
        (0, Difference.NEIGHBOUR_LEFT_OUT, (1,)),
        (2, Difference.NEIGHBOUR_LEFT_OUT, (1,)),
    ]
    assert all(one.sent and one.predicted and one.sent != one.predicted for one in differing)


async def test_connector_that_sends_something_else_is_caught(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Nothing moved, every value is as wanted, and still it is told that requests were others."""
    store = FakeStore(values_before(CHANGES), per_request=3)
    await simulated(ledger, store)
    await executed(ledger, Upgraded(values_before(CHANGES), per_request=3), whole())
    assert (await ledger.count_outcomes("run-1", CHANGES.digest)).applied == 10
    fidelity = await reader.fidelity("run-1", CHANGES.digest)
    assert fidelity == Fidelity(sent=10, identical=0, otherwise=10)
    differing = await reader.differing("run-1", CHANGES.digest, limit=3)
    assert [one.why for one in differing] == [Difference.OTHERWISE] * 3


async def test_request_for_what_needed_none_is_caught(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """A change that was to be left alone, and is sent after all, and what it is sent with."""
    values = values_before(CHANGES)
    values[CHANGES.changes[9].target] = usd("7.77")
    await simulated(ledger, FakeStore(values, per_request=3))
    await executed(ledger, FakeStore(values_before(CHANGES), per_request=3), whole())
    fidelity = await reader.fidelity("run-1", CHANGES.digest)
    assert fidelity == Fidelity(sent=10, identical=8, unforeseen=1, otherwise=1)
    beside, one = await reader.differing("run-1", CHANGES.digest)
    assert (one.ordinal, one.why, one.predicted) == (9, Difference.UNFORESEEN, "")
    assert (beside.ordinal, beside.why, beside.sent) == (8, Difference.OTHERWISE, one.sent)


async def test_first_request_of_a_change_counts(ledger: SqlLedger, reader: LedgerReader) -> None:
    """What a later attempt sends again carries only what an earlier one left open."""
    changes = change_set(5)
    predicted = [
        one.model_copy(update={"request": one.ordinal // 3, "request_digest": AS_FIVE[one.ordinal]})
        for one in predictions(changes)
    ]
    await ledger.open_run(run_start())
    await ledger.save_simulation(simulation(changes), changes, predicted, None)
    chunk = whole().model_copy(update={"digest": changes.digest, "last": 4})
    hold, entry = await held(ledger, chunk), audit_event("first")
    for _ in range(2):
        await ledger.mark_attempting(
            chunk, [0, 1, 2], hold, entry, digests=dict.fromkeys(range(3), "aa")
        )
    again = audit_event("again")
    await ledger.mark_attempting(chunk, [1, 3, 4], hold, again, digests={1: "cc", 3: "bb", 4: "dd"})
    fidelity = await reader.fidelity("run-1", changes.digest)
    assert fidelity == Fidelity(sent=5, identical=4, otherwise=1)
    assert await reader.differing("run-1", changes.digest) == [
        Differing(
            ordinal=4,
            label=changes.changes[4].label,
            why=Difference.OTHERWISE,
            predicted="bb",
            sent="dd",
        )
    ]


@pytest.mark.parametrize("digests", [{}, {0: "aa"}])
async def test_older_simulation_has_no_fidelity(
    ledger: SqlLedger, reader: LedgerReader, digests: Mapping[int, str]
) -> None:
    """Where it was not kept what the requests were, nothing is claimed; nor of what is unknown."""
    await ledger.open_run(run_start())
    await ledger.save_simulation(simulation(CHANGES), CHANGES, predictions(CHANGES), None)
    hold = await held(ledger, whole())
    await ledger.mark_attempting(whole(), [0, 1], hold, audit_event("sent"), digests=digests)
    assert await reader.fidelity("run-1", CHANGES.digest) is None
    nothing = ChangeSet(store=STORE, changes=())
    assert await reader.fidelity("run-1", nothing.digest) == Fidelity(sent=0, identical=0)
    first, second, *_ = await ledger.load_chunk(whole())
    assert [first.outcome, second.outcome] == [Outcome.ATTEMPTING] * 2
