"""A price change as a run of Steward: asked for, simulated, approved, and followed to its end."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client, WorkflowHandle

from ledger.reader import LedgerReader
from steward.approvals import Decision, DecisionVerdict
from steward.errors import UnknownRun
from steward.runs import RunRecord, RunRequest, RunResult, RunStatus, Stage
from workflows.names import AGENT_RUN, DECIDE, WORKFLOW_QUEUE

_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class SimulatedRun:
    """A run that waits for its approval; `seconds` is what came before that."""

    handle: WorkflowHandle[Any, RunResult]
    digest: str
    seconds: float

    async def approve(self) -> None:
        """Say yes to exactly these changes."""
        await self.handle.execute_update(
            DECIDE,
            Decision(
                run_id=self.handle.id,
                digest=self.digest,
                verdict=DecisionVerdict.APPROVE,
                by="approver",
            ),
        )


async def simulated_run(client: Client, reader: LedgerReader, store: str) -> SimulatedRun:
    """Ask for 15 % off every price of the store, and return once the run waits for approval."""
    request = RunRequest(
        run_id=f"bench-{store}-{time.time_ns()}",
        store=store,
        agent="pricing-manager",
        template="bulk-price",
        parameters={"everything": "yes", "percent": "-15"},
        requested_by="bench",
    )
    asked = time.monotonic()
    handle: WorkflowHandle[Any, RunResult] = await client.start_workflow(
        AGENT_RUN,
        request,
        id=request.run_id,
        task_queue=WORKFLOW_QUEUE,
        result_type=RunResult,
    )
    while True:
        record = await _record(reader, request.run_id)
        if record is not None and record.stage is Stage.APPROVE and record.digest:
            return SimulatedRun(handle, record.digest, time.monotonic() - asked)
        if record is not None and record.status is not RunStatus.RUNNING:
            raise RuntimeError(f"The run has ended, {record.status}: {record.reason}")
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _record(reader: LedgerReader, run_id: str) -> RunRecord | None:
    try:
        return await reader.run(run_id)
    except UnknownRun:
        return None
