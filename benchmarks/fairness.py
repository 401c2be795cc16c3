"""How long a small run takes while another store has 5,000 chunks queued, against its time alone.

Run it with `make bench-fairness`. Everything is real but the shops and the way in which the chunks
come into the queue: see `benchmarks.backlog`. The busy shop's allowance bears a small part of what
is queued, so that its steps wait for it, as they would for a platform.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.backlog import Backlog, BacklogOrder
from benchmarks.environment import environment, keep
from ledger.reader import LedgerReader, open_reader
from starter.stack.description import SandboxStoreDescription, StackDescription
from starter.stack.running import running_stack
from starter.stack.temporal_server import find_command
from steward.approvals import Decision, DecisionVerdict
from steward.errors import UnknownRun
from steward.runs import ChunkReference, RunRequest, RunResult, Stage
from workflows.names import AGENT_RUN, DECIDE, WORKFLOW_QUEUE

_LATENCY_SECONDS = 0.2
_BACKLOG_QUEUE = "backlog"
_QUEUED_CHUNKS = 5_000
# Below the number of activities that one workflow may have pending (2,000).
_CHUNKS_OF_ONE_WORKFLOW = 500
_LOOK_AGAIN_SECONDS = 0.05

BUSY = SandboxStoreDescription(
    name="busy", plan="standard", products=4_000, variants=4_000, latency_seconds=_LATENCY_SECONDS
)
SMALL = SandboxStoreDescription(
    name="small", plan="standard", products=12, variants=40, latency_seconds=_LATENCY_SECONDS
)


@dataclass(frozen=True)
class Arrangement:
    """What is switched on; `longest_seconds` is when a run that waits in vain is given up."""

    name: str
    settings: Mapping[str, float]
    fair_queue: bool = True
    longest_seconds: float = 120.0


AS_SHIPPED = Arrangement("as shipped", {})
WITHOUT = (
    Arrangement("no bulkhead", {"store_steps_at_once": 0}),
    Arrangement("no turns", {}, fair_queue=False),
    Arrangement(
        "no bulkhead, turns or limit",
        {"store_steps_at_once": 0, "store_steps_per_second": 0},
        fair_queue=False,
    ),
)


@dataclass(frozen=True)
class Backlogged:
    """What is left of the backlog, and how often its steps began so far."""

    unfinished: int
    under_way: int
    turned_away: int


@dataclass(frozen=True)
class Figures:
    """The small run's times, in seconds, and what became of the backlog meanwhile.

    A time of None is longer than the arrangement's longest.
    """

    alone: Sequence[float]
    beside: Sequence[float | None]
    queued: int
    left: Backlogged
    turned_away_a_second: float

    @property
    def ratio(self) -> float | None:
        """The median beside the backlog over the median alone, or None where one was given up."""
        times = [seconds for seconds in self.beside if seconds is not None]
        if len(times) < len(self.beside):
            return None
        return statistics.median(times) / statistics.median(self.alone)


class House:
    """The running stack with its two shops."""

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

    async def small_runs(self, times: int, longest_seconds: float) -> Sequence[float | None]:
        """Carry so many small runs, one after the other; stop at one that is given up."""
        taken: list[float | None] = []
        while len(taken) < times and None not in taken:
            taken.append(await self.small_run(longest_seconds))
        return taken

    async def chunks_of_busy(self) -> Sequence[ChunkReference]:
        """Simulate a change of every price of the busy store, and return its chunks."""
        run, digest = await self.simulated(BUSY.name)
        simulation = await self._reader.simulation(run.id, digest)
        return [chunk for wave in simulation.plan.waves for chunk in wave.chunks]

    @asynccontextmanager
    async def backlog(self, chunks: Sequence[ChunkReference], queued: int) -> AsyncIterator[Any]:
        """Queue so many chunks, each as often as that takes; drop what is left at the end."""
        times = -(-queued // len(chunks))
        times_of_one = _CHUNKS_OF_ONE_WORKFLOW // len(chunks)
        async with Worker(
            self._client,
            task_queue=_BACKLOG_QUEUE,
            workflows=[Backlog],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            workflows: list[WorkflowHandle[Any, None]] = []
            for start in range(0, times, times_of_one):
                order = BacklogOrder(
                    platform=BUSY.platform,
                    chunks=tuple(chunks),
                    times=min(times_of_one, times - start),
                )
                workflow = await self._client.start_workflow(
                    Backlog.run, order, id=f"backlog-{start}", task_queue=_BACKLOG_QUEUE
                )
                workflows.append(workflow)
                # One after the other: so many steps at once are much for a server on a file.
                while not (await self.backlogged([workflow])).unfinished:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            if (left := (await self.backlogged(workflows)).unfinished) < queued:
                raise RuntimeError(f"the backlog is down to {left} before anything was measured")
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


async def measure(folder: Path, arrangement: Arrangement, *, runs: int, queued: int) -> Figures:
    """Time small runs alone, then beside the backlog of another store on the same workers."""
    description = StackDescription().on_free_ports(folder)
    sandbox = description.sandbox.model_copy(update={"stores": (BUSY, SMALL)})
    dynamic = {
        **description.temporal.dynamic_configuration,
        "matching.enableFairness": arrangement.fair_queue,
    }
    temporal = description.temporal.model_copy(update={"dynamic_configuration": dynamic})
    description = description.model_copy(update={"sandbox": sandbox, "temporal": temporal})
    settings = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "STEWARD_FAIRNESS": json.dumps(arrangement.settings),
    }
    async with (
        running_stack(description, environment=settings) as stack,
        open_reader(stack.state.ledger) as reader,
    ):
        house = House(await stack.connect(), reader)
        # The first run pays for what is loaded and connected once.
        await house.small_run(arrangement.longest_seconds)
        alone = await house.small_runs(runs, arrangement.longest_seconds)
        chunks = await house.chunks_of_busy()
        async with house.backlog(chunks, queued) as workflows:
            before, started = await house.backlogged(workflows), time.monotonic()
            beside = await house.small_runs(runs, arrangement.longest_seconds)
            left, seconds = await house.backlogged(workflows), time.monotonic() - started
    return Figures(
        alone=[seconds for seconds in alone if seconds is not None],
        beside=beside,
        queued=queued,
        left=left,
        turned_away_a_second=(left.turned_away - before.turned_away) / seconds,
    )


def _rounded(figures: Figures) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        json.dumps(asdict(figures)), parse_float=lambda text: round(float(text), 2)
    )
    ratio = figures.ratio
    return content | {"ratio": None if ratio is None else round(ratio, 2)}


def main() -> None:
    """Measure as shipped, and with what makes it fair switched off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="small runs, alone and beside")
    parser.add_argument("--queued", type=int, default=_QUEUED_CHUNKS, help="chunks in the backlog")
    parser.add_argument("--only", nargs="*", help="names of arrangements")
    options = parser.parse_args()
    results = []
    for arrangement in (AS_SHIPPED, *WITHOUT):
        if options.only and arrangement.name not in options.only:
            continue
        with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
            figures = asyncio.run(
                measure(
                    Path(folder),
                    arrangement,
                    runs=options.runs if arrangement is AS_SHIPPED else min(3, options.runs),
                    queued=options.queued,
                )
            )
        results.append({"arrangement": arrangement.name, **_rounded(figures)})
        print(json.dumps(results[-1], indent=2))
    command = find_command(StackDescription().temporal, {})
    content = {"environment": environment(command), "results": results}
    print(f"Kept in {keep('fairness', content)}")


if __name__ == "__main__":
    main()
