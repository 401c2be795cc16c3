"""What survives a kill, and that the same seed gives the same store."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.generator import generate_catalogue
from sandbox.bigcommerce.records import to_document
from tests.sandbox.bigcommerce.client import BigCommerceClient
from tests.sandbox.bigcommerce.openapi import ROOT
from tests.sandbox.running import RunningStore


@contextmanager
def _process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], BigCommerceClient]]:
    store = {"name": "demo", "platform": "bigcommerce", "products": 6, "variants": 20}
    path = folder / "sandbox.json"
    path.write_text(json.dumps({"data_directory": str(folder / "data"), "stores": [store]}))
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--config", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        served = json.loads(process.stdout.readline())
        with RunningStore(served["address"]) as running:
            yield process, BigCommerceClient(running)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def _write(client: BigCommerceClient) -> None:
    client.data("PUT", "/catalog/products/111", {"price": 5, "custom_url": {"url": "/kept/"}})
    client.data("PUT", "/catalog/variants", [{"id": 362, "price": 9.99, "sku": "KEPT"}])
    items = [{"location_id": 1, "variant_id": 362, "quantity": 41}]
    client.send("PUT", "/inventory/adjustments/absolute", {"items": items})
    record = {"variant_id": 362, "currency": "usd", "price": 1}
    client.data("PUT", "/pricelists/2/records", [record])
    client.send("DELETE", "/pricelists/1/records/361/usd")
    new = {"name": "Made here", "type": "physical", "weight": 1, "price": 5}
    made = client.data("POST", "/catalog/products", new)
    client.data("PUT", f"/catalog/products/{made['id']}", {"price": 6})
    client.send("DELETE", "/catalog/products/113")
    client.send("PUT", "/catalog/products/111", {"price": "refused"})


def test_state_and_journal_survive_a_kill(tmp_path: Path) -> None:
    """After SIGKILL the store comes back with every write it had answered, and its journal."""
    with _process(tmp_path) as (process, client):
        _write(client)
        catalogue, journal = client.running.control("GET", "catalogue"), client.running.journal()
        product = client.product(111)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    with _process(tmp_path) as (_, client):
        assert client.running.control("GET", "catalogue") == catalogue
        assert client.running.journal() == journal
        assert client.product(111) == product
        # Stock that was accepted and not yet seen has arrived meanwhile.
        assert client.variant(362)["inventory_level"] == 41
        taken = client.send("PUT", "/catalog/products/112", {"custom_url": {"url": "/kept/"}})
        assert taken.status_code == 207
        new = {"name": "Another", "type": "physical", "weight": 1, "price": 5}
        assert client.data("POST", "/catalog/products", new)["id"] == 118
    assert [entry["applied"] for entry in journal].count(False) == 1


def test_reset_goes_back_to_the_generated_store(tmp_path: Path) -> None:
    """A reset leaves the generated catalogue, an empty journal and a fresh quota."""
    with _process(tmp_path) as (_, client):
        before = client.running.control("GET", "catalogue")
        _write(client)
        assert client.running.control("GET", "catalogue") != before
        client.running.control("POST", "reset")
        assert client.running.control("GET", "catalogue") == before
        assert client.running.journal() == []
        assert client.running.control("GET", "statistics")["quota"]["used"] == 0


@pytest.mark.parametrize(
    ("products", "variants"), [(1, 1), (1, 300), (3, 3), (7, 500), (2000, 10_000)]
)
def test_generator_makes_what_was_asked_for(products: int, variants: int) -> None:
    """Any size comes out exactly, twice the same for one seed, with unique names and SKUs."""
    stores = [Catalogue(), Catalogue()]
    for store in stores:
        generate_catalogue(store, products=products, variants=variants, seed=3)
    first, second = stores
    assert (len(first.products), len(first.variants)) == (products, variants)
    documents = [[to_document(one) for one in store.products.values()] for store in stores]
    assert documents[0] == documents[1]
    assert first.variants == second.variants
    names = {product.value("name") for product in first.products.values()}
    skus = [variant.value("sku") for variant in first.variants.values() if variant.option_values]
    chosen = {(variant.product_id, *variant.option_values) for variant in first.variants.values()}
    assert (len(names), len(set(skus)), len(chosen)) == (products, len(skus), variants)
    summer = next(one.id for one in first.categories.values() if one.name == "Summer")
    assert any(summer in product.value("categories") for product in first.products.values())
