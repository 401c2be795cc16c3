"""Every request that is sent is one that the platform's own description knows."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.catalog import ByCollection, ByIds, ByVendor, CatalogDetail, EveryProduct
from steward.changes import FieldName
from steward.errors import UnsupportedOperation
from steward.operations import ChangeCategories, SetStatus, SetStock, SetText
from steward.values import ListingStatus
from tests.connectors.adobe_commerce.conftest import SandboxStore
from tests.connectors.adobe_commerce.contract import PAAS, SAAS, faults
from tests.connectors.adobe_commerce.fakes import store_with
from tests.connectors.adobe_commerce.running import compiled
from tests.connectors.adobe_commerce.test_store_over_http import sale_of, send_all

EVERY_FIELD = (
    SetText(field=FieldName.TITLE, text="New {title}"),
    SetText(field=FieldName.DESCRIPTION, text="New"),
    SetText(field=FieldName.SEO_TITLE, text="New"),
    SetText(field=FieldName.SEO_DESCRIPTION, text="New"),
    SetStatus(status=ListingStatus.DRAFT),
    ChangeCategories(add=("sale",), remove=("clothing", "summer")),
    SetStock(units=3, location="north"),
)


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
        first = ByIds(ids=(change_set.changes[0].product_id,))
        await store.read_catalog(first, CatalogDetail(costs=True))
        with pytest.raises(UnsupportedOperation):
            await store.read_catalog(ByVendor(vendor="x"))
        await store.read_values([change.target for change in change_set.changes])
        await send_all(store, change_set.changes)
        await send_all(store, change_set.inverse().changes)
        plain = [each for each in change_set.changes if each.target.field == "price"]
        await send_all(store, [each.inverse() for each in plain[:1]])
        for selection in (EveryProduct(), ByIds(ids=("CLO 000/1",))):
            fields = await compiled(store, selection, *EVERY_FIELD)
            await store.read_values([change.target for change in fields.changes])
            await send_all(store, fields.changes)
            await send_all(store, fields.inverse().changes)

    found: list[str] = []
    endpoints: set[str] = set()
    for request in transport.requests:
        path = request.url.raw_path.decode().partition("?")[0]
        endpoint, queued = described(path)
        endpoints.add(endpoint)
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        body = json.loads(request.content) if request.content else None
        for one in body if queued and isinstance(body, list) else [body]:
            found += faults(file, request.method, endpoint, query, one)
        found += misplaced(twin, request, path)
    assert found == []
    assert endpoints >= {
        "/V1/products",
        "/V1/categories/list",
        "/V1/store/storeConfigs",
        "/V1/products/base-prices-information",
        "/V1/products/special-price-information",
        "/V1/products/special-price",
        "/V1/products/special-price-delete",
        "/V1/products/{sku}",
        "/V1/categories/{categoryId}/products",
        "/V1/categories/{categoryId}/products/{sku}",
        "/V1/store/storeViews",
        "/V1/inventory/sources",
        "/V1/inventory/source-items",
        "/V1/bulk/{bulkUuid}/detailed-status",
    }
    assert ("/V1/integration/admin/token" in endpoints) is (name == "acme")


TEMPLATES = (
    "/V1/products/{sku}",
    "/V1/categories/{categoryId}/products",
    "/V1/categories/{categoryId}/products/{sku}",
    "/V1/bulk/{bulkUuid}/detailed-status",
)


def described(path: str) -> tuple[str, bool]:
    """Return the path as the description has it, and whether its calls go through the queue.

    The description leaves the queue out: there each call has the content of the call itself.
    """
    endpoint = path.partition("/V1/")[2].removeprefix("async/bulk/")
    queued = "/async/bulk/" in path
    if queued:
        endpoint = endpoint.replace("bySku", "x")
    for template in TEMPLATES:
        pattern = re.sub(r"\{\w+\}", "[^/]+", template.removeprefix("/V1/"))
        own = re.fullmatch(pattern, endpoint)
        if own and endpoint.split("/")[-1] not in NAMED_ENDPOINTS:
            return template, queued
    return f"/V1/{endpoint}", queued


NAMED_ENDPOINTS = {
    "base-prices", "base-prices-information", "special-price", "special-price-information",
    "special-price-delete", "attributes",
}  # fmt: skip
# Their rows name the scope themselves, or what they ask is of no scope.
WITHOUT_SCOPE = {"token", "base-prices-information", "special-price-information"}


def misplaced(twin: SandboxStore, request: httpx.Request, path: str) -> Iterator[str]:
    """Yield a write that is not for all store views, and a read that is."""
    named = "/rest/all/" in path if twin.kind != "ims" else request.headers.get("store") == "all"
    if path.rpartition("/")[2].split("?")[0] in WITHOUT_SCOPE or "/ims/" in path:
        return
    if named is (request.method == "GET"):
        yield f"{request.method} {path} names the wrong scope"
    if twin.kind == "ims" and "/async/bulk/V1" in path:
        yield f"{path} is no path of the edition as a service"


def test_a_request_that_breaks_the_description_is_found() -> None:
    """The check can fail."""
    body = {"prices": [{"sku": "A", "store_id": "0", "price": 1}]}
    found = list(faults(PAAS, "POST", "/V1/products/special-price", [("x", "1")], body))
    assert len(found) == 4, found
