"""Price lists in a few lines, and changes of their prices to send to them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.stores.bigcommerce import writing
from steward.changes import Change, FieldName, Target
from steward.execution import Answer
from steward.values import ABSENT, Value
from tests.connectors.bigcommerce.fakes import (
    PRICE,
    VARIANT,
    json_response,
    page,
    store_that,
    usd,
    variant,
)


def listed(
    number: int,
    field_name: FieldName = PRICE,
    before: Value | None = None,
    after: Value | None = None,
    price_list: int = 1,
) -> Change:
    """Return a change of a variant's price in a price list, from 10.00 to 8.00 USD unless told."""
    return Change(
        target=Target(
            resource_kind=VARIANT, resource_id=str(number), field=field_name, key=str(price_list)
        ),
        product_id="1",
        label=f"variant {number}",
        before=before or usd("10.00"),
        after=after or usd("8.00"),
        key_label="Wholesale",
    )


def created(number: int) -> Change:
    """Return the change that gives a variant a price of its own in the list."""
    return listed(number, PRICE, ABSENT, usd("8.00"))


@dataclass
class PriceListShop:
    """Price lists in a few lines; `refuse` returns the answer to a refused batch, or None."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    variants: set[int] = field(default_factory=set)
    is_there: bool = True
    refuse: Callable[[list[dict[str, Any]]], httpx.Response | None] = lambda _: None
    written: list[list[dict[str, Any]]] = field(default_factory=list)
    deleted: list[dict[str, str]] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call, after a while."""
        if "pricelists" not in request.url.path:
            return self._catalog(request)
        method = request.method
        self.under_way[method] = self.under_way.get(method, 0) + 1
        self.most[method] = max(self.most.get(method, 0), self.under_way[method])
        for _ in range(50):
            await asyncio.sleep(0)
        self.under_way[method] -= 1
        return self._answer(request)

    def _catalog(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/v2/store"):
            return json_response({"currency": "USD"})
        wanted = [int(text) for text in request.url.params["id:in"].split(",")]
        found = [variant(number) for number in wanted if number in self.variants]
        return json_response(page(found, 1))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self.is_there:
            problem = {"status": 404, "title": "A price list was not found", "errors": {}}
            return json_response(problem, 404)
        if request.method == "DELETE":
            self.deleted.append(dict(request.url.params))
            return httpx.Response(204)
        if request.method == "PUT":
            items = json.loads(request.content)
            self.written.append(items)
            refused = self.refuse(items)
            return refused or json_response({"data": {}, "meta": {}})
        wanted = [int(text) for text in request.url.params["variant_id:in"].split(",")]
        found = [
            {"variant_id": number, "currency": "usd", **self.records[number]}
            for number in wanted
            if number in self.records
        ]
        return json_response(page(found, 1))


async def sent(shop: PriceListShop, *own: Change) -> Sequence[Answer]:
    """Send the one request that carries the changes."""
    (request,) = writing.requests_for(own)
    return await store_that(shop).send(request)  # type: ignore[arg-type]
