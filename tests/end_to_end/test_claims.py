"""Two runs on the same fields of a shop: one after the other, whatever happens to the first."""

from collections import Counter
from collections.abc import Iterator

import pytest

from steward.approvals import Standing
from steward.audit import AuditKind
from steward.changes import Outcome
from steward.errors import ExitCode
from steward.runs import OutcomeCounts, RunStatus
from steward.waits import NotedWait
from tests.end_to_end.command import steward
from tests.end_to_end.house import House, Run, eventually
from tests.end_to_end.jobs import EVERYTHING, Job
from tests.end_to_end.shop import Disturbance, Shop, values_in, written_by

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def held_over_a_write(house: House, shop: Shop, run: Run) -> Disturbance:
    """Approve a run, and hold its first write before the shop applies it."""
    await house.waiting(run)
    held = await shop.disturb("hold_before", match={"kind": "mutation"})
    assert await house.decide(run) is Standing.APPROVED
    await held.holds()
    return held


async def waiting_for(house: House, run: Run, holder: Run) -> str:
    """Return what a run says that it waits for, once it waits for another."""

    async def look() -> NotedWait | None:
        noted = await house.reader.wait(run.id)
        return noted if noted is not None and holder.id in noted.reason else None

    return (await eventually(look, f"{run.id} waits for {holder.id}")).reason


async def outcomes(house: House, run: Run) -> OutcomeCounts:
    """Return what became of a run's changes."""
    record = await house.reader.run(run.id)
    assert record.digest is not None
    return await house.reader.outcomes(run.id, record.digest)


async def told_of_claims(house: House, run: Run) -> list[str]:
    """Return what the audit trail says happened between a run and others."""
    entries = await house.reader.audit(run_id=run.id, kind=AuditKind.CLAIMED)
    return [entry.event.detail for entry in entries]


async def lowered(house: House, shop: Shop, percent: str, *, products: int) -> Run:
    """Start a run that lowers the prices of some products."""
    chosen = (await shop.products())[:products]
    job = Job("lower", "bulk-price", {"ids": ",".join(chosen), "percent": percent})
    return await house.start_job(shop.name, job)


async def test_a_second_run_waits_and_leaves_alone_what_has_moved(
    house: House, free_shops: Iterator[Shop]
) -> None:
    """It writes nothing while the first goes on, says for whom it waits, and does the rest."""
    shop = next(free_shops)
    first = await lowered(house, shop, "-10", products=6)
    second = await lowered(house, shop, "-20", products=12)
    await house.waiting(second)
    held = await held_over_a_write(house, shop, first)
    assert await house.decide(second) is Standing.APPROVED
    reason = await waiting_for(house, second, first)
    assert reason.startswith(f"run {first.id}, which changes the same fields: price of ")
    shown = await steward(house.data, "show", second.id)
    assert f"for {reason}" in " ".join(shown.out.split())
    assert (await outcomes(house, second)).settled == 0
    await held.release()
    assert (await house.ended(first)).status is RunStatus.COMPLETED
    assert (await house.ended(second)).status is RunStatus.COMPLETED
    mine = await house.proposed(first)
    theirs = await house.proposed(second)
    taken = {change.target for change in mine}
    rest = [change for change in theirs if change.target not in taken]
    counts = await outcomes(house, second)
    assert (counts.applied, counts.moved) == (len(rest), len(mine))
    assert len(rest) > 0
    writes = await shop.writes()
    assert Counter(writes[: len(mine)]) == written_by(mine)
    assert Counter(writes[len(mine) :]) == written_by(rest)
    assert any(
        told.startswith(f"waits for {reason}") for told in await told_of_claims(house, second)
    )
    assert (await house.reader.verify_audit(shop.name)).broken is None


async def test_a_run_that_waits_can_be_cancelled(house: House, free_shops: Iterator[Shop]) -> None:
    """It ends with nothing written while the first still goes on."""
    shop = next(free_shops)
    first, second = await house.start(shop), await house.start(shop, percent="-20")
    await house.waiting(second)
    held = await held_over_a_write(house, shop, first)
    assert await house.decide(second) is Standing.APPROVED
    await waiting_for(house, second, first)
    await house.cancel(second)
    assert (await house.ended(second)).status is RunStatus.CANCELLED
    assert (await house.reader.run(first.id)).status is RunStatus.RUNNING
    await held.release()
    assert (await house.ended(first)).status is RunStatus.COMPLETED
    assert (await outcomes(house, second)).pending == len(await house.proposed(second))


