"""The run of an agent: plan, simulate, approve, execute, verify, compensate."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.concluding import Stopped, as_sentence
from workflows.controlled import uninterrupted
from workflows.editing import EditedRun
from workflows.execution import ExecutionEnd
from workflows.names import AGENT_RUN
from workflows.options import PLAN, simulate_options, undo_options
from workflows.watched import WatchedRun

with workflow.unsafe.imports_passed_through():
    from activities.compensate import CompensateStep
    from activities.plan import PlanStep
    from activities.simulate import SimulateStep
    from steward.errors import ExitCode
    from steward.outcome_words import outcome_sentence
    from steward.runs import (
        ExecutionPlan,
        OutcomeCounts,
        RunRequest,
        RunResult,
        RunStatus,
        Stage,
        Watched,
    )
    from steward.steps import CompensationOrder, Planned, Simulated, SimulationOrder
    from steward.watch import watched_sentence
    from workflows.failures import reason_of


@workflow.defn(name=AGENT_RUN)
class AgentRun(EditedRun, WatchedRun):
    """Carries one run of an agent on one store."""

    @workflow.run
    @uninterrupted
    async def run(self, request: RunRequest) -> RunResult:
        """Plan, simulate, approve, execute in verified waves, and watch; compensate if it stops."""
        self._accept(request)
        try:
            planned = await self._plan(request)
            simulated = await self._simulate(planned)
            approved = await self._approve(simulated)
            end, outcomes = await self._execute_and_verify(approved.plan)
        except Stopped as stopped:
            return await self._conclude(stopped.status, stopped.reason, exit_code=stopped.exit_code)
        if end is ExecutionEnd.STOPPED:
            return await self._compensate(outcomes)
        watched = await self._watch(approved, outcomes)
        return await self._complete(outcomes, watched)

    def _accept(self, request: RunRequest) -> None:
        self._run_id = request.run_id
        self._store = request.store
        self._requested_by = request.requested_by

    async def _plan(self, request: RunRequest) -> Planned:
        await self._enter(Stage.PLAN)
        try:
            planned = await workflow.execute_activity_method(
                PlanStep.plan, request, summary=request.template, **PLAN
            )
        except ActivityError as failure:
            raise self._invalid(failure) from failure
        self._platform = planned.platform
        self._planned = planned
        return planned

    async def _simulate(self, planned: Planned) -> Simulated:
        await self._enter(Stage.SIMULATE)
        order = SimulationOrder(run_id=self._run_id, store=self._store, headline=planned.headline)
        try:
            simulated = await workflow.execute_activity_method(
                SimulateStep.simulate,
                order,
                summary=planned.headline,
                **simulate_options(self._platform, self._store),
            )
        except ActivityError as failure:
            raise self._invalid(failure) from failure
        self._keep(simulated)
        return simulated

    async def _execute_and_verify(self, plan: ExecutionPlan) -> tuple[ExecutionEnd, OutcomeCounts]:
        await self._enter(Stage.EXECUTE)
        await self._until_not_quiet()
        await self._look_up_after_waiting()
        self._require_approval(plan)
        return await self._execute_waves(plan)

    async def _complete(self, outcomes: OutcomeCounts, watched: Watched | None) -> RunResult:
        reason = outcome_sentence(outcomes)
        if watched is not None:
            reason = f"{as_sentence(reason)} {watched_sentence(watched)}"
        return await self._conclude(RunStatus.COMPLETED, reason, outcomes=outcomes, watched=watched)

    async def _compensate(self, outcomes: OutcomeCounts) -> RunResult:
        """Take back what was written before the run stopped, newest first."""
        why = as_sentence(self._stop_reason)
        self._move_to(Stage.COMPENSATE)
        order = CompensationOrder(
            run_id=self._run_id,
            store=self._store,
            undoes=self._run_id,
            headline=f"take back {self._run_id}",
        )
        options = undo_options(self._platform, self._store)
        try:
            undo = await workflow.execute_activity_method(
                CompensateStep.compensate, order, summary="take back what was written", **options
            )
            if undo is None:
                return await self._conclude_unwritten(why)
            _, undone = await self._undo_waves(undo.plan, compensating=True)
        except ActivityError as failure:
            reason = reason_of(failure)
            return await self._conclude(
                RunStatus.FAILED,
                f"{why} Taking it back failed: {as_sentence(reason.message)} "
                f"Then run `steward rollback {self._run_id}`.",
                exit_code=reason.exit_code,
                outcomes=outcomes,
            )
        left = undone.total - undone.applied - undone.unchanged
        return await self._conclude(
            RunStatus.FAILED if left else RunStatus.COMPENSATED,
            f"{why} Taken back: {outcome_sentence(undone, undo=True)}.",
            exit_code=ExitCode.RUN_FAILED,
            outcomes=outcomes,
            undone=undone,
        )

    async def _conclude_unwritten(self, why: str) -> RunResult:
        """End the run where nothing of it is, or is any more, in the store."""
        if self._is_claim_refused and not self._is_cancelled:
            return await self._conclude(RunStatus.REFUSED, why)
        stopped = RunStatus.CANCELLED if self._is_cancelled else RunStatus.COMPENSATED
        return await self._conclude(stopped, f"{why} Nothing was left to take back.")
