"""A run that people can pause, resume and cancel, and that the engine can cancel too."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import TypeVar

from temporalio import workflow

from workflows.names import CANCEL, PAUSE, RESUME
from workflows.options import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.guard import GuardStep
    from steward.runs import Attempt, Control, ControlRequest, RefusedAttempt
    from steward.steps import ControlOrder
    from workflows.failures import STEP_FAILURES

# What is asked in vain is recorded up to this number of times, so that whoever asks without end
# fills neither a run's history nor the audit trail.
MOST_REFUSALS = 100
MOST_PAUSES = 100
REFUSALS_ARE_RECORDED = "refusals-are-recorded"


class ControlledRun:
    """The signals `pause`, `resume` and `cancel`, and the gate in front of writes that they move.

    The gate stands in the ledger too, where the executor looks before each write, so that a pause
    takes effect at the next change rather than at the next wave.
    """

    def __init__(self) -> None:
        self._run_id = ""
        self._store = ""
        self._control = Control.RUN
        self._control_reason = ""
        self._is_over = False
        self._refusals = 0
        self._pauses = 0
        self._gate = asyncio.Lock()

    @workflow.signal(name=PAUSE)
    async def pause(self, request: ControlRequest | None = None) -> None:
        """Stop writing at the next change, until resumed."""
        await self._steer(Control.PAUSE, request or ControlRequest())

    @workflow.signal(name=RESUME)
    async def resume(self, request: ControlRequest | None = None) -> None:
        """Go on after a pause."""
        await self._steer(Control.RUN, request or ControlRequest())

    @workflow.signal(name=CANCEL)
    async def cancel(self, request: ControlRequest | None = None) -> None:
        """Stop writing at the next change, and take back what was written."""
        await self._steer(Control.CANCEL, request or ControlRequest())

    async def _steer(self, control: Control, request: ControlRequest) -> None:
        in_vain = await self._move_gate(control, request, most_pauses=MOST_PAUSES)
        if in_vain and self._run_id and self._records_one_more_refusal():
            await self._refuse(_ATTEMPTS[control], request, in_vain)

    async def _move_gate(
        self, control: Control, request: ControlRequest, *, most_pauses: int | None = None
    ) -> str:
        """Move the gate; return why that is in vain, or nothing where it is not."""
        async with self._gate:
            if in_vain := self._why_not(control):
                return in_vain
            if control is Control.PAUSE and most_pauses is not None:
                if self._pauses >= most_pauses:
                    return f"It was paused {most_pauses} times, which is the most: cancel it."
                self._pauses += 1
            self._control = control
            self._control_reason = _in_words(control, request)
            if self._run_id and not await self._records_gate(request) and control is Control.RUN:
                # What is unrecorded may stop writes, but not let them go on.
                self._control = Control.PAUSE
            return ""

    def _why_not(self, control: Control) -> str:
        if self._is_over:
            return "The run has ended."
        if self._is_cancelled:
            return "The run is being cancelled already."
        return "Nothing changes by it." if control is self._control else ""

    def _records_one_more_refusal(self) -> bool:
        """Return whether another refusal is recorded; runs that began before Steward did so: no."""
        if self._refusals >= MOST_REFUSALS or not workflow.patched(REFUSALS_ARE_RECORDED):
            return False
        self._refusals += 1
        return True

    async def _refuse(self, attempt: Attempt, request: ControlRequest, reason: str) -> None:
        """Record the attempt; where the ledger never takes that, only the history tells of it."""
        refused = RefusedAttempt(
            run_id=self._run_id,
            store=self._store,
            attempt=attempt,
            by=request.by,
            reason=reason,
        )
        with suppress(*STEP_FAILURES):
            await workflow.execute_local_activity_method(GuardStep.refuse, refused, **RECORD)

    async def _records_gate(self, request: ControlRequest) -> bool:
        """Record where the gate stands; return whether the ledger took that.

        Raised out of a signal, a failure would end the run in the middle of its writes.
        """
        order = ControlOrder(
            run_id=self._run_id,
            store=self._store,
            control=self._control,
            by=request.by,
            reason=request.reason,
        )
        try:
            await workflow.execute_local_activity_method(GuardStep.control, order, **RECORD)
        except STEP_FAILURES:
            return False
        return True

    @property
    def _is_cancelled(self) -> bool:
        return self._control is Control.CANCEL

    async def _until_not_paused(self) -> None:
        await workflow.wait_condition(lambda: self._control is not Control.PAUSE)


_ATTEMPTS = {
    Control.PAUSE: Attempt.PAUSE,
    Control.RUN: Attempt.RESUME,
    Control.CANCEL: Attempt.CANCEL,
}
_VERBS = {Control.PAUSE: "Paused", Control.RUN: "Resumed", Control.CANCEL: "Cancelled"}


def _in_words(control: Control, request: ControlRequest) -> str:
    reason = request.reason.strip().rstrip(".")
    return f"{_VERBS[control]} by {request.by}{f': {reason}' * bool(reason)}."


Run = TypeVar("Run", bound=ControlledRun)
Request = TypeVar("Request")
Result = TypeVar("Result")


def uninterrupted(
    run: Callable[[Run, Request], Awaitable[Result]],
) -> Callable[[Run, Request], Awaitable[Result]]:
    """Let a workflow's `run` finish in order although the engine cancels the workflow.

    A cancellation never cuts a step in the middle: it closes the gate in front of writes, as the
    signal `cancel` does, and `run` ends by itself, taking back what was written. Only then is the
    cancellation passed on.
    """

    @wraps(run)
    async def in_order(self: Run, request: Request) -> Result:
        task = asyncio.ensure_future(run(self, request))
        cancelled = False
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                cancelled = True
                await self.cancel(ControlRequest(by="the engine", reason="Workflow cancelled."))
            except Exception:  # noqa: BLE001, S110 - it is raised below, by the task's result
                pass
        if cancelled:
            raise asyncio.CancelledError
        return task.result()

    return in_order
