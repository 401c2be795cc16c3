"""A workflow that queues chunks of a change set as runs do, but all of them at once."""

import asyncio

from temporalio import workflow

from workflows.options import execute_options

with workflow.unsafe.imports_passed_through():
    from activities.execute import ExecuteStep
    from steward.model import Frozen
    from steward.runs import ChunkReference
    from steward.steps import ExecutionOrder


class BacklogOrder(Frozen):
    """Chunks of one store to queue."""

    platform: str
    chunks: tuple[ChunkReference, ...]


@workflow.defn(name="benchmark_backlog")
class Backlog:
    """Stands in for many runs on one store, each of which has at most four chunks under way.

    A chunk may be queued many times over: executing it again is safe, and finds nothing to do once
    it is done.
    """

    @workflow.run
    async def run(self, order: BacklogOrder) -> None:
        """Queue every chunk with the options that runs use, and wait for their ends."""
        await asyncio.gather(
            *(
                workflow.execute_activity_method(
                    ExecuteStep.execute,
                    ExecutionOrder(chunk=chunk),
                    **execute_options(order.platform, chunk.store),
                )
                for chunk in order.chunks
            )
        )
