"""A price change on 10,000 variants, and taking it back: how fast, against what the limit allows.

Run it with `make bench-undo`. Everything is real but the shop, as for `make bench`.
"""

import asyncio
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from temporalio.client import Client

from benchmarks.environment import environment, keep
from benchmarks.price_change import Measurement, Shop, Workload, measured
from benchmarks.steward_run import simulated_run
from ledger.reader import open_reader
from starter.stack.description import StackDescription
from starter.stack.running import running_stack
from starter.stack.temporal_server import find_command
from steward.runs import RollbackRequest, RunResult
from workflows.names import ROLLBACK, WORKFLOW_QUEUE

_WORKLOAD = Workload(10_000, "advanced")
# Every plan of Shopify restores its whole allowance in this time.
_UNTIL_ALLOWANCE_IS_FULL_SECONDS = 20


async def take_back(
    client: Client, shop: Shop, store: str, run_id: str
) -> tuple[RunResult, Measurement]:
    """Take every price back; the clock runs from the request to the end, reading included."""
    await asyncio.sleep(_UNTIL_ALLOWANCE_IS_FULL_SECONDS)
    request = RollbackRequest(
        run_id=f"undo-{run_id}",
        store=store,
        undoes=run_id,
        requested_by="bench",
        confirm=False,
    )
    before = await shop.figures()
    started = time.monotonic()
    handle = await client.start_workflow(
        ROLLBACK,
        request,
        id=request.run_id,
        task_queue=WORKFLOW_QUEUE,
        result_type=RunResult,
    )
    result: RunResult = await handle.result()
    return result, await measured(shop, before, time.monotonic() - started)


async def benchmark(folder: Path) -> dict[str, Any]:
    """Change all prices and take them back, in one sitting, and return the figures."""
    description = StackDescription().on_free_ports(folder)
    sandbox = description.sandbox.model_copy(update={"stores": (_WORKLOAD.store,)})
    description = description.model_copy(update={"sandbox": sandbox})
    store = _WORKLOAD.store.name
    async with running_stack(description) as stack, open_reader(stack.state.ledger) as reader:
        client = await stack.connect()
        shop = Shop(stack.state.stores[store])
        run = await simulated_run(client, reader, store)
        before = await shop.figures()
        started = time.monotonic()
        await run.approve()
        done = await run.handle.result()
        forth = await measured(shop, before, time.monotonic() - started)
        undo, back = await take_back(client, shop, store, run.handle.id)
        await shop.aclose()
    return {
        "environment": environment(find_command(description.temporal, {})),
        "limit_model": f"Shopify plan '{_WORKLOAD.plan}', 0.1 s latency a call",
        "run": {"status": done.status, "changes": done.outcomes.applied} | asdict(forth),
        "undo": {"status": undo.status, "changes": undo.outcomes.applied} | asdict(back),
        "undo_to_run": round(back.seconds / forth.seconds, 2),
    }


def main() -> None:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        figures = asyncio.run(benchmark(Path(folder)))
    for name in ("run", "undo"):
        print(f"\n{name}")
        for figure, value in figures[name].items():
            print(f"  {figure:<18} {value}")
    print(f"\nThe undo took {figures['undo_to_run']} times as long as the run.")
    print(figures["limit_model"])
    print(figures["environment"])
    print(f"Kept in {keep('undo', figures)}")


if __name__ == "__main__":
    main()
