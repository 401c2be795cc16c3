"""Stock over real HTTP: by source, for sale or not, and as it was when undone."""

import pytest

from steward.catalog import (
    ByIds,
)
from steward.errors import StoreError
from steward.operations import (
    SetStock,
)
from steward.values import Quantity
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import stock
from tests.connectors.adobe_commerce.running import (
    compiled,
    levels,
    read,
    write_and_undo,
)
from tests.connectors.adobe_commerce.test_store_over_http import send_all

STOCK_STATES = [
    ((5, 1), 8, 1),
    ((5, 1), 0, 0),
    ((0, 0), 5, 1),
    ((0, 1), 5, 1),
    ((5, 0), 8, 0),
    ((5, 0), 0, 0),
    ((-2, 1), 0, 1),
]


@pytest.mark.parametrize(("there", "units", "status"), STOCK_STATES)
async def test_stock_is_for_sale_when_it_comes_in_and_as_it_was_when_undone(
    there: tuple[int, int], units: int, status: int, acme: SandboxStore, open_store: Open
) -> None:
    """What somebody took off sale by hand stays so; another source is not touched."""
    sku = "CLO 000/1"
    acme.edit(sku, "source_items.north.quantity", str(there[0]))
    acme.edit(sku, "source_items.north.status", there[1])
    store = open_store(acme)
    before = levels(acme, sku)
    change_set = await compiled(
        store, ByIds(ids=(sku,)), SetStock(units=units, location="North Hub")
    )

    def look() -> None:
        held = levels(acme, sku)
        assert held["north"] == (units, status)
        assert held["default"] == before["default"]

    await write_and_undo(store, change_set, look)
    assert levels(acme, sku) == before


async def test_unknown_skus_are_refused_although_the_store_says_all_is_well(
    acme: SandboxStore, open_store: Open
) -> None:
    """Nothing is sent for them: some releases would write a row without a product."""
    store = open_store(acme)
    units, _ = levels(acme, "CLO 000/1")["north"]
    there = stock("CLO 000/1", Quantity(units=units), Quantity(units=77))
    gone = stock("no-such-thing", Quantity(units=1), Quantity(units=77))
    elsewhere = stock("CLO 000/1", Quantity(units=1), Quantity(units=77), "south")
    answers = await send_all(store, [gone, there, elsewhere])
    assert [getattr(each, "code", each.kind) for each in answers] == [
        "NO_SUCH_SOURCE_ITEM",
        "accepted",
        "NO_SUCH_SOURCE_ITEM",
    ]
    assert {entry["resource_id"] for entry in acme.journal()} == {"CLO 000/1"}
    live = await store.read_values([gone.target, there.target, elsewhere.target])
    assert live == {there.target: Quantity(units=77)}


async def test_a_part_of_a_unit_is_not_rounded(acme: SandboxStore, open_store: Open) -> None:
    """It could not be restored."""
    acme.edit("CLO 000/1", "source_items.north.quantity", "2.5")
    with pytest.raises(StoreError, match=r"keeps 2\.5 of 'CLO 000/1' at 'north'"):
        await read(open_store(acme), "CLO 000/1")
