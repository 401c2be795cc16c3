"""How a run ends: recorded, shown, and told to the engine."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.approval import ApprovedRun
from workflows.names import RISK, STAGE
from workflows.options import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.guard import GuardStep
    from steward.approvals import Standing
    from steward.audit import AuditHead, HeadsAtEnd
    from steward.errors import ExitCode
    from steward.runs import (
        ExecutionPlan,
        OutcomeCounts,
        RunEnd,
        RunResult,
        RunStatus,
        Stage,
        Watched,
    )
    from steward.steps import EndOrder, Planned, Simulated
    from workflows.details import heading, how_to_decide, not_counted, simulation_table
    from workflows.failures import reason_of

_EXIT_CODES = {
    RunStatus.COMPLETED: ExitCode.OK,
    RunStatus.DENIED: ExitCode.REFUSED,
    RunStatus.REJECTED: ExitCode.REFUSED,
    RunStatus.EXPIRED: ExitCode.REFUSED,
    RunStatus.REFUSED: ExitCode.REFUSED,
}
_FAILURES = {RunStatus.INVALID, RunStatus.FAILED}


class Stopped(Exception):
    """The run ends here, otherwise than it was meant to."""

    def __init__(self, status: RunStatus, reason: str, exit_code: ExitCode | None = None) -> None:
        """Take how the run ends, why, and what the shell is told where it is not the usual."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.exit_code = exit_code


class ConcludedRun(ApprovedRun):
    """A run with a beginning, visible stages and a recorded end."""

    def __init__(self) -> None:
        super().__init__()
        self._stage = Stage.PLAN
        self._planned: Planned | None = None
        self._simulated: Simulated | None = None

    async def _enter(self, stage: Stage) -> None:
        """Go on to a stage, unless the run is stopped; wait first where it is paused."""
        await self._until_not_paused()
        if self._is_cancelled:
            raise Stopped(RunStatus.CANCELLED, as_sentence(self._control_reason))
        self._move_to(stage)

    def _move_to(self, stage: Stage) -> None:
        self._stage = stage
        self._progress = ""
        workflow.upsert_search_attributes([STAGE.value_set(stage.value)])
        self._show()

    def _keep(self, simulated: Simulated) -> None:
        self._simulated = simulated
        self._quiet_hours = simulated.quiet_hours
        workflow.upsert_search_attributes([RISK.value_set(simulated.risk.value)])
        self._show()

    async def _approve(self, simulated: Simulated) -> Simulated:
        """Return what may be executed: what was simulated, or by which an edit replaced it."""
        await self._enter(Stage.APPROVE)
        instead = await self._ask(simulated, simulated.verdict)
        if instead is not None:
            raise Stopped(instead, as_sentence(self._stop_reason))
        return self._simulated or simulated

    def _require_approval(self, plan: ExecutionPlan) -> None:
        """Let the approval stand for good, or end the run where it was withdrawn meanwhile."""
        request = self._request
        withdrawn = self._is_withdrawn
        if request is not None and request.digest != plan.digest:
            raise Stopped(RunStatus.FAILED, "Other changes were approved than would be written.")
        self._request = None
        if withdrawn and self._not_counted_any_more:
            names = ", ".join(self._not_counted_any_more)
            raise Stopped(RunStatus.REJECTED, f"The approval of {names} does not count any more.")
        if withdrawn:
            raise Stopped(RunStatus.REJECTED, "The approval was withdrawn before anything began.")

    def _invalid(self, failure: ActivityError) -> Stopped:
        reason = reason_of(failure)
        return Stopped(RunStatus.INVALID, reason.message, reason.exit_code)

    async def _conclude(
        self,
        status: RunStatus,
        reason: str,
        *,
        exit_code: ExitCode | None = None,
        outcomes: OutcomeCounts | None = None,
        undone: OutcomeCounts | None = None,
        watched: Watched | None = None,
    ) -> RunResult:
        """Record the end, and return it; a run that failed fails its workflow too."""
        self._is_over = True
        end = RunEnd(
            run_id=self._run_id,
            status=status,
            reason=reason,
            exit_code=exit_code or _EXIT_CODES.get(status, ExitCode.RUN_FAILED),
            ended_at=workflow.now(),
        )
        heads = await workflow.execute_local_activity_method(
            GuardStep.conclude, EndOrder(store=self._store, end=end), **RECORD
        )
        self._stop_reason = f"{status}: {reason}"
        self._move_to(Stage.DONE)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if status in _FAILURES:
            raise ApplicationError(reason, *_each(heads), type=status.value, non_retryable=True)
        return RunResult(
            run_id=self._run_id,
            status=status,
            reason=reason,
            digest=None if self._simulated is None else self._simulated.plan.digest,
            outcomes=outcomes or OutcomeCounts(),
            undone=undone,
            audit_head=None if heads is None else heads.own,
            installation_head=None if heads is None else heads.installation,
            watched=watched,
        )

    def _show(self) -> None:
        parts = [
            heading(
                self._stage,
                "" if self._planned is None else self._planned.headline,
                self._stop_reason or self._progress,
            )
        ]
        if self._request is not None and self._standing is Standing.OPEN:
            parts.append(how_to_decide(self._request, workflow.now()))
        parts += [not_counted(refused) for refused in self._refused[-3:]]
        if self._simulated is not None:
            parts.append(simulation_table(self._simulated))
        workflow.set_current_details("\n\n".join(parts))


def _each(heads: HeadsAtEnd | None) -> Sequence[AuditHead]:
    """Return the heads one by one, the store's own first."""
    noted = () if heads is None else (heads.own, heads.installation)
    return [head for head in noted if head is not None]


def as_sentence(reason: str) -> str:
    """Return the reason with its full stop, so that another sentence may follow."""
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
