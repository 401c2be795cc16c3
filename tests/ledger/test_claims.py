"""Claims: who may write a field, from a run's first write to its end."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger
from ledger.engine import Access, Database, parse_url
from ledger.tables import CLAIMS
from steward.audit import AuditKind
from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.claims import LEASE, WISH, Claim, ClaimOrder, Conflict, Overlap, Refusal, WhenClaimed
from steward.errors import ExitCode, FieldsClaimed, RunNotActive
from steward.execution import OutcomeRecord
from steward.runs import ChunkReference, Control, RunEnd, RunStatus
from steward.values import ABSENT, PRESENT
from tests.ledger.examples import NOON, STORE, change_set, entry, simulated, usd

MOMENT = timedelta(seconds=1)
LONG = 10 * LEASE


def prices(names: Iterable[str], *, store: str = STORE, after: str = "20.40") -> ChangeSet:
    """Return changes of these variants' prices."""
    return ChangeSet(
        store=store,
        changes=tuple(
            Change(
                target=Target(
                    resource_kind=ResourceKind.VARIANT, resource_id=name, field=FieldName.PRICE
                ),
                product_id=name,
                label=name,
                before=usd("24.00"),
                after=usd(after),
            )
            for name in names
        ),
    )


async def whole(ledger: SqlLedger, run_id: str, changes: ChangeSet) -> ChunkReference:
    """Simulate a run, and return its change set as one chunk."""
    chunks = await simulated(ledger, changes, run_id)
    return chunks[0].model_copy(update={"last": len(changes.changes) - 1})


async def run_on(ledger: SqlLedger, run_id: str, names: Iterable[str]) -> ClaimOrder:
    """Simulate a run on these variants' prices, and return what it asks for."""
    return ClaimOrder(chunk=await whole(ledger, run_id, prices(names)))


def as_undo(order: ClaimOrder) -> ClaimOrder:
    """Return the order of a run that takes changes back."""
    return order.model_copy(update={"undo": True})


def refusing(order: ClaimOrder) -> ClaimOrder:
    """Return the order of a run that does not wait."""
    return order.model_copy(update={"when_claimed": WhenClaimed.REFUSE})


async def claimed(ledger: SqlLedger, order: ClaimOrder, later: timedelta = timedelta()) -> Claim:
    """Return the claim that the run gets."""
    claim = await ledger.claim(order, NOON + later)
    assert isinstance(claim, Claim), claim
    return claim


async def in_the_way(
    ledger: SqlLedger, order: ClaimOrder, later: timedelta = timedelta()
) -> list[str]:
    """Return for which runs the run has to wait."""
    conflict = await ledger.claim(order, NOON + later)
    assert isinstance(conflict, Conflict), conflict
    return [other.run_id for other in conflict.others]


async def end(ledger: SqlLedger, run_id: str) -> None:
    """Record that a run has ended of which nothing is on its way."""
    await ledger.forget_lost_work(run_id, NOON + LONG)
    await close(ledger, run_id)


async def close(ledger: SqlLedger, run_id: str) -> None:
    """Record that a run has ended."""
    await ledger.close_run(
        RunEnd(
            run_id=run_id,
            status=RunStatus.COMPLETED,
            reason="Done.",
            exit_code=ExitCode.OK,
            ended_at=NOON,
        )
    )


async def mark(
    ledger: SqlLedger,
    order: ClaimOrder,
    claim: Claim,
    later: timedelta = timedelta(),
    *,
    ordinal: int = 0,
) -> None:
    """Mark a change as about to be written."""
    sent = entry(AuditKind.WRITING, order.chunk.run_id)
    sent = sent.model_copy(update={"at": NOON + later})
    await ledger.mark_attempting(order.chunk, [ordinal], claim.hold, sent)


async def settle(ledger: SqlLedger, order: ClaimOrder, *, ordinal: int = 0) -> None:
    """Record that a change was applied."""
    applied = OutcomeRecord(ordinal=ordinal, outcome=Outcome.APPLIED)
    await ledger.record_outcomes(
        order.chunk, [applied], entry(AuditKind.WRITTEN, order.chunk.run_id)
    )


async def first_outcome(ledger: SqlLedger, order: ClaimOrder) -> Outcome:
    """Return what became of the first change."""
    return (await ledger.load_written(order.chunk.run_id))[0].outcome


async def test_a_second_run_waits_until_the_first_has_ended(ledger: SqlLedger) -> None:
    """One field in common is enough."""
    first, second = await run_on(ledger, "first", "abc"), await run_on(ledger, "second", "cde")
    await claimed(ledger, first)
    conflict = await ledger.claim(second, NOON)
    assert isinstance(conflict, Conflict)
    assert [other.run_id for other in conflict.others] == ["first"]
    assert conflict.overlap == Overlap(fields=1, field=FieldName.PRICE, label="c")
    await end(ledger, "first")
    await claimed(ledger, second)


