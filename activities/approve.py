"""Approve: every decision is recorded, whether it counts or not, and so is every edit."""

from temporalio import activity

from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import DecisionFacts, EditedFacts
from steward.ports import Ledger
from steward.runs import RunKey, Stage
from steward.steps import DecisionOrder, EditRecord, EscalationRecord


class ApproveStep:
    """Records that a run waits for people, and what they decide or edit."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger."""
        self._ledger = ledger

    @activity.defn(name="await_approval")
    async def await_approval(self, run: RunKey) -> None:
        """Record that the run waits for a decision."""
        await self._ledger.enter_stage(run.run_id, Stage.APPROVE)

    @activity.defn(name="record_edit")
    async def record_edit(self, record: EditRecord) -> None:
        """Let an edited change set be what the run is about, and record who edited it."""
        asked = record.request
        async with heartbeating():
            await self._ledger.adopt_change_set(
                asked.run_id,
                record.digest,
                AuditEvent(
                    key=f"{asked.run_id}:{AuditKind.EDITED}:{asked.digest}:{record.digest}",
                    store=record.store,
                    run_id=asked.run_id,
                    kind=AuditKind.EDITED,
                    actor=asked.by,
                    at=record.at,
                    detail=f"{asked.edit}, digest {asked.digest} -> {record.digest}",
                    facts=EditedFacts(
                        former=asked.digest, digest=record.digest, edit=asked.edit
                    ).data(),
                ),
            )

    @activity.defn(name="record_escalation")
    async def record_escalation(self, record: EscalationRecord) -> None:
        """Record that nobody decided for so long that people of another role may too."""
        run = record.run
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{run.run_id}:{AuditKind.ESCALATED}",
                    store=run.store,
                    run_id=run.run_id,
                    kind=AuditKind.ESCALATED,
                    actor="steward",
                    at=record.at,
                    detail=f"also {record.role} may decide from now on, digest {record.digest}",
                )
            ]
        )

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
