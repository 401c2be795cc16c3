"""Price lists: what a record shows, how it is written whole, and when it is deleted."""

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce import writing
from connectors.stores.bigcommerce.price_list_answers import PriceRecord
from connectors.stores.bigcommerce.price_records import RecordChanges, values_of
from steward.changes import Change
from steward.errors import InvalidInput, UnsupportedOperation
from steward.execution import Rejected
from steward.money import Money
from steward.values import ABSENT
from tests.connectors.bigcommerce.fakes import (
    COMPARE_AT,
    PRICE,
    PRODUCT,
    usd,
)
from tests.connectors.bigcommerce.price_list_shop import created, listed

WRITE, DELETE = "upsertPriceListRecords", "deletePriceListRecords"


def record(number: int = 7, **prices: object) -> PriceRecord:
    """Return a record as the connector parses it."""
    parsed = {name: Decimal(str(one)) for name, one in prices.items() if not isinstance(one, list)}
    tiers = {name: one for name, one in prices.items() if isinstance(one, list)}
    return PriceRecord.model_validate({"variant_id": number, "currency": "usd", **parsed, **tiers})


cents = st.integers(0, 10**6).map(lambda number: Decimal(number) / 100)
records = st.none() | st.builds(
    PriceRecord,
    variant_id=st.just(7),
    currency=st.just("usd"),
    price=cents,
    sale_price=st.none() | cents,
)


@given(records, records)
def test_every_change_of_prices_can_be_written_and_undone(
    before: PriceRecord | None, after: PriceRecord | None
) -> None:
    """From any record, or none, to any other, and back: what is read is what was asked for."""
    live = before
    for end in (after, before):
        old, new = values_of(live, "USD"), values_of(end, "USD")
        changes = tuple(
            listed(7, name, old[name], new[name]) for name in old if old[name] != new[name]
        )
        if not changes:
            continue
        wanted = RecordChanges(7, changes)
        assert wanted.fault is None
        if wanted.deletes:
            assert live is not None
            assert wanted.deletion_fault(live) is None
            live = None
        else:
            content = wanted.content(live)
            assert not isinstance(content, Rejected)
            parsed = json.loads(json.dumps(content), parse_float=Decimal)
            live = PriceRecord.model_validate(parsed)
        assert values_of(live, "USD") == new


@pytest.mark.parametrize(
    ("held", "price", "compare_at"),
    [
        (None, None, None),
        (record(price=10), "10", None),
        (record(price=0), "0", None),
        (record(price=10, sale_price=8), "8", "10"),
        (record(price=10, sale_price=0), "0", "10"),
        (record(price=10, sale_price=10), "10", None),
        (record(price="10.004", sale_price="10.001"), "10", None),
        (record(retail_price=12), None, None),
    ],
)
def test_in_a_price_list_0_is_a_price_and_no_record_is_the_catalogues(
    held: PriceRecord | None, price: str | None, compare_at: str | None
) -> None:
    """A sale price that is the price is no sale: the platform cannot take it away."""
    shown = {
        name: ABSENT if amount is None else usd(amount)
        for name, amount in ((PRICE, price), (COMPARE_AT, compare_at))
    }
    assert values_of(held, "USD") == shown


def test_a_record_is_written_whole() -> None:
    """What else it holds stays, whether the platform keeps or drops what is left out."""
    tiers = [
        {"quantity_min": 10, "quantity_max": 19, "type": "percent", "amount": Decimal("2.5")},
        {"quantity_min": 20, "quantity_max": None, "type": "percent", "amount": 5},
    ]
    live = record(price=10, retail_price="12.5", map_price=9, bulk_pricing_tiers=tiers)
    assert RecordChanges(7, (listed(7),)).content(live) == {
        "variant_id": 7,
        "currency": "USD",
        "price": 8.0,
        "retail_price": 12.5,
        "map_price": 9.0,
        "bulk_pricing_tiers": [
            {"quantity_min": 10, "quantity_max": 19, "type": "percent", "amount": 2.5},
            {"quantity_min": 20, "type": "percent", "amount": 5},
        ],
    }


def test_an_amount_that_does_not_change_keeps_its_finer_digits() -> None:
    """And a sale that is over follows the price, so that it does not come back."""
    during = RecordChanges(7, (listed(7, PRICE, usd("8.00"), usd("7.00")),))
    assert during.content(record(price="10.004", sale_price=8)) == {
        "variant_id": 7,
        "currency": "USD",
        "price": 10.004,
        "sale_price": 7.0,
    }
    over = RecordChanges(7, (listed(7),)).content(record(price=10, sale_price=10))
    assert over == {"variant_id": 7, "currency": "USD", "price": 8.0, "sale_price": 8.0}


LONG = Money(amount=Decimal("99999999999999.99"), currency="USD")


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ([listed(7, PRICE, after=LONG)], "AMOUNT_NOT_EXACT"),
        ([listed(7), listed(7, COMPARE_AT, ABSENT, usd("8.00"))], "SALE_PRICE_EQUAL"),
        (
            [listed(7, PRICE, after=ABSENT), listed(7, COMPARE_AT, ABSENT, usd("8.00"))],
            "INHERITED_PRICE",
        ),
        ([listed(7, PRICE, after=usd("0.00")), listed(7, COMPARE_AT, ABSENT, usd("8.00"))], ""),
    ],
)
def test_what_could_not_be_read_back_is_predicted(own: Sequence[Change], code: str) -> None:
    """For both prices of the variant; a price of nothing during a sale is none of it here."""
    answers = [answer for made in writing.requests_for(own) for answer in writing.predict(made)]
    assert [getattr(answer, "code", "") for answer in answers] == [code] * len(own)


def test_requests_hold_what_the_platform_takes() -> None:
    """One price list each; a variant's prices together; deletions by address, which is shorter."""
    sales = [
        one
        for number in range(1001)
        for one in (listed(number), listed(number, COMPARE_AT, ABSENT, usd("10.00")))
    ]
    requests = writing.requests_for(sales)
    assert [len(made.changes) for made in requests] == [2000, 2]
    undone = writing.requests_for([created(number).inverse() for number in range(251)])
    assert [(made.operation, len(made.changes)) for made in undone] == [(DELETE, 250), (DELETE, 1)]
    mixed = [listed(1), listed(1, price_list=2), created(2).inverse()]
    assert [made.operation for made in writing.requests_for(mixed)] == [WRITE, WRITE, DELETE]
    assert len({made.resource for made in writing.requests_for(mixed)}) == 3


def test_a_price_list_is_named_by_its_number_and_prices_variants_alone() -> None:
    """Anything else is refused beforehand."""
    change = listed(1)
    named = change.target.model_copy(update={"key": "Wholesale"})
    with pytest.raises(InvalidInput, match="'Wholesale' is no BigCommerce id"):
        writing.requests_for([change.model_copy(update={"target": named})])
    of_product = change.target.model_copy(update={"resource_kind": PRODUCT})
    with pytest.raises(UnsupportedOperation, match="no product has the field 'price'"):
        writing.requests_for([change.model_copy(update={"target": of_product})])