async def test_who_waits_holds_nothing(ledger: SqlLedger) -> None:
    """All or none: a run that waits for one field keeps nobody from the others."""
    await claimed(ledger, await run_on(ledger, "first", "abc"))
    assert await in_the_way(ledger, await run_on(ledger, "second", "cde")) == ["first"]
    await claimed(ledger, await run_on(ledger, "third", "de"))


async def test_a_run_goes_on_with_its_own_claims(ledger: SqlLedger) -> None:
    """A step that starts again, however late, finds the claims of its run, and marks with them."""
    order = await run_on(ledger, "first", "abc")
    claim = await claimed(ledger, order)
    again = await claimed(ledger, order, 3 * LEASE)
    await mark(ledger, order, claim, 5 * LEASE)
    await mark(ledger, order, again, 5 * LEASE)


async def test_other_fields_are_free(ledger: SqlLedger) -> None:
    """Another store's field, another field, and another tag of the same product are others."""
    product = Target(
        resource_kind=ResourceKind.PRODUCT, resource_id="a", field=FieldName.TAG, key="sale"
    )
    price = prices("a").changes[0].target
    targets = [
        product,
        product.model_copy(update={"key": "new"}),
        product.model_copy(update={"field": FieldName.CATEGORY}),
        price,
        price.model_copy(update={"field": FieldName.COMPARE_AT_PRICE}),
        price.model_copy(update={"resource_kind": ResourceKind.PRODUCT}),
        price.model_copy(update={"resource_id": "b"}),
    ]
    for number, target in enumerate(targets):
        change = Change(target=target, product_id="a", label="A", before=ABSENT, after=PRESENT)
        changes = ChangeSet(store=STORE, changes=(change,))
        await claimed(ledger, ClaimOrder(chunk=await whole(ledger, f"run-{number}", changes)))
        other = ClaimOrder(chunk=await whole(ledger, f"other-{number}", changes))
        assert await in_the_way(ledger, other) == [f"run-{number}"]
    elsewhere = prices("a", store="winter-shop")
    await claimed(ledger, ClaimOrder(chunk=await whole(ledger, "elsewhere", elsewhere)))


async def test_claims_of_a_run_that_is_over_are_freed_once_nothing_can_arrive(
    ledger: SqlLedger,
) -> None:
    """Its lease has to lapse, and what it began to be seen to; then others have its fields."""
    first, second = await run_on(ledger, "first", "abc"), await run_on(ledger, "second", "cde")
    claim = await claimed(ledger, first)
    await mark(ledger, first, claim, MOMENT)
    assert await ledger.lost_work("first", NOON + LEASE) == []
    await ledger.renew_lease(claim.hold, NOON + 2 * MOMENT)
    assert await ledger.lost_work("first", NOON + LEASE + MOMENT) == []
    assert await ledger.lost_work("first", NOON + LEASE + 2 * MOMENT) == [first.chunk.origin]
    assert not await ledger.free_claims("first")
    assert await in_the_way(ledger, second, LONG) == ["first"]
    await ledger.forget_lost_work("first", NOON + LEASE + 2 * MOMENT)
    assert await ledger.free_claims("first")
    assert not await ledger.free_claims("first")
    await claimed(ledger, second)


async def test_a_run_whose_claims_were_freed_marks_nothing(ledger: SqlLedger) -> None:
    """A step that wakes up late is told so before it sends, also where its run claimed again."""
    order = await run_on(ledger, "first", "abc")
    claim = await claimed(ledger, order)
    await ledger.forget_lost_work("first", NOON + LEASE)
    await ledger.free_claims("first")
    with pytest.raises(FieldsClaimed):
        await mark(ledger, order, claim)
    again = await claimed(ledger, order)
    with pytest.raises(FieldsClaimed):
        await mark(ledger, order, claim)
    await mark(ledger, order, again)
    assert await first_outcome(ledger, order) is Outcome.ATTEMPTING


