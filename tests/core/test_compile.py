"""An intent compiled against a snapshot gives the same ordered changes every time."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.catalog import ByIds, EveryProduct, Product, Snapshot, Variant
from steward.changes import ChangeSet, FieldName, ResourceKind
from steward.compilation import compile_intent
from steward.errors import EmptySelection
from steward.intents import Intent
from steward.money import Money
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    Operation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.values import ABSENT
from tests.core.strategies import INTENTS, NOON, snapshots, usd

DISCOUNT = AdjustPrice(percent=Decimal(-15))


def snapshot_of(*variants: Variant, title: str = "Shirt", currency: str = "USD") -> Snapshot:
    """Return a snapshot of one product."""
    product = Product(id="p1", title=title, vendor="Acme", tags=(), variants=variants)
    return Snapshot(
        store="demo",
        currency=currency,
        selection=EveryProduct(),
        taken_at=NOON,
        products=(product,),
    )


def variant_at(price: str, compare_at: str | None = None, *, name: str = "v1") -> Variant:
    """Return a variant with these prices in US dollars."""
    return Variant(
        id=name,
        title="Default Title",
        sku=None,
        price=usd(price),
        compare_at_price=None if compare_at is None else usd(compare_at),
    )


def compiled(snapshot: Snapshot, *operations: Operation) -> ChangeSet:
    """Return what the operations mean for everything in the snapshot."""
    return compile_intent(Intent(selection=EveryProduct(), operations=operations), snapshot)


@given(INTENTS, snapshots())
def test_compiling_is_deterministic_and_describes_the_snapshot(
    intent: Intent, snapshot: Snapshot
) -> None:
    """Compiling copies of the same input gives the same digest; `before` is what was read."""
    try:
        first = compile_intent(intent, snapshot)
    except EmptySelection:
        return
    again = compile_intent(
        Intent.model_validate_json(intent.model_dump_json()),
        Snapshot.model_validate_json(snapshot.model_dump_json()),
    )
    assert again == first
    assert again.digest == first.digest
    variants = {
        variant.id: variant for product in snapshot.products for variant in product.variants
    }
    for change in first.changes:
        assert change.before == variants[change.target.resource_id].prices[change.target.field]
        assert change.label.isprintable() or "\u200c" in change.label or "\u200d" in change.label
    order = [
        variant for product in snapshot.products for variant in (v.id for v in product.variants)
    ]
    places = [order.index(change.target.resource_id) for change in first.changes]
    assert places == sorted(places)


@given(INTENTS, snapshots(), st.data())
def test_products_are_compiled_independently(
    intent: Intent, snapshot: Snapshot, data: st.DataObject
) -> None:
    """The order in which products were read orders the changes and alters none of them."""
    shuffled = snapshot.model_copy(
        update={"products": tuple(data.draw(st.permutations(snapshot.products)))}
    )
    try:
        changes = compile_intent(intent, snapshot).changes
    except EmptySelection:
        assume(condition=False)
    other = compile_intent(intent, shuffled).changes
    for product in snapshot.products:
        assert [change for change in other if change.product_id == product.id] == [
            change for change in changes if change.product_id == product.id
        ]


def test_shows_the_previous_price() -> None:
    """A discount with the old price crossed out changes both fields, price first."""
    change_set = compiled(
        snapshot_of(variant_at("24.00")),
        DISCOUNT,
        SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE),
    )
    assert [(c.target.field, c.before, c.after) for c in change_set.changes] == [
        (FieldName.PRICE, usd("24.00"), usd("20.40")),
        (FieldName.COMPARE_AT_PRICE, ABSENT, usd("24.00")),
    ]


@pytest.mark.parametrize(
    ("percent", "shown", "expected"),
    [(-10, "30.00", "30.00"), (-10, "20.00", "24.00"), (10, None, None), (10, "20.00", "20.00")],
)
def test_keeps_a_higher_crossed_out_price(
    percent: int, shown: str | None, expected: str | None
) -> None:
    """Only a price that falls is shown crossed out, and a higher one that is shown stays."""
    change_set = compiled(
        snapshot_of(variant_at("24.00", shown)),
        AdjustPrice(percent=Decimal(percent)),
        SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE),
    )
    after = {change.target.field: change.after for change in change_set.changes}
    kept = ABSENT if shown is None else usd(shown)
    wanted = ABSENT if expected is None else usd(expected)
    assert after.get(FieldName.COMPARE_AT_PRICE, kept) == wanted


def test_ends_a_sale() -> None:
    """Ending a sale restores the crossed-out price and shows none."""
    change_set = compiled(snapshot_of(variant_at("20.40", "24.00")), RestoreCompareAtPrice())
    assert [change.after for change in change_set.changes] == [usd("24.00"), ABSENT]


def test_the_dates_of_a_sale_that_ends_come_back_with_an_undo_only() -> None:
    """They stay beside the crossed-out price before, and do not become part of the price."""
    shown = usd("24.00").model_copy(update={"kept": "until Sunday"})
    on_sale = variant_at("20.40").model_copy(update={"compare_at_price": shown})
    price, compare_at = compiled(snapshot_of(on_sale), RestoreCompareAtPrice()).changes
    assert "kept" not in price.after.model_dump()
    assert compare_at.inverse().after.model_dump()["kept"] == "until Sunday"


@pytest.mark.parametrize("shown", [None, "0.00", "20.00", "20.40"])
def test_leaves_alone_what_is_not_on_sale(shown: str | None) -> None:
    """Ending a sale never lowers a price to a crossed-out price that is no higher."""
    with pytest.raises(EmptySelection):
        compiled(snapshot_of(variant_at("20.40", shown)), RestoreCompareAtPrice())


def test_an_empty_selection_is_told() -> None:
    """A selection without products is refused in a sentence that names it."""
    empty = snapshot_of().model_copy(update={"products": ()})
    with pytest.raises(EmptySelection, match=r"No product of store 'demo' is in every product\."):
        compiled(empty, DISCOUNT)


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Shirt\r\nAPPROVED", "Shirt APPROVED"),
        ("\x1b[2Jgone", "[2Jgone"),
        ("price \u202e00.1", "price 00.1"),
        ("", "v1"),
        ("a" * 300, "a" * 199 + "…"),
    ],
)
def test_a_label_is_one_line_of_what_it_says(title: str, label: str) -> None:
    """A merchant's title cannot break lines, move a terminal's cursor or reverse what is read."""
    change = compiled(snapshot_of(variant_at("24.00"), title=title), DISCOUNT).changes[0]
    assert change.label == label


def test_a_snapshot_holds_each_thing_once_in_one_currency() -> None:
    """A store's answer with doubles or foreign amounts makes no snapshot."""
    twice = snapshot_of(variant_at("1.00")).products * 2
    content = snapshot_of(variant_at("1.00")).model_dump()
    with pytest.raises(ValidationError, match="each product once"):
        Snapshot.model_validate(content | {"products": twice})
    with pytest.raises(ValidationError, match="each variant once"):
        snapshot_of(variant_at("1.00"), variant_at("2.00"))
    with pytest.raises(ValidationError, match="store's currency"):
        snapshot_of(variant_at("1.00"), currency="EUR")


def test_ids_given_twice_count_once() -> None:
    """Naming a product twice selects it once."""
    assert ByIds(ids=("1", " 1", "2")).ids == ("1", "2")


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "-Infinity", "1e999", "-100.01"])
def test_an_intent_holds_no_impossible_percentage(percent: str) -> None:
    """What a model proposes is held to the same limits as what a person types."""
    with pytest.raises(ValidationError):
        Intent.model_validate(
            {
                "selection": {"by": "everything"},
                "operations": [{"kind": "adjust_price", "percent": percent}],
            }
        )


def test_works_in_currencies_without_minor_digits() -> None:
    """Yen have no fractions, before or after."""
    variant = variant_at("24.00").model_copy(
        update={"price": Money(amount=Decimal(995), currency="JPY")}
    )
    change = compiled(snapshot_of(variant, currency="JPY"), DISCOUNT).changes[0]
    assert str(change.after) == "846 JPY"


def test_a_product_and_a_variant_may_share_an_id() -> None:
    """Platforms number products and variants apart; each price is told by its kind, too."""
    variant = variant_at("24.00")
    product = variant.model_copy(update={"resource_kind": ResourceKind.PRODUCT})
    assert len(compiled(snapshot_of(product, variant), DISCOUNT).changes) == 2
