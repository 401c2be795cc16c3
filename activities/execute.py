"""Execute: one chunk of an approved change set, written ahead, sent and recorded."""

from collections.abc import Sequence

from temporalio import activity

from activities.heartbeat import heartbeating, progressed
from steward.audit import AuditEvent, AuditKind
from steward.changes import Outcome
from steward.execution import Executor, OutcomeRecord
from steward.outcome_words import outcome_sentence
from steward.ports import Clock, Ledger, StoreDirectory
from steward.runs import ChunkReference, Control, OutcomeCounts, Stage
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
        async with heartbeating():
            recorded = await self._ledger.load_chunk(chunk)
            stage = Stage.COMPENSATE if order.undo else Stage.EXECUTE
            await self._ledger.enter_stage(chunk.run_id, stage)
            await self._audit(chunk, AuditKind.WRITING, f"content {chunk.content}")
            journal = LedgerJournal(self._ledger, order)
            async with self._stores.open(chunk.store) as store:
                executor = Executor(
                    store,
                    journal,
                    parallel_requests=self._parallel_requests,
                    origin=f"{chunk.run_id}:{chunk.digest}:{chunk.first}",
                )
                await executor.execute(recorded)
            outcomes = {entry.ordinal: entry.outcome for entry in recorded} | journal.settled
            report = ChunkReport(outcomes=OutcomeCounts.of(list(outcomes.values())))
            await self._audit(chunk, AuditKind.WRITTEN, outcome_sentence(report.outcomes))
        return report

    async def _audit(self, chunk: ChunkReference, kind: AuditKind, detail: str) -> None:
        execution = f"{activity.info().activity_id}:{activity.info().attempt}"
        stretch = f"{chunk.first}-{chunk.last}"
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{chunk.run_id}:{kind}:{chunk.digest}:{stretch}:{execution}",
                    store=chunk.store,
                    run_id=chunk.run_id,
                    kind=kind,
                    actor="steward",
                    at=self._clock.now(),
                    detail=f"changes {stretch} of {chunk.digest}: {detail}",
                )
            ]
        )


class LedgerJournal:
    """The executor's journal, kept in the ledger."""

    def __init__(self, ledger: Ledger, order: ExecutionOrder) -> None:
        """Take the ledger, and the order whose chunk is written."""
        self._ledger = ledger
        self._chunk = order.chunk
        self._allowed = {Control.RUN, Control.CANCEL} if order.undo else {Control.RUN}
        self.settled: dict[int, Outcome] = {}

    async def may_write(self) -> bool:
        """Return whether the run was neither paused nor stopped; an undo outlives a stop."""
        return await self._ledger.control(self._chunk.run_id) in self._allowed

    async def attempting(self, ordinals: Sequence[int]) -> None:
        """Write ahead which changes are about to be sent."""
        await self._ledger.mark_attempting(self._chunk, ordinals)

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Record what became of changes."""
        await self._ledger.record_outcomes(self._chunk, records)
        progressed()
        self.settled.update((record.ordinal, record.outcome) for record in records)
