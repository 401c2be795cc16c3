"""Amounts of money are exact, at their currency's precision, and survive being written down."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.errors import InvalidInput
from steward.money import AMOUNT_LIMIT, Money, smallest_unit
from steward.operations import AdjustPrice
from steward.pricing import adjusted_price
from tests.core.strategies import ADJUSTMENTS, CURRENCIES, PERCENTS, money, usd

PRICES = CURRENCIES.flatmap(money)


@pytest.mark.parametrize(
    ("currency", "exact", "rounded"),
    [
        ("USD", "16.9915", "16.99"),
        ("USD", "0.005", "0.01"),
        ("JPY", "84.5", "85"),
        ("KWD", "1.0005", "1.001"),
        ("KWD", "1.0004", "1.000"),
        ("USD", "-3", "0.00"),
    ],
)
def test_rounds_half_up_to_the_currency(currency: str, exact: str, rounded: str) -> None:
    """Amounts are rounded half up to the currency's smallest unit, never below zero."""
    assert str(Money.rounded(Decimal(exact), currency).amount) == rounded


@pytest.mark.parametrize("text", ["24", "24.0", "24.00", "024", "2.4e1", "+24"])
def test_equal_amounts_are_written_alike(text: str) -> None:
    """However an amount was written, it is the same value and the same JSON."""
    assert (
        Money.model_validate({"amount": text, "currency": "USD"}).model_dump_json()
        == '{"kind":"money","amount":"24.00","currency":"USD"}'
    )


def test_a_negative_zero_is_zero() -> None:
    """Zero has one form, since a digest is taken over it."""
    assert str(Money(amount=Decimal("-0.0"), currency="USD").amount) == "0.00"


@pytest.mark.parametrize(
    "amount",
    [
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("-0.01"),
        Decimal("0.001"),
        AMOUNT_LIMIT,
        "1e999",
        "1e-999",
        "1e999999",
        "nonsense",
        "",
        True,
        9.99,
    ],
)
def test_refuses_what_is_no_amount(amount: object) -> None:
    """Neither infinities nor negative, too fine, too large or binary amounts are accepted."""
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "USD"})


@given(
    CURRENCIES.flatmap(
        lambda currency: st.decimals(
            0, AMOUNT_LIMIT - 1, places=-int(smallest_unit(currency).as_tuple().exponent)
        ).map(lambda amount: Money.rounded(amount, currency))
    )
)
def test_survives_json(price: Money) -> None:
    """Every amount that exists can be written as JSON and read back, to the same form."""
    text = price.model_dump_json()
    again = Money.model_validate_json(text)
    assert again == price
    assert again.model_dump_json() == text


@given(PRICES, PERCENTS)
def test_a_percentage_is_exact(price: Money, percent: Decimal) -> None:
    """A price moves by exactly the percentage, rounded half up to the currency."""
    unit = Fraction(smallest_unit(price.currency))
    exact = Fraction(price.amount) * (1 + Fraction(percent) / 100)
    moved = adjusted_price(price, AdjustPrice(percent=percent))
    assert Fraction(moved.amount) == (exact / unit + Fraction(1, 2)).__floor__() * unit
    assert moved.amount == moved.amount.quantize(smallest_unit(price.currency))


@given(PRICES, ADJUSTMENTS)
def test_a_discount_never_raises_and_a_rise_never_lowers(
    price: Money, operation: AdjustPrice
) -> None:
    """Whatever floor and ending are asked for, a price moves in the direction that was asked."""
    moved = adjusted_price(price, operation)
    assert moved.currency == price.currency
    assert moved.amount >= 0
    if operation.percent <= 0:
        assert moved.amount <= price.amount
    if operation.percent >= 0:
        assert moved.amount >= price.amount


@given(PRICES, ADJUSTMENTS)
def test_the_floor_holds(price: Money, operation: AdjustPrice) -> None:
    """A price from above the floor stays there; one from below is raised past it or left alone."""
    moved = adjusted_price(price, operation)
    if operation.floor is not None:
        if price.amount >= operation.floor:
            assert moved.amount >= operation.floor or moved == price
        else:
            assert moved == price or moved.amount >= operation.floor


@given(PRICES, ADJUSTMENTS.filter(lambda one: one.floor is None and one.ending is not None))
def test_an_ending_is_kept(price: Money, operation: AdjustPrice) -> None:
    """A price that moves has the ending, unless no price with that ending lies that way."""
    moved = adjusted_price(price, operation)
    without = adjusted_price(price, operation.model_copy(update={"ending": None}))
    assert operation.ending is not None
    ending = operation.ending.quantize(smallest_unit(price.currency), rounding=ROUND_HALF_UP)
    if moved != without:
        assert moved.amount % 1 == ending % 1
        assert abs(moved.amount - without.amount) <= 2
    if without == price:
        assert moved == price


@pytest.mark.parametrize(
    ("price", "percent", "floor", "ending", "expected"),
    [
        ("24.00", "-15", None, None, "20.40"),
        ("24.00", "-15", None, "0.99", "19.99"),
        ("24.00", "-15", "21.50", "0.99", "21.50"),
        ("20.00", "-15", "21.50", None, "20.00"),
        ("0.10", "-1", None, "0.99", "0.10"),
        ("9.99", "-0.2", None, "0.985", "8.99"),
        ("9.99", "2", None, "0.99", "10.99"),
        ("24.00", "-100", None, None, "0.00"),
        ("0.00", "50", None, "0.99", "0.00"),
        ("20.00", "-50", "15.001", None, "15.01"),
        ("0.99", "-15", None, "0.99", "0.84"),
    ],
)
def test_adjusts_by_example(
    price: str, percent: str, floor: str | None, ending: str | None, expected: str
) -> None:
    """The rules of floor and ending, by cases that are easy to check by hand."""
    operation = AdjustPrice(
        percent=Decimal(percent),
        floor=None if floor is None else Decimal(floor),
        ending=None if ending is None else Decimal(ending),
    )
    assert adjusted_price(usd(price), operation) == usd(expected)


def test_a_price_that_becomes_too_large_is_told() -> None:
    """A rise past the largest amount is refused in a sentence with its remedy."""
    with pytest.raises(InvalidInput, match="too large") as refused:
        adjusted_price(usd("999999999999999.99"), AdjustPrice(percent=Decimal(1)))
    assert refused.value.remedy
