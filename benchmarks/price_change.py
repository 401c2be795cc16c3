"""A price change on 1,000 and on 10,000 variants, and the same done one call at a time.

Run it with `make bench`. Everything is real but the shop: the Temporal dev server on a file, worker
processes, the ledger, and HTTP to the sandbox with Shopify's cost model and rate limit.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from temporalio.client import Client

from benchmarks.environment import environment, keep, resident_megabytes
from benchmarks.one_at_a_time import change_one_at_a_time
from benchmarks.steward_run import simulated_run
from connectors.settings import StoreSettings
from ledger.reader import LedgerReader, open_reader
from starter.stack.description import SandboxStoreDescription, StackDescription
from starter.stack.running import Stack, running_stack
from starter.stack.temporal_server import find_command

_LATENCY_SECONDS = 0.1


@dataclass(frozen=True)
class Workload:
    """A shop of some size, on a plan that a shop of this size has."""

    variants: int
    plan: Literal["standard", "advanced"]

    @property
    def store(self) -> SandboxStoreDescription:
        """The sandbox store that holds it."""
        return SandboxStoreDescription(
            name=f"shop-{self.variants}",
            plan=self.plan,
            products=self.variants // 5,
            variants=self.variants,
            latency_seconds=_LATENCY_SECONDS,
        )


@dataclass(frozen=True)
class Measurement:
    """One way of doing the job on one workload; `allowance_share` is of what could be spent."""

    seconds: float
    calls: int
    throttled: int
    points: int
    allowance_share: float


WORKLOADS = (Workload(1_000, "standard"), Workload(10_000, "advanced"))


class Shop:
    """A sandbox store, and the figures that it keeps about itself."""

    def __init__(self, settings: StoreSettings) -> None:
        """Take how the store is reached."""
        self._client = httpx.AsyncClient(base_url=settings.address, timeout=60)
        self.address = settings.address
        self.token = settings.access_token.resolve().get_secret_value()

    async def figures(self) -> dict[str, Any]:
        """Return the counters so far."""
        content: dict[str, Any] = (await self._client.get("/_sandbox/statistics")).json()
        return content

    async def reset(self) -> None:
        """Put the shop, its counters and its full allowance back to the beginning."""
        (await self._client.post("/_sandbox/reset")).raise_for_status()

    async def discounted(self, percent: int) -> dict[str, tuple[str, str]]:
        """Return product and discounted price of every variant, by its id."""
        content = (await self._client.get("/_sandbox/catalogue")).json()
        return {
            variant_id: (
                product_id,
                f"{float(variant['price']) * (100 - percent) / 100:.2f}",
            )
            for product_id, product in content["products"].items()
            for variant_id, variant in product["variants"].items()
        }

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()


async def measured(shop: Shop, before: dict[str, Any], seconds: float) -> Measurement:
    """Return what the shop counted since `before`."""
    after = await shop.figures()
    points = after["points_actual"] - before["points_actual"]
    restored = after["points_restorable"] - before["points_restorable"]
    full = after["points_available"] - after["points_restorable"]
    return Measurement(
        seconds=round(seconds, 2),
        calls=after["requests"] - before["requests"],
        throttled=after["throttled"] - before["throttled"],
        points=points,
        allowance_share=round(points / (full + restored), 4),
    )


async def run_with_steward(
    stack: Stack, client: Client, reader: LedgerReader, shop: Shop, store: str
) -> tuple[dict[str, Any], Measurement]:
    """Change every price through a run; the clock runs from the approval to the end."""
    run = await simulated_run(client, reader, store)
    before = await shop.figures()
    started = time.monotonic()
    await run.approve()
    result = await run.handle.result()
    measurement = await measured(shop, before, time.monotonic() - started)
    description = (await run.handle.describe()).raw_description.workflow_execution_info
    workers = [it.pid for it in stack.state.processes if it.name.startswith("worker:")]
    return {
        "status": result.status,
        "changes": result.outcomes.applied,
        "simulation_seconds": round(run.seconds, 2),
        "history_events": description.history_length,
        "history_bytes": description.history_size_bytes,
        "worker_peak_megabytes": round(resident_megabytes(workers), 1),
    }, measurement


async def benchmark(folder: Path, workloads: Sequence[Workload]) -> dict[str, Any]:
    """Run every workload both ways, in one sitting, and return the figures."""
    description = StackDescription().on_free_ports(folder)
    stores = tuple(workload.store for workload in workloads)
    sandbox = description.sandbox.model_copy(update={"stores": stores})
    description = description.model_copy(update={"sandbox": sandbox})
    results = []
    async with running_stack(description) as stack, open_reader(stack.state.ledger) as reader:
        client = await stack.connect()
        for workload in workloads:
            shop = Shop(stack.state.stores[workload.store.name])
            run, steward = await run_with_steward(stack, client, reader, shop, workload.store.name)
            await shop.reset()
            prices = await shop.discounted(15)
            before = await shop.figures()
            seconds = await change_one_at_a_time(shop.address, shop.token, prices)
            alone = await measured(shop, before, seconds)
            await shop.aclose()
            results.append(
                {
                    "variants": workload.variants,
                    "limit_model": f"Shopify plan '{workload.plan}', "
                    f"{_LATENCY_SECONDS} s latency a call",
                    "steward": asdict(steward) | run,
                    "one_call_at_a_time": asdict(alone),
                    "times_faster": round(alone.seconds / steward.seconds, 1),
                }
            )
            show(results[-1])
    return {
        "environment": environment(find_command(description.temporal, {})),
        "results": results,
    }


def show(result: dict[str, Any]) -> None:
    """Print one workload's figures side by side."""
    print(f"\n{result['variants']:,} variants, {result['limit_model']}")
    for name in ("steward", "one_call_at_a_time"):
        print(f"  {name}")
        for figure, value in result[name].items():
            print(f"    {figure:<24} {value}")
    print(f"  times faster: {result['times_faster']}")


def main() -> None:
    """Run the workloads that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, nargs="*", help="only these sizes")
    wanted = parser.parse_args().variants
    workloads = [it for it in WORKLOADS if not wanted or it.variants in wanted]
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        figures = asyncio.run(benchmark(Path(folder), workloads))
    print(f"\n{figures['environment']}")
    print(f"Kept in {keep('price_change', figures)}")


if __name__ == "__main__":
    main()
