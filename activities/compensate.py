"""Compensate: the inverse of what a run wrote, newest first, simulated like any change set."""

import asyncio
from collections.abc import Mapping, Sequence

from temporalio import activity

from activities.claiming import require_arrived
from activities.execute import execution_key
from activities.heartbeat import WaitNoting, heartbeating
from activities.simulator import ChangeSetSimulator
from activities.tables import changes_table
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import simulated_facts
from steward.changes import Outcome, Target
from steward.execution import RecordedChange
from steward.judging import NOTHING_KNOWN, Surroundings, surroundings_of
from steward.ports import Clock, Ledger, Policies, StoreDirectory
from steward.runs import RunRecord, Stage
from steward.simulation import Simulation
from steward.steps import CompensationOrder, Simulated
from steward.undo_verdict import UndoReach, verdict_on_undo
from steward.undoing import applies_again, newer_values, resolved, undo_of
from steward.values import Value


class CompensateStep:
    """Prepares the undo of a run; the same executor writes it."""

    def __init__(
        self,
        ledger: Ledger,
        stores: StoreDirectory,
        clock: Clock,
        *,
        policies: Policies,
        parallel_requests: int,
    ) -> None:
        """Take the ports, and how many requests the executor sends at once."""
        self._ledger = ledger
        self._stores = stores
        self._policies = policies
        self._clock = clock
        self._simulator = ChangeSetSimulator(clock, parallel_requests=parallel_requests)

    @activity.defn(name="compensate")
    async def compensate(self, order: CompensationOrder) -> Simulated | None:
        """Return the simulated undo, or None where nothing is left to take back.

        What may have been written without a recorded answer is resolved by reading the store, once
        it can no longer arrive; until then this raises `FieldsClaimed`.
        """
        own_run = order.run_id == order.undoes
        async with heartbeating() as heart:
            if own_run:
                await self._ledger.enter_stage(order.run_id, Stage.COMPENSATE)
            else:
                await self._ledger.enter_stage(order.run_id, Stage.SIMULATE)
            async with self._stores.open(order.store) as store:
                heart.shows_waits(WaitNoting(store, self._ledger, order.run_id, self._clock))
                await require_arrived(self._ledger, self._clock, store, order.undoes)
                written = await self._ledger.load_written(order.undoes)
                live = await store.read_values([entry.change.target for entry in written])
                await self._resolve(order, written, live)
                undo = undo_of(order.store, written, live, order.scope)
                if not undo.changes:
                    return None
                undone = await self._undone_by(order)
                policy = self._policies.policy_for(order.store, undone[0].start.agent)
                simulation, predictions = await self._simulator.simulate(
                    order, store, undo, live, policy
                )
            reach = UndoReach(
                newer=newer_values(undo, written) if order.scope.force else 0,
                applies_again=applies_again(len(undone)),
            )
            if reach.is_judged:
                known = await self._known_of(undone[-1])
                verdict = await asyncio.to_thread(
                    verdict_on_undo, simulation.impact, policy, undo.changes, known, reach
                )
                simulation = simulation.model_copy(update={"verdict": verdict})
            await self._ledger.save_simulation(
                simulation, undo, predictions, None, undoes_own_run=own_run
            )
            await self._ledger.append_audit([self._event(simulation, order)])
        return Simulated(
            plan=simulation.plan,
            verdict=simulation.verdict,
            risk=simulation.risk,
            headline=order.headline,
            table=changes_table(undo.changes),
        )

    async def _undone_by(self, order: CompensationOrder) -> Sequence[RunRecord]:
        """Return the run that is undone and, where that is an undo itself, those that it undid."""
        undone = [await self._ledger.load_run(order.undoes)]
        while (earlier := undone[-1].start.undoes) is not None:
            undone.append(await self._ledger.load_run(earlier))
        return undone

    async def _known_of(self, run: RunRecord) -> Surroundings:
        """Return what is known of the products of a run, where its catalogue was recorded."""
        snapshot = await self._ledger.load_snapshot(run.start.run_id, run.digest or "")
        return NOTHING_KNOWN if snapshot is None else surroundings_of(snapshot)

    async def _resolve(
        self,
        order: CompensationOrder,
        written: Sequence[RecordedChange],
        live: Mapping[Target, Value],
    ) -> None:
        """Record what became of changes that were attempted when their worker was lost."""
        records = [
            resolved(entry, live.get(entry.change.target))
            for entry in written
            if entry.outcome is Outcome.ATTEMPTING
        ]
        if not records:
            return
        digest = (await self._ledger.load_run(order.undoes)).digest or ""
        plan = (await self._ledger.load_simulation(order.undoes, digest)).plan
        for chunk in (chunk for wave in plan.waves for chunk in wave.chunks):
            some = [one for one in records if chunk.first <= one.ordinal <= chunk.last]
            if some:
                entry = AuditEvent(
                    key=f"{chunk.run_id}:{AuditKind.WRITTEN}:{execution_key()}:{chunk.first}",
                    store=order.store,
                    run_id=chunk.run_id,
                    kind=AuditKind.WRITTEN,
                    actor="steward",
                    at=self._clock.now(),
                    detail="what became of changes, found by reading",
                )
                await self._ledger.record_outcomes(chunk, some, entry)

    def _event(self, simulation: Simulation, order: CompensationOrder) -> AuditEvent:
        return AuditEvent(
            key=f"{order.run_id}:{AuditKind.SIMULATED}:{simulation.plan.digest}",
            store=order.store,
            run_id=order.run_id,
            kind=AuditKind.SIMULATED,
            actor="steward",
            at=simulation.simulated_at,
            detail=f"undo of {order.undoes}: {simulation.plan.changes} changes, "
            f"digest {simulation.plan.digest}",
            facts=simulated_facts(simulation).data(),
        )
