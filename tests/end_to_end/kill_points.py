"""The moments at which workers are killed, made deterministic by holding requests and locks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState, PendingWorkflowTaskState

from steward.approvals import Standing
from steward.runs import Control
from tests.end_to_end.house import House, Run, eventually
from tests.end_to_end.shop import Disturbance, Shop

_STEP_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
# The time that answers, already on their way, take to reach a worker.
_DELIVERED_SECONDS = 0.5
_TASK_STARTED = PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED


class Moment(StrEnum):
    """Where in a request, or in a write to the ledger, the workers die.

    `APPLIED_LATE`: the platform has the request, and applies it after its sender has died and
    before new workers look. It is found by reading, and not sent again. Should a platform apply it
    only after the new workers have looked, the same amount is written twice: the store then holds
    what the ledger says, but its journal shows the value once more.
    """

    BEFORE_WRITE = "before-the-write"
    AFTER_WRITE = "after-the-write-before-its-answer"
    AFTER_ANSWER = "after-the-answer-before-it-is-recorded"
    APPLIED_LATE = "on-its-way-and-applied-later"


class Way(StrEnum):
    """How a run comes to the step in which it is hit."""

    RUN = "run"
    CANCELLED = "cancelled"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Step:
    """A request of a step: the `nth` of its kind (0 is the first) that names the resource.

    A run reads a variant when it compares, verifies, prepares the undo, compares and verifies.
    `product` counts in the order of the run; the last ones are in its last wave.
    """

    name: str
    way: Way
    kind: str
    product: int
    nth: int = 0


SIMULATE = Step("simulate", Way.RUN, "query", product=0)
STEPS = (
    SIMULATE,
    Step("execute", Way.RUN, "mutation", product=-2),
    Step("verify", Way.RUN, "query", product=-2, nth=1),
    Step("compensate", Way.CANCELLED, "query", product=0, nth=2),
    Step("compensate-execute", Way.CANCELLED, "mutation", product=1, nth=1),
    Step("compensate-verify", Way.CANCELLED, "query", product=0, nth=4),
    Step("rollback-simulate", Way.ROLLBACK, "query", product=3),
    Step("rollback-execute", Way.ROLLBACK, "mutation", product=3),
    Step("rollback-verify", Way.ROLLBACK, "query", product=3, nth=2),
)


class KillPoint:
    """One run on a shop of its own, led to the moment in which the workers are killed."""

    def __init__(self, name: str, house: House, shop: Shop) -> None:
        """Take the case's name, and the shop that nobody else uses."""
        self.name = name
        self.house = house
        self.shop = shop
        self.before: dict[str, Any] = {}
        self.run: Run | None = None
        self.undo: Run | None = None
        self._decision: asyncio.Task[Standing] | None = None

    @property
    def started(self) -> Run:
        """The run, once it is started."""
        assert self.run is not None, f"{self.name} was not started"
        return self.run

    async def prepare(self) -> None:
        """Bring everything as far as it can wait for the others."""
        self.before = await self.shop.catalogue()

    async def park(self) -> None:
        """Go on until a request is held, where one is."""

    async def under_lock(self) -> None:
        """Go on to the write that the locked ledger lets wait, where there is one."""

    async def after_kill(self) -> None:
        """Let the request go on whose sender is dead, where there is one."""

    async def end(self) -> None:
        """Bring the run, or its undo, to its end, once workers are there again."""
        if self.undo is not None:
            await self.house.ended(self.undo)
            return
        await self.agree()
        await self.house.ended(self.started)

    async def propose(self) -> None:
        """Start the run, and return once it waits for a decision."""
        self.run = await self.house.start(self.shop)
        await self.house.waiting(self.run)

    def begin_to_agree(self) -> "asyncio.Task[Standing]":
        """Approve the run as soon as it waits for that, once only."""
        if self._decision is None:
            self._decision = asyncio.create_task(self.house.decide(self.started))
        return self._decision

    async def agree(self) -> None:
        """Approve the run, and return once that counts."""
        assert await self.begin_to_agree() is Standing.APPROVED


class HeldRequest(KillPoint):
    """The workers die over a request that the platform holds."""

    def __init__(self, name: str, moment: Moment, house: House, shop: Shop) -> None:
        """Take the case's name, the moment, and the shop that nobody else uses."""
        super().__init__(f"{name}-{moment}", house, shop)
        self._moment = moment
        self._held: Disturbance | None = None

    async def under_lock(self) -> None:
        """Let the answer reach the worker, which cannot record it."""
        if self._moment is Moment.AFTER_ANSWER and self._held:
            await self._held.release()

    async def after_kill(self) -> None:
        """Let the store find out that nobody listens any more."""
        if self._moment is not Moment.AFTER_ANSWER and self._held:
            await self._held.release()

    async def _hold(self, match: Mapping[str, str], *, skip: int) -> Disturbance:
        before = self._moment in {Moment.BEFORE_WRITE, Moment.APPLIED_LATE}
        return await self.shop.disturb(
            "hold_before" if before else "hold_after",
            match=match,
            skip=skip,
            apply_anyway=self._moment is Moment.APPLIED_LATE,
        )


