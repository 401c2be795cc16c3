"""Runs on a shop of four products, and what must hold of them however their calls fall."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from ledger.database import SqlLedger
from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.claims import WhenClaimed
from steward.execution import RecordedChange
from steward.values import Value
from tests.interleaving.turns import End, Run, Write
from tests.interleaving.world import World
from tests.ledger.examples import simulation
from tests.workflows.fakes import usd

FIELDS = "abcd"
NAMES = ("left", "right", "undo")


class Behaviour(NamedTuple):
    """What a run changes, in which order, after whom it was simulated, and how it behaves."""

    fields: str
    after_left: bool = False
    refuses: bool = False
    compensates: bool = False
    in_bulk: bool = False


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


def run_of(name: str, store: str, behaviour: Behaviour) -> Run:
    """Return a run that behaves so."""
    return Run(
        f"{name}-{store}",
        changes_of(name, store, behaviour),
        undo=name == "undo",
        when_claimed=WhenClaimed.REFUSE if behaviour.refuses else WhenClaimed.WAIT,
        compensates=behaviour.compensates and name != "undo",
        writes_in_bulk=behaviour.in_bulk,
    )


def world_of(ledger: SqlLedger, store: str) -> World:
    """Return the shop as it is at first, with no run on it."""
    return World(ledger, store, {target_of(name): at_first(name) for name in FIELDS})


async def assert_all_is_well(world: World) -> None:
    """Hold the ledger to the shop, once every run has ended."""
    await assert_each_change_came_once(world)
    assert_no_field_changed_hands_in_between(world)
    await assert_nothing_is_held(world)


async def assert_each_change_came_once(world: World) -> None:
    """What the ledger calls applied replaced a value once, and what it does not replaced none.

    Except for a write whose answer was lost and whose value an undo has replaced since. A run that
    is refused has written nothing at all.
    """
    written = Counter(event for event in world.story if isinstance(event, Write))
    for run in world.runs:
        for changes in (run.changes, run.taken_back):
            for entry in await recorded(world, run, changes):
                times = written.pop(Write(run.run_id, entry.change), 0)
                if run.is_refused:
                    assert (entry.outcome, times) == (Outcome.PENDING, 0), entry
                    continue
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
        # One that does not wait leaves alone what an undo took from it.
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
    changes = changes_of("left", world.store, Behaviour(FIELDS))
    last = Run(f"last-{world.store}", changes)
    await world.begin(last)
    await world.finish()
    await world.stop()
