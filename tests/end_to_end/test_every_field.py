"""Every template on every platform that has its fields: carried out, held against the shop, undone.

While a run waits for its approval, and again before it is undone, somebody else changes a value.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName, Outcome, Target
from steward.errors import ExitCode
from steward.execution import RecordedChange
from steward.fidelity import Fidelity
from steward.money import Money
from steward.runs import RunRecord, RunStatus
from steward.simulation import Prediction
from steward.values import ABSENT, PRESENT, Listing, ListingStatus, Quantity, Text, Value
from tests.end_to_end.house import House
from tests.end_to_end.jobs import CASES, Case
from tests.end_to_end.shop_truth import (
    MEMBERSHIPS,
    ShopTruth,
    Touched,
    shop_truth,
    times_written,
    value_held,
    with_value,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

POSSIBLE = [case for case in CASES if case.job.refusal_on(case.platform) is None]
IMPOSSIBLE = [case for case in CASES if case not in POSSIBLE]
# Nobody interferes with these: what an edit makes of them depends on how a platform keeps a sale.
_LEFT_ALONE = {"end-sale", "price-list"}
# What somebody else's edit can make of an active product; on BigCommerce it is listed or not.
_STATUSES = {
    "shopify": (ListingStatus.DRAFT, ListingStatus.ARCHIVED),
    "bigcommerce": (),
    "adobe_commerce": (ListingStatus.DRAFT,),
}


@dataclass
class Report:
    """What became of one run and of its undo, and what the shop held meanwhile."""

    before: Mapping[str, Any]
    held_before: Mapping[Target, Value]
    record: RunRecord
    changes: Sequence[RecordedChange]
    held_after_run: Mapping[Target, Value]
    written_by_run: Mapping[Touched, int]
    predictions: Sequence[Prediction]
    fidelity: Fidelity | None
    undo: RunRecord
    undo_changes: Sequence[RecordedChange]
    held_after_undo: Mapping[Target, Value]
    written_by_undo: Mapping[Touched, int]
    interference: Mapping[Target, Value]
    """What somebody else set while the run waited."""
    later_interference: Mapping[Target, Value]
    """What somebody else set between the run and its undo."""
    after: Mapping[str, Any] = field(default_factory=dict)


async def _carried_out(house: House, case: Case) -> Report:
    with shop_truth(house, case.store) as shop:
        return await _carried_out_on(shop, house, case)


async def _carried_out_on(shop: ShopTruth, house: House, case: Case) -> Report:
    before, held_before = await shop.catalogue(), await shop.held()
    run = await house.start_job(case.store, case.job)
    await house.waiting(run)
    proposed = await house.proposed(run)
    now, later = _interferences(proposed, held_before, case)
    for target, value in now.items():
        await shop.somebody_else_sets(target, value)
    await house.decide(run)
    record = await house.ended(run)
    held_after_run, journal = await shop.held(), await shop.journal()
    for target, value in later.items():
        await shop.somebody_else_sets(target, value)
    undo = await house.roll_back(run.id)
    report = Report(
        before=before,
        held_before=held_before,
        record=record,
        changes=await house.changes(run.id, record.digest or ""),
        held_after_run=held_after_run,
        predictions=await house.reader.predictions(run.id, record.digest or "", limit=10_000),
        fidelity=await house.reader.fidelity(run.id, record.digest or ""),
        written_by_run=times_written(journal),
        undo=undo,
        undo_changes=await house.changes(undo.start.run_id, undo.digest or ""),
        held_after_undo=await shop.held(),
        written_by_undo=times_written((await shop.journal())[len(journal) :]),
        interference=now,
        later_interference=later,
    )
    for target in (*now, *later):
        await shop.somebody_else_sets(target, value_held(held_before, target))
    report.after = await shop.catalogue()
    return report


def _interferences(
    proposed: Sequence[Change], held: Mapping[Target, Value], case: Case
) -> tuple[Mapping[Target, Value], Mapping[Target, Value]]:
    """Return what somebody else sets while the run waits, and what before it is undone."""
    found = {
        change.target: value
        for change in proposed
        if case.job.name not in _LEFT_ALONE
        and not _is_of_sale(change.target, held)
        and (value := _third_value(change, case.platform)) is not None
    }
    if not found:
        return {}, {}
    first, *others = found
    return {first: found[first]}, {
        target: found[target] for target in others[:1] if _can_change_again(target, case)
    }


def _is_of_sale(target: Target, held: Mapping[Target, Value]) -> bool:
    """Tell whether the field is part of a sale, which platforms keep in different ways."""
    return target.field is FieldName.COMPARE_AT_PRICE or (
        target.field is FieldName.PRICE and held[_other_half(target)] != ABSENT
    )


def _other_half(target: Target) -> Target:
    """Return the price beside a compare-at price, or the compare-at price beside a price."""
    is_price = target.field is FieldName.PRICE
    beside = FieldName.COMPARE_AT_PRICE if is_price else FieldName.PRICE
    return target.model_copy(update={"field": beside})


def _can_change_again(target: Target, case: Case) -> bool:
    """Tell whether the edit of somebody else leaves nothing behind that the run had written."""
    hides_by_visibility = target.field is FieldName.STATUS and case.platform == "adobe_commerce"
    # A tag or category is there or not; what somebody else took away need not be taken back.
    in_two_parts = target.field in MEMBERSHIPS or case.job.name == "begin-sale"
    return not in_two_parts and not hides_by_visibility


def _third_value(change: Change, platform: str) -> Value | None:
    """Return what neither the run nor its undo would leave there; of memberships, the new value."""
    match change.before:
        case Money(amount=amount, currency=currency):
            return Money(amount=amount + 1, currency=currency)
        case Quantity(units=units):
            return Quantity(units=units + 1000) if units > 0 else None
        case Listing():
            return _third_status(change, platform)
        case _ if change.target.field in MEMBERSHIPS:
            return PRESENT if change.before == ABSENT else None
        case _:
            return Text(text="What somebody else wrote")


def _third_status(change: Change, platform: str) -> Listing | None:
    taken = {value.status for value in (change.before, change.after) if isinstance(value, Listing)}
    return next(
        (Listing(status=status) for status in _STATUSES[platform] if status not in taken), None
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reports(house: House) -> dict[str, Report | BaseException]:
    """What became of every case, all of which went on side by side."""
    found = await asyncio.gather(
        *(_carried_out(house, case) for case in POSSIBLE), return_exceptions=True
    )
    return dict(zip((case.store for case in POSSIBLE), found, strict=True))


@pytest.fixture(params=[case.store for case in POSSIBLE])
def report(request: pytest.FixtureRequest, reports: dict[str, Report | BaseException]) -> Report:
    """What became of one case."""
    found = reports[request.param]
    if isinstance(found, BaseException):
        raise found
    return found


async def test_run_leaves_what_its_ledger_says(report: Report) -> None:
    """Field by field the shop holds what it held, what was applied, and what others set."""
    assert report.record.status is RunStatus.COMPLETED, report.record.reason
    expected = dict(report.held_before)
    for recorded in report.changes:
        target = recorded.change.target
        expected = with_value(expected, target, _expected_of_run(recorded, report))
    assert report.held_after_run == expected


def _expected_of_run(recorded: RecordedChange, report: Report) -> Value:
    target = recorded.change.target
    set_by_others = report.interference.get(target)
    if target.field in PRICE_FIELDS and _other_half(target) in report.interference:
        assert recorded.outcome is Outcome.MOVED, recorded
        return recorded.change.before
    if set_by_others is None:
        assert recorded.outcome is Outcome.APPLIED, recorded
        return recorded.change.after
    assert recorded.outcome is (
        Outcome.UNCHANGED if set_by_others == recorded.change.after else Outcome.MOVED
    )
    return set_by_others


async def test_requests_are_those_that_were_simulated(report: Report) -> None:
    """All went out as predicted but what shares a request with a value that others set."""
    left_out = {
        recorded.ordinal for recorded in report.changes if recorded.outcome is not Outcome.APPLIED
    }
    smaller = {one.request for one in report.predictions if one.ordinal in left_out}
    beside = sum(one.request in smaller for one in report.predictions) - len(left_out)
    sent = len(report.changes) - len(left_out)
    assert report.fidelity == Fidelity(
        sent=sent, identical=sent - beside, neighbour_left_out=beside, left_out=len(left_out)
    )


async def test_each_change_is_written_once(report: Report) -> None:
    """The shop's own journal holds each write of the run once, and what was undone once more."""
    assert report.written_by_run
    assert set(report.written_by_run.values()) == {1}
    assert set(report.written_by_undo.values()) == {1}
    assert report.written_by_undo.keys() <= report.written_by_run.keys()