class AtRequest(HeldRequest):
    """The workers die over a request of a step of a price change."""

    def __init__(self, step: Step, moment: Moment, house: House, shop: Shop) -> None:
        """Take the step and the moment."""
        super().__init__(step.name, moment, house, shop)
        self._step = step

    async def prepare(self) -> None:
        """Bring the run to where somebody has to decide, or the run to be undone to its end."""
        await super().prepare()
        if self._step is not SIMULATE:
            await self.propose()
        if self._step.way is Way.ROLLBACK:
            await self.agree()
            await self.house.ended(self.started)

    async def park(self) -> None:
        """Go on until the request is held."""
        self._held = await self._hold(
            {"kind": self._step.kind, "resource_id": await self._resource()}, skip=self._step.nth
        )
        match self._step.way:
            case Way.ROLLBACK:
                self.undo = await self.house.start_rollback(self.started.id)
            case Way.CANCELLED:
                await self._cancel_under_way()
            case Way.RUN if self.run is None:
                self.run = await self.house.start(self.shop)
            case Way.RUN:
                await self.agree()
        await self._held.holds()

    async def _resource(self) -> str:
        """Return the product, or its first variant where runs read variants."""
        if self.run is None:
            return (await self.shop.products())[self._step.product]
        changes = await self.house.proposed(self.run)
        product = list(dict.fromkeys(change.product_id for change in changes))[self._step.product]
        if self._step.kind == "mutation":
            return product
        return next(c.target.resource_id for c in changes if c.product_id == product)

    async def _cancel_under_way(self) -> None:
        last = (await self.house.proposed(self.started))[-1].product_id
        brake = await self.shop.disturb(
            "hold_before", match={"kind": "mutation", "resource_id": last}
        )
        await self.agree()
        await brake.holds()
        await self.house.cancel(self.started)

        async def gate_is_shut() -> bool | None:
            shut = await self.house.reader.control(self.started.id) is Control.CANCEL
            return True if shut else None

        await eventually(gate_is_shut, f"the gate of {self.started.id} is shut")
        await brake.release()


class LedgerStep(StrEnum):
    """A step that writes to the ledger alone."""

    PLAN = "plan"
    APPROVE = "approve"
    CONCLUDE = "conclude"
    ROLLBACK_PLAN = "rollback-plan"


class AtLedger(KillPoint):
    """The workers die over a write to the ledger.

    Before it: the ledger is locked when the step begins. After it: the ledger is locked as soon
    as `row`, a query by the store's name, finds what was written, so that nothing follows.
    """

    def __init__(
        self, step: LedgerStep, moment: Moment, house: House, shop: Shop, row: str = ""
    ) -> None:
        """Take the step, the moment, and where it is one after the write, what was written."""
        super().__init__(f"{step}-{moment}", house, shop)
        self._step = step
        self.row = row

    async def prepare(self) -> None:
        """Bring the run to where somebody has to decide, or the run to be undone to its end."""
        await super().prepare()
        if self._step is not LedgerStep.PLAN:
            await self.propose()
        if self._step is LedgerStep.ROLLBACK_PLAN:
            await self.agree()
            await self.house.ended(self.started)

    async def begin(self) -> Run:
        """Begin the step, and return the workflow that carries it."""
        match self._step:
            case LedgerStep.PLAN:
                self.run = await self.house.start(self.shop)
                return self.run
            case LedgerStep.ROLLBACK_PLAN:
                self.undo = await self.house.start_rollback(self.started.id)
                return self.undo
            case LedgerStep.APPROVE | LedgerStep.CONCLUDE:
                self.begin_to_agree()
                return self.started

    async def under_lock(self) -> None:
        """Begin the step, whose first write has to wait."""
        run = await self.begin()
        await eventually(lambda: _step_under_way(run), f"a step of {run.id} is under way")


async def _step_under_way(run: Run) -> bool | None:
    """Return whether a worker has one of the run's steps, or its decision, in its hands."""
    raw = (await run.describe()).raw_description
    steps = [step for step in raw.pending_activities if step.state == _STEP_STARTED]
    at_work = raw.pending_workflow_task.state == _TASK_STARTED
    return True if steps or at_work else None


async def kill_together(house: House, points: Sequence[KillPoint]) -> None:
    """Lead every case to its moment, kill all workers at once, and start them again."""
    await asyncio.gather(*(point.park() for point in points))
    with house.ledger_locked():
        await asyncio.gather(*(point.under_lock() for point in points))
        await asyncio.sleep(_DELIVERED_SECONDS)
        await house.kill_workers()
        await asyncio.gather(*(point.after_kill() for point in points))
    await house.start_workers()
