"""Stock: adjustments that are seen late, item by item and location by location."""

from typing import Any

import pytest

from sandbox.bigcommerce.store import BigCommerceStore
from tests.sandbox.bigcommerce.client import BigCommerceClient
from tests.sandbox.bigcommerce.fake_clock import FakeClock, requests_to

ABSOLUTE, RELATIVE = "/inventory/adjustments/absolute", "/inventory/adjustments/relative"
SIMPLE, WITH_OPTIONS, VARIANT = 111, 112, 362


def _item(quantity: object, **identity: object) -> dict[str, object]:
    return {"location_id": 1, "quantity": quantity, **identity}


def _level(client: BigCommerceClient, variant: int = VARIANT) -> int:
    (found,) = client.data("GET", "/inventory/items", variant_id__in=variant)
    level = found["locations"][0]["available_to_sell"]
    assert level == client.variant(variant)["inventory_level"]
    return int(level)


def test_absolute_adjustment_sets_each_item(client: BigCommerceClient) -> None:
    """Items are named by SKU, variant or product, and the answer is a transaction's number."""
    sku = client.variant(363)["sku"]
    items = [_item(3, variant_id=VARIANT), _item(4, sku=sku), _item(5, product_id=SIMPLE)]
    response = client.send("PUT", ABSOLUTE, {"reason": "count", "items": items})
    assert response.json().keys() == {"transaction_id"}
    assert (_level(client), _level(client, 363), _level(client, 361)) == (3, 4, 5)
    assert client.product(SIMPLE)["inventory_level"] == 5
    variants = client.product(WITH_OPTIONS, include="variants")
    total = sum(row["inventory_level"] for row in variants["variants"])
    assert variants["inventory_level"] == total


def test_relative_adjustments_add_up(client: BigCommerceClient) -> None:
    """Two additions to one item in one request are both made, and stock never goes below 0."""
    client.send("PUT", ABSOLUTE, {"items": [_item(10, variant_id=VARIANT)]})
    changes = [_item(-3, variant_id=VARIANT), _item(1, variant_id=VARIANT)]
    assert client.send("POST", RELATIVE, {"items": changes}).status_code == 200
    assert _level(client) == 8
    response = client.send("POST", RELATIVE, {"items": [_item(-9, variant_id=VARIANT)]})
    assert response.status_code == 422
    assert _level(client) == 8
    assert client.journal()[-1] == ("variants/362", "inventory_level", -9, False)


@pytest.mark.parametrize(
    "item",
    [
        _item(1, variant_id=999999),
        _item(1, sku="nobody's"),
        _item(1, product_id=WITH_OPTIONS),
        _item(1, variant_id=361),
        _item(1, variant_id=VARIANT, sku="two"),
        _item(1),
        _item("1", variant_id=VARIANT),
        _item(-1, variant_id=VARIANT),
        {"variant_id": VARIANT, "quantity": 1},
        {"location_id": 7, "variant_id": VARIANT, "quantity": 1},
        "item",
    ],
)
def test_wrong_adjustment_is_a_problem_and_changes_nothing(
    client: BigCommerceClient, item: object
) -> None:
    """One wrong item refuses the whole request as application/problem+json."""
    before = _level(client)
    response = client.send("PUT", ABSOLUTE, {"items": [_item(99, variant_id=VARIANT), item]})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert _level(client) == before


def test_adjustment_has_a_most_of_items(client: BigCommerceClient) -> None:
    """2,000 items are taken and 2,001 are not."""
    item = _item(1, variant_id=VARIANT)
    assert client.send("PUT", ABSOLUTE, {"items": [item] * 2000}).status_code == 200
    assert client.send("PUT", ABSOLUTE, {"items": [item] * 2001}).status_code == 422


