"""Accidents between two runs, each in the one order of calls in which it would do harm."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.database import default_url, migrate, open_ledger
from steward.claims import LEASE
from steward.runs import Control
from tests.interleaving.runs import Behaviour, assert_all_is_well, run_of, target_of, world_of
from tests.interleaving.turns import Attempt, Run, Write
from tests.interleaving.world import World

STORE = "shop"
LAPSE = int((LEASE + timedelta(seconds=1)).total_seconds())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A shop and a ledger; at the end of the test every run comes to its own, and all is well."""
    url = default_url(tmp_path / "ledger.db")
    migrate(url)
    async with open_ledger(url) as ledger:
        world = world_of(ledger, STORE)
        try:
            yield world
            await world.finish()
        finally:
            await world.stop()
        await assert_all_is_well(world)


async def begun(world: World, name: str, behaviour: Behaviour) -> Run:
    """Let a run begin."""
    run = run_of(name, STORE, behaviour)
    await world.begin(run)
    return run


def step_of(world: World, run: Run) -> Attempt:
    """Return the run's step."""
    return next(step for step in reversed(world.attempts) if step.run is run)


def writers(world: World, name: str) -> list[str]:
    """Return which runs have written a field so far."""
    writes = [event for event in world.story if isinstance(event, Write)]
    return [
        write.run_id.partition("-")[0] for write in writes if write.change.target == target_of(name)
    ]


async def test_the_second_waits_for_the_first_to_end(world: World) -> None:
    """Not only for its write: what would be between a write and its undo does not come."""
    left = await begun(world, "left", Behaviour("bcad", compensates=True))
    right = await begun(world, "right", Behaviour("dcb", after_left=True))
    await world.until(left, "record_outcomes")
    await world.go_on(right)
    assert writers(world, "b") == ["left"]
    await world.go_on(left)
    assert writers(world, "b") == ["left", "left"]


async def test_a_write_of_a_lost_worker_arrives_before_another_runs(world: World) -> None:
    """Though the next attempt has written the same, and its run has ended since."""
    left = await begun(world, "left", Behaviour("a"))
    right = await begun(world, "right", Behaviour("a", after_left=True))
    await world.until(left, "answer")
    await world.kill(step_of(world, left))
    await world.go_on(left)
    assert left.is_over
    await world.go_on(right)
    assert writers(world, "a") == ["left"]


async def test_an_undo_lets_a_write_arrive_first(world: World) -> None:
    """It has the first right, and yet no field that a write is on its way to."""
    left = await begun(world, "left", Behaviour("ab"))
    undo = await begun(world, "undo", Behaviour("b"))
    await world.go_on(left, 20)
    await world.until(left, "answer")
    await world.go_on(undo)
    assert not undo.is_over


async def test_an_undo_does_not_wait_for_a_run_to_end(world: World) -> None:
    """The run makes way at its next write, and goes on when the undo has ended."""
    left = await begun(world, "left", Behaviour("abcd"))
    undo = await begun(world, "undo", Behaviour("d"))
    await world.until(left, "answer")
    await world.go_on(undo)
    await world.go_on(left)
    await world.tick(5)
    await world.go_on(undo)
    assert (undo.is_over, left.is_over) == (True, False)
    assert writers(world, "d") == ["undo"]


async def test_a_stalled_step_writes_nothing_behind_an_undo(world: World) -> None:
    """A process that compared before the undo, and wakes up after it, may not send any more."""
    left = await begun(world, "left", Behaviour("a"))
    undo = await begun(world, "undo", Behaviour("a"))
    await world.until(left, "mark_attempting")
    await world.go_on(undo)
    await world.tick(LAPSE)
    await world.go_on(undo)
    assert undo.is_over
    await world.go_on(left)


async def test_a_stalled_step_of_a_terminated_run_writes_nothing_late(world: World) -> None:
    """Once another run has its fields, a process that slept through all that sends nothing."""
    left = await begun(world, "left", Behaviour("a"))
    right = await begun(world, "right", Behaviour("a"))
    await world.until(left, "mark_attempting")
    await world.terminate(left)
    await world.go_on(right)
    assert not right.is_over
    await world.tick(LAPSE)
    await world.go_on(right)
    assert right.is_over


async def test_what_was_begun_in_bulk_is_waited_for(world: World) -> None:
    """A terminated run's operation may go on for minutes after its worker was lost."""
    left = await begun(world, "left", Behaviour("a", in_bulk=True))
    right = await begun(world, "right", Behaviour("a"))
    await world.until(left, "answer")
    await world.kill(step_of(world, left))
    await world.terminate(left)
    await world.tick(LAPSE)
    await world.go_on(right)
    assert not right.is_over


async def test_a_run_takes_nothing_back_that_may_still_arrive(world: World) -> None:
    """Its worker is lost over a write, and it is cancelled: the write arrives, and is undone."""
    left = await begun(world, "left", Behaviour("a"))
    await world.until(left, "answer")
    await world.kill(step_of(world, left))
    await world.control(left, Control.CANCEL)
    await world.go_on(left)
    assert not left.is_over
    await world.finish()
    assert writers(world, "a") == ["left", "left"]


async def test_a_lost_workers_run_goes_on_with_its_own_claims(world: World) -> None:
    """The restarted step waits for nobody, least of all for its own run."""
    left = await begun(world, "left", Behaviour("abcd"))
    right = await begun(world, "right", Behaviour("abcd"))
    await world.until(left, "answer")
    await world.go_on(right)
    await world.kill(step_of(world, left))
    await world.tick(LAPSE)
    await world.go_on(right)
    await world.go_on(left)
    assert left.is_over
    assert [writers(world, name) for name in "abcd"] == [["left"]] * 4


async def test_who_does_not_wait_is_refused(world: World) -> None:
    """It writes nothing, not even what the other leaves free, and the other goes on."""
    left = await begun(world, "left", Behaviour("ab"))
    right = await begun(world, "right", Behaviour("dcba", refuses=True))
    await world.until(left, "answer")
    await world.go_on(right)
    assert (right.is_over, right.is_refused, left.is_over) == (True, True, False)
    assert [writers(world, name) for name in "cd"] == [[], []]


async def test_what_is_left_of_a_terminated_run_refuses_nobody(world: World) -> None:
    """Who does not wait for runs that go on waits for a write that may still arrive."""
    left = await begun(world, "left", Behaviour("ab"))
    right = await begun(world, "right", Behaviour("bc", refuses=True))
    await world.until(left, "answer")
    await world.kill(step_of(world, left))
    await world.terminate(left)
    await world.go_on(right)
    assert not right.is_over
    await world.tick(LAPSE)
    await world.go_on(right)
    assert (right.is_over, right.is_refused) == (True, False)
    assert writers(world, "c") == ["right"]


async def test_two_runs_in_opposite_orders_do_not_wait_for_each_other(world: World) -> None:
    """Each wants first what the other wants last; one after the other they end."""
    left = await begun(world, "left", Behaviour("abcd"))
    right = await begun(world, "right", Behaviour("dcba", after_left=True))
    while not (left.is_over and right.is_over):
        await world.go_on(left, 3)
        await world.go_on(right, 3)
        await world.tick(1)
    assert [writers(world, name) for name in "abcd"] == [["left", "right"]] * 4
