"""How the engine carries each kind of step: time limits, retries and lanes."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import Priority, RetryPolicy

from steward.steps import UNDO_PRIORITY
from workflows.names import REASON_QUEUE, fairness_key

# A worker that dies is noticed after this time without a heartbeat, and its step moves on.
_HEARTBEAT_TIMEOUT = timedelta(seconds=5)


class StepOptions(TypedDict, total=False):
    """The part of the engine's activity options that differs between steps."""

    task_queue: str
    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy
    priority: Priority


class LocalStepOptions(TypedDict):
    """Options of the short steps that the workflow's own worker carries."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# Nothing is written yet: somebody is waiting, so failure is told after some seconds.
_SOON = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=4), maximum_attempts=4
)
# A step on a store may be turned away any number of times before it begins, so the number of its
# attempts says nothing: `activities.patience` gives it up, after a few failures.
_JUDGED_SOON = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=4)
)
# In the same way, but writing is under way: after an hour of failures.
_JUDGED_LATE = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
)
# What was written must be taken back, however long it takes; a person can still terminate the run.
_TIRELESS = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
)

RECORD = LocalStepOptions(start_to_close_timeout=timedelta(seconds=30), retry_policy=_TIRELESS)

# No local step: only what stands in the history keeps its time when a worker dies over it, and a
# decision that is recorded again with another time would look like a second one.
DECISION = StepOptions(
    start_to_close_timeout=timedelta(minutes=1),
    heartbeat_timeout=_HEARTBEAT_TIMEOUT,
    retry_policy=_TIRELESS,
)

PLAN = StepOptions(
    task_queue=REASON_QUEUE,
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=_HEARTBEAT_TIMEOUT,
    retry_policy=_SOON,
)


def simulate_options(platform: str, store: str) -> StepOptions:
    """Return the options of reading a catalogue and simulating on it."""
    return StepOptions(
        task_queue=platform,
        start_to_close_timeout=timedelta(hours=1),
        heartbeat_timeout=_HEARTBEAT_TIMEOUT,
        retry_policy=_JUDGED_SOON,
        priority=Priority(fairness_key=fairness_key(store)),
    )


def execute_options(platform: str, store: str) -> StepOptions:
    """Return the options of writing, or reading back, a stretch of a change set."""
    return StepOptions(
        task_queue=platform,
        start_to_close_timeout=timedelta(hours=6),
        heartbeat_timeout=_HEARTBEAT_TIMEOUT,
        retry_policy=_JUDGED_LATE,
        priority=Priority(fairness_key=fairness_key(store)),
    )


def watch_options(platform: str, store: str) -> StepOptions:
    """Return the options of a look at what was written: the next look comes soon enough."""
    return StepOptions(
        task_queue=platform,
        start_to_close_timeout=timedelta(minutes=10),
        heartbeat_timeout=_HEARTBEAT_TIMEOUT,
        retry_policy=_JUDGED_SOON,
        priority=Priority(fairness_key=fairness_key(store)),
    )


def undo_options(platform: str, store: str) -> StepOptions:
    """Return the options of taking changes back: the first lane, and no end of trying."""
    return StepOptions(
        task_queue=platform,
        start_to_close_timeout=timedelta(hours=6),
        heartbeat_timeout=_HEARTBEAT_TIMEOUT,
        retry_policy=_TIRELESS,
        priority=Priority(priority_key=UNDO_PRIORITY, fairness_key=fairness_key(store)),
    )
