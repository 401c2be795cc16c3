"""The whole product as it runs for real, with short ways to use it, kill it and read it."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from ledger.reader import LedgerReader, open_reader
from starter.stack.description import (
    SandboxDescription,
    SandboxStoreDescription,
    StackDescription,
    WorkerDescription,
)
from starter.stack.running import Stack, running_stack
from steward.approvals import Decision, DecisionVerdict, Standing
from steward.audit import AuditKind
from steward.audit_facts import EndedFacts
from steward.changes import Change
from steward.errors import UnknownRun
from steward.execution import RecordedChange
from steward.fidelity import Fidelity
from steward.runs import (
    ControlRequest,
    RollbackRequest,
    RunRecord,
    RunRequest,
    RunResult,
    RunStatus,
    Stage,
)
from tests.end_to_end.jobs import Job
from tests.end_to_end.shop import Shop
from workflows.names import AGENT_RUN, CANCEL, DECIDE, ROLLBACK, WORKFLOW_QUEUE

Run = WorkflowHandle[object, RunResult]
Found = TypeVar("Found")

REQUESTER = "rita"
APPROVER = "amir"

_LOOK_AGAIN_SECONDS = 0.03
_PATIENCE_SECONDS = 120.0


def small_stores(names: Sequence[str]) -> tuple[SandboxStoreDescription, ...]:
    """Return Shopify shops that all differ, and whose searches see every write at once."""
    return tuple(small_store(name, seed=seed, lag=0) for seed, name in enumerate(names))


def small_store(
    name: str, platform: str = "shopify", *, seed: int = 7, lag: float = 0.1
) -> SandboxStoreDescription:
    """Return a shop of 12 products and 40 variants, whose runs take four waves."""
    return SandboxStoreDescription(
        name=name,
        platform=platform,
        plan="enterprise",
        products=12,
        variants=40,
        seed=seed,
        search_lag_seconds=lag,
    )


async def eventually(look: Callable[[], Awaitable[Found | None]], what: str) -> Found:
    """Return what a look finds as soon as it finds something."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (found := await look()) is None:  # noqa: ASYNC110 - others set no event
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            return found
    except TimeoutError:
        raise AssertionError(f"waited in vain until {what}") from None


