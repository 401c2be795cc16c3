"""Every request that the connector sends, held against the platform's OpenAPI documents."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.stores.bigcommerce import BigCommerceStore
from connectors.stores.bigcommerce.rest_api import SMALLEST_QUOTA, RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from connectors.window_pacing import WindowPacer
from steward.catalog import ByCollection, ByIds, ByVendor, CatalogDetail, EveryProduct
from steward.operations import AdjustPrice, AdjustStock, ChangeCategories
from tests.connectors.bigcommerce.conftest import SandboxStore
from tests.connectors.bigcommerce.test_fields_over_http import REWRITTEN, compiled, written
from tests.connectors.bigcommerce.test_price_lists_over_http import sale
from tests.connectors.bigcommerce.test_store_over_http import ENDED, SALE, changes_of, send_all
from tests.sandbox.bigcommerce.openapi import Contract, Schemas, required_contract

UNDESCRIBED_RESOURCES = {
    "/v2/store": "the older API has no OpenAPI document among the contracts",
    "/v3/catalog/brands": "its document is not among the contracts",
}
UNDESCRIBED_PARAMETERS = {
    ("/v3/catalog/variants", "id:in"): "the document names `id` alone; lists of ids work as they "
    "do for products, and are the only way to read many variants of many products at once",
    **{
        (f"/v3/catalog/categories/{category}/products/sort-order", name): "it stands beside the "
        "operation, and in its text"
        for category in (23, 24)
        for name in ("page", "limit")
    },
}
Asked = tuple[str, str, Mapping[str, str], Any]


async def asked_of(store: SandboxStore) -> list[Asked]:
    """Return all requests of reading, changing and undoing, in each way that there is."""
    asked: list[Asked] = []

    async def note(request: httpx.Request) -> None:
        path = request.url.path.partition(f"/stores/{store.name}")[2]
        content = json.loads(request.content) if request.content else None
        asked.append((request.method, path, dict(request.url.params), content))

    base, _, name = store.address.partition("/stores/")
    async with httpx.AsyncClient(
        base_url=base, event_hooks={"request": [note]}, trust_env=False
    ) as client:
        api = RestApi(
            "acme", SecretStr(store.token), client, f"/stores/{name}", WindowPacer(SMALLEST_QUOTA)
        )
        connected = BigCommerceStore(api, SharedState())
        for selection in (
            ByCollection(collection="summer"),
            ByVendor(vendor="Oak Street"),
            ByIds(ids=("111", "112")),
        ):
            await connected.read_catalog(selection, CatalogDetail(costs=True))
        for operations in (SALE, (AdjustPrice(percent=Decimal(10)),), ENDED):
            change_set = await changes_of(connected, EveryProduct(), operations)
            await connected.read_values([change.target for change in change_set.changes])
            await send_all(connected, change_set.changes)
            await asyncio.gather(
                *map(connected.send, connected.requests_for(change_set.inverse().changes))
            )
        moved = (ChangeCategories(add=("Clearance",), remove=("summer",)),)
        restocked = (AdjustStock(units=30, location="1"),)
        for family in (REWRITTEN, moved, restocked, sale("Wholesale")):
            change_set = await compiled(connected, family)
            for changes in (change_set.changes, change_set.inverse().changes):
                await written(connected, changes)
    return asked


async def test_every_request_fits_the_documents(acme: SandboxStore) -> None:
    """Paths, parameters and bodies; what the documents leave out is listed with the reason."""
    contract = required_contract()

    asked = await asked_of(acme)

    problems = [
        f"{method} {path}: {problem}"
        for method, path, query, content in asked
        if path not in UNDESCRIBED_RESOURCES
        for problem in problems_of(contract, method, path, query, content)
    ]
    assert problems == []
    kinds = Counter((method, path) for method, path, _, _ in asked)
    assert set(kinds) == {
        ("GET", "/v2/store"),
        ("GET", "/v3/catalog/brands"),
        ("GET", "/v3/catalog/categories"),
        ("GET", "/v3/catalog/categories/23/products/sort-order"),
        ("GET", "/v3/catalog/categories/24/products/sort-order"),
        ("PUT", "/v3/catalog/categories/23/products/sort-order"),
        ("GET", "/v3/catalog/products"),
        ("GET", "/v3/catalog/variants"),
        ("GET", "/v3/inventory/items"),
        ("GET", "/v3/pricelists"),
        ("GET", "/v3/pricelists/1/records"),
        ("PUT", "/v3/catalog/products"),
        ("PUT", "/v3/catalog/products/category-assignments"),
        ("DELETE", "/v3/catalog/products/category-assignments"),
        ("PUT", "/v3/catalog/variants"),
        ("PUT", "/v3/inventory/adjustments/absolute"),
        ("PUT", "/v3/pricelists/1/records"),
        ("DELETE", "/v3/pricelists/1/records"),
    }


def problems_of(
    contract: Contract, method: str, path: str, query: Mapping[str, str], content: object
) -> list[str]:
    """Return where a request breaks the documents."""
    found = contract.operation(method, path.removeprefix("/v3"))
    if found is None:
        return ["no such operation"]
    operation, schemas = found
    described = {
        parameter["name"]: parameter
        for parameter in map(schemas.resolve, operation.get("parameters", ()))
    }
    problems = contract.request_problems(method, path.removeprefix("/v3"), content)
    for name, text in query.items():
        if (path, name) in UNDESCRIBED_PARAMETERS:
            continue
        if name not in described:
            problems.append(f"no parameter {name}")
            continue
        schema = schemas.resolve(described[name]["schema"])
        # The Inventory API's document gives lists the type of their items.
        is_list = name.endswith(":in") and schema.get("type") != "array"
        for item in text.split(",") if is_list else [text]:
            problems += schemas.problems(schema, parsed(schemas, schema, item), name)
    return problems


def parsed(schemas: Schemas, schema: dict[str, Any], text: str) -> object:
    """Return a parameter's value as its schema describes it."""
    match schema.get("type"):
        case "integer":
            return int(text)
        case "array":
            items = schemas.resolve(schema["items"])
            return [parsed(schemas, items, item) for item in text.split(",")]
        case _:
            return text


def test_a_request_that_breaks_the_documents_is_found() -> None:
    """The check above can fail: a wrong field, a wrong parameter, a page too large."""
    contract = required_contract()
    path = "/v3/catalog/products"
    assert problems_of(contract, "PUT", path, {}, [{"id": 1, "sale_price": "8.00"}])
    assert problems_of(contract, "PUT", path, {}, [{"sale_price": 8}])
    assert problems_of(contract, "GET", path, {"ids": "1"}, None)
    assert problems_of(contract, "GET", path, {"limit": "251"}, None)
    assert problems_of(contract, "GET", path, {"include_fields": "name,nonsense"}, None)
