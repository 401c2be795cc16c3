"""A real Temporal server, a real ledger, and a shop in memory, for runs from start to end."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from ledger.database import SqlLedger, default_url, migrate, open_ledger
from ledger.reader import LedgerReader, open_reader
from steward.approvals import Decision, DecisionVerdict, Standing
from steward.errors import UnknownRun
from steward.policy import Policy
from steward.runs import Control, RollbackRequest, RunRecord, RunRequest, RunResult, Stage
from steward.undoing import WHOLE_RUN, UndoScope
from tests.workflows.fakes import FakeShop, OnePolicy, OneShop, OneTemplate
from workers.composition import Composition, sandboxed_runner
from workflows.names import (
    AGENT_RUN,
    DECIDE,
    REASON_QUEUE,
    ROLLBACK,
    SEARCH_ATTRIBUTES,
    WORKFLOW_QUEUE,
)


def temporal_command() -> str:
    """Return the `temporal` command beside this Python, or the one on the path."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    assert found, "install the extra dev-stack"
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def dev_server() -> Iterator[str]:
    """Run a Temporal dev server in memory, and give its address."""
    port = free_port()
    attributes = [f"--search-attribute={key.name}=Keyword" for key in SEARCH_ATTRIBUTES]
    server = subprocess.Popen(
        [
            temporal_command(),
            *("server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)),
            *("--log-level", "never"),
            *attributes,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """The address of a Temporal dev server that lives as long as the tests."""
    with dev_server() as address:
        yield address


async def connected(address: str) -> Client:
    """Connect as soon as the server answers."""
    for _ in range(200):
        try:
            client = await Client.connect(address, data_converter=pydantic_data_converter)
            await client.count_workflows()
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.1)
        else:
            return client
    raise AssertionError("the Temporal server did not start")


@dataclass
class House:
    """Everything that a run goes through, with short ways to ask for one."""

    client: Client
    ledger: SqlLedger
    reader: LedgerReader
    shop: FakeShop
    count: int = 0

    async def start(
        self, *, percent: str = "-10", tag: str = "summer", store: str = "demo"
    ) -> WorkflowHandle[object, RunResult]:
        """Start a run that Rita requests."""
        self.count += 1
        request = RunRequest(
            run_id=f"run-{id(self):x}-{self.count}",
            store=store,
            agent="pricing-manager",
            template="bulk-price",
            parameters={"tag": tag, "percent": percent},
            requested_by="rita",
        )
        return await self.client.start_workflow(
            AGENT_RUN,
            request,
            id=request.run_id,
            task_queue=WORKFLOW_QUEUE,
            result_type=RunResult,
        )

    async def start_rollback(
        self, run_id: str, *, confirm: bool = False, scope: UndoScope = WHOLE_RUN
    ) -> WorkflowHandle[object, RunResult]:
        """Start the undo of a run."""
        self.count += 1
        request = RollbackRequest(
            run_id=f"undo-{id(self):x}-{self.count}",
            store="demo",
            undoes=run_id,
            requested_by="rita",
            confirm=confirm,
            scope=scope,
        )
        return await self.client.start_workflow(
            ROLLBACK,
            request,
            id=request.run_id,
            task_queue=WORKFLOW_QUEUE,
            result_type=RunResult,
        )

    async def reached(self, run_id: str, stage: Stage) -> RunRecord:
        """Return the run as soon as it is in the stage."""
        for _ in range(600):
            try:
                record = await self.ledger.load_run(run_id)
            except UnknownRun:
                record = None
            if record is not None and record.stage is stage:
                return record
            await asyncio.sleep(0.05)
        raise AssertionError(f"{run_id} did not reach {stage}")

    async def gate(self, run_id: str, control: Control) -> None:
        """Return as soon as the gate in front of the run's writes stands so."""
        for _ in range(600):
            if await self.ledger.control(run_id) is control:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the gate of {run_id} did not become {control}")

    async def decide(
        self,
        handle: WorkflowHandle[object, RunResult],
        *,
        by: str = "amir",
        verdict: DecisionVerdict = DecisionVerdict.APPROVE,
        digest: str | None = None,
    ) -> Standing:
        """Decide through the update, about the digest that was simulated."""
        record = await self.reached(handle.id, Stage.APPROVE)
        assert record.digest is not None
        decision = Decision(
            run_id=handle.id, digest=digest or record.digest, verdict=verdict, by=by
        )
        where: Standing = await handle.execute_update(DECIDE, decision, result_type=Standing)
        return where


@pytest.fixture
def policy() -> Policy:
    """The policy of the house; a test module may put another in its place."""
    return Policy()


@asynccontextmanager
async def furnished(client: Client, folder: Path, policy: Policy) -> AsyncIterator[House]:
    """A new ledger, a new shop, and workers for every queue, in the sandbox for workflow code."""
    url = default_url(folder / "ledger.db")
    migrate(url)
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(url))
        reader = await stack.enter_async_context(open_reader(url))
        shop = FakeShop()
        composition = Composition(
            ledger=ledger,
            stores=OneShop(shop),
            templates=OneTemplate(),
            policies=OnePolicy(policy),
            runner=sandboxed_runner(),
        )
        for queue in (WORKFLOW_QUEUE, REASON_QUEUE, "shopify"):
            await stack.enter_async_context(composition.worker(client, queue))
        yield House(client=client, ledger=ledger, reader=reader, shop=shop)


@pytest.fixture
async def house(temporal_address: str, tmp_path: Path, policy: Policy) -> AsyncIterator[House]:
    """Everything that a run goes through, on the real dev server.

    Whatever a test does, the audit trail agrees with the ledger afterwards.
    """
    client = await connected(temporal_address)
    async with furnished(client, tmp_path, policy) as house:
        yield house
        for store in await house.reader.audit_stores():
            assert (await house.reader.verify_audit(store)).broken is None
