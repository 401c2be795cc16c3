"""Verify: read a wave back by id, and judge whether the run may go on."""

from collections.abc import Sequence

from temporalio import activity

from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.changes import Outcome
from steward.execution import OutcomeRecord, RecordedChange
from steward.health import Verification, judge_wave
from steward.policy import Policy
from steward.ports import Clock, Ledger, Store, StoreDirectory
from steward.runs import ChunkReference, OutcomeCounts, Stage
from steward.steps import VerificationOrder, WaveReport
from steward.values import Value

_AS_WRITTEN = {Outcome.APPLIED, Outcome.UNCHANGED}


class VerifyStep:
    """Reads back what was written."""

    def __init__(
        self, ledger: Ledger, stores: StoreDirectory, clock: Clock, *, policy: Policy
    ) -> None:
        """Take the ports, and the policy that limits failures."""
        self._ledger = ledger
        self._stores = stores
        self._clock = clock
        self._policy = policy

    @activity.defn(name="verify")
    async def verify(self, order: VerificationOrder) -> WaveReport:
        """Compare every written value with the live one; what differs gets another outcome."""
        chunks = order.wave.chunks
        checked = mismatched = 0
        outcomes = OutcomeCounts()
        async with heartbeating(), self._stores.open(chunks[0].store) as store:
            stage = Stage.COMPENSATE if order.undo else Stage.VERIFY
            await self._ledger.enter_stage(chunks[0].run_id, stage)
            for chunk in chunks:
                recorded = await self._ledger.load_chunk(chunk)
                written = [entry for entry in recorded if entry.outcome in _AS_WRITTEN]
                differing = await self._differing(store, chunk, written)
                checked += len(written)
                mismatched += len(differing)
                settled = {entry.ordinal: entry.outcome for entry in recorded}
                settled |= {record.ordinal: record.outcome for record in differing}
                outcomes += OutcomeCounts.of(list(settled.values()))
            verification = Verification(checked=checked, mismatched=mismatched, outcomes=outcomes)
            await self._ledger.append_audit([self._event(chunks, verification)])
        return WaveReport(
            verification=verification,
            judgement=judge_wave(verification, self._policy),
            when_tripped=self._policy.when_tripped,
        )

    async def _differing(
        self, store: Store, chunk: ChunkReference, written: Sequence[RecordedChange]
    ) -> list[OutcomeRecord]:
        live = await store.read_values([entry.change.target for entry in written])
        records = [
            record
            for entry in written
            if (record := _mismatch(entry, live.get(entry.change.target))) is not None
        ]
        if records:
            await self._ledger.record_outcomes(chunk, records)
        return records

    def _event(self, chunks: Sequence[ChunkReference], verification: Verification) -> AuditEvent:
        first, last = chunks[0], chunks[-1]
        return AuditEvent(
            key=f"{first.run_id}:{AuditKind.VERIFIED}:{first.digest}:{first.first}-{last.last}"
            f":{activity.info().attempt}",
            store=first.store,
            run_id=first.run_id,
            kind=AuditKind.VERIFIED,
            actor="steward",
            at=self._clock.now(),
            detail=f"changes {first.first}-{last.last} of {first.digest}: "
            f"{verification.checked} read back, {verification.mismatched} not as written",
        )


def _mismatch(entry: RecordedChange, live: Value | None) -> OutcomeRecord | None:
    if live == entry.change.after:
        return None
    if live == entry.change.before:
        return OutcomeRecord(
            ordinal=entry.ordinal,
            outcome=Outcome.REFUSED,
            reason="the platform accepted the write, but still shows the old value",
            live=live,
        )
    reason = "no longer exists" if live is None else f"is {live} now, changed after our write"
    return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.MOVED, reason=reason, live=live)
