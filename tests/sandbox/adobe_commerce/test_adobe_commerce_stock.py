"""Stock by source: set whole or refused whole, save for SKUs that nothing has."""

from tests.sandbox.adobe_commerce.shop import Shop, address, criteria

SKU = "CLO 000/1"


def test_stock_is_kept_by_source(shop: Shop) -> None:
    """A source item changes one source; the journal names it."""
    item = {"sku": SKU, "source_code": "north", "quantity": 17.5, "status": 1}
    assert shop.post("inventory/source-items", {"sourceItems": [item]}) == []
    query = criteria(("sku", "eq", SKU))
    found = {
        row["source_code"]: row for row in shop.get("inventory/source-items", **query)["items"]
    }
    assert found["north"] == item
    assert found["default"]["quantity"] != 17.5
    assert shop.changes(SKU)[0][0] == "source_items.north.quantity"
    assert shop.changes(SKU)[0][2] == "17.50"


def test_unknown_skus_are_passed_over_in_silence(shop: Shop) -> None:
    """Source items answer 200 for a SKU that nothing has; reading shows that nothing happened."""
    rows = [
        {"sku": sku, "source_code": "default", "quantity": 3, "status": 1} for sku in ("NOPE", SKU)
    ]
    assert shop.post("inventory/source-items", {"sourceItems": rows}) == []
    query = criteria(("sku", "in", f"NOPE,{SKU}"), ("source_code", "eq", "default"))
    items = shop.get("inventory/source-items", **query)["items"]
    assert [item["sku"] for item in items] == [SKU]
    assert [change[3] for change in shop.changes("NOPE")] == [False]


def test_one_wrong_source_item_refuses_all(shop: Shop) -> None:
    """Source items are validated together, and each fault is listed."""
    good = {"sku": SKU, "source_code": "default", "quantity": 3, "status": 1}
    bad = {"sku": " ", "source_code": "default", "quantity": None, "status": 5}
    path = address("inventory/source-items")
    response = shop.send("POST", path, {"sourceItems": [good, bad]})
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 4
    unknown = shop.send("POST", path, {"sourceItems": [{**good, "source_code": "moon"}]})
    assert unknown.status_code == 400
    assert shop.send("POST", path, {"sourceItems": []}).status_code == 400
    assert not any(change[3] for change in shop.changes(SKU))


def _row(sku: str, quantity: float, source: str = "default") -> dict[str, object]:
    return {"sku": sku, "source_code": source, "quantity": quantity, "status": 1}


def _held(shop: Shop, sku: str, source: str = "default") -> float:
    query = criteria(("sku", "eq", sku), ("source_code", "eq", source))
    (item,) = shop.get("inventory/source-items", **query)["items"]
    return float(item["quantity"])


def test_source_items_are_searched_and_paged(shop: Shop) -> None:
    """Each condition narrows the items, and the total counts them all."""
    query = criteria(("source_code", "eq", "north"), pageSize="2")
    answer = shop.get("inventory/source-items", **query)
    assert len(answer["items"]) == 2
    assert answer["total_count"] > 2
    assert {item["source_code"] for item in answer["items"]} == {"north"}


def test_stock_may_be_accepted_and_never_applied(shop: Shop) -> None:
    """The fault leaves one SKU as it was behind an answer of 200, which only reading shows."""
    before = _held(shop, SKU)
    shop.store.fault("partly_saved", match={"resource_id": SKU})
    rows = [_row(SKU, before + 1), _row("HOM+3%", 44)]
    assert shop.post("inventory/source-items", {"sourceItems": rows}) == []
    assert (_held(shop, SKU), _held(shop, "HOM+3%")) == (before, 44)
    assert [change[3] for change in shop.changes(SKU)] == [False]


def test_queued_stock_is_applied_later_row_by_row(shop: Shop) -> None:
    """A bulk of source items holds one operation a call; unknown SKUs are complete, too."""
    before = _held(shop, SKU)
    fault = shop.store.fault("hold_before", match={"kind": "bulk_item"}, count=None)
    calls = [{"sourceItems": [_row(sku, 9)]} for sku in (SKU, "NOPE")]
    calls.append({"sourceItems": [_row(SKU, 9, "moon")]})
    uuid = shop.bulk("POST", "inventory/source-items", calls)
    assert _held(shop, SKU) == before
    shop.store.control("POST", f"faults/{fault}/release")
    assert [one["status"] for one in shop.finished(uuid)] == [1, 1, 3]
    assert _held(shop, SKU) == 9
