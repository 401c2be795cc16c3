"""A BigCommerce store, as `steward.ports.Store` describes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar, Protocol, assert_never

import httpx
from pydantic import SecretStr

from connectors.http import new_client
from connectors.pacing import Timer
from connectors.stores.bigcommerce import writing
from connectors.stores.bigcommerce.address import api_address
from connectors.stores.bigcommerce.capabilities import CAPABILITIES, check_detail
from connectors.stores.bigcommerce.catalog_reading import CatalogReader
from connectors.stores.bigcommerce.catalog_writing import CatalogWriter
from connectors.stores.bigcommerce.estimating import calls_to_change, estimate
from connectors.stores.bigcommerce.families import Family
from connectors.stores.bigcommerce.membership_writing import MembershipWriter
from connectors.stores.bigcommerce.price_record_reading import PriceRecordReader
from connectors.stores.bigcommerce.price_record_writing import PriceRecordWriter
from connectors.stores.bigcommerce.rest_api import SMALLEST_QUOTA, RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from connectors.stores.bigcommerce.stock_reading import StockReader
from connectors.stores.bigcommerce.stock_writing import StockWriter
from connectors.stores.bigcommerce.value_reading import ValueReader
from connectors.window_pacing import WindowPacer
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, Target
from steward.execution import Answer, CallEstimate, WriteRequest
from steward.ports import Clock
from steward.values import Value
from steward.waits import Wait, wait_for


class _Writer(Protocol):
    async def send(self, request: WriteRequest) -> Mapping[Target, Answer]: ...


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class BigCommerceStore:
    """One BigCommerce store, through its REST API; implements `steward.ports.Store`.

    Stateless apart from what its connection shares, so that any number of calls may run at the same
    time.
    """

    def __init__(
        self,
        api: RestApi,
        shared: SharedState,
        clock: Clock | None = None,
    ) -> None:
        """Take the store's API, what all its uses share, and the clock for snapshots."""
        self._api = api
        self._clock = clock or _SystemClock()
        stock = StockReader(api, shared)
        records = PriceRecordReader(api, shared)
        self._catalog = CatalogReader(api, shared.currency, stock, records)
        self._values = ValueReader(api, shared, stock, records)
        self._catalog_writer = CatalogWriter(api, self._values, shared.turns)
        self._membership_writer = MembershipWriter(api, shared.turns)
        self._stock_writer = StockWriter(api, stock, shared)
        self._price_record_writer = PriceRecordWriter(api, records, shared)

    @property
    def name(self) -> str:
        """The name under which the store is configured."""
        return self._api.store

    @property
    def pacer(self) -> WindowPacer:
        """What makes calls wait for the store's quota; its `waiting_seconds` says how long."""
        return self._api.pacer

    def waiting(self) -> Wait | None:
        """Return how long the next call still waits, if that is long enough to be shown."""
        return wait_for("BigCommerce's quota", self.pacer.waiting_seconds)

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
        return writing.predict(request)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        """Return what the requests cost by the store's quota, as far as it is known."""
        return estimate(requests, self._api.pacer.level)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Wait until the window bears comparing and writing the first request, and more if it can.

        What is left of a window is used for as many requests as it bears.
        """
        least, most = calls_to_change(requests[:1]), calls_to_change(requests)
        async with self._api.pacer.booked(least, most) as calls:
            borne = len(requests)
            while borne > 1 and calls_to_change(requests[:borne]) > calls:
                borne -= 1
            yield borne

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change, in order.

        Raises `AnswerLost` where the answer does not say what became of a change.
        """
        answers = await self._writer(request).send(request)
        return tuple(answers[change.target] for change in request.changes)

    def _writer(self, request: WriteRequest) -> "_Writer":
        match writing.family_in(request):
            case Family.PRODUCT | Family.VARIANT:
                return self._catalog_writer
            case Family.CATEGORY:
                return self._membership_writer
            case Family.STOCK:
                return self._stock_writer
            case Family.PRICE_LIST:
                return self._price_record_writer
            case unreachable:
                assert_never(unreachable)


class BigCommerceConnection:
    """What all uses of one store in this process share: connections, pacer and what was read."""

    capabilities: ClassVar = CAPABILITIES

    def __init__(
        self,
        store: str,
        address: str,
        *,
        timer: Timer | None = None,
        clock: Clock | None = None,
        pacer: WindowPacer | None = None,
    ) -> None:
        """Take the store's name and address; raises `InvalidSettings` for an unusable address."""
        where = api_address(address)
        self._store = store
        self._clock = clock
        self._path = where.path
        self._client: httpx.AsyncClient = new_client(where.origin)
        self._pacer = pacer or WindowPacer(SMALLEST_QUOTA, timer)
        self._shared = SharedState(timer)

    def store(self, token: SecretStr) -> BigCommerceStore:
        """Return the store as this token may use it; raises `CredentialsRejected`."""
        api = RestApi(self._store, token, self._client, self._path, self._pacer)
        return BigCommerceStore(api, self._shared, self._clock)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
