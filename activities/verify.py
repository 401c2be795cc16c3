"""Verify: read a wave back by id, and judge whether the run may go on."""

import asyncio
from collections.abc import Mapping, Sequence

from temporalio import activity

from activities.execute import execution_key
from activities.heartbeat import WaitNoting, heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.changes import Change, Outcome, Target
from steward.execution import OutcomeRecord, RecordedChange
from steward.health import Verification, judge_wave
from steward.ports import Clock, Ledger, Store, StoreDirectory
from steward.runs import ChunkReference, OutcomeCounts, Stage
from steward.steps import VerificationOrder, WaveReport
from steward.values import Value, in_words

# Bounds the memory of a large wave; the store's pacer decides how many calls go out together.
_CHUNKS_AT_ONCE = 8
# Seconds. Only where a value still shows as old, and then with a chance to be right.
_LOOKS_AGAIN_AFTER = (1, 4)
_AS_WRITTEN = {Outcome.APPLIED, Outcome.UNCHANGED}


class VerifyStep:
    """Reads back what was written."""

    def __init__(self, ledger: Ledger, stores: StoreDirectory, clock: Clock) -> None:
        """Take the ports."""
        self._ledger = ledger
        self._stores = stores
        self._clock = clock

    @activity.defn(name="verify")
    async def verify(self, order: VerificationOrder) -> WaveReport:
        """Compare every written value with the live one; what differs gets another outcome.

        What still shows its old value is read again before it counts: a platform's reads may lag
        behind its writes for some seconds.
        """
        chunks = order.wave.chunks
        async with heartbeating() as heart, self._stores.open(chunks[0].store) as store:
            heart.shows_waits(WaitNoting(store, self._ledger, chunks[0].run_id, self._clock))
            stage = Stage.COMPENSATE if order.undo else Stage.VERIFY
            await self._ledger.enter_stage(chunks[0].run_id, stage)
            verification = await self._read_back(store, chunks)
            await self._ledger.append_audit([self._event(chunks, verification)])
            simulation = await self._ledger.load_simulation(chunks[0].run_id, chunks[0].digest)
        policy = simulation.policy
        return WaveReport(
            verification=verification,
            judgement=judge_wave(verification, policy),
            when_tripped=policy.when_tripped,
        )

    async def _read_back(self, store: Store, chunks: Sequence[ChunkReference]) -> Verification:
        at_once = asyncio.Semaphore(_CHUNKS_AT_ONCE)

        async def one(chunk: ChunkReference) -> Verification:
            async with at_once:
                return await self._read_chunk_back(store, chunk)

        ended = await asyncio.gather(*(one(chunk) for chunk in chunks), return_exceptions=True)
        parts: list[Verification] = []
        for end in ended:
            if isinstance(end, BaseException):
                raise end
            parts.append(end)
        return Verification(
            checked=sum(part.checked for part in parts),
            mismatched=sum(part.mismatched for part in parts),
            outcomes=sum((part.outcomes for part in parts), OutcomeCounts()),
        )

    async def _read_chunk_back(self, store: Store, chunk: ChunkReference) -> Verification:
        recorded = await self._ledger.load_chunk(chunk)
        written = [entry for entry in recorded if entry.outcome in _AS_WRITTEN]
        differing = await self._differing(store, chunk, written)
        settled = {entry.ordinal: entry.outcome for entry in recorded}
        settled |= {record.ordinal: record.outcome for record in differing}
        return Verification(
            checked=len(written),
            mismatched=len(differing),
            outcomes=OutcomeCounts.of(list(settled.values())),
        )

    async def _differing(
        self, store: Store, chunk: ChunkReference, written: Sequence[RecordedChange]
    ) -> list[OutcomeRecord]:
        live = await self._settled_values(store, [entry.change for entry in written])
        records = [
            record
            for entry in written
            if (record := _mismatch(entry, live.get(entry.change.target))) is not None
        ]
        if records:
            await self._ledger.record_outcomes(chunk, records, self._correction(chunk))
        return records

    async def _settled_values(
        self, store: Store, written: Sequence[Change]
    ) -> Mapping[Target, Value]:
        """Return what the store holds once reads that lag have had time to catch up."""
        live = dict(await store.read_values([change.target for change in written]))
        for seconds in _LOOKS_AGAIN_AFTER:
            old = [
                change.target
                for change in written
                if change.before != change.after and live.get(change.target) == change.before
            ]
            if not old:
                break
            await asyncio.sleep(seconds)
            live |= await store.read_values(old)
        return live

    def _correction(self, chunk: ChunkReference) -> AuditEvent:
        return AuditEvent(
            key=f"{chunk.run_id}:{AuditKind.VERIFIED}:{execution_key()}:{chunk.first}-{chunk.last}",
            store=chunk.store,
            run_id=chunk.run_id,
            kind=AuditKind.VERIFIED,
            actor="steward",
            at=self._clock.now(),
            detail="changes that read back otherwise than written",
        )

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
    reason = (
        "no longer exists" if live is None else f"is {in_words(live)} now, changed after our write"
    )
    return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.MOVED, reason=reason, live=live)
