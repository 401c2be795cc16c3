"""A Magento of a few lines, for answers that no real one gives on demand."""

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
from pydantic import SecretStr

from connectors.stores.adobe_commerce import AdobeCommerceStore
from connectors.stores.adobe_commerce.address import address_of
from connectors.stores.adobe_commerce.authentication import authentication_for
from connectors.stores.adobe_commerce.credentials import ImsCredentials, parse_credentials
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.special_price_start import SpecialPriceStart
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.money import Money
from steward.values import ABSENT, Quantity, Text, Value

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ADDRESS = "https://shop.example"
CANARIES = {
    "kind": "oauth1",
    "consumer_key": "consumer-key",
    "consumer_secret": "canary-consumer-secret",
    "access_token": "canary-access-token",
    "access_token_secret": "canary-token-secret",
}
ADMIN = {"kind": "admin", "username": "robin", "password": "canary-password"}
IMS = {
    "kind": "ims",
    "client_id": "client",
    "client_secret": "canary-client-secret",
    "organization_id": "ABC@AdobeOrg",
}

Handler = Callable[[httpx.Request], httpx.Response]


class Noon:
    """A clock that stands still, or goes on by what its timer has waited."""

    def __init__(self, timer: "PatientTimer | None" = None) -> None:
        """Take the timer."""
        self._timer = timer

    def now(self) -> datetime:
        """Return noon, and as much later as was waited."""
        return NOON + timedelta(seconds=0 if self._timer is None else self._timer.seconds())


class PatientTimer:
    """A timer whose waits pass at once, and which tells how long they were."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.waits: list[float] = []
        self._now = 0.0

    def seconds(self) -> float:
        """Return the seconds waited so far."""
        return self._now

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Let the seconds pass; what only the event can end waits for the event."""
        if math.isinf(seconds):
            await changed.wait()
            return
        self.waits.append(seconds)
        self._now += seconds


def store_with(
    transport: httpx.AsyncBaseTransport,
    *,
    address: str = ADDRESS,
    credentials: Mapping[str, str] = CANARIES,
    timer: PatientTimer | None = None,
    closing: AsyncExitStack | None = None,
) -> AdobeCommerceStore:
    """Return a store named 'acme' that is reached through the transport, at noon.

    What is open goes to `closing`, where there is something.
    """
    timer = timer or PatientTimer()
    known = parse_credentials("acme", SecretStr(json.dumps(credentials)))
    as_a_service = isinstance(known, ImsCredentials)
    place = address_of(address, as_a_service=as_a_service)
    client = httpx.AsyncClient(base_url=place.origin, transport=transport)
    authentication = authentication_for("acme", known, place, client, Noon(timer))
    if closing is not None:
        closing.push_async_callback(client.aclose)
        closing.push_async_callback(authentication.aclose)
    pacer = ConcurrencyPacer(timer=timer)
    api = RestApi("acme", place, authentication, client, pacer, Noon(timer))
    start = SpecialPriceStart(always_ahead=as_a_service)
    return AdobeCommerceStore(api, StoreCurrency(), start, timer=timer, clock=Noon(timer))


