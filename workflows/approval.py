"""Waiting for people: one code path behind the signal `decide` and the update `decide`."""

from collections import Counter
from datetime import datetime, timedelta
from typing import assert_never

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.controlled import MOST_REFUSALS, REFUSALS_ARE_RECORDED
from workflows.names import DECIDE
from workflows.options import DECISION, RECORD
from workflows.registered import RegisteredRun

with workflow.unsafe.imports_passed_through():
    from activities.approve import ApproveStep
    from steward.approvals import (
        ApprovalRequest,
        Decision,
        DecisionRecord,
        DecisionRefusal,
        DecisionVerdict,
        Door,
        Standing,
        explain_refusal,
        judge_decision,
        standing,
        with_decision,
    )
    from steward.identity import identity_of
    from steward.policy import Allow, Deny, NeedsApproval, Verdict
    from steward.runs import RunKey, RunStatus
    from steward.steps import DecisionOrder, EscalationRecord, Simulated
    from workflows.failures import STEP_FAILURES


# So that nobody fills a run's history by changing their mind.
_MOST_WITHDRAWALS = 20


class ApprovedRun(RegisteredRun):
    """A run that executes what was approved, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._requested_by = ""
        self._waits_for_people = False
        self._asks_again = False
        self._is_escalated = False
        self._refused: list[str] = []
        self._withdrawals: Counter[str] = Counter()

    @workflow.update(name=DECIDE)
    async def decide(self, decision: Decision) -> Standing:
        """Count the decision, and return where that leaves the run; a refused one is recorded."""
        refusal = await self._verify_decision(decision, Door.UPDATE)
        if refusal is None:
            return self._standing
        raise self._refusal_error(refusal)

    @decide.validator
    def _validate(self, decision: Decision) -> None:
        """Refuse without a trace only where so many refusals are recorded that it is a flood."""
        refusal = self._refusal_for_certain(decision)
        if refusal is not None and self._refusals >= MOST_REFUSALS:
            raise self._refusal_error(refusal)

    def _refusal_error(self, refusal: DecisionRefusal) -> ApplicationError:
        sentence, remedy = explain_refusal(refusal, self._run_id)
        return ApplicationError(
            f"{sentence} {remedy}", refusal.value, type="DecisionRefused", non_retryable=True
        )

    @workflow.signal(name=DECIDE)
    async def decide_by_signal(self, decision: Decision) -> None:
        """Count the decision, or record and show why it does not count."""
        try:
            refusal = await self._verify_decision(decision, Door.SIGNAL)
        except STEP_FAILURES:
            # Raised out of a signal it would end the run, in the middle of its writes too.
            self._tell_refused(decision, "The decision could not be recorded.")
            return
        if refusal is not None:
            sentence, _ = explain_refusal(refusal, self._run_id)
            self._tell_refused(decision, sentence)

    def _tell_refused(self, decision: Decision, sentence: str) -> None:
        self._refused.append(f"{decision.by}: {sentence}")
        self._show()

    async def _verify_decision(self, decision: Decision, door: Door) -> DecisionRefusal | None:
        """Count the decision, or return why it does not count; both doors lead here."""
        registration = await self._registration_beside_edits(lambda: self._look_up(decision))
        refusal = judge_decision(
            decision, self._request, self._counted, workflow.now(), registration
        )
        if refusal is None and self._is_undecided(decision):
            refusal = DecisionRefusal.WITHDRAWN_TOO_OFTEN
        if refusal is None:
            await self._count(decision, door)
        else:
            await self._record_refusal(decision, door, refusal)
        return refusal

    def _is_undecided(self, decision: Decision) -> bool:
        """Return whether somebody approves who has taken that back again and again."""
        again = self._withdrawals[identity_of(decision.by)] >= _MOST_WITHDRAWALS
        return again and decision.verdict is DecisionVerdict.APPROVE

    async def _count(self, decision: Decision, door: Door) -> None:
        """Let the decision count, and record it.

        One that cannot be recorded does not count, but what it took back stays taken back.
        """
        self._counted = list(with_decision(self._counted, decision))
        if decision.verdict is DecisionVerdict.WITHDRAW:
            self._withdrawals[identity_of(decision.by)] += 1
        self._counted_at = workflow.now()
        self._show()
        try:
            await self._record(decision, door, None)
        except STEP_FAILURES:
            self._counted = [one for one in self._counted if one is not decision]
            self._asks_again = True
            self._show()
            raise

    async def _record_refusal(
        self, decision: Decision, door: Door, refusal: DecisionRefusal
    ) -> None:
        if not self._run_id:
            # It came with the run's first task, and waits for the run to know its own name.
            if not workflow.patched(REFUSALS_ARE_RECORDED):
                return
            await workflow.wait_condition(lambda: bool(self._run_id))
        if self._refusals >= MOST_REFUSALS and workflow.patched(REFUSALS_ARE_RECORDED):
            return
        self._refusals += 1
        await self._record(decision, door, refusal)

    @property
    def _standing(self) -> Standing:
        return Standing.OPEN if self._request is None else standing(self._request, self._counted)

    async def _record(
        self, decision: Decision, door: Door, refusal: DecisionRefusal | None
    ) -> None:
        record = DecisionRecord(decision=decision, door=door, at=workflow.now(), refusal=refusal)
        order = DecisionOrder(run=self._key, record=record)
        await workflow.execute_activity_method(
            ApproveStep.record_decision, order, summary=decision.verdict, **DECISION
        )

    @property
    def _open_request(self) -> ApprovalRequest | None:
        """What the run waits for people about; None also while it waits to go on, approved."""
        return self._request if self._waits_for_people else None

    @property
    def _is_withdrawn(self) -> bool:
        """Whether an approval that was needed was taken back since it was given."""
        return self._request is not None and self._standing is not Standing.APPROVED

    @property
    def _may_wait(self) -> bool:
        return super()._may_wait and not self._is_withdrawn

    @property
    def _key(self) -> RunKey:
        return RunKey(run_id=self._run_id, store=self._store)

    async def _ask(self, simulated: Simulated, verdict: Verdict) -> RunStatus | None:
        """Return None where the change set may be executed, or how the run ends instead."""
        match verdict:
            case Allow(reasons=reasons):
                await self._allow(simulated.plan.digest, "; ".join(reasons))
                return None
            case Deny(reasons=reasons):
                self._stop_reason = f"The policy forbids it: {'; '.join(reasons)}."
                return RunStatus.DENIED
            case NeedsApproval():
                return await self._wait_for_people(simulated.plan.digest, verdict)
            case _:
                assert_never(verdict)

    async def _allow(self, digest: str, reason: str) -> None:
        decision = Decision(
            run_id=self._run_id,
            digest=digest,
            verdict=DecisionVerdict.APPROVE,
            by="policy",
            comment=reason,
        )
        await self._record(decision, Door.POLICY, None)

    async def _wait_for_people(self, digest: str, requirement: NeedsApproval) -> RunStatus | None:
        escalation = requirement.escalation
        request = ApprovalRequest(
            run_id=self._run_id,
            digest=digest,
            requested_by=self._requested_by,
            requirement=requirement,
            deadline=workflow.now() + requirement.deadline,
            escalates_at=None if escalation is None else workflow.now() + escalation.after,
        )
        self._request = request
        self._show()
        # Once the ledger says that the run waits, a decision counts: nobody is told to come back.
        await workflow.execute_local_activity_method(
            ApproveStep.await_approval, self._key, **RECORD
        )
        decided = await self._decided_and_recorded(request)
        where = self._standing
        if not decided or where is Standing.REJECTED or self._is_cancelled:
            self._request = None
        if self._is_cancelled:
            self._stop_reason = self._control_reason
            return RunStatus.CANCELLED
        if not decided:
            self._stop_reason = "Nobody decided before the deadline, which counts as no."
            return RunStatus.EXPIRED
        if where is Standing.REJECTED:
            last = self._counted[-1]
            comment = f": {last.comment}" if last.comment else ""
            self._stop_reason = f"Rejected by {last.by}{comment}"
            return RunStatus.REJECTED
        return None

    async def _decided_and_recorded(self, request: ApprovalRequest) -> bool:
        """Return as `_decided_in_time`, asking on where what was decided could not be recorded."""
        while True:
            self._asks_again = False
            self._waits_for_people = True
            decided = await self._decided_in_time(request)
            self._waits_for_people = False
            await workflow.wait_condition(workflow.all_handlers_finished)
            if not (decided and self._asks_again and self._standing is Standing.OPEN):
                return decided

    async def _decided_in_time(self, request: ApprovalRequest) -> bool:
        """Return whether somebody decides, or cancels, before the deadline; tell the escalation."""
        escalates_at = request.escalates_in_time
        if escalates_at is None or not workflow.patched("escalation-is-told"):
            return await self._decided_until(request.deadline, "deadline for approval")
        if not self._is_escalated:
            if await self._decided_until(escalates_at, "escalation"):
                return True
            self._is_escalated = True
            await self._tell_escalation()
        return await self._decided_until(request.deadline, "deadline for approval")

    async def _tell_escalation(self) -> None:
        """Record and show that others may decide too; an edit may have taken the rule away."""
        request = self._request
        escalation = None if request is None else request.requirement.escalation
        if request is None or escalation is None:
            return
        record = EscalationRecord(
            run=self._key, digest=request.digest, role=escalation.role, at=workflow.now()
        )
        await workflow.execute_local_activity_method(
            ApproveStep.record_escalation, record, **RECORD
        )
        self._show()

    async def _decided_until(self, limit: datetime, summary: str) -> bool:
        try:
            await workflow.wait_condition(
                lambda: self._is_cancelled or self._standing is not Standing.OPEN,
                timeout=max(limit - workflow.now(), timedelta()),
                timeout_summary=summary,
            )
        except TimeoutError:
            return False
        return True
