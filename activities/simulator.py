"""Simulating a change set, whether an agent proposes it or it undoes an earlier one."""

import asyncio
from collections.abc import Mapping

from steward.changes import ChangeSet, Target
from steward.execution import WritesInBulk
from steward.impact import measure_impact
from steward.judging import NOTHING_KNOWN, Surroundings, judge, risk_of
from steward.membership_limits import NO_LIMIT, Room
from steward.policy import Allow, Policy, Verdict
from steward.policy_book import policy_digest
from steward.ports import Clock, Store
from steward.rehearsal import rehearse
from steward.simulation import Prediction, Simulation
from steward.steps import CompensationOrder, SimulationOrder
from steward.values import Value
from steward.waves import ALL_AT_ONCE, CANARY_FIRST, plan_waves

Order = SimulationOrder | CompensationOrder


class ChangeSetSimulator:
    """Rehearses change sets, measures their impact, judges them and plans their waves."""

    def __init__(self, clock: Clock, *, parallel_requests: int) -> None:
        """Take the clock, and how many requests the executor sends at once."""
        self._clock = clock
        self._parallel_requests = parallel_requests

    async def simulate(
        self,
        order: Order,
        store: Store,
        change_set: ChangeSet,
        live: Mapping[Target, Value],
        policy: Policy,
        known: Surroundings = NOTHING_KNOWN,
        room: Room = NO_LIMIT,
    ) -> tuple[Simulation, tuple[Prediction, ...]]:
        """Return what was found out, the policy's verdict included, and a prediction per change.

        The work is done in a thread: 100,000 changes take some 10 s of computing, and the worker
        has other runs, and heartbeats, to attend to.
        """
        return await asyncio.to_thread(
            self._simulate, order, store, change_set, live, policy, known, room
        )

    def _simulate(
        self,
        order: Order,
        store: Store,
        change_set: ChangeSet,
        live: Mapping[Target, Value],
        policy: Policy,
        known: Surroundings,
        room: Room,
    ) -> tuple[Simulation, tuple[Prediction, ...]]:
        is_undo = isinstance(order, CompensationOrder)
        plan = plan_waves(
            order.run_id,
            change_set,
            shares=ALL_AT_ONCE if is_undo else CANARY_FIRST,
            bulk_chunk=store.bulk_chunk if isinstance(store, WritesInBulk) else None,
        )
        # The overlay answers at once and by itself, so a loop of the thread's own serves it.
        rehearsal = asyncio.run(
            rehearse(
                store,
                change_set,
                live,
                parallel_requests=self._parallel_requests,
                plan=plan,
                room=room,
            )
        )
        impact = measure_impact(
            change_set.changes,
            [prediction.outcome for prediction in rehearsal.predictions],
            rehearsal.estimate,
        )
        simulation = Simulation(
            run_id=order.run_id,
            store=order.store,
            intent=order.headline,
            plan=plan,
            impact=impact,
            verdict=(
                _verdict_on_undo() if is_undo else judge(impact, policy, change_set.changes, known)
            ),
            risk=risk_of(impact, policy, change_set.changes),
            simulated_at=self._clock.now(),
            policy_digest=policy_digest(policy),
            policy=policy,
        )
        return simulation, rehearsal.predictions


def _verdict_on_undo() -> Verdict:
    return Allow(reasons=("an undo restores only what still is as written",))
