"""A Shopify store, as `steward.ports.Store` describes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

import httpx
from pydantic import SecretStr

from connectors.bucket_pacing import BucketPacer
from connectors.http import new_client, origin_of
from connectors.pacing import SystemTimer, Timer
from connectors.stores.shopify import writing
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.capabilities import CAPABILITIES, check_detail
from connectors.stores.shopify.catalog_reading import CatalogReader
from connectors.stores.shopify.collection_members import MembershipWriter
from connectors.stores.shopify.collection_reading import CollectionReader
from connectors.stores.shopify.estimating import SMALLEST_PLAN, estimate, points_to_change
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
        self, api: AdminApi, *, timer: Timer | None = None, clock: Clock | None = None
    ) -> None:
        """Take the store's API, the time to wait for jobs by, and the clock for snapshots."""
        self._api = api
        self._clock = clock or _SystemClock()
        self._smart = SmartCollections()
        collections = CollectionReader(api, self._smart)
        jobs = JobWatch(api, timer or SystemTimer())
        self._catalog = CatalogReader(api, collections)
        self._values = ValueReader(api, collections)
        self._writer = Writer(api, MembershipWriter(api, collections, jobs))

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
        return estimate(requests, self._api.pacer.level)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Wait until the bucket bears comparing and writing all of the requests."""
        async with self._api.pacer.booked(points_to_change(requests)):
            yield len(requests)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change; see `Writer`."""
        return await self._writer.send(request)


class ShopifyConnection:
    """What all uses of one store in this process share: its connections and its pacer."""

    capabilities: ClassVar = CAPABILITIES

    def __init__(
        self,
        store: str,
        address: str,
        *,
        timer: Timer | None = None,
        clock: Clock | None = None,
        pacer: BucketPacer | None = None,
    ) -> None:
        """Take the store's name and address; raises `InvalidSettings` for an unusable address."""
        self._store = store
        self._clock = clock
        self._timer = timer
        self._client: httpx.AsyncClient = new_client(origin_of(address))
        self._pacer = pacer or BucketPacer(SMALLEST_PLAN, timer)

    def store(self, token: SecretStr) -> ShopifyStore:
        """Return the store as this token may use it; raises `CredentialsRejected`."""
        api = AdminApi(self._store, token, self._client, self._pacer)
        return ShopifyStore(api, timer=self._timer, clock=self._clock)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
