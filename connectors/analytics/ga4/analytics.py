"""An analytics property on Google Analytics 4, as `steward.ports.Analytics` describes it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr, ValidationError

from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.field_names import FieldNames
from connectors.analytics.ga4.profile import read_profile
from connectors.analytics.ga4.quota import QuotaGate
from connectors.analytics.ga4.realtime import read_realtime
from connectors.analytics.ga4.report_reading import ReportReader
from connectors.analytics.ga4.service_account import ServiceAccount
from connectors.analytics.ga4.tokens import AccessTokens
from connectors.http import new_client, origin_of
from steward.analytics import AnalyticsProperty, PropertyProfile, Report, ReportRequest
from steward.analytics_fields import AnalyticsFields
from steward.analytics_realtime import RealtimeReport, RealtimeRequest
from steward.errors import InvalidSettings
from steward.ports import Clock

ADDRESS = "https://analyticsdata.googleapis.com"
"""Where the Data API is."""


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class GA4Analytics:
    """One property, through the Data API; implements `steward.ports.Analytics`."""

    def __init__(
        self, api: DataApi, realtime_api: DataApi, reader: ReportReader, names: FieldNames
    ) -> None:
        """Take the property's API under either quota, and what reads reports and names by it."""
        self._api = api
        self._realtime_api = realtime_api
        self._reader = reader
        self._names = names

    @property
    def source(self) -> AnalyticsProperty:
        """Which property it is."""
        return self._api.source

    async def profile(self) -> PropertyProfile:
        """Return how the property counts, and its present day, by one cheap call."""
        return await read_profile(self._api)

    async def fields(self) -> AnalyticsFields:
        """Return the dimensions and metrics that can be asked for, at most an hour old."""
        return await self._names.read()

    async def report(self, request: ReportRequest) -> Report:
        """Return one report; see `ReportReader.read`."""
        await self._names.check(request)
        return await self._reader.read(request)

    async def reports(self, requests: Sequence[ReportRequest]) -> tuple[Report, ...]:
        """Return several reports; see `ReportReader.read_all`."""
        for request in requests:
            await self._names.check(request)
        return await self._reader.read_all(requests)

    async def realtime(self, request: RealtimeRequest) -> RealtimeReport:
        """Return what is going on now; its names are the source's own to check."""
        return await read_realtime(self._realtime_api, request)


class GA4Connection:
    """What all uses of one property in this process share: connections, tokens and its quotas."""

    def __init__(
        self, name: str, number: str, address: str = ADDRESS, *, clock: Clock | None = None
    ) -> None:
        """Take the configured name, the property's number and the API's address.

        Raises `InvalidSettings` where one of them cannot be used.
        """
        self._source = _source(name, number)
        self._clock = clock or _SystemClock()
        self._client: httpx.AsyncClient = new_client(origin_of(address))
        self._gate = QuotaGate(name, self._clock)
        self._realtime_gate = QuotaGate(name, self._clock)
        self._opened: dict[bytes, tuple[GA4Analytics, httpx.AsyncClient]] = {}

    def analytics(self, key: SecretStr) -> GA4Analytics:
        """Return the property as the service account of this JSON key may read it.

        All that use the same key share its access token. Raises `CredentialsRejected`.
        """
        digest = hashlib.sha256(key.get_secret_value().encode()).digest()
        if digest not in self._opened:
            account = ServiceAccount(self._source.name, key)
            client = new_client(account.token_origin)
            tokens = AccessTokens(self._source.name, account, client, self._clock)
            api, realtime_api = (
                DataApi(self._source, tokens, self._client, gate, self._clock)
                for gate in (self._gate, self._realtime_gate)
            )
            opened = GA4Analytics(api, realtime_api, ReportReader(api), FieldNames(api))
            self._opened[digest] = opened, client
        return self._opened[digest][0]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        while self._opened:
            _, (_, client) = self._opened.popitem()
            await client.aclose()


def _source(name: str, number: str) -> AnalyticsProperty:
    try:
        return AnalyticsProperty(name=name, number=number)
    except ValidationError:
        pass
    raise InvalidSettings(
        f"The number of analytics property '{name}' is not made of digits alone.",
        remedy="Take it from the property's settings in Google Analytics; a G- id is another one.",
    )
