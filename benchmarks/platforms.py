"""10,000 price changes on each platform: how well the allowance is used, and how seldom exceeded.

Run it with `make bench-platforms`. Everything is real but the shops: the Temporal dev server on a
file, one and then three worker processes, the ledger, and HTTP to the sandbox with each platform's
limit. Then the same work is done one call at a time with plain exponential backoff, on all shops at
once, since such a client mostly waits.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client

from benchmarks.environment import environment, keep
from benchmarks.limits import Bucket, Limit, Moment, Places, Watch, Windows
from benchmarks.sandbox_shops import Shop, ShopDescription, serving_shops
from benchmarks.steward_run import SimulatedRun, simulated_run
from benchmarks.unpaced import change_one_call_at_a_time
from connectors.stores.adobe_commerce.pacing import CALLS_AT_ONCE
from ledger.reader import LedgerReader, open_reader
from starter.stack.description import SandboxDescription, StackDescription, WorkerDescription
from starter.stack.running import running_stack
from starter.stack.temporal_server import find_command
from steward.changes import Change

_LATENCY_SECONDS = 0.1
_CHANGES = 10_000
_PROCESSES = (1, 3)
_CALLS_A_SECOND = 20.0


@dataclass(frozen=True)
class Workload:
    """A shop with one price change for each thing sold, and its platform's limit."""

    shop: ShopDescription
    limit: Limit
    plan: str