async def test_a_run_whose_template_does_not_wait_is_refused(
    house: House, free_shops: Iterator[Shop]
) -> None:
    """It ends with one sentence that names the other run, writes nothing, and ends with code 4."""
    shop = next(free_shops)
    first, second = [
        await house.start_job(
            shop.name,
            Job("restock", "restock", EVERYTHING | {"units": units, "location": "Main Warehouse"}),
        )
        for units in ("25", "30")
    ]
    await house.waiting(second)
    held = await held_over_a_write(house, shop, first)
    assert await house.decide(second) is Standing.APPROVED
    record = await house.ended(second)
    assert (record.status, record.exit_code) == (RunStatus.REFUSED, ExitCode.REFUSED)
    assert f"is refused beside run {first.id}, which changes the same fields: stock" in (
        record.reason
    )
    watched = await steward(house.data, "watch", second.id)
    assert watched.code == ExitCode.REFUSED
    assert f"steward show {first.id}" in watched.out + watched.err
    await held.release()
    assert (await house.ended(first)).status is RunStatus.COMPLETED
    assert (await outcomes(house, second)).settled == 0
    stock = {change.after for change in await house.proposed(first)}
    assert {str(value) for value in stock} == {"25"}
    assert all(entry["after"] != "30" for entry in await shop.journal())


async def test_claims_of_lost_runs_are_recovered(house: House, free_shops: Iterator[Shop]) -> None:
    """Behind killed workers the first run goes on before the second; terminated, it is passed by.

    Either way the second begins once no write of the lost worker can arrive any more.
    """
    crashed, terminated = next(free_shops), next(free_shops)
    shops = (crashed, terminated)
    firsts = [await house.start(shop) for shop in shops]
    seconds = [await house.start(shop, percent="-20") for shop in shops]
    for second in seconds:
        await house.waiting(second)
    held = [
        await held_over_a_write(house, shop, first)
        for shop, first in zip(shops, firsts, strict=True)
    ]
    for first, second in zip(firsts, seconds, strict=True):
        assert await house.decide(second) is Standing.APPROVED
        await waiting_for(house, second, first)
    await house.kill_workers()
    for one in held:
        await one.release()
    await firsts[1].terminate("Lost.")
    await house.start_workers()
    assert (await house.ended(firsts[0])).status is RunStatus.COMPLETED
    for second in seconds:
        assert (await house.ended(second)).status is RunStatus.COMPLETED
    assert (await outcomes(house, seconds[0])).applied == 0
    assert Counter(await crashed.writes()) == written_by(await house.proposed(firsts[0]))
    # Nothing of the terminated run arrived, so nothing has moved.
    proposed = await house.proposed(seconds[1])
    assert (await outcomes(house, seconds[1])).applied == len(proposed)
    assert Counter(await terminated.writes()) == written_by(proposed)
    freed = f"freed the fields of run {firsts[1].id}, which is over"
    assert freed in await told_of_claims(house, seconds[1])


async def test_a_rollback_goes_before_a_run_that_holds_the_fields(
    house: House, free_shops: Iterator[Shop]
) -> None:
    """It waits for the write under way only; the run waits in turn, and finds the rest moved."""
    shop = next(free_shops)
    before = values_in(await shop.catalogue())
    undone = await house.start(shop)
    await house.decide(undone)
    assert (await house.ended(undone)).status is RunStatus.COMPLETED
    busy = await house.start(shop, percent="-20")
    held = await held_over_a_write(house, shop, busy)
    undo = await house.start_rollback(undone.id)
    await waiting_for(house, undo, busy)
    await held.release()
    assert (await house.ended(undo)).status is RunStatus.COMPLETED
    assert (await house.reader.run(busy.id)).status is RunStatus.RUNNING
    assert (await house.ended(busy)).status is RunStatus.COMPLETED
    recorded = await house.changes(busy.id, (await house.reader.run(busy.id)).digest or "")
    kept = {one.change.target for one in recorded if one.outcome is Outcome.APPLIED}
    assert {one.outcome for one in recorded} == {Outcome.APPLIED, Outcome.MOVED}
    after = values_in(await shop.catalogue())
    touched = {(target.resource_id, target.field) for target in kept}
    assert {place for place in before if before[place] != after[place]} == touched
