"""Executing a plan in waves, each verified before the next; shared by runs and rollbacks."""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.controlled import ControlledRun
from workflows.options import RECORD, StepOptions, execute_options, undo_options

with workflow.unsafe.imports_passed_through():
    from activities.execute import ExecuteStep
    from activities.guard import GuardStep
    from activities.verify import VerifyStep
    from steward.health import Trip
    from steward.policy import WhenTripped
    from steward.quiet_hours import QuietHours, quiet_until
    from steward.runs import (
        ChunkReference,
        Control,
        ControlRequest,
        ExecutionPlan,
        OutcomeCounts,
        Stage,
        Wave,
    )
    from steward.steps import ExecutionOrder, VerificationOrder, WaitOrder, WaveReport
    from steward.waits import NotedWait
    from workflows.failures import reason_of

# Chunks of one store that are under way at once; the pacer shares the allowance among them.
_CHUNKS_AT_ONCE = 4
# No wait is shorter, so that a run never goes round at one and the same moment.
_SHORTEST_WAIT = timedelta(seconds=1)
# Seconds between two looks at a gate that stands otherwise in the ledger; each costs some events.
_LONGEST_SLEEP = 60


class ExecutionEnd(StrEnum):
    """How the execution of a plan ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"


class ExecutedRun(ControlledRun):
    """A run that writes changes."""

    def __init__(self) -> None:
        super().__init__()
        self._platform = ""
        self._stop_reason = ""
        self._is_claim_refused = False
        self._progress = ""
        self._quiet_hours: tuple[QuietHours, ...] = ()

    async def _execute_waves(self, plan: ExecutionPlan) -> tuple[ExecutionEnd, OutcomeCounts]:
        """Execute and verify wave after wave; stop where one is over its limits or on cancel."""
        outcomes = OutcomeCounts()
        options = execute_options(self._platform, self._store)
        for number, wave in enumerate(plan.waves, start=1):
            await self._until_not_quiet()
            self._report_progress(f"wave {number} of {len(plan.waves)}, {wave.size} changes")
            try:
                complete = await self._execute_wave(wave, options, undo=False)
                if not complete:
                    self._stop_reason = self._control_reason
                    return ExecutionEnd.STOPPED, outcomes
                report = await self._verify_wave(wave, options, undo=False)
            except ActivityError as failure:
                reason = reason_of(failure)
                self._stop_reason = reason.message
                self._is_claim_refused = reason.is_claim_refused
                return ExecutionEnd.STOPPED, outcomes
            outcomes += report.verification.outcomes
            if not await self._may_go_on(report):
                return ExecutionEnd.STOPPED, outcomes
            if self._is_cancelled:
                self._stop_reason = self._control_reason
                return ExecutionEnd.STOPPED, outcomes
        return ExecutionEnd.COMPLETE, outcomes

    async def _undo_waves(
        self, plan: ExecutionPlan, *, compensating: bool
    ) -> tuple[ExecutionEnd, OutcomeCounts]:
        """Execute and verify the waves of an undo, whose outcomes are no reason to stop.

        A compensation goes on although its run was cancelled; a rollback can itself be cancelled.
        """
        outcomes = OutcomeCounts()
        options = undo_options(self._platform, self._store)
        for wave in plan.waves:
            self._report_progress(f"taking back {plan.changes} changes")
            if not await self._execute_wave(wave, options, undo=compensating):
                self._stop_reason = self._control_reason
                return ExecutionEnd.STOPPED, outcomes
            report = await self._verify_wave(wave, options, undo=compensating)
            outcomes += report.verification.outcomes
        return ExecutionEnd.COMPLETE, outcomes

    @property
    def _may_wait(self) -> bool:
        """Whether there is still something to wait for."""
        return not self._is_cancelled

    async def _until_not_quiet(self) -> None:
        """Wait until the quiet hours of what is changed are over, or the run is cancelled."""
        while self._may_wait and (quiet := quiet_until(self._quiet_hours, workflow.now())):
            until, hours = quiet
            self._report_progress(f"quiet hours {hours}, waits until {until:%Y-%m-%d %H:%M} UTC")
            await self._tell_wait(until, f"the end of quiet hours {hours}")
            try:
                await workflow.wait_condition(
                    lambda: not self._may_wait,
                    timeout=max(until - workflow.now(), _SHORTEST_WAIT),
                    timeout_summary="end of quiet hours",
                )
            except TimeoutError:
                continue

    async def _tell_wait(self, until: datetime, reason: str) -> None:
        """Let everybody who looks at the ledger see that the run is approved, and waits."""
        if not workflow.patched("waits-are-told"):
            return
        order = WaitOrder(
            run_id=self._run_id,
            stage=Stage.EXECUTE,
            wait=NotedWait(until=until, reason=reason),
        )
        await workflow.execute_local_activity_method(GuardStep.wait, order, **RECORD)

    async def _execute_wave(self, wave: Wave, options: StepOptions, *, undo: bool) -> bool:
        at_once = asyncio.Semaphore(_CHUNKS_AT_ONCE)

        async def one(chunk: ChunkReference) -> bool:
            async with at_once:
                return await self._execute_chunk(chunk, options, undo=undo)

        ended = await asyncio.gather(*(one(chunk) for chunk in wave.chunks), return_exceptions=True)
        for end in ended:
            if isinstance(end, BaseException):
                raise end
        return all(ended)

    async def _execute_chunk(
        self, chunk: ChunkReference, options: StepOptions, *, undo: bool
    ) -> bool:
        """Execute a chunk to its end, across pauses; return False where the run was cancelled."""
        seconds = 1
        while True:
            await self._until_not_paused()
            if self._is_cancelled and not undo:
                return False
            report = await workflow.execute_activity_method(
                ExecuteStep.execute,
                ExecutionOrder(chunk=chunk, undo=undo),
                summary=f"changes {chunk.first + 1} to {chunk.last + 1}",
                **options,
            )
            if report.is_complete:
                return True
            if self._control is Control.RUN:
                # The gate was opened again while the step was stopping. Or it was closed in the
                # ledger alone, as by the rollback of a terminated run that was then reset.
                await workflow.sleep(seconds)
                seconds = min(2 * seconds, _LONGEST_SLEEP)
            else:
                seconds = 1

    async def _verify_wave(self, wave: Wave, options: StepOptions, *, undo: bool) -> WaveReport:
        return await workflow.execute_activity_method(
            VerifyStep.verify,
            VerificationOrder(wave=wave, undo=undo),
            summary=f"read back {wave.size} changes",
            **options,
        )

    async def _may_go_on(self, report: WaveReport) -> bool:
        """Return whether the run may go on; on hold, wait for a person to decide that."""
        if not isinstance(report.judgement, Trip):
            return True
        self._stop_reason = report.judgement.reason
        if report.when_tripped is WhenTripped.COMPENSATE:
            return False
        await self._move_gate(
            Control.PAUSE, ControlRequest(by="steward", reason=report.judgement.reason)
        )
        await self._until_not_paused()
        return not self._is_cancelled

    def _report_progress(self, progress: str) -> None:
        self._progress = progress
        self._show()

    def _show(self) -> None:
        """Update what the Web UI shows of the run."""
        raise NotImplementedError
