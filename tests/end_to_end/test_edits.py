"""Edits through the command: what is executed is what was edited and then approved by another."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
import pytest_asyncio

from steward.audit import AuditKind
from steward.changes import FieldName
from steward.errors import ExitCode
from steward.money import Money
from steward.runs import RunStatus
from tests.end_to_end.command import Told, assert_refused, steward
from tests.end_to_end.house import APPROVER, House, Run, eventually
from tests.end_to_end.shop import Shop, written_by
from tests.end_to_end.truth import (
    assert_applied_once,
    assert_audit_is_whole,
    assert_ledger_agrees_with_store,
    evidence_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

EDITOR = "maria"


async def edit(house: House, run: Run, *options: str, user: str = EDITOR) -> Told:
    """Edit what a run waits for, as a script does."""
    return await steward(house.data, "edit", run.id, *options, "--yes", "--json", user=user)


async def test_what_was_edited_and_approved_by_another_is_executed(
    house: House, free_shops: Iterator[Shop]
) -> None:
    """The shop's own journal holds the edited set once and nothing else, and the trail agrees."""
    shop = next(free_shops)
    before = await shop.catalogue()
    run = await house.start(shop)
    old = (await house.waiting(run)).digest or ""
    left_out = (await shop.products())[0]

    told = await edit(house, run, "--exclude", left_out, "--cap", "4%")
    assert told.code == ExitCode.OK, told
    answer = json.loads(told.out)
    new = answer["edited_digest"]
    assert (answer["digest"], answer["former_digest"]) == (new, old)
    assert new != old

    approve = ("approve", run.id, "--yes")
    assert_refused(
        await steward(house.data, *approve, "--digest", old, user=APPROVER),
        ExitCode.REFUSED,
        "present changes",
    )
    assert_refused(
        await steward(house.data, *approve, user=EDITOR), ExitCode.REFUSED, "edited themselves"
    )
    assert_refused(
        await steward(house.data, *approve, user="rita"), ExitCode.REFUSED, "requested themselves"
    )
    shown = await steward(house.data, "show", run.id)
    assert f"by {EDITOR}" in shown.out
    assert f"{old[:12]} -> {new[:12]}" in shown.out
    assert "but not rita, maria" in shown.out
    assert await shop.writes() == []

    assert (await steward(house.data, *approve, user=APPROVER)).code == ExitCode.OK
    record = await house.ended(run)
    assert (record.status, record.digest) == (RunStatus.COMPLETED, new)
    evidence = await evidence_of(house, shop, run, before)
    assert_applied_once(evidence)
    assert_ledger_agrees_with_store(evidence)
    assert_audit_is_whole(evidence)
    changes = [recorded.change for recorded in evidence.changes]
    assert Counter(evidence.writes) == written_by(changes)
    first = {
        change.target: change for change in (one.change for one in await house.changes(run.id, old))
    }
    assert {change.target for change in changes} == {
        target for target, change in first.items() if change.product_id != left_out
    }
    for change in changes:
        if change.target.field is FieldName.PRICE:
            assert isinstance(change.before, Money)
            assert isinstance(change.after, Money)
            assert change.before.amount * Decimal("0.96") <= change.after.amount
        else:
            assert change == first[change.target]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), ExitCode.INVALID_INPUT, "--exclude"),
        (("--cap", "lots"), ExitCode.INVALID_INPUT, "lots"),
        (("--cap", "0%"), ExitCode.INVALID_INPUT, "above zero"),
        (("--cap", "99%"), ExitCode.INVALID_INPUT, "would change nothing"),
        (("--exclude", "Linnen"), ExitCode.INVALID_INPUT, "Linnen"),
        (("--exclude-field", "colour"), ExitCode.INVALID_INPUT, "colour"),
        (
            ("--exclude-field", "price", "--exclude-field", "compare_at_price"),
            ExitCode.INVALID_INPUT,
            "Nothing would be left",
        ),
        (("--cap", "5%", "--cap-field", "title"), ExitCode.INVALID_INPUT, "no number"),
        (("--cap-field", "price"), ExitCode.INVALID_INPUT, "--cap"),
        (("--cap", "5%", "--digest", "f" * 64), ExitCode.REFUSED, "present changes"),
    ],
)  # fmt: skip
async def test_an_edit_that_cannot_be_leaves_the_request_as_it_was(
    house: House, waiting_run: Run, options: tuple[str, ...], code: ExitCode, words: str
) -> None:
    """One sentence, a remedy and an exit code; the run waits for the same digest."""
    digest = (await house.waiting(waiting_run)).digest
    told = await steward(house.data, "edit", waiting_run.id, *options, "--yes", user=EDITOR)
    assert_refused(told, code, words)
    assert (await house.waiting(waiting_run)).digest == digest


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def waiting_run(house: House, free_shops: Iterator[Shop]) -> Run:
    """A run of Rita's that waits for a decision, and that nobody succeeds in editing."""
    run = await house.start(next(free_shops))
    await house.waiting(run)
    return run


# What is in the ledger when the workers are killed, as a query by the run's name.
_NOTHING_YET = ""
_SIMULATED_ANEW = "SELECT 1 FROM change_sets WHERE run_id = ? GROUP BY run_id HAVING count(*) = 2"
_ADOPTED = "SELECT 1 FROM audit WHERE run_id = ? AND kind = 'edited'"


@pytest.mark.parametrize(
    "row",
    [_NOTHING_YET, _SIMULATED_ANEW, _ADOPTED],
    ids=["before-it-is-recorded", "recorded-not-adopted", "adopted-not-answered"],
)
async def test_workers_killed_over_an_edit_leave_one_request_whole(
    house: House, free_shops: Iterator[Shop], row: str
) -> None:
    """After the kill the ledger and the run agree on one digest, and that one is executed."""
    shop = next(free_shops)
    before = await shop.catalogue()
    run = await house.start(shop)
    old = (await house.waiting(run)).digest
    if row:
        editing = asyncio.create_task(edit(house, run, "--cap", "5%"))
        async with house.ledger_locked_after(row, run.id):
            await house.kill_workers()
    else:
        with house.ledger_locked():
            editing = asyncio.create_task(edit(house, run, "--cap", "5%"))
            await eventually(lambda: _edit_under_way(run), "the edit is under way")
            await house.kill_workers()
    await house.start_workers()
    told = await editing
    assert told.code == ExitCode.OK, told
    record = await house.waiting(run)
    assert record.digest == json.loads(told.out)["edited_digest"] != old
    entries = await house.reader.audit(run_id=run.id, kind=AuditKind.EDITED)
    assert [entry.event.facts["digest"] for entry in entries] == [record.digest]
    await house.decide(run)
    assert (await house.ended(run)).digest == record.digest
    evidence = await evidence_of(house, shop, run, before)
    assert_applied_once(evidence)
    assert_ledger_agrees_with_store(evidence)
    assert_audit_is_whole(evidence)


async def _edit_under_way(run: Run) -> bool | None:
    """Return whether a worker has the step in its hands."""
    pending = (await run.describe()).raw_description.pending_activities
    return True if any(step.activity_type.name == "edit" for step in pending) else None