async def test_a_lost_write_is_waited_for_behind_the_end_of_its_run(ledger: SqlLedger) -> None:
    """Where a step was lost over a write, the next attempt's end is not the end of that write."""
    first, second = await run_on(ledger, "first", "abc"), await run_on(ledger, "second", "cde")
    lost = await claimed(ledger, first)
    await mark(ledger, first, lost)
    again = await claimed(ledger, first, MOMENT)
    await mark(ledger, first, again, MOMENT)
    await settle(ledger, first)
    await ledger.end_lease(again.hold, NOON + MOMENT)
    assert await ledger.writes_until("first") == NOON + LEASE
    await close(ledger, "first")
    assert await in_the_way(ledger, second, MOMENT) == ["first"]
    with pytest.raises(FieldsClaimed):
        await mark(ledger, first, lost, MOMENT)
    await ledger.forget_lost_work("first", NOON + LEASE)
    assert await ledger.free_claims("first")
    await claimed(ledger, second, LEASE)


async def test_a_later_attempt_ends_what_was_lost_long_before(ledger: SqlLedger) -> None:
    """When a piece of work is done, so are its attempts whose writes can arrive no more."""
    first, second = await run_on(ledger, "first", "abc"), await run_on(ledger, "second", "cde")
    await mark(ledger, first, await claimed(ledger, first))
    again = await claimed(ledger, first, LEASE)
    await ledger.end_lease(again.hold, NOON + LEASE)
    assert await ledger.writes_until("first") is None
    await close(ledger, "first")
    await claimed(ledger, second, LEASE)


async def test_a_run_that_has_ended_claims_nothing(ledger: SqlLedger) -> None:
    """A step that wakes up behind the end of its run gets no fields that nobody would free."""
    order = await run_on(ledger, "first", "abc")
    await end(ledger, "first")
    with pytest.raises(RunNotActive):
        await ledger.claim(order, NOON)
    await claimed(ledger, await run_on(ledger, "second", "abc"))


async def test_an_undo_takes_fields_from_one_that_is_paused_and_rests(ledger: SqlLedger) -> None:
    """A pause may last for good; what is still on its way arrives first."""
    first = as_undo(await run_on(ledger, "first", "abc"))
    second = as_undo(await run_on(ledger, "second", "bcd"))
    ordinary = await run_on(ledger, "ordinary", "bc")
    claim = await claimed(ledger, first)
    assert isinstance(await ledger.claim(second, NOON), Conflict)
    await ledger.set_control("first", Control.PAUSE)
    assert isinstance(await ledger.claim(second, NOON), Conflict)
    await ledger.end_lease(claim.hold, NOON)
    assert isinstance(await ledger.claim(ordinary, NOON), Conflict)
    assert (await claimed(ledger, second)).taken_from == ("first",)
    await ledger.set_control("first", Control.RUN)
    assert isinstance(await ledger.claim(first, NOON), Conflict)
    await end(ledger, "second")
    await claimed(ledger, first)


async def test_a_change_set_that_was_replaced_claims_nothing(ledger: SqlLedger) -> None:
    """A workflow set back to before an edit cannot write what the edit replaced."""
    replaced = await run_on(ledger, "first", "abc")
    current = ClaimOrder(chunk=await whole(ledger, "first", prices("ab")))
    with pytest.raises(RunNotActive, match="no longer executes"):
        await ledger.claim(replaced, NOON)
    await claimed(ledger, current)


async def test_a_run_that_compensates_writes_nothing_else(ledger: SqlLedger) -> None:
    """Once its undo has claimed, a late step of the run itself marks nothing any more."""
    changes = prices("abc")
    forth = ClaimOrder(chunk=await whole(ledger, "first", changes))
    claim = await claimed(ledger, forth)
    (back, *_) = await simulated(ledger, changes.inverse(), "first", undoes_own_run=True)
    undo = await claimed(ledger, ClaimOrder(chunk=back, undo=True))
    with pytest.raises(FieldsClaimed):
        await mark(ledger, forth, claim)
    await mark(ledger, ClaimOrder(chunk=back), undo)


async def test_an_undo_takes_fields_from_a_run_that_rests(ledger: SqlLedger) -> None:
    """It need not wait for a run that is paused; that one keeps the rest, and waits in turn."""
    first, undo = await run_on(ledger, "first", "abc"), await run_on(ledger, "undo", "cde")
    claim = await claimed(ledger, first)
    await ledger.end_lease(claim.hold, NOON)
    taken = await claimed(ledger, as_undo(undo))
    assert taken.taken_from == ("first",)
    assert await in_the_way(ledger, first) == ["undo"]
    assert await in_the_way(ledger, await run_on(ledger, "third", "ab")) == ["first"]
    await end(ledger, "undo")
    await mark(ledger, first, await claimed(ledger, first))


