"""A BigCommerce of a few lines, for answers that no real one gives on demand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.pacing import Timer
from connectors.stores.bigcommerce import BigCommerceStore
from connectors.stores.bigcommerce.rest_api import SMALLEST_QUOTA, RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from connectors.window_pacing import WindowPacer
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.money import Money
from steward.values import ABSENT, Text, Value

TOKEN = "bc_canary_5f2c9d7e1b3a"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PRICE, COMPARE_AT = FieldName.PRICE, FieldName.COMPARE_AT_PRICE
PRODUCT, VARIANT = ResourceKind.PRODUCT, ResourceKind.VARIANT
KINDS = (PRODUCT, VARIANT)

Handler = Callable[[httpx.Request], httpx.Response]


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the same moment each time."""
        return NOON


def store_that(
    answers: Handler, *, token: str = TOKEN, timer: Timer | None = None
) -> BigCommerceStore:
    """Return a store named 'acme' whose platform answers by the handler."""
    client = httpx.AsyncClient(
        base_url="https://api.bigcommerce.com", transport=httpx.MockTransport(answers)
    )
    pacer = WindowPacer(SMALLEST_QUOTA)
    api = RestApi("acme", SecretStr(token), client, "/stores/abc123", pacer)
    return BigCommerceStore(api, SharedState(timer), Noon())


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Return an HTTP response with a JSON body."""
    return httpx.Response(status, content=json.dumps(content).encode(), headers=headers)


def usd(amount: str) -> Money:
    """Return an amount in dollars."""
    return Money(amount=Decimal(amount), currency="USD")


def change(
    number: int,
    field_name: FieldName = PRICE,
    before: Value | None = None,
    after: Value | None = None,
    kind: ResourceKind = PRODUCT,
) -> Change:
    """Return a change of one field, from 10.00 to 8.00 USD unless told."""
    return Change(
        target=Target(resource_kind=kind, resource_id=str(number), field=field_name),
        product_id=str(number),
        label=f"{kind} {number}",
        before=before or usd("10.00"),
        after=after or usd("8.00"),
    )


def retitled(number: int, before: str = "Old", after: str = "New") -> Change:
    """Return the change of a product's title, with the product's number behind it unless told."""
    if (before, after) == ("Old", "New"):
        before, after = f"Old {number}", f"New {number}"
    return change(number, FieldName.TITLE, Text(text=before), Text(text=after))


def sale(number: int, kind: ResourceKind = PRODUCT) -> tuple[Change, Change]:
    """Return both changes of one resource that begin a sale: from 10.00 to 8.00."""
    return (
        change(number, PRICE, usd("10.00"), usd("8.00"), kind),
        change(number, COMPARE_AT, ABSENT, usd("10.00"), kind),
    )


@dataclass
class FakeBigCommerce:
    """Pages through its products by id, and takes writes as `refuse` lets it.

    `between_pages` is called after each page; `refuse` returns the answer to a batch that is
    refused, or None where it is saved.
    """

    products: dict[int, dict[str, Any]] = field(default_factory=dict)
    variants: dict[int, dict[str, Any]] = field(default_factory=dict)
    currency: str = "USD"
    most: int = 250
    between_pages: Callable[[], None] = lambda: None
    refuse: Callable[[list[dict[str, Any]]], httpx.Response | None] = lambda _: None
    written: list[list[dict[str, Any]]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        resource = request.url.path.removeprefix("/stores/abc123/v3/catalog/")
        if request.url.path.endswith("/v2/store"):
            return json_response({"currency": self.currency})
        held = self.products if resource == "products" else self.variants
        if request.method == "PUT":
            return self._write(held, json.loads(request.content))
        self.reads.append(resource)
        if resource not in {"products", "variants"}:
            return json_response(page([], 1))
        query = request.url.params
        after = int(query.get("id:greater", "0"))
        chosen = [int(text) for text in query.get("id:in", "").split(",") if text] or list(held)
        found = [held[number] for number in sorted(chosen) if number > after and number in held]
        answer = json_response(page(found[: self.most], -(-len(found) // self.most)))
        self.between_pages()
        return answer

    def _write(
        self, held: dict[int, dict[str, Any]], items: list[dict[str, Any]]
    ) -> httpx.Response:
        self.written.append(items)
        refused = self.refuse(items)
        if refused is not None:
            return refused
        for item in items:
            held.setdefault(item["id"], {}).update(item)
        return json_response({"data": [{"id": item["id"]} for item in items], "meta": {}})


def page(nodes: list[dict[str, Any]], pages: int) -> dict[str, Any]:
    """Return one page of a list."""
    return {"data": nodes, "meta": {"pagination": {"total_pages": pages, "total": len(nodes)}}}


def product(number: int, **changed: object) -> dict[str, Any]:
    """Return a product as the platform shows it."""
    own = {
        "id": number,
        "name": f"Product {number}",
        "sku": f"P-{number}",
        "brand_id": 0,
        "price": 10,
        "sale_price": 0,
        "description": "<p>Fine.</p>",
        "page_title": "",
        "meta_description": "",
        "is_visible": True,
        "categories": [],
        "inventory_tracking": "none",
        "variants": [],
    }
    return own | changed


def variant(number: int, **changed: object) -> dict[str, Any]:
    """Return a variant as the platform shows it, which inherits unless told."""
    own: dict[str, Any] = {
        "id": number,
        "product_id": 1,
        "sku": f"V-{number}",
        "price": None,
        "sale_price": None,
        "option_values": [{"label": "Red"}, {"label": "XL"}],
    }
    return own | changed
