"""Parts that die and come back while runs are under way: the server, the platform, the stack."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.approvals import Standing
from steward.runs import RunStatus
from tests.end_to_end.house import House, Run, small_stores, standing_house
from tests.end_to_end.shop import Shop
from tests.end_to_end.truth import (
    assert_applied_once,
    assert_audit_is_whole,
    assert_ledger_agrees_with_store,
    assert_store_is_as_before,
    evidence_of,
)

# Heartbeats go out at four fifths of the time within which one is missed.
_LONGEST_HEARTBEAT_SECONDS = 5.0

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def assert_carried_out_and_undone(
    house: House, shop: Shop, run: Run, before: dict[str, object]
) -> None:
    """The run completes, each change applied once, and its undo restores the shop."""
    assert (await house.ended(run)).status is RunStatus.COMPLETED
    done = await evidence_of(house, shop, run, before)
    assert_applied_once(done)
    assert_ledger_agrees_with_store(done)
    undo = await house.roll_back(run.id)
    assert undo.status is RunStatus.COMPLETED
    undone = await evidence_of(house, shop, run, before, undo=undo)
    assert_applied_once(undone)
    assert_store_is_as_before(undone)
    assert_audit_is_whole(undone)


@pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
async def test_run_outlives_its_server(house: House, free_shops: Iterator[Shop], kind: str) -> None:
    """The Temporal server dies over a write and comes back on its file: the run goes on."""
    shop = next(free_shops)
    before = await shop.catalogue()
    run = await house.start(shop)
    await house.waiting(run)
    last = (await house.proposed(run))[-1].product_id
    held = await shop.disturb(kind, match={"kind": "mutation", "resource_id": last})
    assert await house.decide(run) is Standing.APPROVED
    await held.holds()
    await house.stack.kill_temporal()
    await held.release()
    await house.stack.until_ready("temporal")
    await assert_carried_out_and_undone(house, shop, run, before)


async def test_old_attempt_writes_nothing_after_its_successor(
    house: House, free_shops: Iterator[Shop]
) -> None:
    """A server away for long gives the step to a second attempt; the first one's write is void.

    The first attempt learns that with its next heartbeat to the server, up to four seconds later,
    and hangs up, so that a store that has not begun with its request drops it. A store that begins
    with it before then writes the same amount once more: there both attempts are alive, and no
    price carries a key by which the store could tell that it has it already.
    """
    shop = next(free_shops)
    before = await shop.catalogue()
    run = await house.start(shop)
    await house.waiting(run)
    last = (await house.proposed(run))[-1].product_id
    held = await shop.disturb("hold_before", match={"kind": "mutation", "resource_id": last})
    assert await house.decide(run) is Standing.APPROVED
    await held.holds()
    await house.stack.kill("temporal", restart=False)
    # Longer than the server waits for a heartbeat.
    await asyncio.sleep(6)
    await house.stack.start("temporal")
    await house.ended(run)
    await asyncio.sleep(_LONGEST_HEARTBEAT_SECONDS)
    await held.release()
    await assert_carried_out_and_undone(house, shop, run, before)


async def test_run_sits_out_its_platform(house: House, free_shops: Iterator[Shop]) -> None:
    """The platform dies over a write and is away for a while: the run waits and goes on."""
    shop = next(free_shops)
    before = await shop.catalogue()
    run = await house.start(shop)
    await house.waiting(run)
    last = (await house.proposed(run))[-1].product_id
    held = await shop.disturb("hold_after", match={"kind": "mutation", "resource_id": last})
    assert await house.decide(run) is Standing.APPROVED
    await held.holds()
    await house.stack.kill("sandbox", restart=False)
    # Long enough for attempts that find nobody.
    await asyncio.sleep(2)
    await house.stack.start("sandbox")
    await assert_carried_out_and_undone(house, shop, run, before)


async def test_waiting_run_outlives_the_whole_stack(tmp_path: Path) -> None:
    """A run that waits for approval is there after everything was stopped, and can be approved.

    Here the workers run workflows in the sandbox that forbids what cannot be replayed.
    """
    sandboxed = {"STEWARD_WORKFLOW_RUNNER": "sandboxed"}
    stores = small_stores(["first", "second"])
    async with standing_house(tmp_path / "data", stores, sandboxed) as house:
        shop = house.shops["first"]
        before = await shop.catalogue()
        run = await house.start(shop)
        await house.decide(run)
        await assert_carried_out_and_undone(house, shop, run, before)
        waiting = await house.start(house.shops["second"])
        await house.waiting(waiting)
    async with standing_house(tmp_path / "data", stores, sandboxed) as house:
        shop = house.shops["second"]
        before = await shop.catalogue()
        run = house.known(waiting.id)
        assert await house.decide(run) is Standing.APPROVED
        await assert_carried_out_and_undone(house, shop, run, before)