async def test_an_undo_lets_writes_under_way_arrive_first(ledger: SqlLedger) -> None:
    """A run that writes is asked to stop; its fields are taken when its step has ended."""
    first, undo = await run_on(ledger, "first", "abc"), as_undo(await run_on(ledger, "undo", "a"))
    claim = await claimed(ledger, first)
    await mark(ledger, first, claim)
    assert await in_the_way(ledger, undo) == ["first"]
    with pytest.raises(FieldsClaimed):
        await mark(ledger, first, claim, MOMENT, ordinal=1)
    assert await in_the_way(ledger, first, MOMENT) == ["undo"]
    assert await in_the_way(ledger, refusing(first), MOMENT) == ["undo"]
    await settle(ledger, first)
    assert await in_the_way(ledger, undo, MOMENT) == ["first"]
    await ledger.end_lease(claim.hold, NOON)
    assert (await claimed(ledger, undo, MOMENT)).taken_from == ("first",)


async def test_an_undo_does_not_wait_for_a_lost_worker(ledger: SqlLedger) -> None:
    """It waits no longer than until what the worker had begun is seen to have come to an end."""
    first, undo = await run_on(ledger, "first", "abc"), as_undo(await run_on(ledger, "undo", "a"))
    claim = await claimed(ledger, first)
    await mark(ledger, first, claim)
    assert await in_the_way(ledger, undo, LEASE) == ["first"]
    assert await in_the_way(ledger, first, LEASE) == ["undo"]
    await ledger.forget_lost_work("first", NOON + LEASE)
    assert (await claimed(ledger, undo, LEASE)).taken_from == ("first",)
    with pytest.raises(FieldsClaimed):
        await mark(ledger, first, claim, LEASE)


async def test_a_run_stops_for_no_undo_that_does_not_come_back(ledger: SqlLedger) -> None:
    """A wish to make way lapses by itself."""
    first, undo = await run_on(ledger, "first", "abc"), as_undo(await run_on(ledger, "undo", "a"))
    claim = await claimed(ledger, first)
    await mark(ledger, first, claim)
    assert await in_the_way(ledger, undo) == ["first"]
    assert await in_the_way(ledger, first, WISH - MOMENT) == ["undo"]
    await claimed(ledger, first, WISH)
    await mark(ledger, first, claim, WISH)


async def test_an_undo_waits_for_another_undo(ledger: SqlLedger) -> None:
    """And while it does, nobody else is asked to stop for it."""
    first, busy = await run_on(ledger, "first", "abc"), await run_on(ledger, "busy", "z")
    claim = await claimed(ledger, busy)
    await mark(ledger, busy, claim)
    await claimed(ledger, as_undo(first))
    assert await in_the_way(ledger, as_undo(await run_on(ledger, "undo", "cz"))) == [
        "busy",
        "first",
    ]
    await mark(ledger, busy, claim)


async def test_a_run_that_does_not_wait_is_refused_and_holds_nothing(ledger: SqlLedger) -> None:
    """It learns who is in the way and of what, and keeps nobody from the rest."""
    await claimed(ledger, await run_on(ledger, "first", "cd"))
    order = refusing(await run_on(ledger, "second", "abcde"))
    refusal = await ledger.claim(order, NOON)
    assert isinstance(refusal, Refusal), refusal
    assert [other.run_id for other in refusal.others] == ["first"]
    assert refusal.overlap == Overlap(fields=2, field=FieldName.PRICE, label="c")
    await claimed(ledger, await run_on(ledger, "third", "abe"))
    await end(ledger, "first")
    await end(ledger, "third")
    await claimed(ledger, order)


async def test_a_run_that_has_begun_leaves_alone_what_an_undo_took(ledger: SqlLedger) -> None:
    """One that does not wait goes on with the rest, and with what has become free of a chunk."""
    order = refusing(await run_on(ledger, "second", "abcde"))
    head = order.model_copy(update={"chunk": order.chunk.model_copy(update={"last": 2})})
    tail = order.model_copy(update={"chunk": order.chunk.model_copy(update={"first": 3})})
    await ledger.end_lease((await claimed(ledger, head)).hold, NOON)
    await claimed(ledger, as_undo(await run_on(ledger, "undo", "cd")))
    claim = await claimed(ledger, head)
    assert claim.elsewhere == {2: "undo"}
    assert await in_the_way(ledger, await run_on(ledger, "third", "e")) == ["second"]
    await mark(ledger, head, claim)
    await end(ledger, "undo")
    assert (await claimed(ledger, tail)).elsewhere == {}
    assert await in_the_way(ledger, await run_on(ledger, "fourth", "d")) == ["second"]


