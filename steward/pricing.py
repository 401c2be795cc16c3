"""What the price operations make of a variant's prices."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import assert_never

from steward.errors import InvalidInput
from steward.money import AMOUNT_LIMIT, Money, rounded_half_up, smallest_unit
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    PriceOperation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.values import ABSENT, Value

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a variant costs, and the crossed-out price beside it."""

    price: Money
    compare_at_price: Money | None

    @property
    def values(self) -> tuple[Value, Value]:
        """The price and the compare-at price, as the values of their fields."""
        return self.price, self.compare_at_price or ABSENT


def priced(operation: PriceOperation, prices: Prices, *, original: Prices) -> Prices:
    """Return the prices after the operation; `original` are those before all operations.

    Raises `InvalidInput` where a price would become too large.
    """
    match operation:
        case AdjustPrice():
            return replace(prices, price=adjusted_price(prices.price, operation))
        case SetCompareAtPrice():
            return _with_compare_at_price(prices, operation.rule, original)
        case RestoreCompareAtPrice():
            shown = prices.compare_at_price
            if shown is None or shown.amount <= prices.price.amount:
                return prices
            return Prices(price=shown.model_copy(update={"kept": ""}), compare_at_price=None)
        case _:
            assert_never(operation)


def _with_compare_at_price(prices: Prices, rule: CompareAtRule, original: Prices) -> Prices:
    if rule is CompareAtRule.CLEARED:
        return replace(prices, compare_at_price=None)
    shown = prices.compare_at_price
    if prices.price.amount >= original.price.amount:
        return prices
    if shown is not None and shown.amount >= original.price.amount:
        return prices
    return replace(prices, compare_at_price=original.price)


def adjusted_price(price: Money, operation: AdjustPrice) -> Money:
    """Return the price moved by the percentage, rounded, and kept at or above the floor.

    Raises `InvalidInput` where it would become too large.
    """
    before = price.amount
    moved = rounded_half_up(before * (1 + operation.percent / _HUNDRED), price.currency)
    if operation.ending is not None and moved != before:
        moved = _with_ending(moved, operation.ending, before, price.currency)
    if operation.floor is not None:
        floor = _rounded_up(operation.floor, price.currency)
        if moved < floor:
            moved = min(before, floor)
    if moved >= AMOUNT_LIMIT:
        raise InvalidInput(
            f"A price of {price} moved by {operation.percent} % becomes too large.",
            remedy="Choose a smaller percentage.",
        )
    return price if moved == before else Money(amount=moved, currency=price.currency)


def _rounded_up(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(smallest_unit(currency), rounding=ROUND_CEILING)


def _with_ending(moved: Decimal, ending: Decimal, before: Decimal, currency: str) -> Decimal:
    whole = moved // 1
    candidates = [
        candidate
        for step in (-1, 0, 1)
        if (candidate := rounded_half_up(whole + step + ending, currency)) > 0
        and candidate != before
        and (candidate < before) == (moved < before)
    ]
    return min(candidates, key=lambda candidate: (abs(candidate - moved), candidate), default=moved)