async def test_undo_brings_back_all_but_what_others_set_since(report: Report) -> None:
    """Each value that the run wrote is what it was, and a newer one is kept and reported so."""
    assert report.undo.status is RunStatus.COMPLETED, report.undo.reason
    expected = dict(report.held_before)
    for target, value in {**report.interference, **report.later_interference}.items():
        expected = with_value(expected, target, value)
    assert report.held_after_undo == expected
    kept = {
        recorded.change.target
        for recorded in report.undo_changes
        if recorded.outcome is Outcome.MOVED
    }
    assert kept == set(report.later_interference)


async def test_undo_restores_the_whole_shop(report: Report) -> None:
    """Nothing of the run is left in any corner: positions, scopes, inherited values, spelling."""
    assert report.after == report.before


@pytest.mark.parametrize("case", IMPOSSIBLE, ids=lambda case: case.store)
async def test_what_a_platform_lacks_is_refused_before_anything_is_read(
    house: House, case: Case
) -> None:
    """The run ends at planning with a reason and a remedy, and the shop is not even asked."""
    record = await house.ended(await house.start_job(case.store, case.job))
    assert (record.status, record.exit_code) == (RunStatus.INVALID, ExitCode.REFUSED)
    assert record.digest is None
    refusal = case.job.refusal_on(case.platform)
    assert refusal is not None
    assert record.reason == str(refusal)
    assert await house.shops[case.store].requests() == 0
