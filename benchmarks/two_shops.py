"""A small shop and a busy one on the same workers, and the busy one's backlog."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.backlog import Backlog, BacklogOrder
from ledger.reader import LedgerReader
from starter.stack.description import SandboxStoreDescription
from steward.approvals import Decision, DecisionVerdict
from steward.errors import UnknownRun
from steward.runs import ChunkReference, RunRequest, RunResult, Stage
from workflows.names import AGENT_RUN, DECIDE, WORKFLOW_QUEUE

_LATENCY_SECONDS = 0.3
_BACKLOG_QUEUE = "backlog"
# Small workflows, as runs are: each of a workflow's steps makes all of its steps dearer.
_CHUNKS_OF_ONE_WORKFLOW = 100
_LOOK_AGAIN_SECONDS = 0.05

BUSY = SandboxStoreDescription(
    name="busy", plan="standard", products=4_000, variants=4_000, latency_seconds=_LATENCY_SECONDS
)
SMALL = SandboxStoreDescription(
    name="small", plan="standard", products=12, variants=40, latency_seconds=_LATENCY_SECONDS
)


@dataclass(frozen=True)
class Backlogged:
    """What is left of the backlog, and how often its steps began so far."""

    unfinished: int
    under_way: int
    turned_away: int


class TwoShops:
    """A running stack with the small shop and the busy one."""

    def __init__(self, client: Client, reader: LedgerReader) -> None:
        """Take a client of its server, and a reader of its ledger."""
        self._client = client
        self._reader = reader
        self._runs: Counter[str] = Counter()

    async def simulated(self, store: str) -> tuple[WorkflowHandle[Any, RunResult], str]:
        """Start a run that changes every price of a store; return it and its change set's digest.

        Prices go down and up in turn, so that each run has as much to do as the one before.
        """
        self._runs[store] += 1
        request = RunRequest(
            run_id=f"bench-{store}-{self._runs[store]}",
            store=store,
            agent="pricing-manager",
            template="bulk-price",
            parameters={"everything": "yes", "percent": "-10" if self._runs[store] % 2 else "10"},
            requested_by="bench",
        )
        run: WorkflowHandle[Any, RunResult] = await self._client.start_workflow(
            AGENT_RUN,
            request,
            id=request.run_id,
            task_queue=WORKFLOW_QUEUE,
            result_type=RunResult,
        )
        while True:
            try:
                record = await self._reader.run(run.id)
            except UnknownRun:
                record = None
            if record is not None and record.stage is Stage.APPROVE and record.digest:
                return run, record.digest
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def small_run(self, longest_seconds: float) -> float | None:
        """Carry a small run from its start to its end; return the seconds that took."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(longest_seconds):
                run, digest = await self.simulated(SMALL.name)
                decision = Decision(
                    run_id=run.id, digest=digest, verdict=DecisionVerdict.APPROVE, by="approver"
                )
                await run.execute_update(DECIDE, decision)
                result = await run.result()
        except TimeoutError:
            return None
        if not result.outcomes.applied:
            raise RuntimeError(f"the small run wrote nothing: {result.reason}")
        return time.monotonic() - started

    async def chunks_of_busy(self) -> Sequence[ChunkReference]:
        """Simulate a change of every price of the busy store, and return its chunks."""
        run, digest = await self.simulated(BUSY.name)
        simulation = await self._reader.simulation(run.id, digest)
        return [chunk for wave in simulation.plan.waves for chunk in wave.chunks]

    @asynccontextmanager
    async def backlog(self, chunks: Sequence[ChunkReference], queued: int) -> AsyncIterator[Any]:
        """Queue so many chunks, each as often as that takes; drop what is left at the end."""
        async with Worker(
            self._client,
            task_queue=_BACKLOG_QUEUE,
            workflows=[Backlog],
            workflow_runner=UnsandboxedWorkflowRunner(),
            # Few at once: so many steps together are much for a server on a file.
            max_concurrent_workflow_tasks=3,
        ):
            order = BacklogOrder(
                platform=BUSY.platform,
                chunks=tuple(islice(cycle(chunks), _CHUNKS_OF_ONE_WORKFLOW)),
            )
            workflows = [
                await self._client.start_workflow(
                    Backlog.run, order, id=f"backlog-{number}", task_queue=_BACKLOG_QUEUE
                )
                for number in range(-(-queued // _CHUNKS_OF_ONE_WORKFLOW))
            ]
            for workflow in workflows:
                while not (await self.backlogged([workflow])).unfinished:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            yield workflows
            for workflow in workflows:
                await workflow.terminate()

    async def backlogged(self, workflows: Sequence[WorkflowHandle[Any, None]]) -> Backlogged:
        """Return how much of the backlog is left."""
        described = await asyncio.gather(*(workflow.describe() for workflow in workflows))
        pending = [it for one in described for it in one.raw_description.pending_activities]
        started = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        return Backlogged(
            unfinished=len(pending),
            under_way=sum(it.state == started for it in pending),
            turned_away=sum(it.attempt - 1 for it in pending),
        )
