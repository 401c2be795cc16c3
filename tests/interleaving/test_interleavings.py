"""No interleaving: however the calls of several runs fall, no field is written by two at once."""

import asyncio
from collections.abc import Sequence
from enum import Enum, auto
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar, assert_never

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.database import default_url, migrate, open_ledger
from steward.runs import Control
from tests.interleaving.runs import (
    FIELDS,
    NAMES,
    Behaviour,
    assert_all_is_well,
    run_of,
    world_of,
)
from tests.interleaving.turns import Run
from tests.interleaving.world import World

T = TypeVar("T")
_numbers = count()

orders = st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map("".join)
behaviours = st.builds(
    Behaviour,
    fields=orders,
    after_left=st.booleans(),
    refuses=st.booleans(),
    compensates=st.booleans(),
    in_bulk=st.booleans(),
)


class What(Enum):
    """What may happen next."""

    GO = auto()
    KILL = auto()
    STALL = auto()
    PAUSE = auto()
    RESUME = auto()
    CANCEL = auto()
    TERMINATE = auto()
    TICK = auto()
    ARRIVE = auto()
    LOSE = auto()


class Happening(NamedTuple):
    """One thing that happens: to which of those that it may happen to, and for how long."""

    what: What
    which: int
    long: int


_OFTEN = [What.GO] * 12 + [What.KILL, What.STALL, What.TICK, What.ARRIVE, What.LOSE] * 2
happenings = st.builds(
    Happening,
    what=st.sampled_from([*_OFTEN, What.PAUSE, What.RESUME, What.CANCEL, What.TERMINATE]),
    which=st.integers(0, 11),
    long=st.integers(1, 20),
)
schedules = st.lists(happenings, max_size=40)


def chosen(some: Sequence[T], happening: Happening) -> T | None:
    """Return the one that it happens to, if there is any."""
    return some[happening.which % len(some)] if some else None


async def happen(world: World, happening: Happening) -> None:
    """Let it happen."""
    match happening.what:
        case What.GO:
            if turn := chosen(world.turns, happening):
                await world.go(turn, happening.long)
        case What.KILL | What.STALL:
            if step := chosen(world.steps_under_way(), happening):
                await (world.kill if happening.what is What.KILL else world.stall)(step)
        case What.PAUSE | What.RESUME | What.CANCEL | What.TERMINATE:
            if run := chosen([run for run in world.runs if not run.is_over], happening):
                await steer(world, run, happening.what)
        case What.ARRIVE | What.LOSE:
            if wire := chosen(world.wires, happening):
                await (world.lose if happening.what is What.LOSE else world.arrive)(wire)
        case What.TICK:
            await world.tick(3 * happening.long)
        case _:
            assert_never(happening.what)


async def steer(world: World, run: Run, what: What) -> None:
    """Pause, resume, cancel or terminate a run."""
    if what is What.TERMINATE:
        await world.terminate(run)
    else:
        await world.control(run, Control(what.name.lower().replace("resume", "run")))


async def play(world: World, runs: list[Run], schedule: list[Happening]) -> None:
    """Carry the runs as the schedule says, then to their end."""
    try:
        for run in runs:
            await world.begin(run)
        for happening in schedule:
            await happen(world, happening)
        await world.finish()
    finally:
        await world.stop()


def test_runs_never_interleave(tmp_path: Path) -> None:
    """Whatever the order of calls, losses, stalls and accidents: each change once, none at once."""
    url = default_url(tmp_path / "ledger.db")
    migrate(url)

    async def played(behaviours: list[Behaviour], schedule: list[Happening]) -> None:
        store = f"shop-{next(_numbers)}"
        async with open_ledger(url) as ledger:
            world = world_of(ledger, store)
            runs = [
                run_of(name, store, each) for name, each in zip(NAMES, behaviours, strict=False)
            ]
            await play(world, runs, schedule)
            await assert_all_is_well(world)

    @settings(max_examples=60)
    @given(behaviours=st.lists(behaviours, min_size=2, max_size=3), schedule=schedules)
    def no_schedule_interleaves(behaviours: list[Behaviour], schedule: list[Happening]) -> None:
        asyncio.run(played(behaviours, schedule))

    no_schedule_interleaves()
