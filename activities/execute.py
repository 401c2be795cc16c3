"""Execute: one chunk of an approved change set, written ahead, sent and recorded."""

from collections.abc import Sequence

from temporalio import activity

from activities.heartbeat import WaitNoting, heartbeating, progressed
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import sent_facts
from steward.changes import Outcome
from steward.execution import Executor, OutcomeRecord, WriteRequest
from steward.ports import Clock, Ledger, StoreDirectory
from steward.runs import Control, OutcomeCounts, Stage
from steward.steps import ChunkReport, ExecutionOrder


class ExecuteStep:
    """Writes chunks to stores; a chunk may be executed any number of times."""

    def __init__(
        self, ledger: Ledger, stores: StoreDirectory, clock: Clock, *, parallel_requests: int
    ) -> None:
        """Take the ports, and how many requests go out at once."""
        self._ledger = ledger
        self._stores = stores
        self._clock = clock
        self._parallel_requests = parallel_requests

    @activity.defn(name="execute")
    async def execute(self, order: ExecutionOrder) -> ChunkReport:
        """Bring the chunk's open changes to an outcome, or stop where the run must not write."""
        chunk = order.chunk
        async with heartbeating() as heart:
            recorded = await self._ledger.load_chunk(chunk)
            stage = Stage.COMPENSATE if order.undo else Stage.EXECUTE
            await self._ledger.enter_stage(chunk.run_id, stage)
            journal = LedgerJournal(self._ledger, self._clock, order)
            async with self._stores.open(chunk.store) as store:
                heart.shows_waits(WaitNoting(store, self._ledger, chunk.run_id, self._clock))
                executor = Executor(
                    store,
                    journal,
                    parallel_requests=self._parallel_requests,
                    origin=f"{chunk.run_id}:{chunk.digest}:{chunk.first}",
                    # An undo restores field by field.
                    price_pairs_stay_together=not order.undo,
                )
                await executor.execute(recorded)
            outcomes = {entry.ordinal: entry.outcome for entry in recorded} | journal.settled
        return ChunkReport(outcomes=OutcomeCounts.of(list(outcomes.values())))


class LedgerJournal:
    """The executor's journal, kept in the ledger, with an entry in the audit trail for each batch.

    Entries of one execution are numbered: what is sent again by a later one is another event.
    """

    def __init__(self, ledger: Ledger, clock: Clock, order: ExecutionOrder) -> None:
        """Take the ledger, the clock, and the order whose chunk is written."""
        self._ledger = ledger
        self._clock = clock
        self._entries = 0
        self._chunk = order.chunk
        self._allowed = {Control.RUN, Control.CANCEL} if order.undo else {Control.RUN}
        self.settled: dict[int, Outcome] = {}

    async def may_write(self) -> bool:
        """Return whether the run was neither paused nor stopped; an undo outlives a stop."""
        return await self._ledger.control(self._chunk.run_id) in self._allowed

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        """Write ahead which changes are about to be sent, and by what."""
        facts = sent_facts(self._chunk.digest, ordinals, requests)
        detail = f"changes {facts.ordinals} of {facts.digest}, {facts.requests} request(s)"
        entry = self._entry(AuditKind.WRITING, detail)
        await self._ledger.mark_attempting(
            self._chunk, ordinals, entry.model_copy(update={"facts": facts.data()})
        )

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Record what became of changes."""
        await self._ledger.record_outcomes(
            self._chunk, records, self._entry(AuditKind.WRITTEN, "what became of changes")
        )
        progressed()
        self.settled.update((record.ordinal, record.outcome) for record in records)

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
