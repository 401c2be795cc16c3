"""Refused clients, faults on request, concurrency limits, and edits by somebody else."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.sandbox.bigcommerce.client import QUOTA_HEADERS, BigCommerceClient, bigcommerce

PRODUCT = "/catalog/products/111"


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def _held(client: BigCommerceClient, fault: int) -> int:
    return int(client.running.control("GET", f"faults/{fault}")["held"])


def test_scopes_decide_what_a_token_may_do(tmp_path: Path) -> None:
    """A read-only token reads products, changes nothing, and sees no stock."""
    with bigcommerce(tmp_path, products=2, variants=2, scopes=["store_v2_products_read_only"]) as (
        client
    ):
        assert client.send("GET", PRODUCT).status_code == 200
        assert client.send("PUT", PRODUCT, {"price": 1}).status_code == 403
        assert client.send("GET", "/inventory/items").status_code == 403
        assert client.raw("GET", "/v2/store").status_code == 403
        assert client.journal() == [("products/111", "price", 1, False)]


def test_only_the_token_of_the_file_is_let_in(tmp_path: Path) -> None:
    """Where a token file is named, it is written privately and no other token is let in."""
    path = tmp_path / "token"
    settings = {"products": 1, "variants": 1, "access_token_file": str(path)}
    with bigcommerce(tmp_path, **settings) as client:
        assert client.send("GET", PRODUCT).status_code == 401
        token = {"X-Auth-Token": path.read_text().strip()}
        assert client.raw("GET", f"/v3{PRODUCT}", headers=token).status_code == 200
        assert path.stat().st_mode & 0o077 == 0


def test_wrong_ways_to_ask_are_refused(client: BigCommerceClient) -> None:
    """Another store, path, method, media type or broken JSON each has its own refusal."""
    other = client.running.http.get(
        "/stores/other/v3/catalog/products", headers={"X-Auth-Token": "t"}
    )
    assert (other.status_code, other.json()["status"]) == (404, 404)
    assert client.send("GET", "/catalog/nothing").status_code == 404
    assert client.send("GET", "/catalog/products/abc").status_code == 404
    assert client.raw("PATCH", f"/v3{PRODUCT}").status_code == 405
    assert client.raw("PUT", f"/v3{PRODUCT}", content=b"{}").status_code == 415
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    broken = client.raw("PUT", f"/v3{PRODUCT}", content=b'{"price": NaN}', headers=json_type)
    assert broken.status_code == 400
    assert client.send("PUT", PRODUCT, [1]).status_code == 422
    assert client.send("PUT", "/catalog/products", {"id": 111}).status_code == 422
    assert client.send("PUT", "/catalog/variants", []).status_code == 422


def test_lost_answer_is_applied(client: BigCommerceClient) -> None:
    """The client sees a broken connection although the write is in the store and the journal."""
    client.running.fault("lost_answer", match={"operation": "updateProduct"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.send("PUT", PRODUCT, {"price": 7.77})
    assert client.product(111)["price"] == 7.77
    assert client.journal() == [("products/111", "price", 7.77, True)]


def test_disconnect_is_not_applied(client: BigCommerceClient) -> None:
    """The client sees a broken connection and the store holds the old price."""
    before = client.product(111)
    client.running.fault("disconnect", match={"resource_id": "products/111"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.send("PUT", PRODUCT, {"price": 7.77})
    assert client.product(111) == before
    assert client.journal() == [("products/111", "price", 7.77, False)]


def test_client_that_left_while_held_is_not_applied(client: BigCommerceClient) -> None:
    """A write whose client goes away while it is held in front of the store is never made."""
    fault = client.running.fault("hold_before", match={"kind": "mutation"})
    with pytest.raises(httpx.ReadTimeout):
        client.raw("PUT", f"/v3{PRODUCT}", json={"price": 7.77}, timeout=0.2)
    client.running.control("POST", f"faults/{fault}/release")
    _wait(lambda: len(client.journal()) == 1)
    assert client.journal() == [("products/111", "price", 7.77, False)]


def test_held_answer_is_applied_already(client: BigCommerceClient) -> None:
    """A write that is held after it was made is seen by everybody else."""
    fault = client.running.fault("hold_after", match={"resource_id": "products/111"})
    answers: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(client.send("PUT", PRODUCT, {"price": 7.77}))
    )
    thread.start()
    _wait(lambda: _held(client, fault) == 1)
    assert client.product(111)["price"] == 7.77
    client.running.control("POST", f"faults/{fault}/release")
    thread.join(10)
    assert answers[0].json()["data"]["price"] == 7.77


def test_throttle_says_how_long_to_wait(client: BigCommerceClient) -> None:
    """The fault answers 429 with nothing left and the seconds it was given as the time to wait."""
    client.running.fault("throttle", seconds=0.25)
    response = client.send("PUT", PRODUCT, {"price": 7.77})
    assert response.status_code == 429
    assert response.headers["x-rate-limit-requests-left"] == "0"
    assert response.headers["x-rate-limit-time-reset-ms"] == "250"
    assert client.journal() == [("products/111", "price", 7.77, False)]


@pytest.mark.parametrize("status", [429, 503])
def test_overload_has_no_quota_headers(client: BigCommerceClient, status: int) -> None:
    """A 429 or 5xx from in front of the platform carries none of the quota's headers."""
    client.running.fault("server_error", status=status)
    response = client.raw("PUT", f"/v3{PRODUCT}", json={"price": 7.77})
    assert response.status_code == status
    assert not set(QUOTA_HEADERS) & response.headers.keys()


