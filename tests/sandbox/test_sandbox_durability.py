"""The process itself: start, signals, and what survives a kill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import run
from tests.sandbox.running import RunningStore

ROOT = Path(__file__).resolve().parents[2]
CREATE = """
mutation { productCreate(product: {title: "Made here", tags: ["b", "a"]}) {
  product { id variants(first: 1) { nodes { id } } } userErrors { message } } }
"""
UPDATE = """
mutation Update($product: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $product, variants: $variants) { userErrors { message } }
}
"""
READ = "{ products(first: 1) { nodes { id tags variants(first: 1) { nodes { id } } } } }"


@contextmanager
def sandbox_process(
    folder: Path, **settings: object
) -> Iterator[tuple[subprocess.Popen[str], RunningStore]]:
    """Run a sandbox of one store as a process, and kill it afterwards."""
    configuration = folder / "sandbox.json"
    configuration.write_text(
        json.dumps(
            {
                "data_directory": str(folder / "data"),
                "stores": [
                    {
                        "name": "kept",
                        "products": 5,
                        "variants": 20,
                        "access_token_file": str(folder / "token"),
                        **settings,
                    }
                ],
            }
        )
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--config", str(configuration)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        served = json.loads(process.stdout.readline())
        with RunningStore(served["address"]) as store:
            token = (folder / "token").read_text().strip()
            store.http.headers["X-Shopify-Access-Token"] = token
            yield process, store
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def _writes(store: RunningStore) -> None:
    product = store.data(READ)["products"]["nodes"][0]
    variant = product["variants"]["nodes"][0]["id"]
    change = {"id": variant, "price": "3.33", "inventoryItem": {"sku": "NEW", "cost": "1"}}
    store.data(UPDATE, {"product": product["id"], "variants": [change]})
    tags = 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["kept"]) { userErrors { message } } }'
    store.data(tags, {"id": product["id"]})
    made = store.data(CREATE)["productCreate"]["product"]
    change = {"id": made["variants"]["nodes"][0]["id"], "price": "9.99"}
    store.data(UPDATE, {"product": made["id"], "variants": [change]})
    store.control("POST", "edit", {"resource_id": variant, "field": "barcode", "value": "123"})


def test_state_and_journal_survive_a_kill(tmp_path: Path) -> None:
    """After SIGKILL the store comes back with every write it had answered, and its journal."""
    with sandbox_process(tmp_path) as (process, store):
        _writes(store)
        catalogue, journal = store.control("GET", "catalogue"), store.journal()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    with sandbox_process(tmp_path) as (_, store):
        assert store.control("GET", "catalogue") == catalogue
        assert store.journal() == journal
        assert len(journal) >= 7


def test_unfinished_line_is_cut_off(tmp_path: Path) -> None:
    """A line that a kill left half written is forgotten, and the next write follows cleanly."""
    with sandbox_process(tmp_path) as (_, store):
        _writes(store)
        journal = store.journal()
    with (tmp_path / "data" / "kept.journal.jsonl").open("a") as file:
        file.write('{"sequence": 99, "time"')
    with sandbox_process(tmp_path) as (_, store):
        assert store.journal() == journal
        product = store.data(READ)["products"]["nodes"][0]
        tags = 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["x"]) { userErrors { message } } }'
        store.data(tags, {"id": product["id"]})
        assert len(store.journal()) == len(journal) + 1
    lines = (tmp_path / "data" / "kept.journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1, len(lines) + 1))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_the_process_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGINT end the process with code 0."""
    with sandbox_process(tmp_path) as (process, store):
        store.data("{ shop { name } }")
        process.send_signal(number)
        assert process.wait(10) == 0


def test_wrong_token_is_refused(tmp_path: Path) -> None:
    """Where a token file is named, only its token is let in, and the file is private."""
    with sandbox_process(tmp_path) as (_, store):
        response = store.http.post(
            "/admin/api/2026-07/graphql.json",
            json={"query": "{ shop { name } }"},
            headers={"X-Shopify-Access-Token": "other"},
        )
        assert response.status_code == 401
        assert isinstance(response.json()["errors"], str)
        assert (tmp_path / "token").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        "{}",
        {"stores": [{"name": "a"}]},
        {"data_directory": ".", "stores": []},
        {"data_directory": ".", "stores": [{"name": "a"}, {"name": "a"}]},
        {"data_directory": ".", "stores": [{"name": "a", "plan": "free"}]},
        {"data_directory": ".", "stores": [{"name": "a", "colour": "red"}]},
        {"data_directory": ".", "stores": [{"name": "a", "products": 5, "variants": 1}]},
        {"data_directory": ".", "stores": [{"name": "../a"}]},
    ],
)
def test_unusable_configurations_are_explained(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: Any,  # noqa: ANN401
) -> None:
    """A configuration that cannot be used ends the process with code 2 and one sentence."""
    path = tmp_path / "sandbox.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert run(path) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_taken_port_is_explained(
    tmp_path: Path, store: RunningStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port that somebody else listens on is named, with the remedy."""
    port = int(store.address.rpartition(":")[2])
    path = tmp_path / "sandbox.json"
    stores = [{"name": "a", "port": port}]
    path.write_text(json.dumps({"data_directory": str(tmp_path), "stores": stores}))
    assert run(path) == 2
    assert f"{port}" in capsys.readouterr().err
