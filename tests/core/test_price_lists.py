"""Prices of a price list: which of them move, from where, and back."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from steward.capabilities import EVERYTHING, Capabilities, Lack
from steward.catalog import EveryProduct, ListPrice, PriceList, Product, Snapshot, Variant
from steward.change_words import shown_field, shown_move, shown_values
from steward.changes import Change, ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.errors import EmptySelection, InvalidInput, UnsupportedOperation
from steward.execution import CallEstimate
from steward.impact import measure_impact, moved_percent
from steward.intents import Intent
from steward.judging import judge, surroundings_of
from steward.operations import (
    AdjustPrice,
    AdjustStock,
    CompareAtRule,
    Operation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.policy import Deny, Policy, Protected
from steward.values import ABSENT, Absent, Value
from tests.core.strategies import NOON, usd

WHOLESALE, STAFF = PriceList(id="1", name="Wholesale"), PriceList(id="2", name="Staff")
PRICE, COMPARE_AT = FieldName.PRICE, FieldName.COMPARE_AT_PRICE


def variant(price: str, compare_at: str | None = None, name: str = "v1") -> Variant:
    """Return a variant at these prices."""
    return Variant(
        id=name,
        title="M",
        sku="SHI-M",
        price=usd(price),
        compare_at_price=None if compare_at is None else usd(compare_at),
    )


def listed(one: Variant, price_list: PriceList = WHOLESALE, *, inherits: bool = False) -> ListPrice:
    """Return what a variant costs by a price list."""
    return ListPrice(price_list=price_list, variant=one, inherits=inherits)


def snapshot_of(*list_prices: ListPrice) -> Snapshot:
    """Return a snapshot of one product, whose only variant costs 20.00 in the shop itself."""
    product = Product(
        id="p1",
        title="Shirt",
        vendor="Acme",
        tags=(),
        variants=(variant("20.00"),),
        list_prices=list_prices,
    )
    return Snapshot(
        store="demo",
        currency="USD",
        selection=EveryProduct(),
        taken_at=NOON,
        products=(product,),
        price_lists={"wholesale": WHOLESALE, "1": WHOLESALE, "Staff": STAFF},
    )


def compiled(snapshot: Snapshot, *operations: Operation) -> tuple[Change, ...]:
    """Return what the operations mean."""
    return compile_intent(Intent(selection=EveryProduct(), operations=operations), snapshot).changes


def lower(price_list: str | None = "wholesale", percent: int = -10) -> AdjustPrice:
    """Return the operation that lowers the prices of a list."""
    return AdjustPrice(percent=Decimal(percent), price_list=price_list)


def told(change: Change) -> tuple[FieldName, str, Value, Value]:
    """Return field, key and values of a change."""
    return change.target.field, change.target.key, change.before, change.after


def test_a_lists_own_prices_move_and_the_shops_stay() -> None:
    """And the other way round, and those of another list; each is told apart by the list's id."""
    snapshot = snapshot_of(listed(variant("10.00")), listed(variant("5.00"), STAFF))
    (change,) = compiled(snapshot, lower())
    assert told(change) == (PRICE, "1", usd("10.00"), usd("9.00"))
    assert (change.key_name, change.label) == ("Wholesale", "Shirt, M (SHI-M)")
    (change,) = compiled(snapshot, lower(None))
    assert told(change) == (PRICE, "", usd("20.00"), usd("18.00"))


def test_operations_apply_to_their_own_list_in_order() -> None:
    """Also where one list is named in two ways."""
    snapshot = snapshot_of(listed(variant("10.00")), listed(variant("5.00"), STAFF))
    changes = compiled(snapshot, lower(), lower("Staff"), lower("1"), lower(None))
    assert [told(change) for change in changes] == [
        (PRICE, "", usd("20.00"), usd("18.00")),
        (PRICE, "1", usd("10.00"), usd("8.10")),
        (PRICE, "2", usd("5.00"), usd("4.50")),
    ]


def test_a_price_that_is_inherited_becomes_the_lists_own_and_an_undo_takes_it_away() -> None:
    """It moves from the price that takes its place; a crossed-out price comes with it."""
    sale = SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE, price_list="wholesale")
    snapshot = snapshot_of(listed(variant("20.00"), inherits=True))
    price, compare_at = compiled(snapshot, lower(), sale)
    assert told(price) == (PRICE, "1", ABSENT, usd("18.00"))
    assert told(compare_at) == (COMPARE_AT, "1", ABSENT, usd("20.00"))
    assert price.inverse().after == ABSENT

    on_sale = snapshot_of(listed(variant("16.00", "20.00"), inherits=True))
    assert [told(change) for change in compiled(on_sale, lower())] == [
        (PRICE, "1", ABSENT, usd("14.40")),
        (COMPARE_AT, "1", ABSENT, usd("20.00")),
    ]
    ended = RestoreCompareAtPrice(price_list="wholesale")
    (change,) = compiled(on_sale, ended)
    assert told(change) == (PRICE, "1", ABSENT, usd("20.00"))


