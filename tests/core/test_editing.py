"""An edit makes a change set smaller, in every case, and is refused where it does nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.editing import Cap, CapUnit, Edit, edited
from steward.errors import EmptySelection, InvalidInput
from steward.impact import in_effect
from steward.money import Money
from steward.values import ABSENT, Absent, Quantity, Text, Value
from tests.core.strategies import change_of, change_sets, price_changes, usd

TEN_PERCENT = Cap(limit=Decimal(10), unit=CapUnit.PERCENT)
CAPS = st.builds(Cap, limit=st.decimals("0.001", 300, places=3), unit=st.sampled_from(CapUnit))
ITEMS = st.sampled_from(["p1", "v1-1", "product 2,", "size 3", "no such item"])
EDITS = st.builds(
    Edit,
    exclude=st.lists(ITEMS, max_size=2).map(tuple),
    exclude_fields=st.sampled_from([(), (FieldName.PRICE,), (FieldName.COMPARE_AT_PRICE,)]),
    cap=st.none() | CAPS,
)


def number(value: Value) -> Decimal:
    """Return the number that the value is, or stands in for."""
    match in_effect(value):
        case Money(amount=amount):
            return amount
        case Quantity(units=units):
            return Decimal(units)
        case _:
            raise AssertionError(value)


def edited_or_none(change_set: ChangeSet, edit: Edit) -> ChangeSet | None:
    """Return the edited change set, or None where the edit is refused."""
    try:
        return edited(change_set, edit)
    except (EmptySelection, InvalidInput):
        return None


@given(change_sets(), EDITS)
def test_an_edit_only_ever_makes_a_change_set_smaller(change_set: ChangeSet, edit: Edit) -> None:
    """No target comes, none excluded stays, no value goes farther, and the rest is as it was."""
    result = edited_or_none(change_set, edit)
    if result is None:
        return
    former = {change.target: change for change in change_set.changes}
    order = [change.target for change in change_set.changes]
    targets = [change.target for change in result.changes]
    assert targets == [target for target in order if target in set(targets)]
    assert not any(edit.leaves_out(change) for change in result.changes)
    for change in result.changes:
        old = former[change.target]
        assert change.model_copy(update={"after": old.after}) == old
        if change.after == old.after:
            assert change.model_dump_json() == old.model_dump_json()
            continue
        assert edit.cap is not None
        start, wanted, now = number(old.before), number(old.after), number(change.after)
        assert min(start, wanted) <= now <= max(start, wanted)
        assert 0 < abs(now - start) <= edit.cap.allowed_from(start)


@given(change_sets(), CAPS)
def test_a_cap_moves_each_number_as_far_as_it_may(change_set: ChangeSet, cap: Cap) -> None:
    """What is beyond the cap ends within a smallest unit of it; what is left out cannot move."""
    result = edited_or_none(change_set, Edit(cap=cap))
    if result is None:
        return
    now = {change.target: change for change in result.changes}
    for change in change_set.changes:
        if change.target.field is not FieldName.PRICE:
            assert now.get(change.target, change) is change
            continue
        start, wanted = number(change.before), number(change.after)
        capped = now.get(change.target, change.inverse().inverse())
        end = number(capped.after) if change.target in now else start
        unit = Decimal(1).scaleb(start.as_tuple().exponent)  # type: ignore[arg-type]
        assert abs(end - start) > min(abs(wanted - start), cap.allowed_from(start)) - unit


@given(change_sets(), EDITS)
def test_the_digest_follows_from_the_edit_alone(change_set: ChangeSet, edit: Edit) -> None:
    """The same edit of the same changes has the same digest, which is never the former one."""
    result = edited_or_none(change_set, edit)
    again = edited_or_none(ChangeSet.model_validate_json(change_set.model_dump_json()), edit)
    assert (result is None) == (again is None)
    if result is not None and again is not None:
        assert result.digest == again.digest != change_set.digest


@pytest.mark.parametrize(
    ("before", "after", "cap", "capped"),
    [
        (usd("100.00"), usd("85.00"), "10%", usd("90.00")),
        (usd("100.00"), usd("115.00"), "10%", usd("110.00")),
        (usd("9.99"), usd("8.49"), "10%", usd("9.00")),
        (usd("9.99"), usd("12.00"), "10%", usd("10.98")),
        (usd("9.99"), usd("5.00"), "2.5", usd("7.49")),
        (Money(amount=Decimal(999), currency="JPY"), Money(amount=Decimal(1), currency="JPY"),
         "10%", Money(amount=Decimal(900), currency="JPY")),
        (Money(amount=Decimal("9.999"), currency="KWD"), Money(amount=Decimal(1), currency="KWD"),
         "10%", Money(amount=Decimal("9.000"), currency="KWD")),
        (Quantity(units=-15), Quantity(units=40), "10%", Quantity(units=-14)),
        (Quantity(units=15), Quantity(units=40), "4.9", Quantity(units=19)),
        (Absent(instead=usd("20.00")), usd("10.00"), "10%", usd("18.00")),
    ],
)  # fmt: skip
def test_a_capped_number_is_rounded_towards_what_it_was(
    before: Value, after: Value, cap: str, capped: Value
) -> None:
    """The cap holds exactly, at the precision of the currency, and in whole units of stock."""
    unit = CapUnit.PERCENT if cap.endswith("%") else CapUnit.AMOUNT
    field = FieldName.INVENTORY_QUANTITY if isinstance(before, Quantity) else FieldName.PRICE
    change = change_of(1, 1, field, before, after)
    result = edited(
        ChangeSet(store="demo", changes=(change,)),
        Edit(cap=Cap(limit=Decimal(cap.removesuffix("%")), unit=unit)),
    )
    assert result.changes[0].after == capped


def test_what_a_platform_keeps_beside_a_value_stays_with_it() -> None:
    """A capped value has the same note beside it as the value that was wanted."""
    after = Money(amount=Decimal(50), currency="USD", kept="until Friday")
    change = change_of(1, 1, FieldName.PRICE, usd(100), after)
    (capped,) = edited(ChangeSet(store="demo", changes=(change,)), Edit(cap=TEN_PERCENT)).changes
    assert isinstance(capped.after, Money)
    assert capped.after.kept == "until Friday"


def test_a_price_that_may_not_move_at_all_is_left_out() -> None:
    """Ten per cent of nothing is nothing."""
    still = change_of(1, 1, FieldName.PRICE, usd(0), usd(5))
    other = change_of(2, 1, FieldName.PRICE, usd(10), usd(5))
    result = edited(ChangeSet(store="demo", changes=(still, other)), Edit(cap=TEN_PERCENT))
    assert [change.after for change in result.changes] == [usd(9)]


def test_a_crossed_out_price_is_capped_where_it_is_named_only() -> None:
    """What something cost before is no statement to be met half way, unless somebody says so."""
    changes = (
        change_of(1, 1, FieldName.PRICE, usd(100), usd(50)),
        change_of(1, 1, FieldName.COMPARE_AT_PRICE, usd(150), usd(100)),
    )
    whole = ChangeSet(store="demo", changes=changes)
    by_default = edited(whole, Edit(cap=TEN_PERCENT)).changes
    assert [change.after for change in by_default] == [usd(90), usd(100)]
    named = edited(whole, Edit(cap=TEN_PERCENT, cap_fields=(FieldName.COMPARE_AT_PRICE,))).changes
    assert [change.after for change in named] == [usd(50), usd(135)]


def test_items_and_fields_are_read_together() -> None:
    """With both, only these fields of these items are left out, as a rollback takes them back."""
    changes = tuple(
        change_of(product, 1, field, usd(10), usd(9))
        for product in (1, 2)
        for field in (FieldName.PRICE, FieldName.COMPARE_AT_PRICE)
    )
    edit = Edit(exclude=("p1",), exclude_fields=(FieldName.COMPARE_AT_PRICE,))
    left = edited(ChangeSet(store="demo", changes=changes), edit).changes
    assert left == (changes[0], *changes[2:])


def pair(price: tuple[int, int], compare_at: tuple[Value, Value]) -> ChangeSet:
    """Return the change of a price and of the crossed-out price beside it."""
    before, after = price
    return ChangeSet(
        store="demo",
        changes=(
            change_of(1, 1, FieldName.PRICE, usd(before), usd(after)),
            change_of(1, 1, FieldName.COMPARE_AT_PRICE, *compare_at),
            change_of(2, 1, FieldName.PRICE, usd(10), usd(9)),
        ),
    )


@pytest.mark.parametrize(
    ("whole", "edit", "left"),
    [
        (pair((100, 50), (ABSENT, usd(100))), Edit(cap=TEN_PERCENT), [usd(90), usd(100), usd(9)]),
        (pair((50, 100), (usd(100), ABSENT)), Edit(cap=TEN_PERCENT), [usd(55), usd(9)]),
        (pair((0, 5), (ABSENT, usd(6))), Edit(cap=TEN_PERCENT), [usd(9)]),
        (
            pair((100, 50), (ABSENT, usd(100))),
            Edit(exclude=("p1",), exclude_fields=(FieldName.PRICE,)),
            [usd(9)],
        ),
        (
            pair((100, 50), (ABSENT, usd(100))),
            Edit(exclude_fields=(FieldName.COMPARE_AT_PRICE,)),
            [usd(50), usd(9)],
        ),
    ],
    ids=["sale begins", "sale goes on", "price stays", "price left out", "nothing crossed out"],
)
def test_half_a_sale_is_none(whole: ChangeSet, edit: Edit, left: list[Value]) -> None:
    """A crossed-out price goes with its price, and is not forgotten while the sale goes on."""
    assert [change.after for change in edited(whole, edit).changes] == left


def title_change(product: int) -> Change:
    """Return a change of a title."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT, resource_id=f"p{product}", field=FieldName.TITLE
        ),
        product_id=f"p{product}",
        label=f"Product {product}",
        before=Text(text="Old"),
        after=Text(text="New"),
    )


