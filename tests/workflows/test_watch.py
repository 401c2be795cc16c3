"""The watch after the last wave: it tells what drifts, and takes nothing back."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from steward.audit import AuditKind
from steward.audit_facts import DriftedFacts
from steward.changes import FieldName
from steward.errors import StoreUnreachable
from steward.policy import Policy, Watch
from steward.runs import ControlRequest, RunResult, RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.fakes import usd
from tests.workflows.hurried import hurried
from workflows.names import CANCEL

Run = WorkflowHandle[object, RunResult]

WATCH = Watch(lasting=timedelta(hours=2), every=timedelta(minutes=10), sample=50)


@pytest.fixture
def policy() -> Policy:
    """A policy that asks for a watch of two hours, for tests on the real clock."""
    return Policy(watch=WATCH)


@pytest.fixture
async def hurrying(tmp_path: Path) -> AsyncIterator[House]:
    """A house under that policy, whose clock jumps over every wait."""
    async with hurried(tmp_path, Policy(watch=WATCH)) as house:
        yield house


def at_each_look(house: House, act: Callable[[int], None]) -> None:
    """Let something happen right before the store is read for a look, from number 1."""
    looks = 0

    async def before_read() -> None:
        nonlocal looks
        runs = await house.reader.runs(stage=Stage.WATCH)
        if runs:
            looks += 1
            act(looks)

    house.shop.before_read = before_read


def list_live_prices(house: House) -> None:
    """Let the catalogue of the shop be as its values are."""
    live = {
        target.resource_id: value
        for target, value in house.shop.values.items()
        if target.field is FieldName.PRICE
    }
    house.shop.products = [
        product.model_copy(
            update={
                "variants": tuple(
                    variant.model_copy(update={"price": live[variant.id]})
                    for variant in product.variants
                )
            }
        )
        for product in house.shop.products
    ]


async def carried(house: House) -> tuple[Run, RunResult]:
    """Start a run, agree to it, and return it once it has ended."""
    run = await house.start()
    await house.decide(run)
    return run, await run.result()


async def test_a_run_without_drift_says_so(hurrying: House) -> None:
    """All looks are made, at what was written, and the run completes as without a watch."""
    run, result = await carried(hurrying)
    assert result.status is RunStatus.COMPLETED
    assert result.watched is not None
    assert (result.watched.looks, result.watched.checked, result.watched.drifted) == (12, 600, 0)
    assert result.reason == "200 applied. Watched 12 times, 600 values read: nothing drifted."
    assert await hurrying.reader.audit(run_id=run.id, kind=AuditKind.DRIFTED) == []
    record = await hurrying.ledger.load_run(run.id)
    assert record.ended_at is not None
    assert record.ended_at - record.start.started_at >= WATCH.lasting


async def test_drift_is_told_once_and_nothing_is_taken_back(hurrying: House) -> None:
    """Whoever edits everything by hand is kept, and told of: each change once, by its number."""
    house = hurrying

    def raise_prices(look: int) -> None:
        if look == 3:
            for target in house.shop.values:
                house.shop.values[target] = usd("1.11")

    at_each_look(house, raise_prices)
    run, result = await carried(house)
    assert result.status is RunStatus.COMPLETED
    assert result.watched is not None
    assert "DRIFTED, such as Product" in result.reason
    entries = await house.reader.audit(run_id=run.id, kind=AuditKind.DRIFTED)
    facts = [DriftedFacts.model_validate(entry.event.facts) for entry in reversed(entries)]
    told = [number for one in facts for number in one.live]
    assert len(told) == len(set(told)) == result.watched.drifted > WATCH.sample
    assert facts[0].look == 3
    assert set(facts[0].live.values()) == {str(usd("1.11"))}
    assert len(house.shop.written) == 200
    assert set(house.shop.values.values()) == {usd("1.11")}
    assert (await house.reader.verify_audit("demo")).intact


async def test_a_store_that_does_not_answer_fails_looks_but_no_run(hurrying: House) -> None:
    """What could not be read is told; the other looks are made all the same."""

    def away(look: int) -> None:
        if look <= 4:
            raise StoreUnreachable("The store cannot be reached.")

    at_each_look(hurrying, away)
    _, result = await carried(hurrying)
    assert result.status is RunStatus.COMPLETED
    assert result.watched is not None
    assert (result.watched.looks, result.watched.failed, result.watched.checked) == (12, 1, 550)
    assert "1 of these looks failed" in result.reason


async def test_an_undo_is_not_watched(hurrying: House) -> None:
    """A rollback ends with its last wave, whatever the policy asks of runs."""
    run, _ = await carried(hurrying)
    undo = await hurrying.start_rollback(run.id)
    result = await undo.result()
    assert (result.status, result.watched) == (RunStatus.COMPLETED, None)


async def test_nothing_written_is_not_watched(hurrying: House) -> None:
    """A run whose changes were all moved meanwhile has nothing to watch."""
    run = await hurrying.start()
    await hurrying.reached(run.id, Stage.APPROVE)
    for target in hurrying.shop.values:
        hurrying.shop.values[target] = usd("1.11")
    await hurrying.decide(run)
    result = await run.result()
    assert (result.outcomes.moved, result.watched) == (200, None)


async def test_a_cancel_ends_the_watch_and_takes_nothing_back(house: House) -> None:
    """All is done and verified: a cancelled run is complete, and says who ended its watch."""
    run = await house.start()
    await house.decide(run)
    await house.reached(run.id, Stage.WATCH)
    await run.signal(CANCEL, ControlRequest(by="amir", reason="seen enough"))
    result = await run.result()
    assert result.status is RunStatus.COMPLETED
    assert "nothing taken back: Cancelled by amir: seen enough." in result.reason
    assert len(house.shop.written) == 200


async def test_an_undo_has_to_end_the_watch_first(house: House) -> None:
    """A rollback of a run that is watched is refused, and says how the watch is ended."""
    run = await house.start()
    await house.decide(run)
    await house.reached(run.id, Stage.WATCH)
    undo = await house.start_rollback(run.id)
    with pytest.raises(WorkflowFailureError) as refused:
        await undo.result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert "still watched" in refused.value.cause.message
    await run.signal(CANCEL, ControlRequest(by="amir"))
    await run.result()
    assert (await (await house.start_rollback(run.id)).result()).status is RunStatus.COMPLETED


async def test_a_later_run_is_no_drift(hurrying: House) -> None:
    """What another approved run writes to the same fields meanwhile is newer, and no alarm."""
    first = await hurrying.start()
    await hurrying.decide(first)
    await hurrying.reached(first.id, Stage.WATCH)
    list_live_prices(hurrying)
    second = await hurrying.start(percent="-20")
    await hurrying.decide(second)
    await hurrying.reached(second.id, Stage.WATCH)
    assert (await hurrying.ledger.load_run(first.id)).stage is Stage.WATCH
    for run in (first, second):
        watched = (await run.result()).watched
        assert watched is not None
        assert (watched.looks, watched.drifted) == (12, 0)
    assert len(hurrying.shop.written) == 400
