"""Margin: what is left of a price when the merchant's own cost is paid."""

from decimal import ROUND_FLOOR, Decimal

from steward.changes import Change
from steward.impact import in_effect
from steward.money import Money
from steward.policy import Policy, UnknownCost


def margin_fault(policy: Policy, change: Change, cost: Money | None) -> str | None:
    """Return in words why a price leaves too little, or None where it does not.

    A margin is in percent of the price, and a price of nothing has none. `cost` is what a unit
    costs; one in another currency than the price says as little as none.
    """
    wanted, price = policy.min_margin, in_effect(change.after)
    if wanted is None or not isinstance(price, Money):
        return None
    if not price.amount:
        return f"would cost {price} and have no margin, at least {wanted} % is demanded"
    if cost is None or cost.currency != price.currency:
        unknown = "would have an unknown margin, since its cost is not known"
        return unknown if policy.unknown_cost is UnknownCost.DENY else None
    left = price.amount - cost.amount
    if 100 * left >= wanted * price.amount:
        return None
    share = _percent(left, price.amount)
    return f"would cost {price} and have a margin of {share} %, at least {wanted} % is demanded"


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in percent; rounded down, so that what is too little never looks enough."""
    return (100 * part / whole).quantize(Decimal("0.1"), ROUND_FLOOR)
