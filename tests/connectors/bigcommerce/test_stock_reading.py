"""Stock as it is read: in a snapshot, by id, and as the platform may answer."""

from typing import Any

import httpx
import pytest

from steward.catalog import CatalogDetail, EveryProduct, Location, StockLevel
from steward.changes import FieldName, ResourceKind, Target
from steward.errors import StoreAnswerInvalid
from steward.values import Quantity, Value
from tests.connectors.bigcommerce.fakes import (
    PRODUCT,
    VARIANT,
    FakeBigCommerce,
    Handler,
    json_response,
    page,
    product,
    store_that,
    variant,
)
from tests.connectors.bigcommerce.warehouse import stocked


def item_of(kind: ResourceKind, number: int, **changed: object) -> dict[str, Any]:
    """Return an item of the Inventory API's list."""
    held = {
        "location_id": 1,
        "location_code": "BC-1",
        "location_name": "Main",
        "available_to_sell": 4,
        "total_inventory_onhand": 5,
        "location_enabled": True,
        "settings": {"safety_stock": 1},
    }
    own: dict[str, Any] = {"product_id": 1, "variant_id": 1, f"{kind}_id": number}
    return {"identity": {"sku": "S", "sku_id": None, **own}, "locations": [held | changed]}


def shop_with(catalog: FakeBigCommerce, *items: dict[str, Any]) -> Handler:
    """Answer from the catalogue, and about stock with these items, as far as they are asked for."""

    def shop(request: httpx.Request) -> httpx.Response:
        if "inventory" not in request.url.path:
            return catalog(request)
        name, kind = ("variant_id:in", "variant_id")
        if "product_id:in" in request.url.params:
            name, kind = ("product_id:in", "product_id")
        wanted = request.url.params[name].split(",")
        return json_response(
            page([one for one in items if str(one["identity"][kind]) in wanted], 1)
        )

    return shop


DETAIL = CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))


async def test_a_snapshot_holds_the_stock_of_what_is_counted() -> None:
    """By product, by variant, or not at all; at locations that are in use."""
    main = Location(id="1", name="Main")
    catalog = FakeBigCommerce(
        {
            1: product(1, inventory_tracking="product", variants=[variant(11, option_values=[])]),
            2: product(2, inventory_tracking="variant", variants=[variant(21), variant(22)]),
            3: product(3, inventory_tracking="none", variants=[variant(31)]),
            4: product(4, inventory_tracking="product"),
        }
    )
    shop = shop_with(
        catalog,
        item_of(PRODUCT, 1),
        item_of(VARIANT, 21, total_inventory_onhand=0, location_name=None),
        item_of(VARIANT, 22, location_enabled=False),
        item_of(VARIANT, 31),
    )

    snapshot = await store_that(shop).read_catalog(EveryProduct(), DETAIL)

    def level(
        kind: ResourceKind, number: str, title: str, sku: str, units: int, location: Location = main
    ) -> StockLevel:
        return StockLevel(
            resource_kind=kind,
            resource_id=number,
            title=title,
            sku=sku,
            location=location,
            units=units,
        )

    assert [one.stock for one in snapshot.products] == [
        (level(PRODUCT, "1", "Default Title", "P-1", 4),),
        (level(VARIANT, "21", "Red / XL", "V-21", -1, Location(id="1", name="1")),),
        (),
        (),
    ]


async def test_a_product_that_is_counted_as_a_whole_is_read_once() -> None:
    """The platform lists it once for each of its variants; the base variant's counts."""
    options = item_of(PRODUCT, 7)
    options["identity"] |= {"variant_id": 5, "sku_id": 9}
    options["locations"][0]["total_inventory_onhand"] = 0
    shop = shop_with(FakeBigCommerce(), options, item_of(PRODUCT, 7))
    target = stocked(7, 1, 2, PRODUCT).target
    assert await store_that(shop).read_values([target]) == {target: Quantity(units=4)}


@pytest.mark.parametrize(
    "changed",
    [
        {"total_inventory_onhand": None},
        {"total_inventory_onhand": "5"},
        {"total_inventory_onhand": 2**31},
        {"settings": {"safety_stock": -1}},
        {"settings": None},
        {"location_id": "1"},
    ],
)
async def test_stock_of_another_form_is_not_taken(changed: dict[str, object]) -> None:
    """What the platform's contract does not allow is an error that quotes no value."""
    shop = shop_with(FakeBigCommerce(), item_of(VARIANT, 7, **changed))
    with pytest.raises(StoreAnswerInvalid, match="Store 'acme' answered something unusable"):
        await store_that(shop).read_values([stocked(7, 1, 2).target])


async def test_many_items_are_read_in_parallel_and_page_by_page() -> None:
    """At most 250 ids a call; a further page is asked for where there is one."""
    asked: list[tuple[int, str]] = []

    def shop(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        ids = query["variant_id:in"].split(",")
        asked.append((len(ids), query["page"]))
        assert (query["limit"], query["location_id:in"]) == ("1000", "1")
        half = ids[::2] if query["page"] == "1" else ids[1::2]
        return json_response(page([item_of(VARIANT, int(one)) for one in half], 2))

    targets = [stocked(number, 1, 2).target for number in range(1, 301)]
    values: dict[Target, Value] = dict.fromkeys(targets, Quantity(units=4))
    assert await store_that(shop).read_values(targets) == values
    assert sorted(asked) == [(50, "1"), (50, "2"), (250, "1"), (250, "2")]
