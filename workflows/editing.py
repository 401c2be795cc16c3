"""Editing what a run waits for: the update `edit`, by which other changes are asked about."""

from contextlib import suppress
from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.concluding import ConcludedRun
from workflows.controlled import MOST_REFUSALS
from workflows.names import EDIT, EDIT_REFUSED
from workflows.options import DECISION, RECORD, simulate_options

with workflow.unsafe.imports_passed_through():
    from activities.approve import ApproveStep
    from activities.edit import EditStep
    from activities.register import RegisterStep
    from steward.approvals import ApprovalRequest, DecisionRefusal, explain_refusal
    from steward.approvers import NOT_IN_USE, Registration
    from steward.edit_requests import MOST_EDITS, Edited, EditRequest, judge_edit, request_after
    from steward.errors import ExitCode
    from steward.runs import Attempt, ControlRequest
    from steward.steps import (
        EditOrder,
        EditRecord,
        FailureDetail,
        RegistrationQuestion,
        Simulated,
    )
    from workflows.failures import reason_of


_LONGEST_REASON = 2_000


class EditedRun(ConcludedRun):
    """A run whose change set people may make smaller while it waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self._edits_tried = 0

    @workflow.update(name=EDIT)
    async def edit(self, request: EditRequest) -> Edited:
        """Ask about the edited change set from now on; a refused edit is recorded."""
        try:
            return await self._edit(request)
        except ApplicationError as refused:
            reason = FailureDetail.model_validate(refused.details[0]).message
            await self._record_refused_edit(request, reason[:_LONGEST_REASON])
            raise

    @edit.validator
    def _validate_edit(self, request: EditRequest) -> None:
        """Refuse without a trace only where so many refusals are recorded that it is a flood."""
        refusal = self._edit_refused_for_certain(request)
        if refusal is not None and self._refusals >= MOST_REFUSALS:
            self._refuse_edit(refusal)

    async def _edit(self, asked: EditRequest) -> Edited:
        """Put an edited change set, once it is simulated, in the place of the one that waits.

        From the check on, until the new request stands, no decision is counted and nobody else
        edits: what is approved is either the old change set or the new one.
        """
        registration = await self._registration_beside_edits(
            lambda: self._registration_of_editor(asked)
        )
        now = workflow.now()
        refusal = judge_edit(asked, self._open_request, self._counted, now, registration)
        former = self._open_request
        if refusal is not None or former is None:
            self._refuse_edit(refusal or DecisionRefusal.NOT_WAITING)
        self._edits_tried += 1
        if self._edits_tried > MOST_EDITS and workflow.patched("refused-edits-are-limited"):
            self._refuse_edit(DecisionRefusal.EDITED_TOO_OFTEN)
        self._is_being_edited = True
        try:
            simulated = await self._simulate_edit(asked, former)
            await workflow.execute_activity_method(
                ApproveStep.record_edit,
                EditRecord(store=self._store, request=asked, digest=simulated.plan.digest, at=now),
                summary="edit",
                **DECISION,
            )
            edited = _edited(simulated)
            self._counted = []
            self._request = request_after(former, edited, by=asked.by, now=now)
            self._keep(simulated)
            return edited
        finally:
            self._is_being_edited = False

    async def _simulate_edit(self, asked: EditRequest, former: ApprovalRequest) -> Simulated:
        order = EditOrder(
            store=self._store,
            headline="" if self._simulated is None else self._simulated.headline,
            request=asked,
            deadline=former.deadline,
            escalates_at=former.escalates_at,
        )
        simulating = workflow.start_activity_method(
            EditStep.edit, order, summary="edit", **simulate_options(self._platform, self._store)
        )
        await workflow.wait_condition(lambda: simulating.done() or not self._waits_to_be_edited)
        if not simulating.done() and workflow.patched("edits-end-with-the-wait"):
            # Where no worker serves the platform, the step would keep the run alive without end.
            simulating.cancel()
            with suppress(ActivityError):
                await simulating
            self._refuse_edit(DecisionRefusal.NOT_WAITING)
        try:
            return await simulating
        except ActivityError as failure:
            cause = failure.cause
            if isinstance(cause, ApplicationError) and cause.details:
                # As the step told it: a sentence and its remedy, each by itself.
                raise _refused(cause.message, *cause.details) from failure
            reason = reason_of(failure)
            raise _error(reason.message, "", reason.exit_code) from failure

    @property
    def _waits_to_be_edited(self) -> bool:
        return self._waits_for_people and not self._is_cancelled

    def _edit_refused_for_certain(self, asked: EditRequest) -> DecisionRefusal | None:
        """Return why the edit is refused, whatever the register says of the person."""
        refusal = judge_edit(asked, self._open_request, self._counted, workflow.now())
        return None if refusal is DecisionRefusal.WRONG_ROLE else refusal

    async def _registration_of_editor(self, asked: EditRequest) -> Registration:
        if self._edit_refused_for_certain(asked) is not None:
            return NOT_IN_USE
        return await workflow.execute_local_activity_method(
            RegisterStep.look_up_approver, RegistrationQuestion(name=asked.by), **RECORD
        )

    def _refuse_edit(self, refusal: DecisionRefusal) -> NoReturn:
        sentence, remedy = explain_refusal(refusal, self._run_id)
        raise _error(sentence, remedy, ExitCode.REFUSED)

    async def _record_refused_edit(self, asked: EditRequest, reason: str) -> None:
        # An edit may come with the run's first task, before the run knows its own name.
        await workflow.wait_condition(lambda: bool(self._run_id))
        if self._records_one_more_refusal():
            await self._refuse(Attempt.EDIT, ControlRequest(by=asked.by), reason)


def _edited(simulated: Simulated) -> Edited:
    return Edited(
        digest=simulated.plan.digest,
        changes=simulated.plan.changes,
        verdict=simulated.verdict,
        risk=simulated.risk,
        table=simulated.table,
    )


def _error(sentence: str, remedy: str, exit_code: ExitCode) -> ApplicationError:
    detail = FailureDetail(message=sentence, remedy=remedy, exit_code=int(exit_code))
    return _refused(f"{sentence} {remedy}".strip(), detail.model_dump(mode="json"))


def _refused(message: str, *details: object) -> ApplicationError:
    return ApplicationError(message, *details, type=EDIT_REFUSED, non_retryable=True)
