"""What property tests of the core draw: amounts, changes, catalogues and intents."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from steward.catalog import PRICE_FIELDS, EveryProduct, Product, Snapshot, Variant
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.intents import Intent
from steward.money import Money, smallest_unit
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    Operation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.values import ABSENT, Value

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
TITLES = st.text(max_size=8)


def money(currency: str, *, most: int = 10_000_000) -> st.SearchStrategy[Money]:
    """Amounts of a currency, many of them small or with an everyday ending."""
    units = st.one_of(st.integers(0, 200), st.integers(0, most), st.sampled_from([99, 999, 1999]))
    return units.map(lambda n: Money(amount=n * smallest_unit(currency), currency=currency))


ROWS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([(FieldName.PRICE,), (FieldName.COMPARE_AT_PRICE,), tuple(PRICE_FIELDS)]),
        st.integers(0, 5_000),
        st.integers(0, 5_000),
    ),
    min_size=1,
    max_size=10,
)


@st.composite
def change_sets(draw: st.DrawFn) -> ChangeSet:
    """Change sets over whole products, each field once and to something else."""
    currency = draw(CURRENCIES)
    changes = []
    product = 0
    for variant, (starts_product, fields, old, new) in enumerate(draw(ROWS)):
        product += starts_product
        for field in fields:
            before, after = (_value(units, field, currency) for units in (old, new + (old == new)))
            changes.append(change_of(product, variant, field, before, after))
    return ChangeSet(store="demo", changes=tuple(changes))


def _value(units: int, field: FieldName, currency: str) -> Value:
    if field is FieldName.COMPARE_AT_PRICE and units == 0:
        return ABSENT
    return Money(amount=units * smallest_unit(currency), currency=currency)


def change_of(product: int, variant: int, field: FieldName, before: Value, after: Value) -> Change:
    """Return a change of one field of a numbered variant of a numbered product."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.VARIANT, resource_id=f"v{product}-{variant}", field=field
        ),
        product_id=f"p{product}",
        label=f"Product {product}, size {variant}",
        before=before,
        after=after,
    )


def price_changes(products: int, variants: int) -> ChangeSet:
    """Return a change set that takes one dollar off every variant."""
    return ChangeSet(
        store="demo",
        changes=tuple(
            change_of(product, variant, FieldName.PRICE, usd(variant + 2), usd(variant + 1))
            for product in range(products)
            for variant in range(variants)
        ),
    )


def usd(amount: str | int) -> Money:
    """Return an amount in US dollars."""
    return Money(amount=Decimal(amount), currency="USD")


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Catalogues in one currency, with titles of any characters."""
    currency = draw(CURRENCIES)
    variant = st.tuples(money(currency), st.none() | money(currency), TITLES)
    products = draw(st.lists(st.tuples(TITLES, st.lists(variant, max_size=3)), max_size=3))
    return Snapshot(
        store="demo",
        currency=currency,
        selection=EveryProduct(),
        taken_at=NOON,
        products=tuple(
            Product(
                id=f"p{number}",
                title=title,
                vendor="Acme",
                tags=(),
                variants=tuple(
                    Variant(
                        id=f"v{number}-{position}",
                        title=name,
                        sku=name[:2] or None,
                        price=price,
                        compare_at_price=compare_at,
                    )
                    for position, (price, compare_at, name) in enumerate(variants)
                ),
            )
            for number, (title, variants) in enumerate(products)
        ),
    )


PERCENTS = st.decimals(-100, 1000, places=2)
ENDINGS = st.none() | st.sampled_from([Decimal(text) for text in ("0", "0.5", "0.95", "0.99")])
FLOORS = st.none() | st.decimals(0, 5_000, places=2)
ADJUSTMENTS = st.builds(
    AdjustPrice,
    percent=PERCENTS,
    floor=FLOORS,
    ending=ENDINGS | st.decimals(0, Decimal("0.9999"), places=4),
)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    ADJUSTMENTS,
    st.builds(SetCompareAtPrice, rule=st.sampled_from(CompareAtRule)),
    st.just(RestoreCompareAtPrice()),
)
INTENTS = st.builds(
    Intent,
    selection=st.just(EveryProduct()),
    operations=st.lists(OPERATIONS, min_size=1, max_size=3).map(tuple),
)
