"""An Adobe Commerce store, as `steward.ports.Store` describes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, Protocol

import httpx
from pydantic import SecretStr

from connectors.http import new_client
from connectors.pacing import SystemTimer, Timer
from connectors.stores.adobe_commerce import writing
from connectors.stores.adobe_commerce.address import address_of
from connectors.stores.adobe_commerce.authentication import Authentication, authentication_for
from connectors.stores.adobe_commerce.capabilities import CAPABILITIES, check_detail
from connectors.stores.adobe_commerce.catalog_reading import CatalogReader
from connectors.stores.adobe_commerce.category_links import CategoryLinks, CategoryLinkWriter
from connectors.stores.adobe_commerce.credentials import ImsCredentials, parse_credentials
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.estimating import estimate
from connectors.stores.adobe_commerce.learned_pacing import LearnedPacer
from connectors.stores.adobe_commerce.live_prices import PriceReader
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer
from connectors.stores.adobe_commerce.price_writing import PriceWriter
from connectors.stores.adobe_commerce.product_writing import ProductWriter
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.source_items import SourceItems
from connectors.stores.adobe_commerce.special_price_start import SpecialPriceStart
from connectors.stores.adobe_commerce.stock_writing import StockWriter
from connectors.stores.adobe_commerce.stored_products import StoredProducts
from connectors.stores.adobe_commerce.value_reading import ValueReader
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, FieldName, Target
from steward.execution import Answer, CallEstimate, WriteRequest
from steward.ports import Clock
from steward.values import Value
from steward.waits import Wait, wait_for


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Writer(Protocol):
    async def write(self, request: WriteRequest) -> tuple[Answer, ...]: ...


class AdobeCommerceStore:
    """One Adobe Commerce or Magento store; implements `steward.ports.Store`.

    A price is what a customer pays: the special price while there is one, else the regular price,
    which is then crossed out and so is the compare-at price (see `steward.sale`).

    An undo brings prices back, and the absence of a special price. A special price that is replaced
    keeps its dates, and one that is deleted has them again when it comes back. Commerce lets none
    begin in the past: there it begins anew, and keeps its end. One that was over already, or above
    the regular price, is not brought back: no customer saw it.

    Texts and status are those that all store views inherit; a view's own stay and go on counting
    there. Of single views nothing is written, since the API does not tell a value of their own
    from one that they inherit, so that an undo could not restore it.
    """

    def __init__(
        self,
        api: RestApi,
        currency: StoreCurrency,
        start: SpecialPriceStart,
        *,
        timer: Timer,
        clock: Clock,
    ) -> None:
        """Take the store's API, what is known of it, the timer and the clock of snapshots."""
        self._api = api
        self._clock = clock
        prices = PriceReader(api)
        self._catalog = CatalogReader(api, prices, currency)
        self._values = ValueReader(api, prices, currency)
        self._writers: Mapping[frozenset[FieldName], _Writer] = {
            writing.PRICES.fields: PriceWriter(api, prices, currency, start, timer),
            writing.TEXTS_AND_STATUS.fields: ProductWriter(api, StoredProducts(api), timer),
            writing.CATEGORIES.fields: CategoryLinkWriter(api, CategoryLinks(api)),
            writing.STOCK.fields: StockWriter(api, SourceItems(api)),
        }

    @property
    def name(self) -> str:
        """The name under which the store is configured."""
        return self._api.store

    @property
    def pacer(self) -> ConcurrencyPacer:
        """What makes calls wait; its `waiting_seconds` says how long a pause still lasts."""
        return self._api.pacer

    def waiting(self) -> Wait | None:
        """Return how long the next call still waits, if that is long enough to be shown."""
        return wait_for("Adobe Commerce's rate limit", self.pacer.waiting_seconds)

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        """Return the selected products, completely; see `CatalogReader`."""
        check_detail(detail)
        return await self._catalog.read(selection, detail, taken_at=self._clock.now())

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values by SKU; see `ValueReader`."""
        return await self._values.read(targets)

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the requests that would write the changes; see `writing.requests_for`."""
        return writing.requests_for(changes)

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Return the answer by the platform's documented rules; see `writing.predict`."""
        return writing.predict(request)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        """Return how many calls the requests take; see `estimating.estimate`."""
        return estimate(requests)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Wait until a call could go out; a few more wait inside, where many go out at once."""
        async with self._api.pacer.booked():
            yield len(requests)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change; see the writer of the family."""
        family = writing.family_of(request.changes[0].target)
        return await self._writers[family.fields].write(request)


class AdobeCommerceConnection:
    """What all uses of one store in this process share: its connections, token and pacer.

    A store with credentials of Adobe's identity service is of the edition as a service.
    """

    capabilities: ClassVar = CAPABILITIES

    def __init__(
        self,
        store: str,
        address: str,
        *,
        timer: Timer | None = None,
        clock: Clock | None = None,
        pacer: ConcurrencyPacer | None = None,
    ) -> None:
        """Take the store's name and address; raises `InvalidSettings` for an unusable address."""
        self._store = store
        self._address = address_of(address)
        self._timer = timer or SystemTimer()
        self._clock = clock or _SystemClock()
        self._client: httpx.AsyncClient = new_client(self._address.origin)
        self._pacer = pacer
        self._currency = StoreCurrency()
        self._opened: tuple[SecretStr, AdobeCommerceStore, Authentication] | None = None
        self._replaced: list[Authentication] = []

    def store(self, token: SecretStr) -> AdobeCommerceStore:
        """Return the store as this secret may use it, in the form that `credentials` describes.

        Raises `InvalidSettings` for another form.
        """
        if self._opened is None or self._opened[0] != token:
            if self._opened is not None:
                self._replaced.append(self._opened[2])
            self._opened = (token, *self._open(token))
        return self._opened[1]

    def _open(self, token: SecretStr) -> tuple[AdobeCommerceStore, Authentication]:
        credentials = parse_credentials(self._store, token)
        as_a_service = isinstance(credentials, ImsCredentials)
        address = replace(self._address, as_a_service=as_a_service)
        authentication = authentication_for(
            self._store, credentials, address, self._client, self._clock
        )
        if self._pacer is None:
            self._pacer = (LearnedPacer if as_a_service else ConcurrencyPacer)(timer=self._timer)
        api = RestApi(self._store, address, authentication, self._client, self._pacer, self._clock)
        store = AdobeCommerceStore(
            api,
            self._currency,
            SpecialPriceStart(always_ahead=as_a_service),
            timer=self._timer,
            clock=self._clock,
        )
        return store, authentication

    async def aclose(self) -> None:
        """Close the connections."""
        opened = [] if self._opened is None else [self._opened[2]]
        for authentication in (*self._replaced, *opened):
            await authentication.aclose()
        await self._client.aclose()
