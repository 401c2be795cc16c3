"""Simulate: the change set that an intent means today, and what executing it would do."""

import asyncio
from collections.abc import Mapping

from temporalio import activity

from activities.heartbeat import WaitNoting, heartbeating
from activities.simulator import ChangeSetSimulator
from activities.tables import changes_table
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import SettingFacts, simulated_facts
from steward.catalog import ByIds, CatalogDetail, Snapshot
from steward.changes import ChangeSet, Target
from steward.compilation import compile_intent
from steward.follow_up import FOLLOW_UP, FOLLOWED_RUN, follow_up_of
from steward.judging import surroundings_of
from steward.membership_limits import room_in
from steward.policy import Policy
from steward.policy_book import policy_digest
from steward.policy_reading import with_protecting
from steward.ports import Clock, Ledger, Policies, Store, StoreDirectory
from steward.runs import RunStart, Stage
from steward.simulation import Simulation
from steward.steps import Simulated, SimulationOrder
from steward.values import Value
from steward.watch import MOVES_BY_ITSELF


class SimulateStep:
    """Simulates what a run proposes; writes to the ledger only."""

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
        self._clock = clock
        self._policies = policies
        self._simulator = ChangeSetSimulator(clock, parallel_requests=parallel_requests)

    @activity.defn(name="simulate")
    async def simulate(self, order: SimulationOrder) -> Simulated:
        """Read the catalogue, compile, rehearse, judge, and record the result by its digest."""
        async with heartbeating() as heart:
            await self._ledger.enter_stage(order.run_id, Stage.SIMULATE)
            start = (await self._ledger.load_run(order.run_id)).start
            policy = self._policies.policy_for(order.store, start.agent)
            await self._ledger.note_setting(
                SettingFacts(setting=f"the policy for {start.agent}", digest=policy_digest(policy)),
                by="steward",
                at=self._clock.now(),
                store=order.store,
            )
            async with self._stores.open(order.store) as store:
                heart.shows_waits(WaitNoting(store, self._ledger, order.run_id, self._clock))
                snapshot, change_set = await (
                    self._follow_up(start, store, policy)
                    if start.template == FOLLOW_UP
                    else self._compile(start, store, policy)
                )
                simulation, predictions = await self._simulator.simulate(
                    order,
                    store,
                    change_set,
                    values_before(change_set),
                    policy,
                    surroundings_of(snapshot),
                    room_in(snapshot, self._stores.capabilities(order.store).most),
                )
            await self._ledger.save_simulation(simulation, change_set, predictions, snapshot)
            await self._ledger.append_audit([simulated_event(simulation)])
        return simulated_by(policy, simulation, change_set, order.headline)

    async def _compile(
        self, start: RunStart, store: Store, policy: Policy
    ) -> tuple[Snapshot, ChangeSet]:
        """Return what the run's intent means for the catalogue as it is now."""
        intent = await self._ledger.load_intent(start.run_id)
        detail = with_protecting(intent.detail, policy)
        snapshot = await store.read_catalog(intent.selection, detail)
        return snapshot, await asyncio.to_thread(compile_intent, intent, snapshot)

    async def _follow_up(
        self, start: RunStart, store: Store, policy: Policy
    ) -> tuple[Snapshot, ChangeSet]:
        """Return what another run left alone, from what the store holds now."""
        moved = await self._ledger.load_moved(start.parameters[FOLLOWED_RUN])
        live = await store.read_values([entry.change.target for entry in moved])
        change_set = follow_up_of(store.name, moved, live)
        products = ByIds(ids=tuple(change.product_id for change in change_set.changes))
        fields = frozenset(change.target.field for change in change_set.changes)
        detail = with_protecting(CatalogDetail(fields=fields), policy)
        return await store.read_catalog(products, detail), change_set


def simulated_event(simulation: Simulation) -> AuditEvent:
    """Return the entry that tells of a simulated change set and the verdict on it."""
    plan = simulation.plan
    return AuditEvent(
        key=f"{simulation.run_id}:{AuditKind.SIMULATED}:{plan.digest}",
        store=simulation.store,
        run_id=simulation.run_id,
        kind=AuditKind.SIMULATED,
        actor="steward",
        at=simulation.simulated_at,
        detail=f"{plan.changes} changes, digest {plan.digest}, verdict {simulation.verdict.kind}",
        facts=simulated_facts(simulation).data(),
    )


def simulated_by(
    policy: Policy, simulation: Simulation, change_set: ChangeSet, headline: str
) -> Simulated:
    """Return what the workflow has to know of a simulation."""
    return Simulated(
        plan=simulation.plan,
        verdict=simulation.verdict,
        risk=simulation.risk,
        headline=headline,
        table=changes_table(change_set.changes),
        quiet_hours=tuple(
            hours
            for hours in policy.quiet_hours
            if hours.concern(frozenset(simulation.impact.fields))
        ),
        watch=policy.watch if set(simulation.impact.fields) - MOVES_BY_ITSELF else None,
    )


def values_before(change_set: ChangeSet) -> Mapping[Target, Value]:
    """Return what the snapshot holds of everything that changes."""
    return {change.target: change.before for change in change_set.changes}
