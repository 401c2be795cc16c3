"""Faults, and what survives them: lost answers, held requests, and a kill of the process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, product_address
from tests.sandbox.adobe_commerce.swagger import ROOT
from tests.sandbox.running import RunningStore

SKU = "CLO 000/1"
BODY = {"product": {"name": "Written"}}


def test_a_lost_answer_is_applied(shop: Shop) -> None:
    """The client sees a broken connection although the write is in the store."""
    shop.store.fault("lost_answer", match={"operation": "PutV1ProductsSku", "resource_id": SKU})
    with pytest.raises(httpx.RemoteProtocolError):
        shop.send("PUT", product_address(SKU, "all"), BODY)
    assert shop.product(SKU, "all")["name"] == "Written"


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("kind", ["server_error", "disconnect", "garbage"])
def test_broken_answers_say_nothing_about_the_write(
    shop: Shop, kind: str, *, applied: bool
) -> None:
    """The same broken answer may follow a write that was applied and one that was not."""
    shop.store.fault(kind, match={"kind": "mutation"}, apply_anyway=applied)
    try:
        answer = shop.http.put(product_address(SKU, "all"), json=BODY)
    except httpx.RemoteProtocolError:
        assert kind == "disconnect"
    else:
        assert answer.status_code == (200 if kind == "garbage" else 502)
    assert (shop.product(SKU, "all")["name"] == "Written") is applied
    assert [change[3] for change in shop.changes(SKU)] == [applied]


def test_an_internal_error_has_a_report(shop: Shop) -> None:
    """A 500 hides its cause behind the number of a report."""
    shop.store.fault("server_error", status=500)
    response = shop.http.get(product_address(SKU))
    assert response.status_code == 500
    assert "Report ID: webapi-" in response.json()["message"]


def test_a_fault_can_end_a_session(shop: Shop) -> None:
    """A 401 by fault looks like a token that is no longer good."""
    shop.store.fault("server_error", status=401)
    response = shop.send("GET", product_address(SKU))
    assert response.status_code == 401
    assert "%resources" in response.json()["message"]


def test_a_throttling_fault_names_a_time(shop: Shop) -> None:
    """A fault brings a 429 to the edition on premises, which has none of its own."""
    shop.store.fault("throttle", match={"operation": "AsyncBulkPutV1ProductsSku"})
    response = shop.http.put("/rest/all/async/bulk/V1/products/bySku", json=[BODY])
    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")


@contextmanager
def _process(place: Path) -> Iterator[tuple[subprocess.Popen[str], Shop]]:
    configuration = place / "sandbox.json"
    store = {
        "name": "kept",
        "platform": "adobe_commerce",
        "products": 12,
        "variants": 30,
        "bulk_lag_seconds": 1,
    }
    configuration.write_text(json.dumps({"data_directory": str(place), "stores": [store]}))
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--config", str(configuration)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        served = json.loads(process.stdout.readline())
        with RunningStore(served["address"]) as running:
            yield process, Shop(running)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def _write(shop: Shop) -> None:
    shop.put_product(SKU, {"name": "Kept", "price": 3.33}, "fr")
    made = {"sku": "KEPT/1", "name": "Made here", "price": 5}
    shop.post("products", {"product": made})
    shop.put_product("KEPT/1", {"custom_attributes": {"meta_title": "Kept"}}, "all")
    shop.put_product("KEPT/1", {"name": None}, "fr")
    item = {"sku": "KEPT/1", "source_code": "north", "quantity": 5, "status": 1}
    shop.post("inventory/source-items", {"sourceItems": [item]})
    link = {"productLink": {"sku": "KEPT/1", "category_id": "3", "position": 2}}
    shop.post("categories/3/products", link)
    shop.send("DELETE", product_address("SHO-Ü 2"))


def test_state_journal_and_queue_survive_a_kill(tmp_path: Path) -> None:
    """After SIGKILL every answered write is there, and what was accepted is applied once."""
    with _process(tmp_path) as (process, shop):
        _write(shop)
        catalogue, journal = shop.store.control("GET", "catalogue"), shop.store.journal()
        done = shop.bulk("PUT", "products/bySku", [{"product": {"sku": SKU, "name": "First"}}])
        shop.finished(done)
        calls = [{"product": {"sku": sku, "name": "Queued"}} for sku in (SKU, "NOPE")]
        uuid = shop.bulk("PUT", "products/bySku", calls)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    time.sleep(0.1)
    with _process(tmp_path) as (_, shop):
        after = shop.store.control("GET", "catalogue")
        assert shop.store.journal()[: len(journal)] == journal
        assert [item["status"] for item in shop.finished(uuid)] == [1, 3]
        assert [item["status"] for item in shop.finished(done)] == [1]
        names = [change[1:3] for change in shop.changes(SKU) if change[0] == "name@all"]
        assert [new for _, new in names] == ["First", "Queued"]
        assert shop.product(SKU, "fr")["name"] == "Kept"
        for products in (catalogue["products"], after["products"]):
            products[SKU]["values"]["all"].pop("name")
        assert after == catalogue
        lines = (tmp_path / "kept.journal.jsonl").read_text().splitlines()
        numbers = [json.loads(line)["sequence"] for line in lines]
        assert numbers == list(range(1, len(lines) + 1))
        assert shop.send("GET", address("products/SHO-%C3%9C%202")).status_code == 404