async def test_adjusted_stock_is_seen_late(fake_store: BigCommerceStore, clock: FakeClock) -> None:
    """Every read shows the old stock until the lag is over; the truth has the new one at once."""
    async with requests_to(fake_store) as http:

        async def seen() -> tuple[int, int, int]:
            product = await http.get("/v3/catalog/products/112")
            variant = await http.get("/v3/catalog/variants?id=362")
            items = await http.get("/v3/inventory/items?variant_id:in=362")
            return (
                product.json()["data"]["inventory_level"],
                variant.json()["data"][0]["inventory_level"],
                items.json()["data"][0]["locations"][0]["available_to_sell"],
            )

        total, own, _ = before = await seen()
        item = _item(own + 1, variant_id=VARIANT)
        await http.put(f"/v3{ABSOLUTE}", json={"items": [item]})
        truth = fake_store.catalogue()["products"]["products/112"]
        assert truth["variants"]["variants/362"]["inventory_level"] == own + 1
        clock.now += 0.5
        await http.post(f"/v3{RELATIVE}", json={"items": [_item(1, variant_id=VARIANT)]})
        assert await seen() == before
        clock.now += 0.5
        assert await seen() == (total + 1, own + 1, own + 1)
        clock.now += 0.5
        assert await seen() == (total + 2, own + 2, own + 2)


def test_stock_is_read_in_pages_of_up_to_a_thousand(client: BigCommerceClient) -> None:
    """The whole store's stock fits one page, and no page may be larger."""
    assert len(client.data("GET", "/inventory/items", limit=1000)) == 1000
    assert client.send("GET", "/inventory/items", limit=1001).status_code == 422


def test_untracked_stock_is_not_written_by_the_catalogue(client: BigCommerceClient) -> None:
    """A level on a product that is tracked by variant is passed over, and journaled as refused."""
    before = client.product(WITH_OPTIONS)
    after = client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", {"inventory_level": 5})
    assert after["inventory_level"] == before["inventory_level"]
    assert client.journal() == [("products/112", "inventory_level", 5, False)]


def _elsewhere(client: BigCommerceClient, variant: int) -> Any:  # noqa: ANN401
    """Return what a variant has at the second location, or None."""
    found = client.data("GET", "/inventory/locations/2/items", variant_id__in=variant)
    return found[0] if found else None


def _variant_at_both(client: BigCommerceClient) -> int:
    rows = client.data("GET", "/inventory/items", location_id__in=2)
    found = [row["identity"] for row in rows if row["identity"]["sku_id"] is not None]
    return int(found[0]["variant_id"])


def _variant_at_one(client: BigCommerceClient) -> int:
    rows = client.data("GET", "/inventory/items", product_id__in=WITH_OPTIONS)
    found = [row["identity"]["variant_id"] for row in rows if len(row["locations"]) == 1]
    return int(found[0])


def test_locations_are_listed_and_filtered(client: BigCommerceClient) -> None:
    """Both locations are there; filters by number, code and default choose among them."""
    path = "/inventory/locations"
    assert [row["code"] for row in client.data("GET", path)] == ["BC-LOCATION-1", "BC-LOCATION-2"]
    assert [row["id"] for row in client.data("GET", path, location_id__in="2,7")] == [2]
    assert [row["id"] for row in client.data("GET", path, location_code__in="bc-location-2")] == [2]
    assert [row["id"] for row in client.data("GET", path, is_default="true")] == [1]
    assert client.data("GET", path)[0].keys() & {"is_default", "location_id"} == set()


def test_stock_is_kept_by_location(client: BigCommerceClient) -> None:
    """An adjustment sets one location's stock, and leaves the other's as it was."""
    variant = _variant_at_both(client)
    here = _level(client, variant)
    item = {"location_id": 2, "variant_id": variant, "quantity": 31}
    client.send("PUT", ABSOLUTE, {"items": [item]})
    assert _elsewhere(client, variant)["total_inventory_onhand"] == 31
    assert _level(client, variant) == here
    assert client.journal() == [(f"variants/{variant}", "inventory_level@2", 31, True)]


def test_the_catalog_api_knows_the_default_location_only(client: BigCommerceClient) -> None:
    """Stock elsewhere appears in no product and no variant, and is not written through them."""
    variant = _variant_at_both(client)
    number = client.variant(variant)["product_id"]
    before = client.product(number)["inventory_level"], _elsewhere(client, variant)
    item = {"location_id": 2, "variant_id": variant, "quantity": 999}
    client.send("PUT", ABSOLUTE, {"items": [item]})
    assert client.product(number)["inventory_level"] == before[0]
    client.data("PUT", "/catalog/variants", [{"id": variant, "inventory_level": 7}])
    assert _level(client, variant) == 7
    assert _elsewhere(client, variant)["total_inventory_onhand"] == 999