def test_broken_answer_can_be_applied(client: BigCommerceClient) -> None:
    """A server error or garbage that was asked to apply anyway leaves the write in the store."""
    client.running.fault("garbage", apply_anyway=True)
    assert b"<html>" in client.raw("PUT", f"/v3{PRODUCT}", json={"price": 7.77}).content
    client.running.fault("server_error", apply_anyway=True)
    assert client.raw("PUT", f"/v3{PRODUCT}", json={"mpn": "M"}).status_code == 502
    assert [applied for *_, applied in client.journal()] == [True, True]


def test_partly_saved_leaves_stock_and_url_out(client: BigCommerceClient) -> None:
    """The fault saves the rest, leaves stock and URL as they were, and answers 207."""
    before = client.product(111)
    change = {"price": 7.77, "inventory_level": 1234, "custom_url": {"url": "/new/"}}
    client.running.fault("partly_saved", count=3)
    response = client.send("PUT", PRODUCT, change)
    assert response.status_code == 207
    assert response.json()["errors"]["errors"].keys() == {"inventory_level", "custom_url"}
    after = client.product(111)
    assert after["price"] == 7.77
    assert after["inventory_level"] == before["inventory_level"]
    assert after["custom_url"] == before["custom_url"]


def test_third_price_list_batch_at_once_is_refused(client: BigCommerceClient) -> None:
    """Two upserts run together; the third is refused with 429 although there is quota left."""
    fault = client.running.fault(
        "hold_before", match={"operation": "upsertPriceListRecords"}, count=2
    )
    path = "/pricelists/1/records"
    record = [{"variant_id": 362, "currency": "usd", "price": 1}]
    threads = [threading.Thread(target=client.send, args=("PUT", path, record)) for _ in range(2)]
    for thread in threads:
        thread.start()
    _wait(lambda: _held(client, fault) == 2)
    refused = client.send("PUT", path, record)
    assert refused.status_code == 429
    assert int(refused.headers["x-rate-limit-requests-left"]) > 0
    client.running.control("POST", f"faults/{fault}/release")
    for thread in threads:
        thread.join(10)
    assert client.send("PUT", path, record).status_code == 200


def test_edit_is_somebody_elses_write(client: BigCommerceClient) -> None:
    """An edit changes what clients read and stands in the journal as external."""
    for resource, field, value in (
        ("products/111", "price", 3.33),
        ("products/111", "categories", [23]),
        ("variants/362", "sale_price", None),
        ("variants/362", "inventory_level", 77),
        ("pricelists/1/records/361/USD", "price", 2),
        ("pricelists/1/records/361/USD", "record", None),
    ):
        edit = {"resource_id": resource, "field": field, "value": value}
        assert client.running.control("POST", "edit", edit)["operation"] == "external_edit"
    assert client.product(111)["price"] == 3.33
    assert client.variant(362)["inventory_level"] == 77
    assert client.data("GET", "/pricelists/1/records", variant_id__in=361) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"resource_id": "products/1", "field": "price", "value": 1},
        {"resource_id": "products/111", "field": "colour", "value": 1},
        {"resource_id": "products/111", "field": "price", "value": "x"},
        {"resource_id": "variants/362", "field": "record", "value": {}},
        {"resource_id": "nonsense", "field": "price", "value": 1},
    ],
)
def test_impossible_edits_are_explained(client: BigCommerceClient, edit: dict[str, object]) -> None:
    """An edit of what is not there, or to what cannot be, is refused with the reason."""
    response = client.running.http.post("/_sandbox/edit", json=edit)
    assert response.status_code == 400
    assert response.json()["error"]
    assert client.journal() == []


def test_edit_takes_a_record_away_only_where_there_are_records(client: BigCommerceClient) -> None:
    """A product and a price record can be taken away; a single variant cannot."""
    gone = {"resource_id": "products/111", "field": "record", "value": None}
    client.running.control("POST", "edit", gone)
    assert client.send("GET", PRODUCT).status_code == 404
    variant = {"resource_id": "variants/362", "field": "record", "value": None}
    assert client.running.http.post("/_sandbox/edit", json=variant).status_code == 400
