"""`make chaos`: many runs amid accidents, the table of what was found, and its figures in a file.

SEED, RUNS and FIRST choose the runs: the same ones meet the same accidents. Batches of
thirty begin at FIRST, so that one of them can be repeated alone.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.environment import environment, keep
from starter.stack.description import TemporalDescription
from starter.stack.temporal_server import find_command
from tests.chaos.schedule import RUNS_AT_ONCE, Accident
from tests.chaos.stage import possible_accidents
from tests.chaos.suite import Tally, chaos
from tests.chaos.verdict import Breach

_RUNS = 200
_WIDTH = 160


async def main() -> int:
    """Return 0 where nothing was found but documented limits."""
    seed = int(os.environ.get("SEED") or 1)
    runs = int(os.environ.get("RUNS") or _RUNS)
    first = int(os.environ.get("FIRST") or 0)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    possible = possible_accidents()
    for accident in sorted(frozenset(Accident) - possible):
        console.print(f"Left out, since this machine does not allow it: {accident}")
    folder = Path(tempfile.mkdtemp(prefix="steward-chaos-"))
    tally = Tally()
    told_of = 0
    batches = chaos(folder / "data", seed=seed, first=first, runs=runs, possible=possible)
    async with aclosing(batches):
        async for tally in batches:
            console.print(f"{len(tally.runs)} of {runs} runs, {len(tally.breaches)} breaches")
            for finding in tally.findings[told_of:]:
                console.print(f"{finding.breach}: {finding.run_id}: {finding.text}", markup=False)
            told_of = len(tally.findings)
    told = environment(find_command(TemporalDescription(), os.environ))
    figures = {
        "environment": told,
        "seed": seed,
        "first": first,
        "left_out": sorted(frozenset(Accident) - possible),
        **tally.as_figures(),
    }
    console.print(_table(figures))
    console.print(
        f"Seed {seed}, runs {first} to {first + runs - 1}, on {told['machine']}, "
        f"Python {told['python']}, {told['temporal']}."
    )
    if runs >= _RUNS:
        console.print(f"Written to {keep('chaos', figures)}.")
    if tally.breaches:
        batch = f"SEED={seed} FIRST=N RUNS={RUNS_AT_ONCE}"
        console.print(f"Repeat the batch that begins at run N: make chaos {batch}")
        console.print(f"Its data is kept in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


def _table(figures: Mapping[str, Any]) -> Table:
    table = Table("", "happened", "runs", "changes", *(breach.value for breach in Breach))
    for name, row in figures["accidents"].items():
        table.add_row(name, *_cells(row))
    table.add_section()
    for name, row in figures["platforms"].items():
        table.add_row(name, *_cells(row))
    table.add_section()
    table.add_row("together", *_cells(figures["total"]))
    return table


def _cells(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("happened", "runs", "changes_applied", *(breach.value for breach in Breach)):
        yield str(row.get(name, ""))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
