"""The dates of a special price: a note beside the crossed-out price, and back with an undo."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce.special_price_dates import SpecialPriceDates, dates_in
from steward.catalog import ByIds, Snapshot
from steward.changes import Change, ChangeSet, FieldName
from steward.execution import Accepted, Rejected
from steward.values import ABSENT
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import FakeMagento, change, changed, store_that, usd
from tests.connectors.adobe_commerce.running import own_value, write_and_undo
from tests.connectors.adobe_commerce.test_price_writing import FOREVER, ON_SALE, send

MOMENTS = st.none() | st.datetimes(min_value=datetime(1970, 1, 2)).map(  # noqa: DTZ001 - as text
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
)


@given(MOMENTS, MOMENTS)
def test_a_note_tells_its_dates(begins: str | None, ends: str | None) -> None:
    """To the second, each of them or none."""
    dates = SpecialPriceDates(begins, ends)
    assert dates_in(dates.note) == dates


@given(st.text())
def test_another_s_note_has_no_dates(note: str) -> None:
    """A note that is not ours is not taken for one."""
    assert dates_in(f"? {note}") == SpecialPriceDates()


@pytest.mark.parametrize(
    ("dates", "past_starts", "expected"),
    [
        ({}, True, {}),
        ({}, False, {"price_from": "2026-07-01 12:00:03"}),
        ({"price_to": FOREVER}, True, {"price_to": FOREVER}),
        ({"price_from": None}, True, {"price_from": "2026-06-30 12:00:00"}),
        ({"price_to": None}, True, {"price_to": FOREVER}),
    ],
)
async def test_a_sale_that_a_run_ended_comes_back_with_its_dates(
    dates: dict[str, Any],
    past_starts: bool,  # noqa: FBT001 - one column of the table
    expected: dict[str, Any],
) -> None:
    """Its end in any case; its beginning where the store takes one in the past."""
    row = {**ON_SALE, **dates}
    magento = FakeMagento(regular={"A": 20}, special={"A": dict(row)}, past_starts=past_starts)
    store = store_that(magento)
    price, compare_at = (
        change("A", "price", "15.95", "20.00"),
        change("A", "compare_at_price", "20.00", None),
    )
    live = await store.read_values([compare_at.target])
    ends = [price, compare_at.model_copy(update={"before": live[compare_at.target]})]
    assert ends[1] == compare_at
    assert await send(store, ends) == [Accepted()] * 2
    undo = [Change.model_validate_json(each.inverse().model_dump_json()) for each in reversed(ends)]
    assert await send(store, undo) == [Accepted()] * 2
    assert magento.special["A"] == {**row, **expected, "price": 15.95}


async def test_a_sale_that_is_over_by_now_does_not_come_back() -> None:
    """It would not count; the regular price stays."""
    magento = FakeMagento(regular={"A": 20}, past_starts=True)
    note = "special price from 2026-01-01 00:00:00 to 2026-06-30 00:00:00"
    kept = usd("20.00").model_copy(update={"kept": note})
    undo = [
        change("A", "compare_at_price", None, None).model_copy(update={"after": kept}),
        change("A", "price", "20.00", "15.95"),
    ]
    answers = await send(store_that(magento), undo)
    assert [getattr(each, "code", each.kind) for each in answers] == ["SPECIAL_PRICE_ENDED"] * 2
    assert isinstance(answers[0], Rejected)
    assert "ended on 2026-06-30 00:00:00 UTC" in answers[0].reason
    assert magento.writes == []


async def test_special_prices_come_back_with_their_end(
    acme: SandboxStore, open_store: Open
) -> None:
    """A sale that a run ended goes on no longer than it would have."""
    store = open_store(acme)
    sku = next(
        each["sku"] for each in acme.products() if own_value(each, "special_price") is not None
    )
    snapshot: Snapshot = await store.read_catalog(ByIds(ids=(sku,)))
    variant = snapshot.products[0].variants[0]
    assert variant.compare_at_price is not None
    price, compare_at = variant.price, variant.compare_at_price
    ends = ChangeSet(
        store="acme",
        changes=(
            changed(sku, FieldName.PRICE, price, compare_at, kind=variant.resource_kind),
            changed(
                sku, FieldName.COMPARE_AT_PRICE, compare_at, ABSENT, kind=variant.resource_kind
            ),
        ),
    )
    before = own_value(acme.product(sku), "special_to_date")
    await write_and_undo(store, ends, lambda: None)
    assert own_value(acme.product(sku), "special_to_date") == before
