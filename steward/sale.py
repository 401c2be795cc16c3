"""What a discount is on platforms that mean different things by their price fields.

Steward speaks of two amounts: the *price* that a customer pays, and the *compare-at price* that is
shown crossed out beside it, if any. Shopify stores exactly these. BigCommerce and Adobe Commerce
store a *regular* price, and a *sale* price that takes its place while it is set.
"""

from steward.model import Frozen
from steward.money import Money


class ShownPrices(Frozen):
    """What a customer sees."""

    price: Money
    compare_at_price: Money | None = None


class RegularAndSale(Frozen):
    """What a platform with sale prices stores; `sale` is None where there is no sale."""

    regular: Money
    sale: Money | None = None

    @property
    def shown(self) -> ShownPrices:
        """Return what a customer sees: during a sale the regular price is crossed out."""
        if self.sale is None:
            return ShownPrices(price=self.regular)
        return ShownPrices(price=self.sale, compare_at_price=self.regular)


def stored(shown: ShownPrices) -> RegularAndSale:
    """Return what a platform with sale prices has to store so that a customer sees this."""
    if shown.compare_at_price is None:
        return RegularAndSale(regular=shown.price)
    return RegularAndSale(regular=shown.compare_at_price, sale=shown.price)
