"""A price and the crossed-out price beside it are written together or not at all."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.execute import left_alone
from steward.catalog import PRICE_FIELDS
from steward.changes import ChangeSet, FieldName, Outcome, Target
from steward.execution import Executor
from steward.values import ABSENT
from tests.core.fakes import FakeJournal, FakeStore, values_before
from tests.core.strategies import change_of, change_sets, usd

SALE = ChangeSet(
    store="demo",
    changes=(
        change_of(1, 1, FieldName.PRICE, usd(20), usd(15)),
        change_of(1, 1, FieldName.COMPARE_AT_PRICE, ABSENT, usd(20)),
        change_of(1, 2, FieldName.PRICE, usd(30), usd(25)),
        change_of(1, 2, FieldName.COMPARE_AT_PRICE, ABSENT, usd(30)),
    ),
)


def executed(change_set: ChangeSet, store: FakeStore, *, together: bool = True) -> FakeJournal:
    """Return what became of a change set."""
    journal = FakeJournal(change_set)
    executor = Executor(store, journal, parallel_requests=2, price_pairs_stay_together=together)
    asyncio.run(executor.execute(journal.recorded()))
    return journal


@pytest.mark.parametrize("moved", [0, 1])
def test_half_a_sale_is_not_begun(moved: int) -> None:
    """Where somebody changed one of the two, both are left alone, and other variants are not."""
    store = FakeStore(values_before(SALE))
    store.values[SALE.changes[moved].target] = usd(7)
    journal = executed(SALE, store)
    assert journal.outcome_list() == [
        Outcome.MOVED, Outcome.MOVED, Outcome.APPLIED, Outcome.APPLIED,
    ]  # fmt: skip
    assert {entry.reason for entry in journal.recorded()[:2]} == {
        "is 7.00 USD now, somebody else changed it",
        "is left alone, since somebody else changed the price beside it",
    }
    assert [change.label for change in store.writes] == [SALE.changes[2].label] * 2


@pytest.mark.parametrize("held", [0, 1])
def test_a_price_is_not_written_beside_one_that_another_run_holds(held: int) -> None:
    """Of a sale that a run has begun, an undo took one field: the other is left alone too."""
    recorded = FakeJournal(SALE).recorded()
    left = left_alone(recorded, {held: "undo-a"})
    assert sorted(record.ordinal for record in left) == [0, 1]
    assert {record.outcome for record in left} == {Outcome.MOVED}
    assert left_alone(recorded, {}) == []


def test_an_undo_restores_field_by_field() -> None:
    """Unless they are asked to stay together, one is written although the other has moved."""
    store = FakeStore(values_before(SALE))
    store.values[SALE.changes[0].target] = usd(7)
    outcomes = executed(SALE, store, together=False).outcome_list()
    assert outcomes == [Outcome.MOVED, *[Outcome.APPLIED] * 3]


@given(change_sets(), st.data())
def test_a_variant_is_left_alone_as_a_whole(change_set: ChangeSet, data: st.DataObject) -> None:
    """Whatever somebody changed, no price is written of a variant with a price that moved."""

    def whose(target: Target) -> tuple[str, str]:
        return target.resource_kind, target.resource_id

    targets = [change.target for change in change_set.changes]
    theirs = data.draw(st.sets(st.sampled_from(targets), max_size=3))
    # Both fields of a variant go out in one call, as on every platform.
    store = FakeStore(values_before(change_set), per_request=len(targets))
    store.values |= dict.fromkeys(theirs, usd("12345.67"))
    journal = executed(change_set, store)
    left_alone = {whose(target) for target in theirs}
    assert {target.field for target in targets} <= PRICE_FIELDS
    for target, outcome in zip(targets, journal.outcome_list(), strict=True):
        moved = whose(target) in left_alone
        assert outcome is (Outcome.MOVED if moved else Outcome.APPLIED)
