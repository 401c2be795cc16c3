"""Guard: what stands in front of every write, and the end of a run."""

from datetime import datetime

from temporalio import activity

from activities.engine import is_of_run
from steward.audit import INSTALLATION, AuditEvent, AuditKind, HeadsAtEnd, end_key
from steward.audit_facts import EndedFacts, RefusedFacts
from steward.errors import InvalidInput, UnknownRun
from steward.fidelity import Fidelity
from steward.ports import Clock, Ledger
from steward.runs import Attempt, RefusedAttempt, RunEnd, Stage
from steward.steps import ControlOrder, EndOrder, WaitOrder


class GuardStep:
    """Opens and closes the gate that the executor checks before each write."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        """Take the ports."""
        self._ledger = ledger
        self._clock = clock

    @activity.defn(name="control")
    async def control(self, order: ControlOrder) -> None:
        """Record that a run is paused, resumed or stopped; only its own workflow moves its gate."""
        if not is_of_run(order.run_id):
            await self._refuse_start(order.store, order.run_id)
            return
        info = activity.info()
        await self._ledger.set_control(order.run_id, order.control)
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{order.run_id}:{AuditKind.CONTROLLED}:{order.control}:{order.by}"
                    f":{info.workflow_run_id}:{info.activity_id}",
                    store=order.store,
                    run_id=order.run_id,
                    kind=AuditKind.CONTROLLED,
                    actor=order.by,
                    at=self._clock.now(),
                    detail=f"{order.control} {order.reason}".strip(),
                )
            ]
        )

    @activity.defn(name="wait")
    async def wait(self, order: WaitOrder) -> None:
        """Record in which stage a run is, and until when and for what it waits there."""
        await self._ledger.enter_stage(order.run_id, order.stage)
        await self._ledger.note_wait(order.run_id, order.wait)

    @activity.defn(name="refuse")
    async def refuse(self, refused: RefusedAttempt) -> None:
        """Record what somebody asked of a run in vain.

        A run's own workflow is believed, which may not have its record yet. Another workflow is
        not, except about a run that the ledger holds for that store, so that nobody makes up runs
        or stores.
        """
        info = activity.info()
        if not is_of_run(refused.run_id) and not await self._holds(refused):
            return
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{refused.run_id}:{AuditKind.REFUSED}:{refused.attempt}:{refused.by}"
                    f":{info.workflow_id}:{info.workflow_run_id}:{info.activity_id}",
                    store=refused.store,
                    run_id=refused.run_id,
                    kind=AuditKind.REFUSED,
                    actor=refused.by,
                    at=self._clock.now(),
                    detail=f"{refused.attempt} was refused: {refused.reason}",
                    facts=RefusedFacts(attempt=refused.attempt, reason=refused.reason).data(),
                )
            ]
        )

    @activity.defn(name="conclude")
    async def conclude(self, order: EndOrder) -> HeadsAtEnd | None:
        """Record how the run ended, and return where the audit trails end with that.

        A run that was stopped before its plan has no record, only its entry in the trail. A
        workflow that names a run of another one ends without touching that run's record.
        """
        if not is_of_run(order.end.run_id):
            await self._refuse_start(order.store, order.end.run_id)
            return None
        end, fidelity, undo_fidelity = order.end, None, None
        is_known = await self._close(end)
        if is_known:
            record = await self._ledger.load_run(end.run_id)
            fidelity = await self._fidelity(end.run_id, record.digest)
            undo_fidelity = await self._fidelity(end.run_id, record.undo_digest)
        event = ended_event(order.store, end, fidelity, undo_fidelity)
        await self._ledger.append_audit([event])
        if not is_known:
            # A plan that was given up may have begun the record until just now, and not since.
            await self._close(end)
        return await self._heads(order.store, event.key)

    async def _heads(self, store: str, key: str) -> HeadsAtEnd | None:
        head = await self._ledger.audit_head_at(store, key)
        if head is None:
            return None
        installation = await self._ledger.audit_head(INSTALLATION)
        return HeadsAtEnd(**dict(head), installation=installation if installation.length else None)

    async def _close(self, end: RunEnd) -> bool:
        """Record how the run ended; return whether there is a record of it."""
        try:
            await self._ledger.close_run(end, Stage.DONE)
        except UnknownRun:
            return False
        return True

    async def _holds(self, refused: RefusedAttempt) -> bool:
        try:
            return (await self._ledger.load_run(refused.run_id)).start.store == refused.store
        except UnknownRun:
            return False

    async def _refuse_start(self, store: str, run_id: str) -> None:
        event = refused_start(store, run_id, by="steward", at=self._clock.now())
        await self._ledger.append_audit([event])

    async def _fidelity(self, run_id: str, digest: str | None) -> Fidelity | None:
        """Return how much of what was sent is as predicted; None where nothing was sent."""
        fidelity = None if digest is None else await self._ledger.fidelity(run_id, digest)
        return fidelity if fidelity is not None and fidelity.sent else None


def not_its_own(run_id: str) -> InvalidInput:
    """Return why a workflow does not begin that names a run of another workflow."""
    return InvalidInput(
        f"Workflow '{activity.info().workflow_id}' names run '{run_id}', which is not its own.",
        remedy="Start a workflow under the id of its run.",
    )


def refused_start(store: str, run_id: str, *, by: str, at: datetime) -> AuditEvent:
    """Return the entry that tells of such a workflow; the first one of it counts."""
    info, reason = activity.info(), not_its_own(run_id).message
    return AuditEvent(
        key=f"{run_id}:{AuditKind.REFUSED}:{Attempt.START}:{info.workflow_id}"
        f":{info.workflow_run_id}",
        store=store,
        run_id=run_id,
        kind=AuditKind.REFUSED,
        actor=by,
        at=at,
        detail=f"{Attempt.START} was refused: {reason}",
        facts=RefusedFacts(attempt=Attempt.START, reason=reason).data(),
    )


def ended_event(
    store: str,
    end: RunEnd,
    fidelity: Fidelity | None = None,
    undo_fidelity: Fidelity | None = None,
) -> AuditEvent:
    """Return the entry that tells how a run of the store ended; there is one for each run."""
    facts = EndedFacts(
        status=end.status,
        exit_code=end.exit_code,
        fidelity=fidelity,
        undo_fidelity=undo_fidelity,
    )
    return AuditEvent(
        key=end_key(end.run_id),
        store=store,
        run_id=end.run_id,
        kind=AuditKind.ENDED,
        actor="steward",
        at=end.ended_at,
        detail=f"{end.status}: {end.reason}",
        facts=facts.data(),
    )
