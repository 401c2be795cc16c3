"""No interleaving: however the calls of several runs fall, no field is written by two at once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple, TypeVar, assert_never

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.database import default_url, migrate, open_ledger
from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.claims import WhenClaimed
from steward.execution import RecordedChange
from steward.runs import Control
from steward.values import Value
from tests.ledger.examples import simulation
from tests.workflows.fakes import usd
from tests.workflows.interleaving import End, Run, World, Write

FIELDS = "abcd"
NAMES = ("left", "right", "undo")
T = TypeVar("T")
_numbers = count()


class Behaviour(NamedTuple):
    """What a run changes, in which order, after whom it was simulated, and how it behaves."""

    fields: str
    after_left: bool
    refuses: bool
    compensates: bool
    in_bulk: bool = False


ON_EVERYTHING = Behaviour(FIELDS, after_left=False, refuses=False, compensates=False)

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


def target_of(name: str) -> Target:
    """Return the price of a product of one variant."""
    return Target(resource_kind=ResourceKind.VARIANT, resource_id=name, field=FieldName.PRICE)


def at_first(name: str) -> Value:
    """Return what a field holds in the beginning."""
    return usd(f"{FIELDS.index(name) + 1}")


def wanted_by(run: str, name: str) -> Value:
    """Return what a run sets a field to, which no other run does."""
    return usd(f"{FIELDS.index(name) + 1}{NAMES.index(run) + 1}0")


def changes_of(run: str, store: str, behaviour: Behaviour) -> ChangeSet:
    """Return what a run changes: the first values, or those that `left` sets."""
    return ChangeSet(
        store=store,
        changes=tuple(
            Change(
                target=target_of(name),
                product_id=name,
                label=name,
                before=wanted_by("left", name)
                if behaviour.after_left and run != "left"
                else at_first(name),
                after=wanted_by(run, name),
            )
            for name in behaviour.fields
        ),
    )


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
    """Carry the runs as the schedule says, then to their end, and hold the ledger to the shop."""
    try:
        for run in runs:
            await world.begin(run)
        for happening in schedule:
            await happen(world, happening)
        await world.finish()
    finally:
        await world.stop()
    await assert_each_change_came_once(world)
    assert_no_field_changed_hands_in_between(world)
    await assert_nothing_is_held(world)


async def assert_each_change_came_once(world: World) -> None:
    """What the ledger calls applied replaced a value once, and what it does not replaced none.

    Except for a write whose answer was lost and whose value an undo has replaced since.
    """
    written = Counter(event for event in world.story if isinstance(event, Write))
    for run in world.runs:
        for changes in (run.changes, run.taken_back):
            for entry in await recorded(world, run, changes):
                times = written.pop(Write(run.run_id, entry.change), 0)
                match entry.outcome:
                    case Outcome.APPLIED:
                        assert times == 1, entry
                    case Outcome.MOVED:
                        assert times <= 1, entry
                    case Outcome.ATTEMPTING:
                        assert run.is_terminated or run.is_cancelled, entry
                        assert times <= 1, entry
                    case Outcome.PENDING:
                        assert run.is_terminated or run.is_cancelled, entry
                        assert times == 0, entry
                    case _:
                        assert times == 0, entry
    assert not written


async def recorded(world: World, run: Run, changes: ChangeSet | None) -> Sequence[RecordedChange]:
    """Return what the ledger says of a change set of a run."""
    if changes is None:
        return ()
    plan = simulation(changes, run.run_id).plan
    chunks = [chunk for wave in plan.waves for chunk in wave.chunks]
    return [entry for chunk in chunks for entry in await world.ledger.load_chunk(chunk)]


def assert_no_field_changed_hands_in_between(world: World) -> None:
    """From a run's first write to its end nobody but an undo writes a field of it."""
    writes = [event for event in world.story if isinstance(event, Write)]
    for name in FIELDS:
        writers = [write.run_id for write in writes if write.change.target == target_of(name)]
        in_turn = [run_id for run_id, _ in groupby(writers)]
        assert len(in_turn) == len(set(in_turn)), (name, in_turn)
    undone = {change.target for run in world.runs if run.undo for change in run.changes.changes}
    for run in world.runs:
        # One that leaves alone what others hold does not hold all that it was to change.
        if run.undo or run.is_terminated or run.when_claimed is WhenClaimed.REFUSE:
            continue
        own = {change.target for change in run.changes.changes} - undone
        begun = False
        for event in world.story:
            if event == End(run.run_id):
                break
            if isinstance(event, Write):
                begun = begun or event.run_id == run.run_id
                is_other = event.run_id != run.run_id and event.change.target in own
                assert not (begun and is_other), (run.run_id, event)


async def assert_nothing_is_held(world: World) -> None:
    """What is left of a terminated run keeps nobody out for good: another run gets every field."""
    changes = changes_of("left", world.store, ON_EVERYTHING)
    last = Run(f"last-{world.store}", changes)
    await world.begin(last)
    await world.finish()
    await world.stop()


def test_runs_never_interleave(tmp_path: Path) -> None:
    """Whatever the order of calls, losses, stalls and accidents: each change once, none at once."""
    url = default_url(tmp_path / "ledger.db")
    migrate(url)

    async def played(behaviours: list[Behaviour], schedule: list[Happening]) -> None:
        store = f"shop-{next(_numbers)}"
        async with open_ledger(url) as ledger:
            world = World(ledger, store, {target_of(name): at_first(name) for name in FIELDS})
            runs = [
                Run(
                    f"{name}-{store}",
                    changes_of(name, store, behaviour),
                    undo=name == "undo",
                    when_claimed=WhenClaimed.REFUSE if behaviour.refuses else WhenClaimed.WAIT,
                    compensates=behaviour.compensates and name != "undo",
                    writes_in_bulk=behaviour.in_bulk,
                )
                for name, behaviour in zip(NAMES, behaviours, strict=False)
            ]
            await play(world, runs, schedule)

    @settings(max_examples=60)
    @given(behaviours=st.lists(behaviours, min_size=2, max_size=3), schedule=schedules)
    def no_schedule_interleaves(behaviours: list[Behaviour], schedule: list[Happening]) -> None:
        asyncio.run(played(behaviours, schedule))

    no_schedule_interleaves()
