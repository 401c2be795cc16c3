"""Workflows of one step, each with the options that runs use, for tests of how steps are carried.

They are in a file of their own, since the workflow sandbox loads it again for every run.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.options import StepOptions, execute_options, simulate_options, undo_options

with workflow.unsafe.imports_passed_through():
    from steward.steps import SimulationOrder

QUEUE = "platform-of-steps"
AT_ONCE = RetryPolicy(initial_interval=timedelta(milliseconds=20), backoff_coefficient=1)


async def one_step(name: str, order: SimulationOrder, options: StepOptions) -> str:
    """Carry one step, tried again at once, and lost after a second of silence."""
    policy = options["retry_policy"]
    hurried = RetryPolicy(
        initial_interval=AT_ONCE.initial_interval,
        backoff_coefficient=AT_ONCE.backoff_coefficient,
        maximum_attempts=policy.maximum_attempts,
    )
    options["retry_policy"] = hurried
    options["heartbeat_timeout"] = timedelta(seconds=1)
    done: str = await workflow.execute_activity(name, order, result_type=str, **options)
    return done


@workflow.defn
class Simulates:
    """A step before anything is written."""

    @workflow.run
    async def run(self, order: SimulationOrder) -> str:
        """Carry it."""
        return await one_step("simulate", order, simulate_options(QUEUE, order.store))


@workflow.defn
class Executes:
    """A step that writes."""

    @workflow.run
    async def run(self, order: SimulationOrder) -> str:
        """Carry it."""
        return await one_step("execute", order, execute_options(QUEUE, order.store))


@workflow.defn
class Undoes:
    """A step that takes changes back."""

    @workflow.run
    async def run(self, order: SimulationOrder) -> str:
        """Carry it."""
        return await one_step("execute", order, undo_options(QUEUE, order.store))
