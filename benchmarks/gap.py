"""How long passes between reading a value and having written it, whatever the allowance.

Run it with `make bench-gap`. The steps of a run work on the sandbox over HTTP, with the real
connector, executor and ledger, in one process and without the engine; 4 chunks go on at once, as
in a run.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from temporalio.testing import ActivityEnvironment

from activities.claiming import Claimer
from activities.engine import goes_on
from activities.engine_clock import EngineClock
from activities.execute import ExecuteStep
from activities.simulate import SimulateStep
from benchmarks.environment import environment, keep
from benchmarks.sandbox_shops import ShopDescription, serving_shops
from connectors.settings import StoreSettings
from connectors.stores.directory import ConfiguredStores
from connectors.templates import PackagedTemplates
from ledger.database import default_url, migrate, open_ledger
from starter.stack.description import TemporalDescription
from starter.stack.temporal_server import find_command
from steward.capabilities import Capabilities
from steward.catalog import EveryProduct
from steward.changes import Target
from steward.execution import Answer, WriteRequest
from steward.intents import Intent
from steward.operations import AdjustPrice, Operation
from steward.policy import Policy
from steward.ports import Store
from steward.runs import ChunkReference, RunKind, RunStart
from steward.steps import ExecutionOrder, SimulationOrder
from steward.values import Value
from workers.composition import PARALLEL_REQUESTS

_LATENCY_SECONDS = 0.1
_CHUNKS_AT_ONCE = 4
_SIZES = (1_000, 4_000)
_LOWER_PRICES = AdjustPrice(percent=Decimal(-15))


class TimedStore:
    """A store that notes how long ago each value was read when it has been written."""

    def __init__(self, store: Store, gaps: list[float]) -> None:
        """Take the store, and where to note."""
        self._store = store
        self._gaps = gaps
        self._read_at: dict[Target, float] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        """Do everything else as the store does."""
        return getattr(self._store, name)

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Read, and note when."""
        values = await self._store.read_values(targets)
        self._read_at.update(dict.fromkeys(targets, time.monotonic()))
        return values

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and note how long ago the first of its values was read."""
        answers = await self._store.send(request)
        read_at = min(self._read_at[change.target] for change in request.changes)
        self._gaps.append(time.monotonic() - read_at)
        return answers


class TimedStores:
    """The configured stores, each timed."""

    def __init__(self, stores: ConfiguredStores) -> None:
        """Take the stores."""
        self.gaps: list[float] = []
        self._stores = stores

    def platform(self, store: str) -> str:
        """Return the store's platform."""
        return self._stores.platform(store)

    def capabilities(self, store: str) -> Capabilities:
        """Return what the store's platform lacks."""
        return self._stores.capabilities(store)

    @asynccontextmanager
    async def open(self, store: str) -> AsyncIterator[Store]:
        """Return the store, timed."""
        async with self._stores.open(store) as opened:
            yield cast("Store", TimedStore(opened, self.gaps))


class DefaultPolicies:
    """The rules that hold where nobody has set any."""

    def policy_for(self, store: str, agent: str) -> Policy:
        """Return the default policy."""
        del store, agent
        return Policy()


async def gaps_of(
    folder: Path,
    shop: ShopDescription,
    settings: StoreSettings,
    operation: Operation = _LOWER_PRICES,
) -> list[float]:
    """Change every product of the shop, and return the gap of each write."""
    url = default_url(folder / f"{shop.name}.db")
    await asyncio.to_thread(migrate, url)
    clock, run_id = EngineClock(), f"gap-{shop.name}"
    async with (
        open_ledger(url) as ledger,
        aclosing(ConfiguredStores({shop.name: settings})) as stores,
    ):
        timed = TimedStores(stores)
        await ledger.open_run(
            RunStart(
                run_id=run_id,
                kind=RunKind.AGENT_RUN,
                store=shop.name,
                agent="pricing-manager",
                template="bulk-price",
                parameters={},
                requested_by="bench",
                started_at=clock.now(),
            )
        )
        intent = Intent(selection=EveryProduct(), operations=(operation,))
        await ledger.save_intent(run_id, intent)
        simulate = SimulateStep(
            ledger, timed, clock, policies=DefaultPolicies(), parallel_requests=PARALLEL_REQUESTS
        )
        order = SimulationOrder(run_id=run_id, store=shop.name, headline=operation.kind)
        simulated = await ActivityEnvironment().run(simulate.simulate, order)
        claimer = Claimer(ledger, PackagedTemplates(), clock, goes_on)
        execute = ExecuteStep(ledger, timed, clock, claimer, parallel_requests=PARALLEL_REQUESTS)
        at_once = asyncio.Semaphore(_CHUNKS_AT_ONCE)

        async def one(chunk: ChunkReference) -> None:
            async with at_once:
                await ActivityEnvironment().run(execute.execute, ExecutionOrder(chunk=chunk))

        chunks = [chunk for wave in simulated.plan.waves for chunk in wave.chunks]
        await asyncio.gather(*(one(chunk) for chunk in chunks))
        return timed.gaps


async def benchmark(folder: Path, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Measure shops of these sizes, on the smallest plan."""
    shops = [
        ShopDescription(f"shop-{size}", "shopify", size // 5, size, _LATENCY_SECONDS)
        for size in sizes
    ]
    results = []
    async with serving_shops(folder / "shops", shops) as running:
        for shop in shops:
            gaps = sorted(await gaps_of(folder, shop, running[shop.name].settings))
            results.append(
                {
                    "variants": shop.variants,
                    "limit_model": f"Shopify plan '{shop.plan}', {shop.latency_seconds} s a call",
                    "writes": len(gaps),
                    "half_within_seconds": round(statistics.median(gaps), 2),
                    "95_percent_within_seconds": round(gaps[int(0.95 * len(gaps))], 2),
                    "longest_seconds": round(gaps[-1], 2),
                }
            )
            print(results[-1])
    return results


def main() -> None:
    """Run the sizes that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, nargs="*", default=_SIZES)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        results = asyncio.run(benchmark(Path(folder), wanted.variants))
    on = environment(find_command(TemporalDescription(), {}))
    print(f"\n{on}")
    print(f"Kept in {keep('gap', {'environment': on, 'results': results})}")


if __name__ == "__main__":
    main()
