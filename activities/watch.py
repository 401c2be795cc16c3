"""Watch: after the last wave, some of what was written is read again, and drift is told."""

from collections.abc import Sequence

from temporalio import activity

from activities.claiming import settle_lost_work
from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import DriftedFacts, listed
from steward.ports import Clock, Ledger, Store, StoreDirectory
from steward.runs import RunKey, Stage
from steward.steps import LookOrder, LookReport, WatchStart
from steward.waits import NotedWait
from steward.watch import Drift, differing, drifts_among, sample_of, watched_of

_MOST_EXAMPLES = 3
_MOST_TOLD = 10


class WatchStep:
    """Reads samples of what a run wrote; writes to the ledger only."""

    def __init__(self, ledger: Ledger, stores: StoreDirectory, clock: Clock) -> None:
        """Take the ports."""
        self._ledger = ledger
        self._stores = stores
        self._clock = clock

    @activity.defn(name="begin_watch")
    async def begin_watch(self, start: WatchStart) -> None:
        """Record that everything is written and verified, and is watched now.

        A run that watches takes nothing back, so other runs may write the same fields from here on.
        """
        await self._ledger.enter_stage(start.run_id, Stage.WATCH)
        await self._ledger.free_claims(start.run_id)
        await self._ledger.note_wait(
            start.run_id, NotedWait(until=start.until, reason="the end of the watch")
        )

    @activity.defn(name="watch")
    async def watch(self, order: LookOrder) -> LookReport:
        """Compare a sample of the written values with the live ones; what drifted is recorded."""
        async with heartbeating():
            run = RunKey(run_id=order.run_id, store=order.store)
            ordinals = sample_of(order.digest, order.changes, order.sample, order.look)
            recorded = await self._ledger.load_changes(order.run_id, order.digest, ordinals)
            watched = watched_of(recorded)
            targets = [entry.change.target for entry in watched]
            async with self._stores.open(order.store) as store:
                await self._free_what_was_kept(order.run_id, store)
                live = await store.read_values(targets)
            changed = differing(watched, live)
            drifts: Sequence[Drift] = ()
            if changed:
                of_others = await self._ledger.load_written_by_others(
                    run, [entry.change.target for entry in changed], order.since
                )
                drifts = drifts_among(changed, live, of_others)
            told = await self._ledger.load_drifted(run)
            if new := [drift for drift in drifts if drift.ordinal not in told]:
                await self._ledger.append_audit([self._event(order, len(watched), new)])
        return LookReport(
            checked=len(watched),
            drifted=len(told | {drift.ordinal for drift in drifts}),
            examples=tuple(drift.sentence for drift in drifts[:_MOST_EXAMPLES]),
        )

    async def _free_what_was_kept(self, run_id: str, store: Store) -> None:
        """Free what the run kept when the watch began, since a step of it had been lost."""
        until = await self._ledger.writes_until(run_id)
        if until is not None and until <= self._clock.now():
            await settle_lost_work(self._ledger, self._clock, store, run_id)
            await self._ledger.free_claims(run_id)

    def _event(self, order: LookOrder, checked: int, new: Sequence[Drift]) -> AuditEvent:
        sentences = [drift.sentence for drift in new[:_MOST_TOLD]]
        if len(new) > _MOST_TOLD:
            sentences.append(f"and {len(new) - _MOST_TOLD} more")
        facts = DriftedFacts(
            digest=order.digest,
            ordinals=listed(drift.ordinal for drift in new),
            look=order.look,
            live={str(drift.ordinal): drift.live for drift in new},
        )
        return AuditEvent(
            key=f"{order.run_id}:{AuditKind.DRIFTED}:{order.digest}:{order.look}"
            f":{activity.info().attempt}",
            store=order.store,
            run_id=order.run_id,
            kind=AuditKind.DRIFTED,
            actor="steward",
            at=self._clock.now(),
            detail=f"{len(new)} of {checked} values are not as written any more: "
            f"{'; '.join(sentences)}",
            facts=facts.data(),
        )