PRICES = price_changes(2, 1)
MIXED = ChangeSet(store="demo", changes=(*PRICES.changes, title_change(1)))
CLEARED = ChangeSet(
    store="demo", changes=(change_of(1, 1, FieldName.COMPARE_AT_PRICE, usd(5), ABSENT),)
)


@pytest.mark.parametrize(
    ("whole", "edit", "words"),
    [
        (PRICES, Edit(), "would change nothing"),
        (PRICES, Edit(cap=Cap(limit=Decimal(60), unit=CapUnit.PERCENT)), "would change nothing"),
        (PRICES, Edit(exclude=("product",)), "Nothing would be left"),
        (PRICES, Edit(cap=Cap(limit=Decimal("0.001"), unit=CapUnit.AMOUNT)), "Nothing would be"),
        (PRICES, Edit(exclude=("p0", "Linnen")), "No change is of 'Linnen'"),
        (PRICES, Edit(exclude_fields=(FieldName.TITLE,)), "No change is of 'title'"),
        (MIXED, Edit(cap=TEN_PERCENT, cap_fields=(FieldName.TITLE,)), "title is no number"),
        (MIXED, Edit(cap=TEN_PERCENT, cap_fields=(FieldName.INVENTORY_QUANTITY,)), "No change is"),
        (
            MIXED,
            Edit(cap=TEN_PERCENT, exclude_fields=(FieldName.PRICE,)),
            "nothing to cap",
        ),
        (
            CLEARED,
            Edit(cap=TEN_PERCENT, cap_fields=(FieldName.COMPARE_AT_PRICE,)),
            "without a compare_at_price on one side",
        ),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(whole: ChangeSet, edit: Edit, words: str) -> None:
    """Nothing left, nothing changed, a name that fits nothing, a cap on a text: with a remedy."""
    with pytest.raises((EmptySelection, InvalidInput), match=words) as refused:
        edited(whole, edit)
    assert refused.value.remedy


def test_an_edit_in_words() -> None:
    """An edit reads as a sentence does."""
    assert str(Edit(exclude=("Linen Shirt",), cap=TEN_PERCENT)) == (
        "without Linen Shirt; prices and stock moved by at most 10%"
    )
    assert str(Edit(exclude=("p1", "p2"), exclude_fields=(FieldName.PRICE,))) == (
        "without price of p1, p2"
    )
    many = Edit(exclude=tuple(f"p{number}" for number in range(9)))
    assert str(many) == "without p0, p1, p2, p3, p4 and 4 more"