async def test_a_change_that_was_begun_is_not_left_alone(ledger: SqlLedger) -> None:
    """Where a write may have arrived before an undo took its field, the run waits and reads."""
    order = refusing(await run_on(ledger, "first", "abc"))
    await mark(ledger, order, await claimed(ledger, order))
    undo = as_undo(await run_on(ledger, "undo", "a"))
    await ledger.forget_lost_work("first", NOON + LEASE)
    await claimed(ledger, undo, LEASE)
    assert await in_the_way(ledger, order, LEASE) == ["undo"]
    await end(ledger, "undo")
    assert (await claimed(ledger, order, LEASE)).elsewhere == {}


async def test_claims_at_the_same_moment_exclude_each_other(ledger: SqlLedger) -> None:
    """Of many that ask at once, in opposite orders, those who get theirs share no field."""
    sets = ["abc", "cba", "bd", "db", "de", "ed", "a", "e"]
    for turn in range(5):
        orders = {
            f"run-{turn}-{number}": await run_on(ledger, f"run-{turn}-{number}", names)
            for number, names in enumerate(sets)
        }
        waiting = set(orders)
        while waiting:
            answers = await asyncio.gather(
                *(ledger.claim(orders[run_id], NOON) for run_id in sorted(waiting))
            )
            got = [
                run_id
                for run_id, answer in zip(sorted(waiting), answers, strict=True)
                if isinstance(answer, Claim)
            ]
            fields = [field for run_id in got for field in sets[int(run_id.split("-")[2])]]
            assert got
            assert len(fields) == len(set(fields))
            await asyncio.gather(*(end(ledger, run_id) for run_id in got))
            waiting -= set(got)


async def test_no_write_begins_behind_an_undo(ledger: SqlLedger) -> None:
    """Of a run that marks one write after the other, none is under way once an undo has a field."""
    names = [f"variant-{number}" for number in range(200)]
    first = await run_on(ledger, "first", names)
    undo = as_undo(await run_on(ledger, "undo", names[-1:]))
    claim = await claimed(ledger, first)
    begun = asyncio.Event()

    async def write(ordinals: range) -> None:
        for ordinal in ordinals:
            await mark(ledger, first, claim, ordinal=ordinal)
            begun.set()
            await settle(ledger, first, ordinal=ordinal)

    async def step() -> None:
        writers = (write(range(half, 200, 2)) for half in (0, 1))
        stopped = await asyncio.gather(*writers, return_exceptions=True)
        assert [type(each) for each in stopped] == [FieldsClaimed, FieldsClaimed]
        await ledger.end_lease(claim.hold, NOON)

    stepping = asyncio.create_task(step())
    await begun.wait()
    while isinstance(await ledger.claim(undo, NOON), Conflict):
        pass
    written = await ledger.load_written("first")
    assert {entry.outcome for entry in written} == {Outcome.APPLIED}
    await stepping


async def test_a_step_that_wakes_up_while_its_claims_are_freed_writes_its_own_only(
    url: str, ledger: SqlLedger
) -> None:
    """Whichever comes first, a step that may write holds what it writes."""
    first, second = await run_on(ledger, "first", "abc"), await run_on(ledger, "second", "cde")
    await ledger.end_lease((await claimed(ledger, first)).hold, NOON)
    both: list[asyncio.Task[Any]] = []

    async def hold_up(connection: AsyncConnection) -> None:
        await connection.execute(select(CLAIMS).with_for_update())
        # On PostgreSQL the freeing gets as far as these rows meanwhile, and then the claim comes.
        both.append(asyncio.create_task(ledger.free_claims("first")))
        await asyncio.sleep(0.3)
        both.append(asyncio.create_task(ledger.claim(first, NOON)))
        await asyncio.sleep(0.3)

    database = Database(parse_url(url), Access.WRITE)
    await database.write(hold_up)
    await database.close()
    freed, claim = await asyncio.gather(*both)
    assert isinstance(claim, Claim)
    if freed:
        await mark(ledger, first, claim)
    else:
        # The claim came first, which on SQLite it may: it is kept, and no write begins by it.
        with pytest.raises(FieldsClaimed):
            await mark(ledger, first, claim)
    assert await in_the_way(ledger, second) == ["first"]


async def test_a_large_change_set_is_claimed(ledger: SqlLedger) -> None:
    """Thousands of fields are claimed, taken and given back together."""
    changes = change_set(3_000)
    order = ClaimOrder(chunk=await whole(ledger, "first", changes))
    undo = ClaimOrder(chunk=await whole(ledger, "undo", change_set(2_500, after="1.00")), undo=True)
    await ledger.end_lease((await claimed(ledger, order)).hold, NOON)
    assert (await claimed(ledger, undo)).taken_from == ("first",)
    assert await in_the_way(ledger, order) == ["undo"]
    await end(ledger, "undo")
    await claimed(ledger, order)