def test_what_is_held_back_is_on_hand_and_not_for_sale(client: BigCommerceClient) -> None:
    """An adjustment sets what is on hand; what can be sold is less by the safety stock."""
    edit = {"resource_id": f"variants/{VARIANT}", "field": "safety_stock@1", "value": 4}
    client.running.control("POST", "edit", edit)
    client.send("PUT", ABSOLUTE, {"items": [_item(10, variant_id=VARIANT)]})
    (row,) = client.data("GET", "/inventory/items", variant_id__in=VARIANT, location_id__in=1)
    (held,) = row["locations"]
    assert (held["total_inventory_onhand"], held["available_to_sell"]) == (10, 6)
    assert held["settings"]["safety_stock"] == 4
    assert client.variant(VARIANT)["inventory_level"] == 6


def test_relative_adjustment_needs_an_absolute_one_first(client: BigCommerceClient) -> None:
    """An item that a location never had cannot be added to there, until it was counted once."""
    variant = _variant_at_one(client)
    item = {"location_id": 2, "variant_id": variant, "quantity": 1}
    refused = client.send("POST", RELATIVE, {"items": [item]})
    assert refused.status_code == 422
    assert "absolute adjustment" in refused.json()["title"]
    assert _elsewhere(client, variant) is None
    client.send("PUT", ABSOLUTE, {"items": [item]})
    assert client.send("POST", RELATIVE, {"items": [item]}).status_code == 200
    assert _elsewhere(client, variant)["total_inventory_onhand"] == 2


def test_each_item_that_cannot_be_adjusted_is_named(client: BigCommerceClient) -> None:
    """What the store does not have is told by identity in the title, what is no item by place."""
    items = [_item(1, variant_id=VARIANT), _item(1, sku="gone"), _item(1, variant_id=361)]
    answer = client.send("PUT", ABSOLUTE, {"items": items})
    assert (answer.status_code, answer.json()["errors"]) == (422, {})
    title = answer.json()["title"]
    assert "sku gone" in title
    assert "variant_id 361 is tracked by product" in title
    assert str(VARIANT) not in title
    items = [_item("x", variant_id=VARIANT), _item(1, variant_id=VARIANT), _item(1)]
    answer = client.send("PUT", ABSOLUTE, {"items": items})
    assert answer.json()["errors"].keys() == {"items.0.quantity", "items.2"}
    assert not any(applied for *_, applied in client.journal())


def test_accepted_adjustment_may_never_be_applied(client: BigCommerceClient) -> None:
    """The fault lets one item of an accepted request be lost, which only reading shows."""
    before = _level(client)
    client.running.fault("partly_saved", match={"resource_id": f"variants/{VARIANT}"})
    items = [_item(before + 1, variant_id=VARIANT), _item(33, variant_id=363)]
    answer = client.send("PUT", ABSOLUTE, {"items": items})
    assert answer.status_code == 200
    assert (_level(client), _level(client, 363)) == (before, 33)
    assert [(name, applied) for name, *_, applied in client.journal()] == [
        ("variants/362", False),
        ("variants/363", True),
    ]


def test_location_that_is_not_there_is_a_problem(client: BigCommerceClient) -> None:
    """Its stock is not found, in the inventory's shape of an error."""
    answer = client.send("GET", "/inventory/locations/9/items")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_stock_of_every_location_can_be_looked_into_and_edited(client: BigCommerceClient) -> None:
    """The truth names each location's stock where it is tracked; an edit sets one of them."""
    variant = f"variants/{_variant_at_both(client)}"
    edit = {"resource_id": variant, "field": "inventory_level@2", "value": 55}
    assert client.running.control("POST", "edit", edit)["after"] == 55
    edit = {"resource_id": variant, "field": "inventory_level@1", "value": 44}
    assert client.running.control("POST", "edit", edit)["field"] == "inventory_level"
    truth = client.running.control("GET", "catalogue")
    held = next(
        product["variants"][variant]["inventory"]
        for product in truth["products"].values()
        if variant in product["variants"]
    )
    assert {place: stock["quantity"] for place, stock in held.items()} == {"1": 44, "2": 55}
    assert truth["locations"]["2"]["code"] == "BC-LOCATION-2"
    assert truth["products"][f"products/{SIMPLE}"]["inventory"].keys() >= {"1"}
    assert truth["products"][f"products/{WITH_OPTIONS}"]["inventory"] == {}
    for field in ("inventory_level@9", "safety_stock@x", "price@2"):
        response = client.running.http.post("/_sandbox/edit", json={**edit, "field": field})
        assert response.status_code == 400
