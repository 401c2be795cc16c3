"""Points over real HTTP: what is predicted is what the platform charges, for every call."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import SecretStr

from connectors.bucket_pacing import BucketPacer
from connectors.pacing import SystemTimer
from connectors.stores.shopify import ShopifyStore
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.bulk_files import BulkFiles
from connectors.stores.shopify.bulk_operations import BulkOperations
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.estimating import SMALLEST_PLAN
from steward.catalog import ByCollection, ByIds, CatalogDetail, EveryProduct
from steward.changes import ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.intents import Intent
from steward.operations import (
    AdjustStock,
    ChangeCategories,
    ChangeTags,
    Operation,
    SetStatus,
    SetText,
    detail_for,
)
from steward.values import ListingStatus
from tests.connectors.shopify.conftest import SandboxStore
from tests.connectors.shopify.test_store_over_http import SALE, send_all

EVERYTHING = EveryProduct()
# Sent only for a product in more collections, or an item at more locations, than the shop has.
FURTHER_PAGES = {Document.PRODUCT_COLLECTIONS, Document.INVENTORY_LEVELS}
IN_BULK = {
    Document.RUNNING_BULK_OPERATIONS,
    Document.STAGE_UPLOAD,
    Document.RUN_IN_BULK,
    Document.BULK_OPERATION_STATE,
    Document.CANCEL_BULK_OPERATION,
}


@dataclass
class Ledger:
    """What each call was predicted to cost, and what the platform said that it would."""

    store: ShopifyStore
    api: AdminApi
    predicted: list[float] = field(default_factory=list)
    charged: list[tuple[str, float]] = field(default_factory=list)


@pytest.fixture
async def ledger(sandbox: dict[str, SandboxStore]) -> AsyncIterator[Ledger]:
    """A store with products of many variants, whose calls are noted."""
    store = sandbox["noted"]
    store.control.post("/_sandbox/reset").raise_for_status()
    predicted: list[float] = []
    charged: list[tuple[str, float]] = []

    async def note(response: httpx.Response) -> None:
        if "graphql" not in response.request.url.path:
            return
        operation = json.loads(response.request.content)["operationName"]
        cost = json.loads(await response.aread())["extensions"]["cost"]
        charged.append((operation, cost["requestedQueryCost"]))

    class Noting(BucketPacer):
        def admitted(self, points: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
            predicted.append(points)
            return super().admitted(points)

    async with httpx.AsyncClient(
        base_url=store.address, event_hooks={"response": [note]}, trust_env=False, timeout=60
    ) as client:
        api = AdminApi("noted", SecretStr(store.token), client, Noting(SMALLEST_PLAN))
        yield Ledger(ShopifyStore(api), api, predicted, charged)


async def every_kind_of_change(store: ShopifyStore) -> ChangeSet:
    """Compile changes of every field on every product."""
    stock = await store.read_catalog(
        EVERYTHING, CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))
    )
    location = stock.products[0].stock[0].location.id
    operations: tuple[Operation, ...] = (
        *SALE,
        SetText(field=FieldName.TITLE, text="{title}!"),
        SetText(field=FieldName.SEO_DESCRIPTION, text="Buy {title}"),
        SetStatus(status=ListingStatus.DRAFT),
        ChangeTags(add=("one", "two"), remove=(stock.products[0].tags[0],)),
        ChangeCategories(add=("staff-picks",), remove=("summer",)),
        AdjustStock(units=3, location=location),
    )
    snapshot = await store.read_catalog(EVERYTHING, detail_for(operations))
    return compile_intent(Intent(selection=EVERYTHING, operations=operations), snapshot)


async def test_the_predicted_cost_is_what_the_platform_charges(ledger: Ledger) -> None:
    """For every document that is sent, reads of large products included."""
    store = ledger.store
    change_set = await every_kind_of_change(store)
    await store.read_catalog(ByCollection(collection="summer"), CatalogDetail(costs=True))
    await store.read_catalog(ByIds(ids=(change_set.changes[0].product_id,)))
    await store.read_values([change.target for change in change_set.changes])
    await send_all(store, change_set.changes)
    await send_all(store, change_set.inverse().changes)

    assert {operation for operation, _ in ledger.charged} == set(Document) - FURTHER_PAGES - IN_BULK
    assert sorted(points for _, points in ledger.charged) == sorted(ledger.predicted)


async def test_the_estimate_is_what_comparing_writing_and_reading_back_cost(
    ledger: Ledger,
) -> None:
    """In calls and in points, where every job is done at the first look."""
    store = ledger.store
    change_set = await every_kind_of_change(store)
    targets = [change.target for change in change_set.changes]
    expected = store.estimate(store.requests_for(change_set.changes))
    ledger.charged.clear()

    await store.read_values(targets)
    await send_all(store, change_set.changes)
    await store.read_values(targets)

    assert len(ledger.charged) == expected.calls
    assert sum(points for _, points in ledger.charged) == expected.points


async def test_a_bulk_operation_costs_what_is_predicted(ledger: Ledger) -> None:
    """Its lines are free; beginning, looking and cancelling it are not."""
    store, api = ledger.store, ledger.api
    product = (await store.read_catalog(EVERYTHING)).products[0]
    line = json.dumps({"id": product.id, "tags": ["in bulk"]}).encode()
    operations = BulkOperations(api, BulkFiles("noted", api.client), SystemTimer())
    ledger.charged.clear()
    ledger.predicted.clear()

    ended = await operations.until_ended(
        await operations.begin(Document.ADD_TAGS, [line], origin="run-1")
    )
    await operations.until_at_rest("run-1")
    waiting = asyncio.create_task(operations.until_ended(ended.id))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert ended.status == "COMPLETED"
    assert {operation for operation, _ in ledger.charged} == IN_BULK
    assert [points for _, points in ledger.charged] == ledger.predicted
