"""Which of the platform's price fields hold what Steward calls price and compare-at price.

A product has a price, and a sale price that takes its place while it is above 0. A variant may have
a price of its own, which takes the place of both of the product's, and a sale price that takes the
place of its own price. Where its own price is null the variant inherits: it then is no thing with a
price of its own, and both of its fields are absent. (Platform's documentation of price
calculations: variant price over product sale price over product price.)
"""

from collections.abc import Mapping
from decimal import Decimal

from connectors.stores.bigcommerce.answers import ProductPrices, VariantPrices
from steward.changes import FieldName, ResourceKind
from steward.execution import Rejected
from steward.money import Money
from steward.sale import RegularAndSale, ShownPrices, stored
from steward.values import ABSENT, Value

ShownValues = Mapping[FieldName, Value]
"""Both fields of a product or variant, as Steward reads them."""

# A product's sale price cannot be null, and 0 is none; a variant's is inherited again by null.
_NO_SALE: Mapping[ResourceKind, Decimal | None] = {
    ResourceKind.PRODUCT: Decimal(0),
    ResourceKind.VARIANT: None,
}


_SALE_AT_ZERO = Rejected(
    code="SALE_PRICE_ZERO",
    reason="a sale price of 0 means no sale on BigCommerce, so it cannot be shown",
)
_SALE_OF_NOTHING = Rejected(
    code="INHERITED_PRICE",
    reason="a variant that inherits its price from the product cannot have a crossed-out price",
)


def shown(prices: ProductPrices | VariantPrices, currency: str) -> ShownPrices | None:
    """Return what a customer sees of the resource's own prices, or None where it inherits."""
    if prices.price is None:
        return None
    regular = Money.rounded(prices.price, currency)
    sale = Money.rounded(prices.sale_price or Decimal(0), currency)
    return RegularAndSale(regular=regular, sale=sale if sale.amount else None).shown


def values_of(prices: ProductPrices | VariantPrices, currency: str) -> ShownValues:
    """Return both fields of the resource's own prices."""
    seen = shown(prices, currency)
    if seen is None:
        return {FieldName.PRICE: ABSENT, FieldName.COMPARE_AT_PRICE: ABSENT}
    return {
        FieldName.PRICE: seen.price,
        FieldName.COMPARE_AT_PRICE: seen.compare_at_price or ABSENT,
    }


def fields_to_write(
    kind: ResourceKind, before: ShownValues, after: ShownValues
) -> Mapping[str, Decimal | None] | Rejected:
    """Return the platform's fields that differ between the two, each with its new value.

    What does not differ is left alone, so that an inherited or finer value in it survives.
    """
    old, new = _stored(before), _stored(after)
    if isinstance(new, Rejected):
        return new
    if isinstance(old, Rejected):
        old = (None, None)
    fields: dict[str, Decimal | None] = {}
    if new[0] != old[0]:
        fields["price"] = new[0]
    if new[1] != old[1]:
        fields["sale_price"] = _NO_SALE[kind] if new[1] is None else new[1]
    return fields


def _stored(values: ShownValues) -> tuple[Decimal | None, Decimal | None] | Rejected:
    """Return the regular and the sale price that show these values."""
    price, compare_at = values[FieldName.PRICE], values[FieldName.COMPARE_AT_PRICE]
    if not isinstance(price, Money):
        return _SALE_OF_NOTHING if isinstance(compare_at, Money) else (None, None)
    crossed_out = compare_at if isinstance(compare_at, Money) else None
    prices = stored(ShownPrices(price=price, compare_at_price=crossed_out))
    if prices.sale is None:
        return prices.regular.amount, None
    if not prices.sale.amount:
        return _SALE_AT_ZERO
    return prices.regular.amount, prices.sale.amount
