"""Asynchronous calls: accepted is not applied, and each has a status of its own."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.sandbox.adobe_commerce.shop import Shop, address

SKU = "CLO 000/1"


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def _products(*skus: str) -> list[dict[str, Any]]:
    return [{"product": {"sku": sku, "name": f"Bulk {sku}"}} for sku in skus]


def test_accepted_is_not_applied(shop: Shop) -> None:
    """Until its operation is complete, a queued change is nowhere but in the queue."""
    fault = shop.store.fault("hold_before", match={"kind": "bulk_item"}, count=None)
    uuid = shop.bulk("PUT", "products/bySku", _products(SKU))
    shop.store.control("GET", "statistics")
    (operation,) = shop.get(f"bulk/{uuid}/status")["operations_list"]
    assert operation["status"] == 4
    assert shop.product(SKU, "all")["name"] != f"Bulk {SKU}"
    shop.store.control("POST", f"faults/{fault}/release")
    (operation,) = shop.finished(uuid)
    assert operation["status"] == 1
    assert shop.product(SKU, "all")["name"] == f"Bulk {SKU}"


def test_items_fail_one_by_one(shop: Shop) -> None:
    """A call that cannot be served fails alone; the others of the bulk are complete."""
    uuid = shop.bulk("PUT", "products/bySku", _products(SKU, "NOPE", "HOM+3%"))
    operations = shop.finished(uuid)
    assert [operation["status"] for operation in operations] == [1, 3, 1]
    assert [operation["id"] for operation in operations] == [0, 1, 2]
    assert operations[1]["error_code"] == 0
    assert "Price" in operations[1]["result_message"]
    assert shop.product("HOM+3%", "all")["name"] == "Bulk HOM+3%"
    assert shop.get(f"bulk/{uuid}/operation-status/3") == 1
    assert [change[3] for change in shop.changes("NOPE")] == [False]


def test_faults_decide_how_an_item_ends(shop: Shop) -> None:
    """A fault that names queued items makes one retriable or rejected, and leaves the rest."""
    match = {"kind": "bulk_item", "resource_id": SKU}
    shop.store.fault("server_error", match=match)
    shop.store.fault("throttle", match={"kind": "bulk_item", "resource_id": "HOM+3%"})
    skus = (SKU, "HOM+3%", "SHO-Ü 2")
    operations = shop.finished(shop.bulk("PUT", "products/bySku", _products(*skus)))
    assert [operation["status"] for operation in operations] == [2, 5, 1]
    assert shop.product(SKU, "all")["name"] != f"Bulk {SKU}"
    again = shop.finished(shop.bulk("PUT", "products/bySku", _products(SKU)))
    assert again[0]["status"] == 1


def test_a_complete_price_call_may_still_hold_failures(shop: Shop) -> None:
    """The price endpoints never fail: the rows that did are in the operation's result."""
    rows = [{"sku": sku, "store_id": 0, "price": 8} for sku in (SKU, "NOPE")]
    uuid = shop.bulk("POST", "products/base-prices", [{"prices": rows}])
    (operation,) = shop.finished(uuid)
    assert operation["status"] == 1
    result = json.loads(operation["result_serialized_data"])
    assert [item["parameters"] for item in result] == [["SKU", "NOPE"]]
    assert shop.product(SKU, "all")["price"] == 8


def test_every_write_can_be_queued(shop: Shop) -> None:
    """Products, prices, stock and categories all have an asynchronous form."""
    dates = {"price_from": "2031-01-01 00:00:00", "price_to": "2031-02-01 00:00:00"}
    special = {"sku": SKU, "store_id": 0, "price": 4, **dates}
    item = {"sku": SKU, "source_code": "default", "quantity": 5, "status": 1}
    link = {"sku": SKU, "category_id": "8", "position": 1}
    made = {"sku": "QUEUED", "name": "Queued", "price": 2}
    calls: list[tuple[str, str, object]] = [
        ("POST", "products", {"product": made}),
        ("POST", "products/special-price", {"prices": [special]}),
        ("POST", "products/special-price-delete", {"prices": [special]}),
        ("POST", "inventory/source-items", {"sourceItems": [item]}),
        ("POST", "categories/byCategoryId/products", {"productLink": link}),
        ("DELETE", "products/bySku", {"sku": "QUEUED"}),
    ]
    for method, path, body in calls:
        (operation,) = shop.finished(shop.bulk(method, path, [body]))
        assert operation["status"] == 1, (path, operation)
    assert shop.send("GET", address("products/QUEUED")).status_code == 404


def test_a_single_call_can_be_queued(shop: Shop) -> None:
    """Without `bulk` in the path, the request holds one call."""
    body = {"product": {"name": "Alone"}}
    response = shop.http.put("/rest/all/async/V1/products/CLO%20000%2F1", json=body)
    assert response.status_code == 202
    shop.finished(response.json()["bulk_uuid"])
    assert shop.product(SKU, "all")["name"] == "Alone"


def test_a_queued_call_keeps_its_scope(shop: Shop) -> None:
    """A bulk through a view's store code writes that view."""
    shop.finished(shop.bulk("PUT", "products/bySku", _products(SKU), "fr"))
    assert shop.product(SKU, "fr")["name"] == f"Bulk {SKU}"
    assert shop.product(SKU, "default")["name"] != f"Bulk {SKU}"


def test_incomplete_bulks_are_refused_at_once(shop: Shop) -> None:
    """A bulk with a call that lacks its content is not accepted, as a whole."""
    path = "/rest/all/async/bulk/V1/products/bySku"
    wrong: list[object] = [[], [{}], [5], "x", [*_products(SKU), {"product": None}]]
    for items in wrong:
        assert shop.http.put(path, json=items).status_code == 400
    assert shop.http.get("/rest/all/async/bulk/V1/products").status_code == 400
    assert not any(entry["applied"] for entry in shop.store.journal())


def test_the_lag_ends_without_anybody_asking_for_the_status(shop: Shop) -> None:
    """The journal alone shows that a queued change was applied."""
    shop.bulk("PUT", "products/bySku", _products(SKU))
    _wait(lambda: bool(shop.changes(SKU)))
    assert shop.changes(SKU)[0][0] == "name@all"
