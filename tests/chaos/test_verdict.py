"""The judge of the chaos suite finds each kind of breach, and nothing where all went well."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from steward.changes import Change, FieldName, Outcome, ResourceKind, Target
from steward.execution import RecordedChange
from steward.runs import RunKind, RunRecord, RunStart, RunStatus, Stage
from steward.values import Text, Value
from tests.chaos.journal import Write, products_of, writes_in
from tests.chaos.schedule import Accident, draw_run
from tests.chaos.verdict import Breach, RunEvidence, StoreEvidence, judge

PRODUCT = "p-1"
TARGET = Target(resource_kind=ResourceKind.PRODUCT, resource_id=PRODUCT, field=FieldName.TITLE)
OLD, NEW = Text(text="old"), Text(text="new")
FORTH = Write(PRODUCT, (PRODUCT, "title", None), "old", "new")
BACK = Write(PRODUCT, (PRODUCT, "title", None), "new", "old")
AGAIN = Write(PRODUCT, (PRODUCT, "title", None), "new", "new")
STRANGE = Write("p-2", ("p-2", "title", None), "old", "new")


def found(
    outcome: Outcome,
    held: Value,
    *writes: Write,
    approvals: int = 1,
    status: RunStatus = RunStatus.COMPLETED,
) -> Sequence[Breach]:
    """Return what the judge finds with a run that changes one title."""
    change = Change(target=TARGET, product_id=PRODUCT, before=OLD, after=NEW, label="One")
    start = RunStart(
        run_id="run-1",
        kind=RunKind.AGENT_RUN,
        store="shop",
        agent="copywriter",
        template="rewrite-text",
        parameters={},
        requested_by="rita",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    run = RunEvidence(
        run_id="run-1",
        is_approved=True,
        products=frozenset({PRODUCT}),
        record=RunRecord(start=start, stage=Stage.DONE, status=status),
        changes=[RecordedChange(ordinal=0, change=change, outcome=outcome)],
        undo_changes=(),
        counted_approvals=approvals,
    )
    store = StoreEvidence({TARGET: OLD}, {TARGET: held}, writes)
    return [finding.breach for finding in judge(store, [run])]


def test_change_that_is_applied_once_is_no_breach() -> None:
    """What the ledger calls applied stands in the journal once and in the store."""
    assert found(Outcome.APPLIED, NEW, FORTH) == []


@pytest.mark.parametrize(
    ("breaches", "outcome", "held", "writes"),
    [
        ([Breach.LOST], Outcome.APPLIED, OLD, ()),
        ([Breach.LOST], Outcome.PENDING, OLD, ()),
        ([Breach.DUPLICATED, Breach.DUPLICATED], Outcome.APPLIED, NEW, (FORTH, BACK, FORTH)),
        ([Breach.SAME_AGAIN], Outcome.APPLIED, NEW, (FORTH, AGAIN)),
        ([Breach.UNEXPLAINED], Outcome.APPLIED, NEW, (FORTH, STRANGE)),
        ([Breach.UNEXPLAINED, Breach.UNEXPLAINED], Outcome.REFUSED, NEW, (FORTH,)),
        ([Breach.UNEXPLAINED], Outcome.MOVED, OLD, ()),
    ],
)
def test_each_breach_is_found(
    breaches: Sequence[Breach], outcome: Outcome, held: Value, writes: Sequence[Write]
) -> None:
    """Ledger, journal and store that contradict each other are found out."""
    assert found(outcome, held, *writes) == breaches


def test_write_without_an_approval_is_found() -> None:
    """A write that nobody approved is a bypassed approval, whatever the ledger calls it."""
    assert found(Outcome.APPLIED, NEW, FORTH, approvals=0) == [Breach.BYPASSED]
    assert found(Outcome.APPLIED, NEW, FORTH, approvals=2) == [Breach.BYPASSED]


def test_run_that_does_not_end_is_lost() -> None:
    """A run that is still under way when patience ends is found."""
    assert found(Outcome.APPLIED, NEW, FORTH, status=RunStatus.RUNNING) == [Breach.LOST]


def test_seed_draws_the_same_again() -> None:
    """The same seed and number give the same run with the same accidents; another seed does not."""
    possible = frozenset(Accident)
    drawn = [draw_run(7, number, possible) for number in range(50)]
    assert drawn == [draw_run(7, number, possible) for number in range(50)]
    assert drawn != [draw_run(8, number, possible) for number in range(50)]
    assert {one.accident for run in drawn for one in run.accidents} == possible


def test_stock_on_shopify_belongs_to_its_product() -> None:
    """An inventory level is known by the item in its name, and the item by its variant."""
    item = "gid://shopify/InventoryItem/7"
    catalogue = {"products": {PRODUCT: {"variants": {"v-1": {"inventoryItem": item}}}}}
    entry = {
        "resource_id": "gid://shopify/InventoryLevel/9?inventory_item_id=7",
        "field": "available",
        "before": 1,
        "after": 2,
    }
    (write,) = writes_in([entry], products_of(catalogue))
    assert write.product == PRODUCT


def test_price_list_records_and_members_of_collections_belong_to_their_products() -> None:
    """BigCommerce names the variant in the record's path, Shopify the product by its number."""
    catalogue: Mapping[str, Any] = {"products": {"products/1": {"variants": {"variants/7": {}}}}}
    price = {"resource_id": "pricelists/1/records/7/USD", "field": "price", "before": 1, "after": 2}
    (write,) = writes_in([price], products_of(catalogue))
    assert write.product == "1"
    product = "gid://shopify/Product/7"
    member = {"resource_id": "c", "field": "productIds", "before": [], "after": [7]}
    (write,) = writes_in([member], products_of({"products": {product: {}}}))
    assert write.product == product
