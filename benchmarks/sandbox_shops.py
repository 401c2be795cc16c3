"""The shops that are measured: one sandbox process, apart from the stack that works on them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from connectors.secret_reference import SecretReference
from connectors.settings import StoreSettings

_STOP_SECONDS = 10.0
_CREDENTIALS: Mapping[str, str] = {
    "username": "bench",
    "password": "bench-password",
    "client_id": "bench-client",
    "client_secret": "bench-client-secret",
}
_TOKEN = "bench-access-token"  # noqa: S105 - of a shop that lives as long as the benchmark


@dataclass(frozen=True)
class ShopDescription:
    """A made-up shop, in the words of the sandbox's configuration."""

    name: str
    platform: str
    products: int
    variants: int
    latency_seconds: float
    plan: str = "standard"
    edition: str = "paas"
    requests_per_second: float = 20.0


class Shop:
    """A running shop, and the figures that it keeps about itself."""

    def __init__(self, settings: StoreSettings) -> None:
        """Take how the shop is reached."""
        self.settings = settings
        origin = httpx.URL(settings.address).copy_with(path="/")
        self._client = httpx.AsyncClient(base_url=origin, timeout=60)

    async def figures(self) -> dict[str, Any]:
        """Return the counters so far."""
        content: dict[str, Any] = (await self._client.get("/_sandbox/statistics")).json()
        return content

    async def reset(self) -> None:
        """Put the shop, its counters and its full allowance back to the beginning."""
        (await self._client.post("/_sandbox/reset")).raise_for_status()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()


@asynccontextmanager
async def serving_shops(
    folder: Path, shops: Sequence[ShopDescription]
) -> AsyncIterator[Mapping[str, Shop]]:
    """Start the shops in a process of their own, and give each by its name."""
    configuration = _write_configuration(folder, shops)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--config", str(configuration)),
        stdout=asyncio.subprocess.PIPE,
    )
    running: dict[str, Shop] = {}
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for shop in shops:
            served = json.loads(await process.stdout.readline())
            running[shop.name] = Shop(_settings(folder, shop, served["address"]))
        yield running
    finally:
        for opened in running.values():
            await opened.aclose()
        process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()


def _write_configuration(folder: Path, shops: Sequence[ShopDescription]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(_TOKEN, encoding="ascii")
    (folder / "accepted.json").write_text(json.dumps(_CREDENTIALS), encoding="ascii")
    stores = [asdict(shop) | _access(folder, shop) for shop in shops]
    content = {"data_directory": str(folder / "journals"), "stores": stores}
    configuration = folder / "sandbox.json"
    configuration.write_text(json.dumps(content), encoding="utf-8")
    return configuration


def _access(folder: Path, shop: ShopDescription) -> dict[str, str]:
    if shop.platform == "adobe_commerce":
        return {"credentials_file": str(folder / "accepted.json")}
    return {"access_token_file": str(folder / "token")}


def _settings(folder: Path, shop: ShopDescription, origin: str) -> StoreSettings:
    address, secret = origin, _TOKEN
    if shop.platform == "bigcommerce":
        address = f"{origin}/stores/{shop.name}"
    elif shop.edition == "saas":
        address = f"{origin}/tenant"
        names = ("client_id", "client_secret")
        own = {name: _CREDENTIALS[name] for name in names}
        secret = json.dumps({"kind": "ims", "token_address": origin, **own})
    elif shop.platform == "adobe_commerce":
        own = {name: _CREDENTIALS[name] for name in ("username", "password")}
        secret = json.dumps({"kind": "admin", **own})
    file = folder / f"{shop.name}.secret"
    file.write_text(secret, encoding="ascii")
    return StoreSettings(
        platform=shop.platform, address=address, access_token=SecretReference(f"file:{file}")
    )
