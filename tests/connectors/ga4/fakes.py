"""A Google of a few lines, for answers that no real one gives on demand."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from connectors.analytics.ga4 import GA4Analytics
from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.field_names import FieldNames
from connectors.analytics.ga4.quota import QuotaGate
from connectors.analytics.ga4.report_reading import ReportReader
from connectors.analytics.ga4.service_account import ServiceAccount
from connectors.analytics.ga4.tokens import AccessTokens
from steward.analytics import AnalyticsProperty, Period, ReportRequest

TOKEN = "ya29.canary_7c1f0b5e9d2a"
SOURCE = AnalyticsProperty(name="acme", number="123")
NOON = datetime(2026, 7, 10, 12, 20, tzinfo=UTC)
REQUEST = ReportRequest(
    dimensions=("itemId",),
    metrics=("itemsViewed",),
    period=Period(first=date(2026, 7, 1), last=date(2026, 7, 2)),
)
METADATA = {"currencyCode": "USD", "timeZone": "America/New_York"}

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class SetClock:
    """A clock that goes only when it is told to."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> None:
        """Let time pass."""
        self.at += timedelta(**duration)


@cache
def private_key() -> str:
    """Return an RSA key that no other test run has, in PEM form."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def key_file(**changes: object) -> SecretStr:
    """Return the content of a service account's JSON key file."""
    content = {
        "type": "service_account",
        "client_email": "reader@acme.iam.gserviceaccount.com",
        "private_key_id": "4711",
        "private_key": private_key(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return SecretStr(json.dumps(content | changes))


@cache
def account_of(key: str) -> ServiceAccount:
    """Return the account of a key; to read the key takes longest of all."""
    return ServiceAccount(SOURCE.name, SecretStr(key))


def json_response(content: object, status: int = 200, **headers: str) -> httpx.Response:
    """Return an HTTP response with a JSON body."""
    return httpx.Response(status, content=json.dumps(content).encode(), headers=headers)


def granting(_: httpx.Request) -> httpx.Response:
    """Give an access token for an hour."""
    return json_response({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})


def answering_with(content: object, status: int = 200, **headers: str) -> Handler:
    """Answer everything with this."""
    return lambda _: json_response(content, status, **headers)


def page(items: Sequence[Sequence[str]], /, **changes: object) -> dict[str, Any]:
    """Return a page of `itemId` and `itemsViewed`; a row count that is not given fits."""
    content: dict[str, Any] = {
        "dimensionHeaders": [{"name": "itemId"}],
        "metricHeaders": [{"name": "itemsViewed", "type": "TYPE_INTEGER"}],
        "rows": [
            {"dimensionValues": [{"value": item}], "metricValues": [{"value": views}]}
            for item, views in items
        ],
        "rowCount": len(items),
        "metadata": METADATA,
        "kind": "analyticsData#runReport",
    }
    return content | changes


@dataclass
class FakeGoogle:
    """An opened property whose API answers by one handler and its token endpoint by another."""

    answers: Handler
    grants: Handler = granting
    clock: SetClock = field(default_factory=SetClock)
    page_rows: int = 100_000
    key: SecretStr = field(default_factory=key_file)
    calls: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the connector together over the handlers."""
        account = account_of(self.key.get_secret_value())
        self.gate = QuotaGate(SOURCE.name, self.clock)
        self.tokens = AccessTokens(
            SOURCE.name, account, self._client(account.token_origin, self.grants), self.clock
        )
        client = self._client("https://analyticsdata.googleapis.com", self.answers)
        api, realtime_api = (
            DataApi(SOURCE, self.tokens, client, gate, self.clock)
            for gate in (self.gate, QuotaGate(SOURCE.name, self.clock))
        )
        self.reader = ReportReader(api, page_rows=self.page_rows)
        self.analytics = GA4Analytics(api, realtime_api, self.reader, FieldNames(api))

    def _client(self, origin: str, handler: Handler) -> httpx.AsyncClient:
        async def answer(request: httpx.Request) -> httpx.Response:
            self.calls.append(request)
            # As on a real wire, others go on before the answer is there.
            await asyncio.sleep(0)
            return handler(request)

        return httpx.AsyncClient(
            base_url=origin, transport=httpx.MockTransport(answer), trust_env=False
        )

    def asked(self) -> list[dict[str, Any]]:
        """Return the bodies of the calls to the API."""
        return [
            json.loads(call.content) for call in self.calls if call.url.host.startswith("analytics")
        ]
