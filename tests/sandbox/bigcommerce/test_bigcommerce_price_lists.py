"""Price lists, whose records are saved in part, hold 0 as a price, and are reverted by deletion."""

from typing import Any

from tests.sandbox.bigcommerce.client import BigCommerceClient

RECORDS = "/pricelists/1/records"
VARIANT = 362


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
