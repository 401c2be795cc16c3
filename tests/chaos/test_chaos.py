"""A short form of `make chaos`: runs of every platform amid accidents, from a fixed seed."""

from contextlib import aclosing
from pathlib import Path

import pytest

from tests.chaos.stage import possible_accidents
from tests.chaos.suite import chaos
from tests.end_to_end.jobs import PLATFORMS

_SEED, _RUNS = 1, 9


@pytest.mark.asyncio
async def test_nothing_is_lost_duplicated_or_unexplained(tmp_path: Path) -> None:
    """Whatever dies meanwhile, ledger and journal agree, and the undo restores every store."""
    batches = chaos(
        tmp_path / "data", seed=_SEED, first=0, runs=_RUNS, possible=possible_accidents()
    )
    async with aclosing(batches):
        async for tally in batches:
            assert tally.breaches == []
            assert all(tally.on(platform) for platform in PLATFORMS)
