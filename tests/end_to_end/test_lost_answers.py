"""A platform that answers badly: lost, broken, late, refused and garbled answers, by chance."""

import asyncio
from collections.abc import Iterator

import pytest

from steward.changes import Outcome
from steward.runs import OutcomeCounts, RunStatus
from tests.end_to_end.house import House
from tests.end_to_end.shop import Disturbance, Shop
from tests.end_to_end.truth import (
    assert_applied_once,
    assert_audit_is_whole,
    assert_ledger_agrees_with_store,
    assert_store_is_as_before,
    evidence_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

# On writes: each meets at most so many, since every failed attempt waits longer than the last.
_ON_WRITES: tuple[tuple[str, dict[str, object]], ...] = (
    ("lost_answer", {"count": 2, "probability": 0.3}),
    ("server_error", {"count": 2, "probability": 0.3, "apply_anyway": True}),
    ("server_error", {"count": 1, "probability": 0.3, "status": 503}),
    ("disconnect", {"count": 1, "probability": 0.3, "apply_anyway": True}),
    ("disconnect", {"count": 1, "probability": 0.3}),
    ("garbage", {"count": 1, "probability": 0.3, "apply_anyway": True}),
    ("throttle", {"count": 1, "probability": 0.3}),
    ("latency", {"count": 3, "probability": 0.3, "seconds": 0.2}),
)
# On reads: no more than a simulation has attempts.
_ON_READS: tuple[tuple[str, dict[str, object]], ...] = (
    ("server_error", {"count": 1, "probability": 0.3}),
    ("garbage", {"count": 1, "probability": 0.3}),
    ("throttle", {"count": 1, "probability": 0.3}),
    ("latency", {"count": 3, "probability": 0.3, "seconds": 0.2}),
)


async def disturbed(shop: Shop, seed: int) -> list[Disturbance]:
    """Let a shop answer badly, differently for each seed; return what happens to writes."""
    for number, (kind, settings) in enumerate(_ON_READS):
        await shop.disturb(kind, match={"kind": "query"}, seed=100 * seed + number, **settings)
    return [
        await shop.disturb(kind, match={"kind": "mutation"}, seed=seed + number, **settings)
        for number, (kind, settings) in enumerate(_ON_WRITES)
    ]


async def carried_through(house: House, shop: Shop, seed: int) -> int:
    """Run and undo on a shop that answers badly, judge it, and return how many writes it hit."""
    before = await shop.catalogue()
    faults = await disturbed(shop, seed)
    run = await house.start(shop)
    await house.decide(run)
    assert (await house.ended(run)).status is RunStatus.COMPLETED
    hit = sum([await fault.used() for fault in faults])
    done = await evidence_of(house, shop, run, before)
    assert_applied_once(done)
    assert_ledger_agrees_with_store(done)
    assert {change.outcome for change in done.changes} == {Outcome.APPLIED}
    result = await run.result()
    assert result.outcomes == OutcomeCounts(applied=len(done.changes))
    await shop.calm()
    faults = await disturbed(shop, seed + 50)
    undo = await house.roll_back(run.id)
    hit += sum([await fault.used() for fault in faults])
    undone = await evidence_of(house, shop, run, before, undo=undo)
    assert_applied_once(undone)
    assert_store_is_as_before(undone)
    assert_audit_is_whole(undone)
    return hit


async def test_bad_answers_change_nothing_twice(house: House, free_shops: Iterator[Shop]) -> None:
    """Whatever becomes of answers, each change is applied once, and counted as what it was."""
    shops = [next(free_shops) for _ in range(3)]
    hits = await asyncio.gather(
        *(carried_through(house, shop, seed) for seed, shop in enumerate(shops))
    )
    assert min(hits) > 3
