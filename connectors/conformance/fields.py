"""Checks of the fields beside prices, each made for every family of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from connectors.conformance.families import (
    FAMILIES,
    Family,
    changes_of,
    read_family,
    values_of,
)
from connectors.conformance.proving import Disturbance, Proving
from connectors.conformance.trial import Trial, expect, expect_values, simulated_requests, told
from steward.changes import Change, ChangeSet, FieldName, Outcome, Target
from steward.errors import AnswerLost, StewardError
from steward.ports import Store
from steward.values import ABSENT, Quantity, Text, Value

_MEMBERSHIPS = {FieldName.TAG, FieldName.CATEGORY}


async def read_as_the_shop_holds_them(proving: Proving, family: Family) -> None:
    """The snapshot says what the shop holds; reading by id says the same, and leaves out the lost.

    A membership that is not there reads as absent where the product is there.
    """
    await proving.reset()
    async with proving.open() as store:
        snapshot = await read_family(store, proving, family)
        values = {
            target: value
            for target, value in values_of(snapshot).items()
            if target.field in family.fields
        }
        expect(values, "nothing selected has such a field")
        target = next(iter(values))
        gone = target.model_copy(update={"resource_id": proving.under_test.missing_product_id})
        not_there = target.model_copy(update={"key": f"{target.key}0"})
        asked = [gone, *values, *([not_there] if target.field in _MEMBERSHIPS else [])]
        live = await store.read_values(asked)
    held = await proving.held()
    for one, value in values.items():
        expect(held.get(one) == value, f"{_named(one)} is {held.get(one)}, and is read as {value}")
        expect(live.get(one) == value, f"{_named(one)} is {value}, and by id {live.get(one)}")
    expect(gone not in live, "a product that does not exist is read all the same")
    if target.field in _MEMBERSHIPS:
        expect(live.get(not_there) == ABSENT, f"a {target.field} that is not there is not absent")


async def read_back_as_written(proving: Proving, family: Family) -> None:
    """What was written reads back by id at once, and is in the shop itself.

    It went out in the very requests that another process had simulated.
    """
    await proving.reset()
    async with proving.open() as store:
        changes = await _changes(store, proving, family)
        simulated = await simulated_requests(store, changes)
    async with proving.open() as store:
        trial = Trial(store, changes)
        await trial.execute()
        trial.expect_outcomes(Outcome.APPLIED)
        trial.expect_requests(simulated)
        await expect_values(store, changes)
    await _expect_held(proving, changes)


async def repeated_write_nothing(proving: Proving, family: Family) -> None:
    """The same changes again, by a process that knows nothing of the first, are unchanged."""
    await proving.reset()
    async with proving.open() as store:
        changes = await _changes(store, proving, family)
        await Trial(store, changes).execute()
    written = len(await proving.applied_writes())
    expect(written, "nothing was written")
    async with proving.open() as store:
        again = Trial(store, changes)
        await again.execute()
    again.expect_outcomes(Outcome.UNCHANGED)
    more = len(await proving.applied_writes()) - written
    expect(more == 0, f"the repeat wrote {more} times")


async def that_moved_are_left_alone(proving: Proving, family: Family) -> None:
    """What somebody else changed since the snapshot is moved, or as wanted already."""
    await proving.reset()
    async with proving.open() as store:
        changes = await _changes(store, proving, family)
        stale = changes[0]
        theirs, outcome = _theirs(stale)
        await proving.somebody_else_sets(stale.target, theirs)
        trial = Trial(store, changes)
        await trial.execute()
        for ordinal, change in enumerate(changes):
            trial.expect_outcome(ordinal, change, outcome if change is stale else Outcome.APPLIED)
        live = await store.read_values([stale.target])
    expect(
        live.get(stale.target) == theirs,
        f"{_named(stale.target)} was set to {theirs} by somebody else, and is now "
        f"{live.get(stale.target)}",
    )


async def restored_by_the_inverse(proving: Proving, family: Family) -> None:
    """Writing changes and then their inverse leaves everything in the shop as it was."""
    await proving.reset()
    before = await proving.held()
    async with proving.open() as store:
        snapshot = await read_family(store, proving, family)
        changes = changes_of(snapshot, family, proving.under_test)
        change_set = ChangeSet(store=snapshot.store, changes=tuple(changes))
        for each in (change_set, change_set.inverse()):
            trial = Trial(store, each.changes)
            await trial.execute()
            trial.expect_outcomes(Outcome.APPLIED)
    after = await proving.held()
    differing = [
        f"{_named(target)} was {before.get(target)} and is {after.get(target)}"
        for target in before.keys() | after.keys()
        if before.get(target) != after.get(target)
    ]
    expect(not differing, f"{len(differing)} values are not restored: {sorted(differing)[:5]}")


async def predicted_as_they_are_answered(proving: Proving, family: Family) -> None:
    """What a simulation is told beforehand is what the platform answers, refusals included."""
    await proving.reset()
    async with proving.open() as store:
        changes = list(await _changes(store, proving, family))
        refused = proving.under_test.refused_values
        for place, change in enumerate(changes):
            value = refused.get(change.target.field)
            if value is not None and place < len(changes) // 2:
                changes[place] = change.model_copy(update={"after": value})
        for request in store.requests_for(changes):
            predicted = [type(answer) for answer in store.predict(request)]
            answers = await store.send(request)
            for change, one, answer in zip(request.changes, predicted, answers, strict=True):
                expect(isinstance(answer, one), f"{told(change)} gets {answer}, not {one.__name__}")


async def throttled_lose_nothing(proving: Proving, family: Family) -> None:
    """A refused write says when to come back, or is waited for; then all is applied, once."""
    await _finish(proving, family, Disturbance.WRITE_THROTTLED)


async def whose_answer_was_lost_are_resolved(proving: Proving, family: Family) -> None:
    """What was written without an answer is found by reading, and not written again."""
    errors = await _finish(proving, family, Disturbance.WRITE_ANSWER_LOST)
    expect(
        [type(error) for error in errors] == [AnswerLost],
        f"a lost answer should raise AnswerLost once, and raised {errors}",
    )


async def _finish(
    proving: Proving, family: Family, disturbance: Disturbance
) -> Sequence[StewardError]:
    """Execute undisturbed, and again disturbed; expect the same number of writes of both."""
    await proving.reset()
    async with proving.open() as store:
        changes = await _changes(store, proving, family)
        await Trial(store, changes).execute()
    undisturbed = len(await proving.applied_writes())
    await proving.reset()
    async with proving.open() as store:
        changes = await _changes(store, proving, family)
        await proving.disturb(disturbance)
        trial = Trial(store, changes)
        errors = await trial.finish(proving)
        trial.expect_outcomes(Outcome.APPLIED)
    await proving.settle()
    await _expect_held(proving, changes)
    written = len(await proving.applied_writes())
    expect(written == undisturbed, f"{written} writes where {undisturbed} are enough")
    return errors


async def _changes(store: Store, proving: Proving, family: Family) -> Sequence[Change]:
    changes = changes_of(await read_family(store, proving, family), family, proving.under_test)
    expect(changes, "nothing selected would change")
    return changes


async def _expect_held(proving: Proving, changes: Sequence[Change]) -> None:
    held = await proving.held()
    for change in changes:
        found = held.get(change.target, ABSENT)
        expect(found == change.after, f"{told(change)} is {found} in the shop itself")


def _theirs(change: Change) -> tuple[Value, Outcome]:
    """Return a value that somebody else sets, and the outcome it leads to.

    A membership, or a status, has no third value: somebody else does what we wanted to do.
    """
    match change.before:
        case Text(text=text):
            return Text(text=f"{text} by somebody else"), Outcome.MOVED
        case Quantity(units=units):
            return Quantity(units=units - 1 if units else units + 1), Outcome.MOVED
        case _ if isinstance(change.after, Text):
            return Text(text="By somebody else"), Outcome.MOVED
        case _:
            return change.after, Outcome.UNCHANGED


def _named(target: Target) -> str:
    return " ".join(part for part in (target.resource_id, target.field, target.key) if part)


_CHECKS = (
    read_as_the_shop_holds_them,
    read_back_as_written,
    repeated_write_nothing,
    that_moved_are_left_alone,
    restored_by_the_inverse,
    predicted_as_they_are_answered,
    throttled_lose_nothing,
    whose_answer_was_lost_are_resolved,
)


FIELD_CHECKS = tuple(check.__name__ for check in _CHECKS)


def checks_of_families() -> Mapping[str, Callable[[Proving], Awaitable[None]]]:
    """Return each check for each family, under names such as `texts_read_back_as_written`."""

    def bound(
        check: Callable[[Proving, Family], Awaitable[None]], family: Family
    ) -> Callable[[Proving], Awaitable[None]]:
        async def checked(proving: Proving) -> None:
            await check(proving, family)

        return checked

    return {
        f"{family.name}_{check.__name__}": bound(check, family)
        for family in FAMILIES
        for check in _CHECKS
    }
