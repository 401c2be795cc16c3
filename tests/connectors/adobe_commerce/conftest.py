"""A sandbox with Adobe Commerce stores, in a process of its own, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.stores.adobe_commerce import AdobeCommerceConnection, AdobeCommerceStore
from tests.connectors.adobe_commerce.fakes import PatientTimer

STORES = [
    {"name": "acme", "products": 60, "variants": 260, "bulk_lag_seconds": 0.02},
    {
        "name": "cloud", "products": 20, "variants": 50, "bulk_lag_seconds": 0.02,
        # The timer of these tests does not really wait, so that nothing may have to.
        "edition": "saas", "requests_per_second": 10_000,
    },
]  # fmt: skip


@dataclass(frozen=True)
class SandboxStore:
    """One store of the sandbox, its own view of what it holds, and what it lets in."""

    name: str
    address: str
    given: dict[str, str]
    control: httpx.Client
    kind: str = "admin"

    def by(self, kind: str) -> "SandboxStore":
        """Return the store as another kind of credentials reaches it."""
        return replace(self, kind=kind)

    def secret(self) -> dict[str, str]:
        """Return the secret in the form that the connector takes."""
        fields = {
            "admin": ("username", "password"),
            "oauth1": ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
            "ims": ("client_id", "client_secret"),
        }
        where = {"token_address": self.address} if self.kind == "ims" else {}
        return {"kind": self.kind, **where, **{key: self.given[key] for key in fields[self.kind]}}

    def products(self) -> list[dict[str, Any]]:
        """Return the present truth, product by product."""
        content = self.control.get("/_sandbox/catalogue").json()["products"]
        return [{**product, "sku": sku} for sku, product in content.items()]

    def product(self, sku: str) -> dict[str, Any]:
        """Return the present truth about one product."""
        return next(each for each in self.products() if each["sku"] == sku)

    def journal(self) -> list[dict[str, Any]]:
        """Return everything that was written or refused since the start."""
        entries: list[dict[str, Any]] = self.control.get("/_sandbox/journal").json()
        return entries

    def fault(self, **settings: object) -> None:
        """Let something go wrong with the next request."""
        self.control.post("/_sandbox/faults", json=settings).raise_for_status()

    def edit(self, sku: str, field: str, value: object) -> None:
        """Change something as somebody else would."""
        content = {"resource_id": sku, "field": field, "value": value}
        self.control.post("/_sandbox/edit", json=content).raise_for_status()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SandboxStore]]:
    """All stores by name."""
    folder = tmp_path_factory.mktemp("sandbox")
    stores = [
        store | {"platform": "adobe_commerce", "credentials_file": str(folder / str(store["name"]))}
        for store in STORES
    ]
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
                given=json.loads((folder / line["store"]).read_text()),
                control=stack.enter_context(
                    httpx.Client(base_url=line["address"], trust_env=False, timeout=30)
                ),
                kind="ims" if line["store"] == "cloud" else "admin",
            )
            for line in lines
        }


@pytest.fixture
def acme(sandbox: dict[str, SandboxStore]) -> Iterator[SandboxStore]:
    """A shop of one's own, as it was generated."""
    yield from _fresh(sandbox["acme"])


@pytest.fixture
def cloud(sandbox: dict[str, SandboxStore]) -> Iterator[SandboxStore]:
    """A store of the edition as a service, as it was generated."""
    yield from _fresh(sandbox["cloud"])


def _fresh(store: SandboxStore) -> Iterator[SandboxStore]:
    store.control.post("/_sandbox/reset").raise_for_status()
    yield store
    store.control.delete("/_sandbox/faults").raise_for_status()


Open = Callable[[SandboxStore], AdobeCommerceStore]


@pytest.fixture
async def open_store() -> AsyncIterator[Open]:
    """Open stores of the sandbox through the connector; closes them in the end.

    Nothing waits for the start of a special price, which counts as begun when it is that near.
    """
    async with AsyncExitStack() as stack:

        def open_it(store: SandboxStore) -> AdobeCommerceStore:
            address = f"{store.address}/tenant" if store.kind == "ims" else store.address
            connection = AdobeCommerceConnection(store.name, address, timer=PatientTimer())
            stack.push_async_callback(connection.aclose)
            return connection.store(SecretStr(json.dumps(store.secret())))

        yield open_it
