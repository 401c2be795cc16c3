"""Reading prices: what counts at the moment, to the last digit."""

from typing import Any

import pytest

from steward.errors import StoreError
from tests.connectors.adobe_commerce.fakes import (
    FakeMagento,
    change,
    store_that,
    usd,
)
from tests.connectors.adobe_commerce.test_price_writing import ON_SALE, send


@pytest.mark.parametrize(
    ("special", "price", "compare_at"),
    [
        ({}, "15.95", "20.00"),
        ({"price_from": None, "price_to": None}, "15.95", "20.00"),
        ({"price_from": "2026-07-01 12:01:30"}, "15.95", "20.00"),
        ({"price_from": "2026-07-01 12:30:00"}, "20.00", None),
        ({"price_to": "2026-07-01 11:59:59"}, "20.00", None),
        ({"price": 20}, "20.00", None),
        ({"store_id": 1}, "20.00", None),
        (
            {"price_from": "1970-01-01 00:00:01", "price_to": "0000-00-00 00:00:00"},
            "15.95",
            "20.00",
        ),
    ],
)
async def test_a_special_price_counts_while_it_lasts(
    special: dict[str, Any], price: str, compare_at: str | None
) -> None:
    """One that is about to begin counts as begun, since none can begin at once in Commerce."""
    magento = FakeMagento(regular={"A": 20}, special={"A": {**ON_SALE, **special}})
    targets = [change("A", field, "1.00", None).target for field in ("compare_at_price",)]
    targets.insert(0, change("A", "price", "1.00", "2.00").target)
    live = await store_that(magento).read_values(targets)
    assert list(live.values()) == [usd(price), usd(compare_at)]


async def test_amounts_are_exact() -> None:
    """The noise of floating point goes; a price finer than the currency is not rounded silently."""
    target = change("A", "price", "1.00", "2.00").target
    magento = FakeMagento(regular={"A": 29.949999999999999})
    assert await store_that(magento).read_values([target]) == {target: usd("29.95")}
    magento.regular["A"] = 29.951
    with pytest.raises(StoreError, match=r"price of 'A' that is finer than 0.01 USD"):
        await store_that(magento).read_values([target])


async def test_a_shop_with_several_base_currencies_is_refused() -> None:
    """A price for all of its websites is an amount of none of them."""
    magento = FakeMagento(regular={"A": 20}, currencies=("USD", "EUR"))
    with pytest.raises(StoreError, match="EUR and USD"):
        await send(store_that(magento), [change("A", "price", "20.00", "7.00")])
