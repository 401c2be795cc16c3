"""Every request that is sent is one that the platform's own description knows."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.catalog import ByCollection, ByIds, ByVendor, EveryProduct
from steward.errors import UnsupportedOperation
from tests.connectors.adobe_commerce.conftest import SandboxStore
from tests.connectors.adobe_commerce.contract import PAAS, SAAS, faults
from tests.connectors.adobe_commerce.fakes import store_with
from tests.connectors.adobe_commerce.test_store_over_http import sale_of, send_all


class Recording(httpx.AsyncBaseTransport):
    """Sends requests on, and keeps them."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.requests: list[httpx.Request] = []
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep the request, and send it."""
        self.requests.append(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@asynccontextmanager
async def recorded(twin: SandboxStore) -> AsyncIterator[tuple[AdobeCommerceStore, Recording]]:
    """Return the store by way of a recording; its own clock is far from our noon."""
    transport = Recording()
    address = f"{twin.address}/tenant" if twin.kind == "ims" else twin.address
    async with AsyncExitStack() as closing:
        store = store_with(transport, address=address, credentials=twin.secret(), closing=closing)
        yield store, transport


@pytest.mark.parametrize(("name", "file"), [("acme", PAAS), ("cloud", SAAS)])
async def test_every_request_is_described(
    name: str, file: str, sandbox: dict[str, SandboxStore]
) -> None:
    """Its path and method, its query, and the names and types in its body."""
    twin = sandbox[name]
    twin.control.post("/_sandbox/reset").raise_for_status()
    async with recorded(twin) as (store, transport):
        await store.read_catalog(EveryProduct())
        change_set = await sale_of(store, ByCollection(collection="summer"))
        await store.read_catalog(ByIds(ids=(change_set.changes[0].product_id,)))
        with pytest.raises(UnsupportedOperation):
            await store.read_catalog(ByVendor(vendor="x"))
        await store.read_values([change.target for change in change_set.changes])
        await send_all(store, change_set.changes)
        await send_all(store, change_set.inverse().changes)
        plain = [each for each in change_set.changes if each.target.field == "price"]
        await send_all(store, [each.inverse() for each in plain[:1]])

    found: list[str] = []
    endpoints: set[str] = set()
    for request in transport.requests:
        path = request.url.raw_path.decode().partition("?")[0]
        endpoint = f"/V1/{path.partition('/V1/')[2]}"
        endpoints.add(endpoint)
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        body = json.loads(request.content) if request.content else None
        found += faults(file, request.method, endpoint, query, body)
    assert found == []
    assert endpoints >= {
        "/V1/products",
        "/V1/categories/list",
        "/V1/store/storeConfigs",
        "/V1/products/base-prices-information",
        "/V1/products/special-price-information",
        "/V1/products/special-price",
        "/V1/products/special-price-delete",
    }
    assert ("/V1/integration/admin/token" in endpoints) is (name == "acme")


def test_a_request_that_breaks_the_description_is_found() -> None:
    """The check can fail."""
    body = {"prices": [{"sku": "A", "store_id": "0", "price": 1}]}
    found = list(faults(PAAS, "POST", "/V1/products/special-price", [("x", "1")], body))
    assert len(found) == 4, found
