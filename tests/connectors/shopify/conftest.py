"""A sandbox with several Shopify stores, in a process of its own, over real HTTP."""

import gzip
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_client_schema
from pydantic import SecretStr

from connectors.stores.shopify import ShopifyConnection, ShopifyStore

STORES = [
    {"name": "acme", "plan": "enterprise", "search_lag_seconds": 0},
    {"name": "wide", "plan": "enterprise", "products": 3, "variants": 420},
    {"name": "noted", "plan": "enterprise", "products": 1, "variants": 101, "job_seconds": 0},
    {"name": "small", "plan": "standard", "products": 60, "variants": 60},
    {
        "name": "many",
        "plan": "enterprise",
        "products": 1010,
        "variants": 1010,
        "bulk_lines_per_second": 1000,
    },
    {"name": "narrow", "plan": "enterprise", "products": 2, "variants": 2},
]


@dataclass(frozen=True)
class SandboxStore:
    """One store of the sandbox, and its own view of what it holds and what it received."""

    name: str
    address: str
    token: str
    control: httpx.Client

    def catalogue(self) -> dict[str, Any]:
        """Return the present truth."""
        content: dict[str, Any] = self.control.get("/_sandbox/catalogue").json()
        return content

    def written(self) -> list[dict[str, Any]]:
        """Return the journal of writes that were applied since the start."""
        entries = self.control.get("/_sandbox/journal").json()
        return [entry for entry in entries if entry["applied"]]

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start."""
        content: dict[str, Any] = self.control.get("/_sandbox/statistics").json()
        return content

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return what the platform's own interface answers, past the connector."""
        answer = self.control.post(
            "/admin/api/2026-07/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.token},
        ).json()
        content: dict[str, Any] = answer["data"]
        return content

    def fault(self, **settings: object) -> None:
        """Let something go wrong with the next request."""
        self.control.post("/_sandbox/faults", json=settings).raise_for_status()

    def edit(self, resource_id: str, field: str, value: object) -> None:
        """Change something as somebody else would."""
        content = {"resource_id": resource_id, "field": field, "value": value}
        self.control.post("/_sandbox/edit", json=content).raise_for_status()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SandboxStore]]:
    """All stores by name; `narrow` has a token that may not write."""
    folder = tmp_path_factory.mktemp("sandbox")
    stores = [store | {"access_token_file": str(folder / str(store["name"]))} for store in STORES]
    stores[-1]["scopes"] = ["read_products"]
    configuration = folder / "sandbox.json"
    configuration.write_text(json.dumps({"data_directory": str(folder), "stores": stores}))
    command = [sys.executable, "-m", "sandbox", "--config", str(configuration)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.terminate)
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in stores]
        yield {
            line["store"]: SandboxStore(
                name=line["store"],
                address=line["address"],
                token=(folder / line["store"]).read_text().strip(),
                control=stack.enter_context(
                    httpx.Client(base_url=line["address"], trust_env=False, timeout=30)
                ),
            )
            for line in lines
        }


@pytest.fixture
def acme(sandbox: dict[str, SandboxStore]) -> Iterator[SandboxStore]:
    """The store 'acme', as it was generated."""
    store = sandbox["acme"]
    store.control.post("/_sandbox/reset").raise_for_status()
    yield store
    store.control.delete("/_sandbox/faults").raise_for_status()


Open = Callable[[SandboxStore], ShopifyStore]


@pytest.fixture
async def open_store() -> AsyncIterator[Open]:
    """Open stores of the sandbox through the connector; closes them in the end."""
    async with AsyncExitStack() as stack:

        def open_it(store: SandboxStore) -> ShopifyStore:
            connection = ShopifyConnection(store.name, store.address)
            stack.push_async_callback(connection.aclose)
            return connection.store(SecretStr(store.token))

        yield open_it


@pytest.fixture(scope="session")
def schema(contracts: Path) -> GraphQLSchema:
    """The platform's whole schema."""
    with gzip.open(contracts / "shopify" / "admin_2026-07.json.gz") as file:
        content = json.load(file)
    return build_client_schema(content.get("data", content), assume_valid=True)