class House:
    """A running stack, and everything that a person could ask of it."""

    def __init__(self, stack: Stack, client: Client, reader: LedgerReader) -> None:
        """Take the stack, a client of its server, and a reader of its ledger."""
        self.stack = stack
        self.client = client
        self.reader = reader
        self.shops = {
            name: Shop(name, store.address.partition("/stores/")[0])
            for name, store in stack.state.stores.items()
        }

    @property
    def data(self) -> Path:
        """The folder in which everything is kept."""
        return self.stack.description.data

    @property
    def ledger_file(self) -> Path:
        """The ledger's database."""
        return self.data / self.stack.description.ledger

    @property
    def workers(self) -> list[str]:
        """The names of the worker processes."""
        return [part.name for part in self.stack.parts if part.name.startswith("worker:")]

    async def close(self) -> None:
        """Close the connections to the shops."""
        for shop in self.shops.values():
            await shop.close()

    async def start(self, shop: Shop, *, percent: str = "-10") -> Run:
        """Start a run of Rita's on every product of a shop; two fields of each variant change."""
        request = RunRequest(
            run_id=f"run-{shop.name}-{uuid4().hex[:8]}",
            store=shop.name,
            agent="pricing-manager",
            template="bulk-price",
            parameters={
                "ids": ",".join(await shop.products()),
                "percent": percent,
                "show_previous": "yes",
            },
            requested_by=REQUESTER,
        )
        return await self._start_workflow(AGENT_RUN, request)

    async def start_job(self, store: str, job: Job) -> Run:
        """Start a run of Rita's, on whichever platform the store is."""
        request = RunRequest(
            run_id=f"run-{store}-{uuid4().hex[:8]}",
            store=store,
            agent=job.agent,
            template=job.template,
            parameters=job.parameters,
            requested_by=REQUESTER,
        )
        return await self._start_workflow(AGENT_RUN, request)

    async def start_rollback(self, run_id: str) -> Run:
        """Start the undo of a run."""
        undone = await self.reader.run(run_id)
        request = RollbackRequest(
            run_id=f"undo-{run_id}-{uuid4().hex[:4]}",
            store=undone.start.store,
            undoes=run_id,
            requested_by=REQUESTER,
            confirm=False,
        )
        return await self._start_workflow(ROLLBACK, request)

    async def _start_workflow(self, name: str, request: RunRequest | RollbackRequest) -> Run:
        return await self.client.start_workflow(
            name, request, id=request.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
        )

    def known(self, run_id: str) -> Run:
        """Return a run that was started earlier."""
        return self.client.get_workflow_handle(run_id, result_type=RunResult)

    async def waiting(self, run: Run) -> RunRecord:
        """Return a run once it waits for a decision; it must not have ended instead."""
        record = await self.reached(
            run,
            lambda record: record.stage is Stage.APPROVE or record.status is not RunStatus.RUNNING,
        )
        assert record.status is RunStatus.RUNNING, record.reason
        return record

    async def ended(self, run: Run) -> RunRecord:
        """Return a run once it has ended, for the ledger and for the engine."""
        record = await self.reached(run, lambda record: record.status is not RunStatus.RUNNING)

        async def is_closed() -> bool | None:
            return True if (await run.describe()).close_time else None

        await eventually(is_closed, f"{run.id} is closed")
        fidelity = await self._checked_fidelity(run.id, record.digest)
        undo_fidelity = await self._checked_fidelity(run.id, record.undo_digest)
        (ended,) = await self.reader.audit(run_id=run.id, kind=AuditKind.ENDED)
        facts = EndedFacts.of(ended.event)
        assert facts is not None
        assert (facts.fidelity, facts.undo_fidelity) == (fidelity, undo_fidelity)
        return record

    async def _checked_fidelity(self, run_id: str, digest: str | None) -> Fidelity | None:
        """Whatever broke, a request differs from its prediction only beside what was left out.

        None where nothing was sent.
        """
        if digest is None:
            return None
        fidelity = await self.reader.fidelity(run_id, digest)
        assert fidelity is not None
        differing = await self.reader.differing(run_id, digest)
        assert fidelity.sent == fidelity.identical + fidelity.neighbour_left_out, differing
        if not fidelity.left_out:
            assert fidelity.is_full, differing
        return fidelity if fidelity.sent else None

    async def reached(self, run: Run, holds: Callable[[RunRecord], bool]) -> RunRecord:
        """Return a run once something holds of it."""

        async def look() -> RunRecord | None:
            try:
                record = await self.reader.run(run.id)
            except UnknownRun:
                return None
            return record if holds(record) else None

        return await eventually(look, f"{run.id} got there")

    async def decide(
        self,
        run: Run,
        *,
        by: str = APPROVER,
        verdict: DecisionVerdict = DecisionVerdict.APPROVE,
    ) -> Standing:
        """Decide about what was simulated, once the run waits for that."""
        record = await self.waiting(run)
        assert record.digest is not None
        decision = Decision(run_id=run.id, digest=record.digest, verdict=verdict, by=by)
        standing: Standing = await run.execute_update(DECIDE, decision, result_type=Standing)
        return standing

    async def cancel(self, run: Run) -> None:
        """Ask a run to stop."""
        await run.signal(CANCEL, ControlRequest(by=REQUESTER, reason="Changed my mind."))

    async def changes(self, run_id: str, digest: str) -> Sequence[RecordedChange]:
        """Return every change of a run's change set."""
        return await self.reader.changes(run_id, digest, limit=10_000)

    async def proposed(self, run: Run) -> Sequence[Change]:
        """Return what a simulated run would change, in its order."""
        record = await self.reader.run(run.id)
        assert record.digest is not None
        return [recorded.change for recorded in await self.changes(run.id, record.digest)]

    async def roll_back(self, run_id: str) -> RunRecord:
        """Undo a run, and return the undo once it has ended."""
        return await self.ended(await self.start_rollback(run_id))

    async def kill_workers(self) -> None:
        """Kill every worker process at once, for good."""
        await asyncio.gather(*(self.stack.kill(name, restart=False) for name in self.workers))

    async def start_workers(self) -> None:
        """Start the worker processes again."""
        await asyncio.gather(*(self.stack.start(name) for name in self.workers))

    @contextmanager
    def ledger_locked(self) -> Iterator[None]:
        """Let nobody write to the ledger for as long as the block runs."""
        with closing(self._ledger_connection()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    @asynccontextmanager
    async def ledger_locked_after(self, query: str, *parameters: str) -> AsyncIterator[None]:
        """Let nobody write to the ledger from the moment in which a query finds a row."""
        with closing(self._ledger_connection()) as connection:
            await asyncio.to_thread(_lock_once_found, connection, query, parameters)
            yield
            connection.execute("ROLLBACK")

    def _ledger_connection(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.ledger_file, isolation_level=None, timeout=30, check_same_thread=False
        )


def _lock_once_found(connection: sqlite3.Connection, query: str, parameters: Sequence[str]) -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while connection.execute(query, parameters).fetchone() is None:
        assert time.monotonic() < give_up_at, f"nothing was found by: {query}"
        time.sleep(0.0005)
    connection.execute("BEGIN IMMEDIATE")


@asynccontextmanager
async def standing_house(
    data: Path,
    stores: Sequence[SandboxStoreDescription],
    environment: Mapping[str, str] | None = None,
    queues: Sequence[str] = ("shopify",),
) -> AsyncIterator[House]:
    """Start the whole product on this data, on ports that nobody uses, and stop it at the end."""
    description = StackDescription(
        sandbox=SandboxDescription(stores=tuple(stores)),
        workers=(
            WorkerDescription(name="steward", queues=("steward", "reason")),
            WorkerDescription(name="platforms", queues=tuple(queues)),
        ),
    )
    async with house_of(description, data, environment) as house:
        yield house


@asynccontextmanager
async def house_of(
    description: StackDescription, data: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    """Start what is described on this data, on ports that nobody uses, and stop it at the end."""
    surroundings = {"HOME": str(data), "PATH": "/usr/bin:/bin"} | dict(environment or {})
    async with AsyncExitStack() as cleanup:
        stack = await cleanup.enter_async_context(
            running_stack(description.on_free_ports(data), environment=surroundings)
        )
        reader = await cleanup.enter_async_context(open_reader(stack.state.ledger))
        house = House(stack, await stack.connect(), reader)
        cleanup.push_async_callback(house.close)
        yield house
