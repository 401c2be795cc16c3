"""What it costs in the ledger to claim every field of a run, and to give them back.

Run it with `make bench-claims`. The runs are simulated on the sandbox over HTTP; then every chunk
is claimed and its lease ended, as `execute` does, without writing anything in between.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from temporalio.testing import ActivityEnvironment

from activities.engine_clock import EngineClock
from activities.simulate import SimulateStep
from benchmarks.environment import environment, keep
from benchmarks.gap import DefaultPolicies
from benchmarks.sandbox_shops import ShopDescription, serving_shops
from connectors.settings import StoreSettings
from connectors.stores.directory import ConfiguredStores
from ledger.database import SqlLedger, default_url, migrate, open_ledger
from starter.stack.description import TemporalDescription
from starter.stack.temporal_server import find_command
from steward.catalog import EveryProduct
from steward.claims import Claim, ClaimOrder
from steward.errors import ExitCode
from steward.intents import Intent
from steward.operations import AdjustPrice
from steward.runs import ChunkReference, RunEnd, RunKind, RunStart, RunStatus
from steward.steps import SimulationOrder
from workers.composition import PARALLEL_REQUESTS

_CLOCK = EngineClock()
T = TypeVar("T")


async def simulated(
    ledger: SqlLedger, stores: ConfiguredStores, run_id: str, shop: str
) -> list[ChunkReference]:
    """Simulate 15 % off everything, and return the chunks."""
    await ledger.open_run(
        RunStart(
            run_id=run_id,
            kind=RunKind.AGENT_RUN,
            store=shop,
            agent="pricing-manager",
            template="bulk-price",
            parameters={},
            requested_by="bench",
            started_at=_CLOCK.now(),
        )
    )
    intent = Intent(selection=EveryProduct(), operations=(AdjustPrice(percent=Decimal(-15)),))
    await ledger.save_intent(run_id, intent)
    step = SimulateStep(
        ledger, stores, _CLOCK, policies=DefaultPolicies(), parallel_requests=PARALLEL_REQUESTS
    )
    order = SimulationOrder(run_id=run_id, store=shop, headline="15 % off")
    plan = (await ActivityEnvironment().run(step.simulate, order)).plan
    return [chunk for wave in plan.waves for chunk in wave.chunks]


async def timed(awaitable: Awaitable[T]) -> tuple[T, float]:
    """Return the result, and after how many milliseconds it came."""
    began = time.perf_counter()
    result = await awaitable
    return result, (time.perf_counter() - began) * 1_000


async def costs_of(folder: Path, shop: ShopDescription, settings: StoreSettings) -> dict[str, Any]:
    """Claim every field of a run, ask for them in vain, and give them back."""
    url = default_url(folder / f"{shop.name}.db")
    await asyncio.to_thread(migrate, url)
    async with (
        open_ledger(url) as ledger,
        aclosing(ConfiguredStores({shop.name: settings})) as stores,
    ):
        chunks = await simulated(ledger, stores, "holder", shop.name)
        waiting = await simulated(ledger, stores, "waiting", shop.name)
        claims, leases = [], []
        for chunk in chunks:
            answer, milliseconds = await timed(ledger.claim(ClaimOrder(chunk=chunk), _CLOCK.now()))
            claims.append(milliseconds)
            if isinstance(answer, Claim):
                _, milliseconds = await timed(ledger.end_lease(answer.hold, _CLOCK.now()))
                leases.append(milliseconds)
        _, in_vain = await timed(ledger.claim(ClaimOrder(chunk=waiting[0]), _CLOCK.now()))
        end = RunEnd(
            run_id="holder",
            status=RunStatus.COMPLETED,
            reason="Done.",
            exit_code=ExitCode.OK,
            ended_at=_CLOCK.now(),
        )
        _, giving_back = await timed(ledger.close_run(end))
    return {
        "changes": chunks[-1].last + 1,
        "chunks": len(chunks),
        "first_claim_ms": round(claims[0], 1),
        "later_claim_ms": round(sum(claims[1:]) / len(claims[1:]), 1),
        "end_of_lease_ms": round(sum(leases) / len(leases), 1),
        "claim_in_vain_ms": round(in_vain, 1),
        "giving_back_ms": round(giving_back, 1),
        "whole_run_ms": round(sum(claims) + sum(leases) + giving_back, 1),
    }


async def benchmark(folder: Path, variants: int) -> dict[str, Any]:
    """Measure a shop of this size."""
    shop = ShopDescription(f"shop-{variants}", "shopify", variants // 5, variants, 0.0)
    async with serving_shops(folder / "shops", [shop]) as running:
        return await costs_of(folder, shop, running[shop.name].settings)


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=10_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        result = asyncio.run(benchmark(Path(folder), wanted.variants))
    print(result)
    on = environment(find_command(TemporalDescription(), {}))
    print(f"Kept in {keep('claims', {'environment': on, 'result': result})}")


if __name__ == "__main__":
    main()
