"""Edit: a change set that waits for people, made smaller, simulated and judged once more."""

import asyncio

from temporalio import activity

from activities.heartbeat import WaitNoting, heartbeating
from activities.simulate import simulated_by, simulated_event, values_before
from activities.simulator import ChangeSetSimulator
from steward.audit_facts import SettingFacts
from steward.edit_requests import requirement_after
from steward.editing import edited
from steward.errors import RunNotActive
from steward.judging import NOTHING_KNOWN, surroundings_of
from steward.membership_limits import NO_LIMIT, room_in
from steward.policy import NeedsApproval
from steward.policy_book import policy_digest
from steward.policy_reading import require_read
from steward.ports import Clock, Ledger, Policies, StoreDirectory
from steward.steps import EditOrder, Simulated, SimulationOrder


class EditStep:
    """Prepares an edited change set; what the run waits for stays as it is until it is adopted."""

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

    @activity.defn(name="edit")
    async def edit(self, order: EditOrder) -> Simulated:
        """Edit, rehearse from the values of the first simulation, judge by today's rules, record.

        Raises `EmptySelection` or `InvalidInput` where the edit makes no sense, and `PolicyDenies`.
        """
        asked = order.request
        run_id = asked.run_id
        async with heartbeating() as heart:
            simulated = await self._ledger.load_simulation(run_id, asked.digest)
            former = simulated.verdict
            if not isinstance(former, NeedsApproval):
                raise RunNotActive(
                    f"Run {run_id} does not wait for people.",
                    remedy=f"See where it is with `steward show {run_id}`.",
                )
            whole = await self._ledger.load_change_set(run_id, asked.digest)
            change_set = await asyncio.to_thread(edited, whole, asked.edit)
            snapshot = await self._ledger.load_snapshot(run_id, asked.digest)
            start = (await self._ledger.load_run(run_id)).start
            policy = self._policies.policy_for(order.store, start.agent)
            await self._ledger.note_setting(
                SettingFacts(setting=f"the policy for {start.agent}", digest=policy_digest(policy)),
                by="steward",
                at=self._clock.now(),
                store=order.store,
            )
            require_read(
                policy,
                None if snapshot is None else simulated.policy,
                frozenset(change.target.field for change in change_set.changes),
            )
            async with self._stores.open(order.store) as store:
                heart.shows_waits(WaitNoting(store, self._ledger, run_id, self._clock))
                simulation, predictions = await self._simulator.simulate(
                    SimulationOrder(run_id=run_id, store=order.store, headline=order.headline),
                    store,
                    change_set,
                    values_before(change_set),
                    policy,
                    NOTHING_KNOWN if snapshot is None else surroundings_of(snapshot),
                    NO_LIMIT
                    if snapshot is None
                    else room_in(snapshot, self._stores.capabilities(order.store).most),
                )
            requirement = requirement_after(
                simulation.verdict,
                former,
                now=simulation.simulated_at,
                deadline=order.deadline,
                escalates_at=order.escalates_at,
            )
            simulation = simulation.model_copy(update={"verdict": requirement})
            await self._ledger.save_simulation(
                simulation, change_set, predictions, snapshot, takes_effect=False
            )
            await self._ledger.append_audit([simulated_event(simulation)])
        return simulated_by(policy, simulation, change_set, order.headline)
