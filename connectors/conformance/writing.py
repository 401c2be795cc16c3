"""Checks of writing: what is asked is written, once, and every change has its own answer."""

from collections.abc import Mapping, Sequence

from connectors.conformance.proving import NotProvable, Proving
from connectors.conformance.trial import (
    Trial,
    expect,
    expect_each_once,
    expect_held,
    expect_values,
    lowered,
    price_changes,
    read,
    sale_changes,
    simulated_requests,
    told,
)
from steward.changes import Change, ChangeSet, FieldName, Outcome, Target
from steward.execution import Accepted, Answer, Rejected
from steward.money import Money
from steward.ports import Store
from steward.values import ABSENT, Value

_SEVERAL = 3
_MANY = 1000


async def writes_are_read_back(proving: Proving) -> None:
    """What was written reads back by id at once, is in the shop itself, and was written once.

    It went out in the very requests that another process had simulated.
    """
    await proving.reset()
    async with proving.open() as store:
        changes = sale_changes(await read(store, proving))
        simulated = await simulated_requests(store, changes)
    async with proving.open() as store:
        trial = Trial(store, changes)
        await trial.execute()
        trial.expect_outcomes(Outcome.APPLIED)
        trial.expect_requests(simulated)
        await expect_values(store, changes)
    await expect_held(proving, changes)
    await expect_each_once(proving)


async def a_repeat_writes_nothing(proving: Proving) -> None:
    """The same change set again, by a process that knows nothing of the first, is unchanged."""
    await proving.reset()
    async with proving.open() as store:
        changes = sale_changes(await read(store, proving))
        await Trial(store, changes).execute()
    written = len(await proving.applied_writes())
    async with proving.open() as store:
        again = Trial(store, changes)
        await again.execute()
    again.expect_outcomes(Outcome.UNCHANGED)
    more = len(await proving.applied_writes()) - written
    expect(more == 0, f"the repeat wrote {more} times")


async def a_refused_price_hides_no_other_answer(proving: Proving) -> None:
    """One price that is refused leaves the other changes of its request applied and reported."""
    price = proving.under_test.refused_price
    if price is None:
        raise NotProvable("the description names no price that the platform refuses")
    await proving.reset()
    async with proving.open() as store:
        changes = await _of_one_request(store, proving)
        mixed = list(changes)
        mixed[1] = mixed[1].model_copy(update={"after": price})
        trial = Trial(store, mixed)
        await trial.execute()
        for ordinal, change in enumerate(mixed):
            wanted = Outcome.REFUSED if ordinal == 1 else Outcome.APPLIED
            trial.expect_outcome(ordinal, change, wanted)
        await expect_values(store, [mixed[0], mixed[2]])
        await expect_values(store, [changes[1]], written=False)


async def a_missing_resource_hides_no_other_answer(proving: Proving) -> None:
    """One resource that is gone leaves the other changes of its request applied and reported."""
    await proving.reset()
    async with proving.open() as store:
        changes = await _of_one_request(store, proving)
        gone = changes[1].target.model_copy(
            update={"resource_id": proving.under_test.missing_resource_id}
        )
        await _expect_only_refused(store, changes, changes[1].model_copy(update={"target": gone}))


async def a_stale_value_is_moved(proving: Proving) -> None:
    """What somebody else changed since the snapshot is reported moved, and not overwritten."""
    await proving.reset()
    async with proving.open() as store:
        changes = price_changes(await read(store, proving))
        stale = changes[1]
        theirs = _another_price(stale)
        await proving.somebody_else_sets(stale.target, theirs)
        trial = Trial(store, changes)
        await trial.execute()
        for ordinal, change in enumerate(changes):
            wanted = Outcome.MOVED if change is stale else Outcome.APPLIED
            trial.expect_outcome(ordinal, change, wanted)
        live = await store.read_values([stale.target])
        expect(
            live.get(stale.target) == theirs,
            f"{stale.target.resource_id} was set to {theirs} by somebody else, and is "
            f"{live.get(stale.target)} now",
        )


