"""A sandbox with two analytics properties, in a process of its own, over real HTTP."""

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
from pydantic import SecretStr

from connectors.analytics.ga4 import GA4Analytics, GA4Connection

STORES: list[dict[str, Any]] = [
    {
        "name": "shop",
        "property_number": "456",
        "time_zone": "America/New_York",
        "currency": "EUR",
        "product_ids": [f"shopify_{number}" for number in range(40)],
    },
    {"name": "slow", "property_number": "789", "products": 3, "latency_seconds": 0.05},
]


@dataclass(frozen=True)
class SandboxProperty:
    """One property of the sandbox, and its own view of what it counted and was asked."""

    name: str
    number: str
    address: str
    key_file: Path
    control: httpx.Client

    @property
    def key(self) -> SecretStr:
        """The service account's JSON key."""
        return SecretStr(self.key_file.read_text())

    def truth(self) -> dict[str, Any]:
        """Return items and what was counted."""
        content: dict[str, Any] = self.control.get("/_sandbox/catalogue").json()
        return content

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start."""
        content: dict[str, Any] = self.control.get("/_sandbox/statistics").json()
        return content

    def set(self, field: str, value: object) -> None:
        """Set the property's clock, a quota, or what spoils its reports."""
        content = {"resource_id": "property", "field": field, "value": value}
        self.control.post("/_sandbox/edit", json=content).raise_for_status()

    def fault(self, **settings: object) -> None:
        """Let something go wrong with the next request."""
        self.control.post("/_sandbox/faults", json=settings).raise_for_status()


@pytest.fixture(scope="session")
def properties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SandboxProperty]]:
    """All properties by name."""
    folder = tmp_path_factory.mktemp("sandbox")
    stores = [
        {"platform": "ga4", "credentials_file": str(folder / store["name"]), **store}
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
            line["store"]: SandboxProperty(
                name=line["store"],
                number=store["property_number"],
                address=line["address"],
                key_file=folder / line["store"],
                control=stack.enter_context(
                    httpx.Client(base_url=line["address"], trust_env=False, timeout=30)
                ),
            )
            for line, store in zip(lines, stores, strict=True)
        }


def _restored(one: SandboxProperty) -> Iterator[SandboxProperty]:
    one.control.post("/_sandbox/reset").raise_for_status()
    one.set("token_lifetime_seconds", 3599)
    yield one
    one.control.delete("/_sandbox/faults").raise_for_status()


@pytest.fixture
def shop(properties: dict[str, SandboxProperty]) -> Iterator[SandboxProperty]:
    """The property 'shop', with full quotas and unspoiled reports."""
    yield from _restored(properties["shop"])


@pytest.fixture
def slow(properties: dict[str, SandboxProperty]) -> Iterator[SandboxProperty]:
    """The property 'slow', whose answers take a while."""
    yield from _restored(properties["slow"])


Open = Callable[[SandboxProperty], GA4Analytics]


@pytest.fixture
async def open_property() -> AsyncIterator[Open]:
    """Open properties of the sandbox through the connector; closes them in the end."""
    async with AsyncExitStack() as stack:

        def open_it(one: SandboxProperty) -> GA4Analytics:
            connection = GA4Connection(one.name, one.number, one.address)
            stack.push_async_callback(connection.aclose)
            return connection.analytics(one.key)

        yield open_it
