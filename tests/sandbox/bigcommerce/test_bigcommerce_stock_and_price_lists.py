"""Stock adjustments that are seen late, and price lists that are saved in part."""

from typing import Any

import pytest

from sandbox.bigcommerce.store import BigCommerceStore
from tests.sandbox.bigcommerce.client import BigCommerceClient
from tests.sandbox.bigcommerce.fake_clock import FakeClock, requests_to

ABSOLUTE, RELATIVE = "/inventory/adjustments/absolute", "/inventory/adjustments/relative"
RECORDS = "/pricelists/1/records"
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
    """The whole store's stock fits one page, and other filters than these narrow it."""
    assert len(client.data("GET", "/inventory/items", limit=1000)) == 1000
    assert client.send("GET", "/inventory/items", limit=1001).status_code == 422
    assert client.data("GET", "/inventory/items", location_id__in=2) == []


def test_untracked_stock_is_not_written_by_the_catalogue(client: BigCommerceClient) -> None:
    """A level on a product that is tracked by variant is passed over, and journaled as refused."""
    before = client.product(WITH_OPTIONS)
    after = client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", {"inventory_level": 5})
    assert after["inventory_level"] == before["inventory_level"]
    assert client.journal() == [("products/112", "inventory_level", 5, False)]


def test_price_records_are_saved_in_part(client: BigCommerceClient) -> None:
    """Good records of a batch are saved although others are refused with 422, each by itself."""
    items: list[Any] = [
        {"variant_id": VARIANT, "currency": "usd", "price": 0},
        {"variant_id": 99999, "currency": "usd", "price": 5},
        {"sku": client.variant(363)["sku"], "currency": "USD", "price": 5.25, "sale_price": 4},
        {"variant_id": 364, "price": 1},
        {"variant_id": 365, "currency": "usd", "price": -1},
        {"variant_id": 366, "currency": "jpy", "price": 1},
    ]
    response = client.send("PUT", RECORDS, items)
    assert response.status_code == 422
    refused = [
        (error["data"].get("variant_id"), [*error["field_errors"]])
        for error in response.json()["batch_errors"]
    ]
    assert refused == [
        (99999, ["variant_id"]),
        (364, ["currency"]),
        (365, ["price"]),
        (366, ["currency"]),
    ]
    rows = client.data("GET", RECORDS, variant_id__in="362,363,364,365", include="sku")
    assert [(row["variant_id"], row["price"], row["calculated_price"]) for row in rows] == [
        (362, 0, 0),
        (363, 5.25, 4),
    ]
    assert rows[1]["sku"] == items[2]["sku"]
    saved = [name for name, field, _, applied in client.journal() if applied and field == "price"]
    assert saved == ["pricelists/1/records/362/USD", "pricelists/1/records/363/USD"]


def test_price_record_is_reverted_by_deleting_it(client: BigCommerceClient) -> None:
    """A record is written, read and deleted by itself; deleting twice is no error."""
    path = f"{RECORDS}/{VARIANT}/usd"
    assert client.send("GET", path).status_code == 404
    assert client.data("PUT", path, {"price": 12})["calculated_price"] == 12
    assert client.data("PUT", path, {"sale_price": 11})["price"] == 12
    assert client.data("GET", path)["calculated_price"] == 11
    assert client.data("GET", f"{RECORDS}/{VARIANT}")[0]["currency"] == "usd"
    for _ in range(2):
        assert client.send("DELETE", path).status_code == 204
    assert client.send("GET", path).status_code == 404
    assert client.send("PUT", path, {"price": "x"}).status_code == 422
    assert client.send("PUT", f"{RECORDS}/99999/usd", {"price": 1}).status_code == 404
    client.data("PUT", RECORDS, [{"variant_id": 362, "currency": "usd", "price": 1}])
    query = {"variant_id__in": "362", "currency": "usd"}
    assert client.send("DELETE", RECORDS, **query).status_code == 204
    assert client.data("GET", RECORDS, variant_id__in=362) == []


def test_price_records_page_by_cursor(client: BigCommerceClient) -> None:
    """Following the cursors yields every record once."""
    seen: list[int] = []
    query: dict[str, object] = {"limit": 50}
    while True:
        content = client.send("GET", RECORDS, **query).json()
        seen += [row["variant_id"] for row in content["data"]]
        if "next" not in content["meta"]["cursor_pagination"]["links"]:
            break
        query["after"] = content["meta"]["cursor_pagination"]["end_cursor"]
    first = client.send("GET", RECORDS).json()
    assert len(seen) == len(set(seen)) == first["meta"]["pagination"]["total"]
    assert client.send("GET", RECORDS, after="%%%").status_code == 422


def test_price_lists_are_read(client: BigCommerceClient) -> None:
    """Both lists are there; one that is not is not found."""
    names = [row["name"] for row in client.data("GET", "/pricelists")]
    assert names == ["Wholesale", "Staff"]
    assert client.data("GET", "/pricelists/1")["name"] == "Wholesale"
    assert client.send("GET", "/pricelists/9").status_code == 404
    assert client.send("PUT", "/pricelists/9/records", [{"variant_id": 362}]).status_code == 404
    assert client.send("PUT", RECORDS, [{"variant_id": 362}] * 1001).status_code == 422