def store_that(
    handler: Handler,
    *,
    credentials: Mapping[str, str] = CANARIES,
    timer: PatientTimer | None = None,
) -> AdobeCommerceStore:
    """Return a store named 'acme' whose platform answers by the handler."""
    return store_with(httpx.MockTransport(handler), credentials=credentials, timer=timer)


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Return an HTTP response with a JSON body."""
    return httpx.Response(status, content=json.dumps(content).encode(), headers=headers)


def usd(amount: str | None) -> Value:
    """Return an amount in dollars, or none."""
    return ABSENT if amount is None else Money(amount=Decimal(amount), currency="USD")


def change(sku: str, field: str, before: str | None, after: str | None) -> Change:
    """Return a change of one field of one product."""
    target = Target(resource_kind=ResourceKind.VARIANT, resource_id=sku, field=FieldName(field))
    return Change(target=target, product_id=sku, label=sku, before=usd(before), after=usd(after))


def changed(
    sku: str,
    field: FieldName,
    before: Value,
    after: Value,
    *,
    kind: ResourceKind = ResourceKind.PRODUCT,
    key: str = "",
) -> Change:
    """Return a change of any field of one product."""
    target = Target(resource_kind=kind, resource_id=sku, field=field, key=key)
    return Change(target=target, product_id=sku, label=sku, before=before, after=after)


def text(sku: str, field: FieldName, after: str | None, before: str | None = "Before") -> Change:
    """Return a change of a text; None is one that is not set."""
    was, becomes = (ABSENT if each is None else Text(text=each) for each in (before, after))
    return changed(sku, field, was, becomes)


def stock(sku: str, before: Quantity, after: Quantity, source: str = "north") -> Change:
    """Return a change of what one source has of one product."""
    field = FieldName.INVENTORY_QUANTITY
    return changed(sku, field, before, after, kind=ResourceKind.VARIANT, key=source)


def sale(sku: str, regular: str, price: str) -> list[Change]:
    """Return the two changes that put a product on sale."""
    return [
        change(sku, "price", regular, price),
        change(sku, "compare_at_price", None, regular),
    ]


@dataclass
class FakeMagento:
    """Keeps prices by SKU, and writes down the calls; `past_starts` makes it the Open Source one.

    `refuse` maps a SKU and an endpoint to the entry with which it refuses that row.
    """

    regular: dict[str, float] = field(default_factory=dict)
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    products: list[dict[str, Any]] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ("USD",)
    extra_rows: list[dict[str, Any]] = field(default_factory=list)
    past_starts: bool = False
    start_message: str = "Invalid attribute %label = %priceTo. Row ID: SKU = %SKU."
    refuse: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    gone_is_an_error: bool = False
    writes: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    searches: list[list[tuple[str, str]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        endpoint = request.url.path.partition("/V1/")[2]
        body = json.loads(request.content) if request.content else {}
        of_the_shop: dict[str, object] = {
            "store/storeConfigs": [{"base_currency_code": code} for code in self.currencies],
            "store/storeViews": [{"id": 0, "code": "admin"}],
        }
        if endpoint in of_the_shop:
            return json_response(of_the_shop[endpoint])
        if endpoint in {"products", "categories/list"}:
            items = self.products if endpoint == "products" else self.categories
            return self._page(items, parse_qsl(request.url.query.decode()))
        if endpoint.endswith("-information"):
            return self._information(endpoint, body["skus"])
        if "prices" in body:
            return self._write(endpoint, body["prices"])
        code = endpoint.removeprefix("products/attributes/")
        if code in self.attributes:
            return json_response(self.attributes[code])
        return json_response({"message": 'There is no "%1".', "parameters": [code]}, 404)

    def _page(self, items: list[dict[str, Any]], query: list[tuple[str, str]]) -> httpx.Response:
        """Give the first page behind an entity id, or null for an empty one."""
        self.searches.append(query)
        given = dict(query)
        fields = [key for key, value in query if value == "entity_id" and "[filters]" in key]
        last = int(given[fields[-1].replace("[field]", "[value]")])
        size = int(given["searchCriteria[pageSize]"])
        found = sorted((item for item in items if item["id"] > last), key=lambda item: item["id"])
        return json_response({"items": found[:size] or None, "total_count": len(found)})

    def _information(self, endpoint: str, skus: list[str]) -> httpx.Response:
        if self.gone_is_an_error and not set(skus) <= self.regular.keys():
            return json_response({"message": "Requested product doesn't exist: %sku"}, 404)
        rows: list[dict[str, Any]] = [row for row in self.extra_rows if row["in"] == endpoint]
        if endpoint == "products/base-prices-information":
            rows += [
                {"sku": sku, "store_id": 0, "price": self.regular[sku]}
                for sku in skus
                if sku in self.regular
            ]
        else:
            rows += [self.special[sku] for sku in skus if sku in self.special]
        return json_response(rows)

    def _write(self, endpoint: str, rows: list[dict[str, Any]]) -> httpx.Response:
        self.writes.append((endpoint.removeprefix("products/"), rows))
        refusals = [entry for row in rows if (entry := self._apply(endpoint, row)) is not None]
        return json_response(refusals)

    def _apply(self, endpoint: str, row: dict[str, Any]) -> dict[str, Any] | None:
        entry = self.refuse.get((row["sku"], endpoint.removeprefix("products/")))
        if entry is not None:
            return entry
        if endpoint == "products/base-prices":
            self.regular[row["sku"]] = row["price"]
        elif endpoint == "products/special-price-delete":
            del self.special[row["sku"]]
        elif not self.past_starts and row["price_from"] <= NOON.strftime("%Y-%m-%d %H:%M:%S"):
            parameters = {"label": "Price From", "priceTo": row["price_from"], "SKU": row["sku"]}
            return {"message": self.start_message, "parameters": parameters}
        else:
            self.special[row["sku"]] = row
        return None
