"""Execute: one chunk of an approved change set, written ahead, sent and recorded."""

from collections.abc import Mapping, Sequence

from temporalio import activity

from activities.claiming import Claimer
from activities.heartbeat import WaitNoting, heartbeating, progressed
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import sent_facts
from steward.changes import Outcome
from steward.claims import Hold
from steward.execution import (
    Executor,
    OutcomeRecord,
    RecordedChange,
    WriteRequest,
    beside_moved_prices,
)
from steward.fidelity import digests_by_change
from steward.ports import Clock, Ledger, Store, StoreDirectory
from steward.runs import Control, OutcomeCounts, Stage
from steward.steps import UNDO_PRIORITY, ChunkReport, ExecutionOrder


class ExecuteStep:
    """Writes chunks to stores; a chunk may be executed any number of times."""

    def __init__(
        self,
        ledger: Ledger,
        stores: StoreDirectory,
        clock: Clock,
        claimer: Claimer,
        *,
        parallel_requests: int,
    ) -> None:
        """Take the ports, who claims fields, and how many requests go out at once."""
        self._ledger = ledger
        self._stores = stores
        self._clock = clock
        self._claimer = claimer
        self._parallel_requests = parallel_requests

    @activity.defn(name="execute")
    async def execute(self, order: ExecutionOrder) -> ChunkReport:
        """Bring the chunk's open changes to an outcome, or stop where the run must not write.

        Raises `FieldsClaimed` where it has to wait for another run that holds the same fields, and
        `ClaimRefused` where its template says that it does not wait.
        """
        chunk = order.chunk
        async with heartbeating() as heart:
            recorded = await self._ledger.load_chunk(chunk)
            stage = Stage.COMPENSATE if order.undo else Stage.EXECUTE
            await self._ledger.enter_stage(chunk.run_id, stage)
            outcomes = {entry.ordinal: entry.outcome for entry in recorded}
            # Before anything is claimed: a run that waits for its fields can be paused and stopped.
            if any(one.is_open for one in outcomes.values()) and await self._may_write(order):
                async with self._stores.open(chunk.store) as store:
                    heart.shows_waits(WaitNoting(store, self._ledger, chunk.run_id, self._clock))
                    outcomes |= await self._write(order, store, recorded)
        return ChunkReport(outcomes=OutcomeCounts.of(list(outcomes.values())))

    async def _may_write(self, order: ExecutionOrder) -> bool:
        return await self._ledger.control(order.chunk.run_id) in allowed_controls(order)

    async def _write(
        self, order: ExecutionOrder, store: Store, recorded: Sequence[RecordedChange]
    ) -> Mapping[int, Outcome]:
        """Return the outcomes that the chunk's open changes have come to."""
        chunk, info = order.chunk, activity.info()
        undo = info.priority.priority_key == UNDO_PRIORITY
        claim = await self._claimer.claim(chunk, store, undo=undo, attempt=info.attempt)
        journal = LedgerJournal(self._ledger, self._clock, order, claim.hold)
        executor = Executor(
            store,
            journal,
            parallel_requests=self._parallel_requests,
            origin=chunk.origin,
            # An undo restores field by field, a rollback too.
            price_pairs_stay_together=not undo,
        )
        try:
            async with self._claimer.renewing(claim.hold):
                left = left_alone(recorded, claim.elsewhere)
                if left:
                    await journal.outcomes(left)
                moved = {record.ordinal: {"outcome": record.outcome} for record in left}
                # All of them, since what goes out together must not depend on what is left alone.
                await executor.execute(
                    [it.model_copy(update=moved.get(it.ordinal)) for it in recorded]
                )
        finally:
            if not journal.unanswered:
                await self._claimer.end(claim.hold)
        return journal.settled


def allowed_controls(order: ExecutionOrder) -> frozenset[Control]:
    """Return how a run's gate may stand for its step to write; an undo outlives a stop."""
    return frozenset({Control.RUN, Control.CANCEL} if order.undo else {Control.RUN})


def left_alone(
    recorded: Sequence[RecordedChange], elsewhere: Mapping[int, str]
) -> list[OutcomeRecord]:
    """Return the outcomes of changes, by their ordinals, whose fields another run holds.

    And of the prices beside these, which are not written alone.
    """
    held = [
        OutcomeRecord(ordinal=ordinal, outcome=Outcome.MOVED, reason=f"run {run_id} is writing it")
        for ordinal, run_id in elsewhere.items()
    ]
    unbegun = [entry for entry in recorded if entry.outcome is Outcome.PENDING]
    return held + beside_moved_prices(unbegun, held, {})


class LedgerJournal:
    """The executor's journal, kept in the ledger, with an entry in the audit trail for each batch.

    Entries of one execution are numbered: what is sent again by a later one is another event.
    """

    def __init__(self, ledger: Ledger, clock: Clock, order: ExecutionOrder, hold: Hold) -> None:
        """Take the ledger, the clock, the order whose chunk is written, and the claim on it."""
        self._ledger = ledger
        self._clock = clock
        self._entries = 0
        self._chunk = order.chunk
        self._hold = hold
        self._allowed = allowed_controls(order)
        self.settled: dict[int, Outcome] = {}
        self.unanswered: set[int] = set()

    async def may_write(self) -> bool:
        """Return whether the run was neither paused nor stopped; an undo outlives a stop."""
        return await self._ledger.control(self._chunk.run_id) in self._allowed

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        """Write ahead which changes are about to be sent, and by what; raises `FieldsClaimed`."""
        facts = sent_facts(self._chunk.digest, ordinals, requests)
        detail = f"changes {facts.ordinals} of {facts.digest}, {facts.requests} request(s)"
        entry = self._entry(AuditKind.WRITING, detail)
        await self._ledger.mark_attempting(
            self._chunk,
            ordinals,
            self._hold,
            entry.model_copy(update={"facts": facts.data()}),
            digests_by_change(ordinals, requests),
        )
        self.unanswered.update(ordinals)

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Record what became of changes."""
        await self._ledger.record_outcomes(
            self._chunk, records, self._entry(AuditKind.WRITTEN, "what became of changes")
        )
        progressed()
        self.settled.update((record.ordinal, record.outcome) for record in records)
        self.unanswered.difference_update(self.settled)

    def _entry(self, kind: AuditKind, detail: str) -> AuditEvent:
        self._entries += 1
        return AuditEvent(
            key=f"{self._chunk.run_id}:{kind}:{execution_key()}:{self._entries}",
            store=self._chunk.store,
            run_id=self._chunk.run_id,
            kind=kind,
            actor="steward",
            at=self._clock.now(),
            detail=detail,
        )


def execution_key() -> str:
    """Return what names this attempt of a step among all attempts of all steps of a run."""
    info = activity.info()
    return f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}"
