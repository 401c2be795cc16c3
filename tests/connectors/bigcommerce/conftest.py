"""A sandbox with several BigCommerce stores, in a process of its own, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.stores.bigcommerce import BigCommerceConnection, BigCommerceStore

# fmt: off
STORES: list[dict[str, Any]] = [
    {
        "name": "acme", "plan": "enterprise", "products": 60, "variants": 300,
        "search_lag_seconds": 0.2,
    },
    {"name": "wide", "plan": "enterprise", "products": 520, "variants": 1500},
    {"name": "small", "plan": "standard", "products": 40, "variants": 120},
    {"name": "kyoto", "plan": "enterprise", "products": 5, "variants": 9, "currency": "JPY"},
    {"name": "narrow", "plan": "enterprise", "products": 2, "variants": 2},
]
# fmt: on


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

    def fault(self, **settings: object) -> None:
        """Let something go wrong with the next request."""
        self.control.post("/_sandbox/faults", json=settings).raise_for_status()

    def edit(self, resource_id: str, field: str, value: object) -> None:
        """Change one field as somebody else would."""
        content = {"resource_id": resource_id, "field": field, "value": value}
        self.control.post("/_sandbox/edit", json=content).raise_for_status()


@pytest.fixture(scope="session")
def bigcommerce_sandbox(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, SandboxStore]]:
    """All stores by name; `narrow` has a token that may not write."""
    folder = tmp_path_factory.mktemp("bigcommerce")
    stores = [
        {"platform": "bigcommerce", "access_token_file": str(folder / store["name"]), **store}
        for store in STORES
    ]
    stores[-1]["scopes"] = ["store_v2_products_read_only", "store_v2_information_read_only"]
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
                address=f"{line['address']}/stores/{line['store']}",
                token=(folder / line["store"]).read_text().strip(),
                control=stack.enter_context(
                    httpx.Client(base_url=line["address"], trust_env=False, timeout=30)
                ),
            )
            for line in lines
        }


def _fresh(store: SandboxStore) -> Iterator[SandboxStore]:
    store.control.post("/_sandbox/reset").raise_for_status()
    yield store
    store.control.delete("/_sandbox/faults").raise_for_status()


@pytest.fixture
def acme(bigcommerce_sandbox: dict[str, SandboxStore]) -> Iterator[SandboxStore]:
    """The store 'acme', as it was generated."""
    yield from _fresh(bigcommerce_sandbox["acme"])


@pytest.fixture
def small(bigcommerce_sandbox: dict[str, SandboxStore]) -> Iterator[SandboxStore]:
    """The store 'small', of the smallest plan, as it was generated."""
    yield from _fresh(bigcommerce_sandbox["small"])


Open = Callable[[SandboxStore], BigCommerceStore]


@pytest.fixture
async def open_store() -> AsyncIterator[Open]:
    """Open stores of the sandbox through the connector; closes them in the end."""
    async with AsyncExitStack() as stack:

        def open_it(store: SandboxStore) -> BigCommerceStore:
            connection = BigCommerceConnection(store.name, store.address)
            stack.push_async_callback(connection.aclose)
            return connection.store(SecretStr(store.token))

        yield open_it
