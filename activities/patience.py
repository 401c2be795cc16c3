"""Patience of the steps that work on a store: counted here, since the engine cannot.

The engine counts every attempt, also those that were turned away because their store has enough
steps under way. So it sets no end to attempts, and the step itself gives up. What it has to know
for that travels with its heartbeats and so outlives the process.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.backoff import back_off
from activities.failures import as_application_error
from activities.heartbeat import Memory, beat, remembering
from steward.errors import StewardError, StoreThrottled, TurnAwaited, WorkerLost
from steward.patience import Patience, Setbacks
from steward.ports import Clock
from steward.steps import UNDO_PRIORITY

# Nothing is written yet: somebody is waiting, so failure is told after some seconds.
TOLD_SOON = Patience(setbacks=4)
# Writing is under way: an outage of about an hour is sat out.
SITS_OUT = Patience(setbacks=10, lasting=timedelta(hours=1))
# The engine's longest waits, see `workflows.options`.
_LONGEST_WAIT_SOON = timedelta(seconds=4)
_LONGEST_WAIT = timedelta(minutes=1)
_PATIENCE = {
    "simulate": TOLD_SOON,
    "edit": TOLD_SOON,
    "execute": SITS_OUT,
    "verify": SITS_OUT,
    "watch": TOLD_SOON,
}


class _Patient(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, clock: Clock) -> None:
        super().__init__(following)
        self._clock = clock

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        if activity.info().priority.priority_key == UNDO_PRIORITY:
            return await self._without_end(input)
        patience = _PATIENCE.get(activity.info().activity_type)
        if patience is None:
            return await self._backing_off(input)
        memory = Memory(_remembered(activity.info().heartbeat_details))
        with remembering(memory):
            if memory.setbacks.under_way and self._has_enough(memory, patience):
                raise _given_up(
                    WorkerLost(
                        "The worker was lost over this step again and again.",
                        remedy="Look at its log and its memory; the step may be too large for it.",
                    )
                )
            memory.setbacks = memory.setbacks.with_attempt_under_way()
            try:
                return await super().execute_activity(input)
            except StoreThrottled as error:
                # The store answers: it is there.
                _leave(memory, Setbacks())
                back_off(error, activity.info().attempt, longest=_LONGEST_WAIT)
                raise
            except (asyncio.CancelledError, TurnAwaited):
                _leave(memory, memory.setbacks.model_copy(update={"under_way": False}))
                raise
            except Exception as error:
                if not _is_final(error) and self._has_enough(memory, patience):
                    raise _given_up(error) from error
                if isinstance(error, StewardError):
                    longest = _LONGEST_WAIT_SOON if patience is TOLD_SOON else _LONGEST_WAIT
                    back_off(error, memory.setbacks.count, longest=longest)
                raise

    async def _without_end(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        """Take changes back, however often that fails; waits for a turn make no failure longer."""
        memory = Memory(_remembered(activity.info().heartbeat_details))
        with remembering(memory):
            try:
                return await super().execute_activity(input)
            except (asyncio.CancelledError, TurnAwaited):
                _leave(memory, memory.setbacks)
                raise
            except StewardError as error:
                _leave(memory, memory.setbacks.and_another(self._clock.now()))
                back_off(error, memory.setbacks.count, longest=_LONGEST_WAIT)
                raise

    async def _backing_off(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        try:
            return await super().execute_activity(input)
        except StewardError as error:
            back_off(error, activity.info().attempt, longest=_LONGEST_WAIT)
            raise

    def _has_enough(self, memory: Memory, patience: Patience) -> bool:
        """Count another setback, and return whether the step is to be given up for it."""
        now = self._clock.now()
        _leave(memory, memory.setbacks.and_another(now))
        return patience.is_used_up(memory.setbacks, now)


def _remembered(details: Sequence[Any]) -> Setbacks:
    try:
        return Setbacks.model_validate(details[0]) if details else Setbacks()
    except ValidationError:
        # Left by another release: forgetting costs some more attempts, and nothing else.
        return Setbacks()


def _leave(memory: Memory, setbacks: Setbacks) -> None:
    memory.setbacks = setbacks
    beat()


def _is_final(error: Exception) -> bool:
    match error:
        case StewardError():
            return error.permanent
        case ApplicationError():
            return error.non_retryable
        case _:
            return False


def _given_up(error: Exception) -> ApplicationError:
    if isinstance(error, StewardError):
        return as_application_error(error, final=True)
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)


class StepPatience(Interceptor):
    """Gives a step up, for good, once it has failed too often and for too long in a row."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock by which outages are timed."""
        self._clock = clock

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Put the patience in front of the activity."""
        return _Patient(next, self._clock)
