"""Who decides: whether the register of approvers knows them, when they decide and afterwards."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow

from workflows.execution import ExecutedRun
from workflows.options import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.register import RegisterStep
    from steward.approvals import (
        ApprovalRequest,
        Decision,
        DecisionRefusal,
        DecisionVerdict,
        Standing,
        explain_refusal,
        judge_decision,
        standing,
        with_decision,
    )
    from steward.approvers import NOT_IN_USE, Registration
    from steward.runs import Attempt, ControlRequest
    from steward.steps import RegistrationQuestion

_ASKED_AFTER_EDITS: Final = "register-asked-after-edits"
# Between the last approval and the first write a run that does not wait takes less.
_A_WAIT: Final = timedelta(minutes=1)


class RegisteredRun(ExecutedRun):
    """A run for which only those decide whom the register of approvers knows by then."""

    def __init__(self) -> None:
        super().__init__()
        self._request: ApprovalRequest | None = None
        self._counted: list[Decision] = []
        self._counted_at: datetime | None = None
        self._not_counted_any_more: list[str] = []
        self._is_being_edited = False

    async def _look_up(self, decision: Decision) -> Registration:
        """Look up who decides, and where this completes a quorum, those who agreed before it."""
        registration = await self._registration_of(decision)
        request, earlier = self._request, self._counted
        if request is None or not earlier or decision.verdict is not DecisionVerdict.APPROVE:
            return registration
        if standing(request, with_decision(earlier, decision)) is Standing.APPROVED:
            await self._look_up_again(request)
        return registration

    async def _look_up_after_waiting(self) -> None:
        """Look up those who agreed once more where the run waited since, before it writes.

        A run that goes on at once asks nothing: they were looked up in that moment.
        """
        at = self._counted_at
        if self._request is not None and at is not None and workflow.now() - at > _A_WAIT:
            await self._look_up_again(self._request)

    async def _look_up_again(self, request: ApprovalRequest) -> None:
        """Let nobody count who was revoked, or lost the role, since they agreed; record it."""
        if not workflow.patched("approvers-looked-up-again"):
            return
        for one in tuple(self._counted):
            registration = await self._registered(one.by)
            roles = request.roles_at(workflow.now())
            if registration.is_known and (not roles or roles & registration.roles):
                continue
            self._counted = [other for other in self._counted if other is not one]
            self._not_counted_any_more.append(one.by)
            self._show()
            sentence, _ = explain_refusal(DecisionRefusal.NOT_REGISTERED, self._run_id)
            if registration.is_known:
                sentence, _ = explain_refusal(DecisionRefusal.WRONG_ROLE, self._run_id)
            await self._refuse(
                Attempt.APPROVE,
                ControlRequest(by=one.by),
                f"The approval does not count any more. {sentence}",
            )

    async def _registration_beside_edits(
        self, look_up: Callable[[], Awaitable[Registration]]
    ) -> Registration:
        """Return what the register says at a moment in which no edit is under way.

        An edit decides which digest people ask about, and with that whether they are looked up at
        all; so it is waited for first, and whoever was looked up before it is looked up again.
        """
        if self._is_being_edited and workflow.patched(_ASKED_AFTER_EDITS):
            await self._until_not_being_edited()
        registration = await look_up()
        while self._is_being_edited:
            asks_again = workflow.patched(_ASKED_AFTER_EDITS)
            await self._until_not_being_edited()
            if asks_again:
                registration = await look_up()
        return registration

    async def _until_not_being_edited(self) -> None:
        """Wait for an edit that is under way.

        Where there is none, nothing is waited for, not even a turn, as in the runs of old.
        """
        while self._is_being_edited:
            await workflow.wait_condition(lambda: not self._is_being_edited)

    def _refusal_for_certain(self, decision: Decision) -> DecisionRefusal | None:
        """Return why the decision does not count, whatever the register says of the person."""
        refusal = judge_decision(decision, self._request, self._counted, workflow.now())
        return None if refusal is DecisionRefusal.WRONG_ROLE else refusal

    async def _registration_of(self, decision: Decision) -> Registration:
        """Return what the register says; a decision that cannot count anyway is not looked up."""
        if self._refusal_for_certain(decision) is not None:
            return NOT_IN_USE
        if not workflow.patched("register-of-approvers"):
            return NOT_IN_USE
        return await self._registered(decision.by)

    async def _registered(self, name: str) -> Registration:
        return await workflow.execute_local_activity_method(
            RegisterStep.look_up_approver, RegistrationQuestion(name=name), **RECORD
        )
