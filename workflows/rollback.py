"""The undo of an earlier run: plan, simulate, approve where asked to, execute, verify."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.concluding import ConcludedRun, Stopped, as_sentence
from workflows.controlled import uninterrupted
from workflows.execution import ExecutionEnd
from workflows.names import CONFIRMATION_DEADLINE, ROLLBACK
from workflows.options import PLAN, undo_options

with workflow.unsafe.imports_passed_through():
    from activities.compensate import CompensateStep
    from activities.plan import PlanStep
    from steward.outcome_words import outcome_sentence
    from steward.policy import Allow, NeedsApproval
    from steward.runs import (
        ExecutionPlan,
        OutcomeCounts,
        RollbackRequest,
        RunResult,
        RunStatus,
        Stage,
    )
    from steward.steps import CompensationOrder, Planned, Simulated
    from workflows.failures import reason_of


@workflow.defn(name=ROLLBACK)
class Rollback(ConcludedRun):
    """Restores what an earlier run changed, wherever the store still holds what was written."""

    @workflow.run
    @uninterrupted
    async def run(self, request: RollbackRequest) -> RunResult:
        """Plan, simulate, approve where asked to, execute and verify the inverse of a run."""
        self._accept(request)
        try:
            planned = await self._plan(request)
            undo = await self._simulate(planned, request)
            await self._approve(undo)
            outcomes = await self._execute_and_verify(undo.plan)
        except Stopped as stopped:
            return await self._conclude(stopped.status, stopped.reason, exit_code=stopped.exit_code)
        failed = outcomes.refused + outcomes.unknown
        return await self._conclude(
            RunStatus.FAILED if failed else RunStatus.COMPLETED,
            outcome_sentence(outcomes, undo=True),
            outcomes=outcomes,
        )

    def _accept(self, request: RollbackRequest) -> None:
        self._run_id = request.run_id
        self._store = request.store
        self._requested_by = request.requested_by

    async def _plan(self, request: RollbackRequest) -> Planned:
        await self._enter(Stage.PLAN)
        try:
            planned = await workflow.execute_activity_method(
                PlanStep.plan_rollback, request, summary=request.undoes, **PLAN
            )
        except ActivityError as failure:
            raise self._invalid(failure) from failure
        self._platform = planned.platform
        self._planned = planned
        return planned

    async def _simulate(self, planned: Planned, request: RollbackRequest) -> Simulated:
        """Read the store, and return the undo with what it would restore and what it would keep."""
        await self._enter(Stage.SIMULATE)
        order = CompensationOrder(
            run_id=self._run_id,
            store=self._store,
            undoes=request.undoes,
            headline=planned.headline,
            scope=request.scope,
        )
        try:
            undo = await workflow.execute_activity_method(
                CompensateStep.compensate,
                order,
                summary=planned.headline,
                **undo_options(self._platform, self._store),
            )
        except ActivityError as failure:
            raise self._invalid(failure) from failure
        if undo is None:
            raise Stopped(RunStatus.COMPLETED, f"Run {request.undoes} left nothing to undo.")
        if request.confirm and isinstance(undo.verdict, Allow):
            undo = undo.model_copy(
                update={
                    "verdict": NeedsApproval(
                        reasons=("somebody wants to see the preview first",),
                        deadline=CONFIRMATION_DEADLINE,
                        requester_may_decide=True,
                    )
                }
            )
        self._keep(undo)
        return undo

    async def _execute_and_verify(self, plan: ExecutionPlan) -> OutcomeCounts:
        await self._enter(Stage.EXECUTE)
        await self._look_up_after_waiting()
        self._require_approval(plan)
        try:
            end, outcomes = await self._undo_waves(plan, compensating=False)
        except ActivityError as failure:
            reason = reason_of(failure)
            raise Stopped(RunStatus.FAILED, reason.message, reason.exit_code) from failure
        if end is ExecutionEnd.STOPPED:
            raise Stopped(RunStatus.CANCELLED, as_sentence(self._stop_reason))
        return outcomes
