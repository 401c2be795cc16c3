"""Approve: every decision is recorded, whether it counts or not."""

from temporalio import activity

from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import DecisionFacts
from steward.ports import Ledger
from steward.runs import RunKey, Stage
from steward.steps import DecisionOrder


class ApproveStep:
    """Records that a run waits for people, and what they decide."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger."""
        self._ledger = ledger

    @activity.defn(name="await_approval")
    async def await_approval(self, run: RunKey) -> None:
        """Record that the run waits for a decision."""
        await self._ledger.enter_stage(run.run_id, Stage.APPROVE)

    @activity.defn(name="record_decision")
    async def record_decision(self, order: DecisionOrder) -> None:
        """Record a decision, counted or refused, by whichever door it came."""
        run, record = order.run, order.record
        decision = record.decision
        kind = AuditKind.DECIDED if record.refusal is None else AuditKind.REFUSED
        refused = "" if record.refusal is None else f" does not count: {record.refusal}"
        told = f"{decision.verdict} by {record.door}{refused}, digest {decision.digest}"
        # A person's decisions that arrive together bear the same time: the record tells them apart.
        key = f"{run.run_id}:{kind}:{decision.by}:{record.at.isoformat()}:{record.fingerprint[:16]}"
        async with heartbeating():
            await self._ledger.record_decision(
                record,
                AuditEvent(
                    key=key,
                    store=run.store,
                    run_id=run.run_id,
                    kind=kind,
                    actor=decision.by,
                    at=record.at,
                    detail=told,
                    facts=DecisionFacts(record=record.fingerprint).data(),
                ),
            )
