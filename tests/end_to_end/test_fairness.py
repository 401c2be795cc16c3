"""One store's backlog delays no other store: the same measurement as `make bench-fairness`."""

import json
from pathlib import Path

import pytest

from benchmarks.fairness import AS_SHIPPED, measure
from tests.end_to_end.command import steward
from tests.end_to_end.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_backlog_of_5000_chunks_does_not_hold_up_another_store(tmp_path: Path) -> None:
    """A store's small run takes at most twice its time alone while another's backlog waits.

    A time is compared with one of the same moment, and the median of five such pairs counts, so
    that a slow machine changes both.
    """
    figures = await measure(tmp_path, AS_SHIPPED, runs=5, queued=5_000)
    assert figures.left.unfinished > 4_900
    assert figures.ratio is not None
    assert figures.ratio <= 2, figures


async def test_workers_set_the_limit_of_each_store(house: House) -> None:
    """The queue hands out so many steps of a store a second, and the doctor tells it."""
    told = await steward(house.data, "doctor", "--json")
    findings = {finding["check"]: finding for finding in json.loads(told.out)["findings"]}
    assert findings["fairness shopify"]["health"] == "ok"
    assert findings["fairness shopify"]["message"] == "at most 10 steps of each store a second"