def workloads(changes: int) -> Mapping[str, Workload]:
    """Return the workloads by name; each makes as many changes, one more or less."""
    latency = _LATENCY_SECONDS
    shopify = ShopDescription("shopify", "shopify", changes // 5, changes, latency, plan="advanced")
    bigcommerce = ShopDescription(
        "bigcommerce", "bigcommerce", changes, changes, latency, plan="advanced"
    )
    own = ShopDescription("adobe-paas", "adobe_commerce", changes * 3 // 10, changes, latency)
    service = ShopDescription(
        "adobe-saas", "adobe_commerce", changes * 3 // 10, changes, latency,
        edition="saas", requests_per_second=_CALLS_A_SECOND,
    )  # fmt: skip
    return {
        "shopify": Workload(shopify, Bucket(4_000, 200, "points"), "Shopify, plan 'advanced'"),
        "bigcommerce": Workload(bigcommerce, Windows(450, 30), "BigCommerce, plan 'advanced'"),
        "adobe-paas": Workload(own, Places(CALLS_AT_ONCE, latency), "Adobe Commerce, own hosting"),
        "adobe-saas": Workload(
            service,
            Bucket(5 * _CALLS_A_SECOND, _CALLS_A_SECOND, "calls"),
            "Adobe Commerce as a Cloud Service, 429 with Retry-After 5 s above",
        ),
    }


@dataclass(frozen=True)
class Measurement:
    """One way of doing the job; shares are of the allowance, None where there is none."""

    seconds: float
    ideal_seconds: float
    calls: int
    throttled: int
    spent: int
    whole_share: float | None
    steady_share: float | None


def measured(workload: Workload, moments: Sequence[Moment], processes: int) -> Measurement:
    """Return the figures of one way of doing the job."""
    first, last = moments[0], moments[-1]
    spent = last.spent - first.spent
    return Measurement(
        seconds=last.seconds,
        ideal_seconds=round(workload.limit.ideal_seconds(spent, processes), 2),
        calls=last.calls - first.calls,
        throttled=last.throttled - first.throttled,
        spent=spent,
        whole_share=_rounded(workload.limit.whole_share(moments)),
        steady_share=_rounded(workload.limit.steady_share(moments)),
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


class Bench:
    """One stack, and the shops that it works on."""

    def __init__(
        self, client: Client, reader: LedgerReader, shops: Mapping[str, Shop], processes: int
    ) -> None:
        """Take the stack's server and ledger, the shops, and how many workers there are."""
        self._client = client
        self._reader = reader
        self._shops = shops
        self._processes = processes
        self.timelines: dict[str, Sequence[Moment]] = {}

    async def with_steward(self, workload: Workload) -> dict[str, Any]:
        """Measure a run, from its approval with a whole allowance to its end."""
        shop = self._shops[workload.shop.name]
        await shop.reset()
        run = await simulated_run(self._client, self._reader, workload.shop.name)
        await workload.limit.until_whole(shop)
        watch = Watch(shop)
        await run.approve()
        result = await run.handle.result()
        moments = await watch.stop()
        self.timelines[f"{workload.shop.name}, {self._processes}"] = moments
        figures: dict[str, Any] = asdict(measured(workload, moments, self._processes))
        return figures | {"status": result.status, "changes": result.outcomes.applied}

    async def one_call_at_a_time(self, workload: Workload) -> dict[str, Any]:
        """Measure the same changes without a pacer, from a whole allowance on."""
        shop = self._shops[workload.shop.name]
        await shop.reset()
        run = await simulated_run(self._client, self._reader, workload.shop.name)
        changes = await self._changes(run)
        await run.handle.cancel()
        await workload.limit.until_whole(shop)
        watch = Watch(shop)
        await change_one_call_at_a_time(shop.settings, changes)
        return asdict(measured(workload, await watch.stop(), 1))

    async def _changes(self, run: SimulatedRun) -> Sequence[Change]:
        recorded = await self._reader.changes(run.handle.id, run.digest, limit=2 * _CHANGES)
        return [entry.change for entry in recorded]


async def benchmark(
    folder: Path, chosen: Sequence[Workload], processes: Sequence[int], *, unpaced: bool
) -> dict[str, Any]:
    """Measure every workload in every way, in one sitting, and return the figures."""
    results: dict[str, dict[str, Any]] = {
        workload.shop.name: {
            "limit": f"{workload.plan}: {workload.limit.words}",
            "latency_seconds": workload.shop.latency_seconds,
        }
        for workload in chosen
    }
    timelines: dict[str, Sequence[Moment]] = {}
    async with serving_shops(folder / "shops", [one.shop for one in chosen]) as shops:
        for count in processes:
            description = _stack(folder / f"stack-{count}", count)
            settings = {name: shop.settings for name, shop in shops.items()}
            async with (
                running_stack(description, stores=settings) as stack,
                open_reader(stack.state.ledger) as reader,
            ):
                bench = Bench(await stack.connect(), reader, shops, count)
                for workload in chosen:
                    own = results[workload.shop.name]
                    own[f"steward, {count} worker(s)"] = await bench.with_steward(workload)
                    show(workload, own)
                if unpaced and count == processes[-1]:
                    alone = await asyncio.gather(*map(bench.one_call_at_a_time, chosen))
                    for workload, figures in zip(chosen, alone, strict=True):
                        results[workload.shop.name]["one call at a time"] = figures
                        show(workload, results[workload.shop.name])
                timelines |= bench.timelines
    return {
        "environment": environment(find_command(StackDescription().temporal, {})),
        "results": results,
        "timelines": {name: [asdict(one) for one in own] for name, own in timelines.items()},
    }


def _stack(folder: Path, processes: int) -> StackDescription:
    description = StackDescription().on_free_ports(folder)
    queues = ("shopify", "bigcommerce", "adobe_commerce")
    return description.model_copy(
        update={
            "sandbox": SandboxDescription(stores=()),
            "workers": (
                WorkerDescription(name="steward", queues=("steward", "reason")),
                WorkerDescription(name="stores", queues=queues, processes=processes),
            ),
        }
    )


def show(workload: Workload, results: Mapping[str, Any]) -> None:
    """Print what was measured of one workload so far."""
    print(f"\n{workload.shop.name}: {results['limit']}; {results['latency_seconds']} s a call")
    for way, figures in results.items():
        if isinstance(figures, Mapping):
            print(f"  {way}")
            for name, value in figures.items():
                print(f"    {name:<16} {value}")


def main() -> None:
    """Run the workloads that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="only these shops", choices=workloads(1))
    parser.add_argument("--changes", type=int, default=_CHANGES, help="how many changes")
    parser.add_argument("--processes", type=int, nargs="*", default=_PROCESSES)
    parser.add_argument("--without-unpaced", action="store_true", help="only measure Steward")
    parser.add_argument("--results", default="platforms", help="the name of the file to keep")
    wanted = parser.parse_args()
    known = workloads(wanted.changes)
    chosen = [known[name] for name in wanted.only or known]
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        figures = asyncio.run(
            benchmark(Path(folder), chosen, wanted.processes, unpaced=not wanted.without_unpaced)
        )
    timelines = figures.pop("timelines")
    print(f"\n{figures['environment']}")
    print(f"Kept in {keep(wanted.results, figures)}")
    if wanted.results != "platforms":
        keep(f"{wanted.results}-timelines", timelines)


if __name__ == "__main__":
    main()
