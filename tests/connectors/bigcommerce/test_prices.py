"""The platform's price fields and Steward's: the same prices, in both directions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce.answers import ProductPrices, VariantPrices
from connectors.stores.bigcommerce.prices import (
    ShownValues,
    fields_to_write,
    values_of,
)
from steward.changes import ResourceKind
from steward.execution import Rejected
from steward.money import Money
from steward.values import ABSENT, Value
from tests.connectors.bigcommerce.fakes import COMPARE_AT, KINDS, PRICE, PRODUCT, VARIANT, usd

cents = st.integers(1, 10**6).map(lambda number: Decimal(number) / 100)
products = st.builds(
    ProductPrices, id=st.just(1), price=cents, sale_price=st.just(Decimal(0)) | cents
)
variants = st.builds(
    VariantPrices,
    id=st.just(1),
    price=st.none() | cents,
    sale_price=st.none() | cents,
).filter(lambda own: own.price is not None or own.sale_price is None)


def shown(price: str | None, compare_at: str | None = None) -> ShownValues:
    """Return both fields as Steward reads them."""
    return {PRICE: value(price), COMPARE_AT: value(compare_at)}


def value(amount: str | None) -> Value:
    """Return an amount in dollars, or no value."""
    return ABSENT if amount is None else usd(amount)


@given(st.tuples(products, products) | st.tuples(variants, variants))
def test_every_change_of_prices_can_be_written_and_undone_to_the_letter(
    pair: tuple[ProductPrices, ProductPrices] | tuple[VariantPrices, VariantPrices],
) -> None:
    """From any prices to any others, and back: null and 0 are again what they were."""
    before, after = pair
    kind = VARIANT if isinstance(before, VariantPrices) else PRODUCT
    old, new = values_of(before, "USD"), values_of(after, "USD")
    present = before.model_dump()
    for start, end, expected in ((old, new, after), (new, old, before)):
        fields = fields_to_write(kind, start, end)
        assert not isinstance(fields, Rejected)
        present |= fields
        assert present == expected.model_dump()


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        (shown("10"), shown("8"), {"price": Decimal(8)}),
        (shown("8", "10"), shown("7", "10"), {"sale_price": Decimal(7)}),
        (shown("10"), shown("8", "10"), {"sale_price": Decimal(8)}),
        (shown("8", "10"), shown("10"), {"sale_price": Decimal(0)}),
        (shown("8", "10"), shown("8"), {"price": Decimal(8), "sale_price": Decimal(0)}),
        (shown("8", "10"), shown("8", "12"), {"price": Decimal(12)}),
    ],
)
def test_only_what_differs_is_written(
    before: ShownValues, after: ShownValues, fields: dict[str, Decimal]
) -> None:
    """A sale leaves the regular price alone, and its end takes only the sale price away."""
    assert fields_to_write(PRODUCT, before, after) == fields


def test_the_end_of_a_variants_sale_is_null_and_so_is_its_inherited_price() -> None:
    """A variant without a sale of its own has null; 0 would be a value of its own."""
    assert fields_to_write(VARIANT, shown("8", "10"), shown("10")) == {"sale_price": None}
    assert fields_to_write(VARIANT, shown("10"), shown(None)) == {"price": None}
    assert fields_to_write(VARIANT, shown("8", "10"), shown(None)) == {
        "price": None,
        "sale_price": None,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_could_not_be_read_back_is_not_written(kind: ResourceKind) -> None:
    """A sale at 0 would be no sale, and an inherited price has none to cross out."""
    for after, code in (
        (shown("0", "10"), "SALE_PRICE_ZERO"),
        (shown(None, "10"), "INHERITED_PRICE"),
    ):
        fault = fields_to_write(kind, shown("10"), after)
        assert isinstance(fault, Rejected)
        assert fault.code == code


@pytest.mark.parametrize(
    ("price", "sale_price", "currency", "expected"),
    [
        ("19.9", "0", "USD", ("19.90", None)),
        ("19.9", None, "USD", ("19.90", None)),
        ("29.9499", "19.995", "USD", ("20.00", "29.95")),
        ("1200.4", "0.3", "JPY", ("1200", None)),
        ("0", "0", "USD", ("0.00", None)),
    ],
)
def test_prices_are_read_at_the_currencys_precision(
    price: str, sale_price: str | None, currency: str, expected: tuple[str, str | None]
) -> None:
    """Finer amounts are rounded; a sale price of 0, or null, is none."""
    sale_amount = None if sale_price is None else Decimal(sale_price)
    own = ProductPrices(id=1, price=Decimal(price), sale_price=sale_amount)
    read = values_of(own, currency)
    amounts = [str(one.amount) if isinstance(one, Money) else None for one in read.values()]
    assert tuple(amounts) == expected


def test_a_variant_without_a_price_of_its_own_is_absent() -> None:
    """Also where it has a sale price: both of its fields come from elsewhere."""
    for sale_price in (None, Decimal(0), Decimal(5)):
        own = VariantPrices(id=1, price=None, sale_price=sale_price)
        assert values_of(own, "USD") == shown(None)
