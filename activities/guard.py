"""Guard: what stands in front of every write, and the end of a run."""

from contextlib import suppress

from temporalio import activity

from steward.audit import AuditEvent, AuditKind
from steward.errors import UnknownRun
from steward.ports import Clock, Ledger
from steward.runs import Stage
from steward.steps import ControlOrder, EndOrder


class GuardStep:
    """Opens and closes the gate that the executor checks before each write."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        """Take the ports."""
        self._ledger = ledger
        self._clock = clock

    @activity.defn(name="control")
    async def control(self, order: ControlOrder) -> None:
        """Record that a run is paused, resumed or stopped."""
        await self._ledger.set_control(order.run_id, order.control)
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{order.run_id}:{AuditKind.CONTROLLED}:{order.control}:{order.by}"
                    f":{activity.info().activity_id}",
                    store=order.store,
                    run_id=order.run_id,
                    kind=AuditKind.CONTROLLED,
                    actor=order.by,
                    at=self._clock.now(),
                    detail=f"{order.control} {order.reason}".strip(),
                )
            ]
        )

    @activity.defn(name="conclude")
    async def conclude(self, order: EndOrder) -> None:
        """Record how the run ended; a run that was stopped before its plan has no record."""
        end = order.end
        with suppress(UnknownRun):
            await self._ledger.enter_stage(end.run_id, Stage.DONE)
            await self._ledger.close_run(end)
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{end.run_id}:{AuditKind.ENDED}",
                    store=order.store,
                    run_id=end.run_id,
                    kind=AuditKind.ENDED,
                    actor="steward",
                    at=end.ended_at,
                    detail=f"{end.status}: {end.reason}",
                )
            ]
        )
