"""How long a small run takes while another store has 5,000 chunks queued, against its time alone.

Run it with `make bench-fairness`. Everything is real but the shops and the way in which the chunks
come into the queue: see `benchmarks.backlog`. The busy shop's allowance bears a small part of what
is queued, so that its steps wait for it, as they would for a platform.

Two stacks stand side by side, one without the backlog, and carry the small run in turn, so that
whatever else the machine does slows both.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.environment import environment, keep
from benchmarks.two_shops import BUSY, SMALL, Backlogged, TwoShops
from ledger.reader import open_reader
from starter.stack.description import StackDescription
from starter.stack.running import running_stack
from starter.stack.temporal_server import find_command

_QUEUED_CHUNKS = 5_000


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
class Figures:
    """The small run's times, in seconds and in turn, and what became of the backlog meanwhile.

    A time of None is longer than the arrangement's longest.
    """

    alone: Sequence[float]
    beside: Sequence[float | None]
    queued: int
    left: Backlogged
    turned_away_a_second: float

    @property
    def ratio(self) -> float | None:
        """How many times as long a run takes beside the backlog, in the middle of all pairs.

        None where a run was given up.
        """
        pairs = zip(self.beside, self.alone, strict=True)
        ratios = [beside / alone for beside, alone in pairs if beside is not None]
        return statistics.median(ratios) if len(ratios) == len(self.alone) else None


async def measure(folder: Path, arrangement: Arrangement, *, runs: int, queued: int) -> Figures:
    """Time small runs alone and beside the backlog of another store on the same workers."""
    longest = arrangement.longest_seconds
    alone: list[float] = []
    beside: list[float | None] = []
    async with (
        _shops(folder / "quiet", arrangement) as quiet,
        _shops(folder / "backlogged", arrangement) as shared,
    ):
        # The first run pays for what is loaded and connected once.
        await asyncio.gather(quiet.small_run(longest), shared.small_run(longest))
        async with shared.backlog(await shared.chunks_of_busy(), queued) as workflows:
            before, started = await shared.backlogged(workflows), time.monotonic()
            while len(alone) < runs and None not in beside:
                seconds = await quiet.small_run(longest)
                if seconds is None:
                    raise RuntimeError(f"a run alone took more than {longest} s")
                alone.append(seconds)
                beside.append(await shared.small_run(longest))
            left, seconds = await shared.backlogged(workflows), time.monotonic() - started
    return Figures(
        alone=alone,
        beside=beside,
        queued=queued,
        left=left,
        turned_away_a_second=(left.turned_away - before.turned_away) / seconds,
    )


@asynccontextmanager
async def _shops(folder: Path, arrangement: Arrangement) -> AsyncIterator[TwoShops]:
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
        yield TwoShops(await stack.connect(), reader)


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