def test_a_price_that_would_stay_goes_on_being_inherited() -> None:
    """Nothing is written that changes nothing."""
    snapshot = snapshot_of(listed(variant("20.00"), inherits=True))
    for nothing in (lower(percent=0), RestoreCompareAtPrice(price_list="wholesale")):
        with pytest.raises(EmptySelection):
            compiled(snapshot, nothing)


def test_the_move_of_an_inherited_price_is_seen_by_people_and_by_the_policy() -> None:
    """It is measured against the price that takes its place, there and back."""
    snapshot = snapshot_of(listed(variant("20.00"), inherits=True))
    (change,) = compiled(snapshot, lower(percent=-95))
    assert moved_percent(change) == Decimal("-95.0")
    assert moved_percent(change.inverse()) == Decimal("1900.0")
    assert shown_values(change, 60)[0] == "- (20.00 USD)"
    assert shown_move(change) == "-95.0 %"
    impact = measure_impact([change], [], CallEstimate(calls=0, points=0, seconds=Decimal(0)))
    for policy in (Policy(), Policy(max_move_percent=Decimal(100), max_move=Decimal("18.99"))):
        assert isinstance(judge(impact, policy, [change]), Deny)
    allowed = Policy(max_move_percent=Decimal(100), max_move=Decimal("19.00"))
    assert not isinstance(judge(impact, allowed, [change]), Deny)


def test_a_protected_sku_is_protected_in_price_lists_too() -> None:
    """Also of a variant that has no price of its own in the shop."""
    snapshot = snapshot_of(listed(variant("20.00", name="v2"), inherits=True))
    (change,) = compiled(snapshot, lower())
    impact = measure_impact([change], [], CallEstimate(calls=0, points=0, seconds=Decimal(0)))
    policy = Policy(protected=Protected(skus=frozenset({"shi-*"})))
    verdict = judge(impact, policy, [change], surroundings_of(snapshot))
    assert isinstance(verdict, Deny)
    assert "protected by 'shi-*'" in verdict.reasons[0]


def test_what_takes_the_place_of_no_value_is_approved_but_not_compared() -> None:
    """The store says only that there is none."""
    standing_in = Absent(instead=usd("20.00"))
    assert standing_in == ABSENT
    assert hash(standing_in) == hash(ABSENT)
    snapshot = snapshot_of(listed(variant("20.00"), inherits=True))
    (change,) = compiled(snapshot, lower())
    other = change.model_copy(update={"before": Absent(instead=usd("21.00"))})
    digests = {ChangeSet(store="demo", changes=(one,)).digest for one in (change, other)}
    assert len(digests) == 2
    again = Change.model_validate_json(change.model_dump_json())
    assert again.before.model_dump() == standing_in.model_dump()


def test_tables_name_the_price_list() -> None:
    """So that nobody takes its price for the shop's."""
    snapshot = snapshot_of(listed(variant("10.00")))
    assert shown_field(compiled(snapshot, lower())[0]) == "price (Wholesale)"
    assert shown_field(compiled(snapshot, lower(None))[0]) == "price"


def test_a_price_list_that_is_not_there_is_named() -> None:
    """Rather than passing over it."""
    with pytest.raises(InvalidInput, match="'demo' has no price list 'retail'"):
        compiled(snapshot_of(listed(variant("10.00"))), lower("retail"))


def test_price_lists_are_read_where_operations_name_them() -> None:
    """Each once, beside the prices."""
    operations = (lower("Staff"), lower(), lower("Staff"), lower(None), AdjustStock(units=1))
    detail = Intent(selection=EveryProduct(), operations=operations).detail
    assert detail.price_lists == ("Staff", "wholesale")
    assert Intent(selection=EveryProduct(), operations=(lower(None),)).detail.price_lists == ()


def test_a_platform_without_price_lists_refuses_them_with_the_reason() -> None:
    """And only them."""
    lack = Lack(reason="Here are no price lists.", remedy="Leave it out.")
    lacking = Capabilities(price_lists=lack)
    lacking.require(Intent(selection=EveryProduct(), operations=(lower(None),)))
    named = Intent(selection=EveryProduct(), operations=(lower(None), lower()))
    with pytest.raises(UnsupportedOperation, match=r"no price lists\. Leave it out"):
        lacking.require(named)
    EVERYTHING.require(named)


def test_a_lists_prices_are_in_the_stores_currency() -> None:
    """As all prices of a snapshot are."""
    euros = variant("10.00").model_copy(
        update={"price": usd("10.00").model_copy(update={"currency": "EUR"})}
    )
    with pytest.raises(ValidationError, match="in the store's currency"):
        snapshot_of(listed(euros))
