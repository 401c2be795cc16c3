"""What a unit costs the merchant: an attribute that every website inherits."""

from decimal import Decimal, InvalidOperation
from typing import Final

from connectors.stores.adobe_commerce.product_answers import ProductItem
from steward.money import AMOUNT_LIMIT, Money

_CODE: Final = "cost"


def cost_of(item: ProductItem, currency: str) -> Money | None:
    """Return what a unit costs, or None where nobody has entered it, or no number that can be."""
    try:
        amount = Decimal(item.attribute(_CODE) or "")
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT - 1:
        return None
    return Money.rounded_up(amount, currency)