async def an_inverse_restores_every_value(proving: Proving) -> None:
    """Undoing sales that begin, go lower and end leaves all prices of the shop as they were."""
    await proving.reset()
    before = await proving.held()
    async with proving.open() as store:
        snapshot = await read(store, proving)
        change_set = ChangeSet(store=snapshot.store, changes=tuple(sale_changes(snapshot)))
        await _execute_and_undo(store, change_set)
    await _expect_restored(proving, before)


async def an_inverse_restores_inherited_prices(proving: Proving) -> None:
    """A price that is given to what inherits one is taken away again, not set to what it was."""
    await proving.reset()
    before = await proving.held()
    inheriting = [
        target
        for target, value in before.items()
        if target.field is FieldName.PRICE and value == ABSENT
    ][:_SEVERAL]
    if not inheriting:
        raise NotProvable("nothing in the shop inherits its price")
    async with proving.open() as store:
        snapshot = await read(store, proving)
        own = lowered(price_changes(snapshot)[0].before, 20)  # type: ignore[arg-type]
        changes = tuple(
            Change(target=target, product_id=target.resource_id, label="", before=ABSENT, after=own)
            for target in inheriting
        )
        await _execute_and_undo(store, ChangeSet(store=snapshot.store, changes=changes))
    await _expect_restored(proving, before)


async def predictions_agree_with_answers(proving: Proving) -> None:
    """What a simulation is told beforehand is what the platform then answers."""
    await proving.reset()
    async with proving.open() as store:
        changes = sale_changes(await read(store, proving))
        price = proving.under_test.refused_price
        if price is not None:
            changes[0] = changes[0].model_copy(update={"after": price})
        for request in store.requests_for(changes):
            predicted = [type(answer) for answer in store.predict(request)]
            answers = await store.send(request)
            for change, one, answer in zip(request.changes, predicted, answers, strict=True):
                expect(isinstance(answer, one), f"{told(change)} gets {answer}, not {one.__name__}")


async def _execute_and_undo(store: Store, change_set: ChangeSet) -> None:
    for each in (change_set, change_set.inverse()):
        trial = Trial(store, each.changes)
        await trial.execute()
        trial.expect_outcomes(Outcome.APPLIED)
        await expect_values(store, each.changes)


async def _expect_restored(proving: Proving, before: Mapping[Target, Value]) -> None:
    after = await proving.held()
    differing = [
        f"{target.resource_id} {target.field} was {value} and is {after.get(target)}"
        for target, value in before.items()
        if after.get(target) != value
    ]
    expect(not differing, f"{len(differing)} values are not restored: {differing[:5]}")


async def _of_one_request(store: Store, proving: Proving) -> Sequence[Change]:
    """Return changes that travel in one request."""
    changes = price_changes(await read(store, proving), _MANY)
    for request in store.requests_for(changes):
        if len(request.changes) >= _SEVERAL:
            return request.changes[:_SEVERAL]
    raise AssertionError("no request of the selection carries three resources")


async def _expect_only_refused(store: Store, changes: Sequence[Change], bad: Change) -> None:
    first, replaced, last = changes
    answers: dict[Target, Answer] = {}
    for request in store.requests_for([first, bad, last]):
        given = await store.send(request)
        answers |= {one.target: answer for one, answer in zip(request.changes, given, strict=True)}
    expect(isinstance(answers[bad.target], Rejected), f"{told(bad)} is not refused")
    for change in (first, last):
        answer = answers[change.target]
        expect(isinstance(answer, Accepted), f"{told(change)} gets {answer} beside a refused one")
    await expect_values(store, [first, last])
    await expect_values(store, [replaced], written=False)


def _another_price(change: Change) -> Money:
    price = change.before
    if not isinstance(price, Money):
        raise AssertionError(f"{told(change)} has no price to begin with")  # noqa: TRY004
    return lowered(price, -20)
