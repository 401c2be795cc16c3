"""A Shopify store, as `steward.ports.Store` describes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import takewhile
from typing import ClassVar

import httpx
from pydantic import SecretStr

from connectors.bucket_pacing import BucketPacer
from connectors.http import new_client, origin_of
from connectors.pacing import SystemTimer, Timer
from connectors.stores.shopify import bulk_requests, writing
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.bulk_choice import bulk_chunk
from connectors.stores.shopify.bulk_files import BulkFiles
from connectors.stores.shopify.bulk_operations import BulkOperations
from connectors.stores.shopify.bulk_pace import BulkLimits
from connectors.stores.shopify.bulk_writing import BulkWriter
from connectors.stores.shopify.capabilities import CAPABILITIES, check_detail
from connectors.stores.shopify.catalog_reading import CatalogReader
from connectors.stores.shopify.collection_members import MembershipWriter
from connectors.stores.shopify.collection_reading import CollectionReader
from connectors.stores.shopify.estimating import SMALLEST_PLAN, estimate, points_to_begin
from connectors.stores.shopify.jobs import JobWatch
from connectors.stores.shopify.smart_collections import SmartCollections
from connectors.stores.shopify.value_reading import ValueReader
from connectors.stores.shopify.writing import Writer
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, Target
from steward.execution import Answer, CallEstimate, WriteRequest
from steward.ports import Clock
from steward.values import Value
from steward.waits import Wait, wait_for


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ShopifyStore:
    """One Shopify store, through its Admin GraphQL API; implements `steward.ports.Store`.

    Stateless apart from its pacer and the smart collections that were read, so that any number of
    calls may run at the same time.
    """

    def __init__(
        self,
        api: AdminApi,
        *,
        timer: Timer | None = None,
        clock: Clock | None = None,
        bulk: BulkLimits | None = None,
    ) -> None:
        """Take the store's API, the time to wait by, the clock for snapshots, and bulk's limits."""
        self._api = api
        self._bulk = bulk or BulkLimits()
        self._clock = clock or _SystemClock()
        self._smart = SmartCollections()
        collections = CollectionReader(api, self._smart)
        timer = timer or SystemTimer()
        jobs = JobWatch(api, timer)
        files = BulkFiles(api.store, api.client)
        self._operations = BulkOperations(api, files, timer)
        in_bulk = BulkWriter(api.store, self._operations, files)
        self._catalog = CatalogReader(api, collections)
        self._values = ValueReader(api, collections)
        self._writer = Writer(api, MembershipWriter(api, collections, jobs), in_bulk)

    @property
    def name(self) -> str:
        """The name under which the store is configured."""
        return self._api.store

    @property
    def pacer(self) -> BucketPacer:
        """What makes calls wait for the store's allowance; its `waiting_seconds` says how long."""
        return self._api.pacer

    def waiting(self) -> Wait | None:
        """Return how long the next call still waits, if that is long enough to be shown."""
        return wait_for("Shopify's allowance", self.pacer.waiting_seconds)

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        """Return the selected products, completely; see `CatalogReader`."""
        check_detail(detail)
        return await self._catalog.read(selection, detail, taken_at=self._clock.now())

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values by id; see `ValueReader`."""
        return await self._values.read(targets)

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the requests that would write the changes; see `writing.requests_for`."""
        return writing.requests_for(changes)

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Return the answer by the platform's documented rules; see `writing.predict`."""
        return writing.predict(request, self._smart)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        """Return what the requests cost by the store's plan, as far as it is known."""
        return estimate(requests, self._api.pacer.level, self._bulk.pace)

    def bulk_chunk(self, changes: Sequence[Change]) -> int | None:
        """Return how many of the changes to write together; see `WritesInBulk`."""
        return bulk_chunk(changes, self._api.pacer.level, self._bulk.pace)

    async def until_at_rest(self, origin: str) -> None:
        """Return when no bulk operation of this piece of work is under way any more."""
        await self._operations.until_at_rest(origin)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Wait until the bucket bears the requests, of which one in bulk also needs a free place.

        So nothing that is compared waits for other bulk operations to end.
        """
        singly = list(takewhile(lambda one: one.operation != bulk_requests.OPERATION, requests))
        borne = singly or requests[:1]
        async with AsyncExitStack() as held:
            if not singly:
                await held.enter_async_context(self._bulk.places)
            await held.enter_async_context(self._api.pacer.booked(points_to_begin(borne)))
            yield len(borne)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change; see `Writer`."""
        return await self._writer.send(request)


class ShopifyConnection:
    """What all uses of one store in this process share: its connections and its pacer."""

    capabilities: ClassVar = CAPABILITIES
    options: ClassVar = frozenset({"bulk_lines_per_second"})

    def __init__(
        self,
        store: str,
        address: str,
        *,
        timer: Timer | None = None,
        clock: Clock | None = None,
        pacer: BucketPacer | None = None,
        bulk_lines_per_second: float | None = None,
    ) -> None:
        """Take the store's name and address; raises `InvalidSettings` for what is unusable.

        `bulk_lines_per_second` is how fast a bulk operation is reckoned to be; 0: never in bulk.
        """
        self._store = store
        self._clock = clock
        self._timer = timer
        self._client: httpx.AsyncClient = new_client(origin_of(address))
        self._pacer = pacer or BucketPacer(SMALLEST_PLAN, timer)
        self._bulk = BulkLimits(bulk_lines_per_second)

    def store(self, token: SecretStr) -> ShopifyStore:
        """Return the store as this token may use it; raises `CredentialsRejected`."""
        api = AdminApi(self._store, token, self._client, self._pacer)
        return ShopifyStore(api, timer=self._timer, clock=self._clock, bulk=self._bulk)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
