"""The Inventory API in a few lines, and changes of stock to send to it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.pacing import Timer
from connectors.stores.bigcommerce import writing
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.execution import Answer
from steward.values import Quantity
from tests.connectors.bigcommerce.fakes import (
    PRODUCT,
    VARIANT,
    Handler,
    json_response,
    page,
    store_that,
)

Item = tuple[ResourceKind, int, int]


def stocked(
    number: int, before: int, after: int, kind: ResourceKind = VARIANT, location: int = 1
) -> Change:
    """Return the change of a quantity at a location."""
    return Change(
        target=Target(
            resource_kind=kind,
            resource_id=str(number),
            field=FieldName.INVENTORY_QUANTITY,
            key=str(location),
        ),
        product_id=str(number),
        label=f"{kind} {number}",
        before=Quantity(units=before),
        after=Quantity(units=after),
        key_label=f"Location {location}",
    )


@dataclass
class Warehouse:
    """The Inventory API in a few lines: what is adjusted shows after some readings.

    `safety` is the safety stock of everything; `lag` how many readings still show the old stock;
    `refuse` returns the answer to an adjustment that is refused, or None where it is accepted.
    """

    on_hand: dict[Item, int]
    safety: int = 0
    lag: int = 0
    refuse: Callable[[list[dict[str, Any]]], httpx.Response | None] = lambda _: None
    adjusted: list[list[dict[str, Any]]] = field(default_factory=list)
    reads: int = 0
    _late: list[tuple[int, Item, int]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        if request.method == "PUT":
            return self._adjust(json.loads(request.content)["items"])
        self.reads += 1
        for due, item, quantity in self._late:
            if due <= self.reads:
                self.on_hand[item] = quantity
        query = request.url.params
        locations = [int(text) for text in query.get("location_id:in", "1,2,3").split(",")]
        items = []
        for name, kind in (("product_id:in", PRODUCT), ("variant_id:in", VARIANT)):
            for number in map(int, query.get(name, "").split(",") if name in query else ()):
                identity = {"product_id": 1, "variant_id": 1, "sku_id": None, name[:-3]: number}
                held = [
                    {
                        "location_id": location,
                        "location_name": f"Location {location}",
                        "available_to_sell": max(
                            0, self.on_hand[kind, number, location] - self.safety
                        ),
                        "total_inventory_onhand": self.on_hand[kind, number, location],
                        "settings": {"safety_stock": self.safety},
                    }
                    for location in locations
                    if (kind, number, location) in self.on_hand
                ]
                items.append({"identity": identity, "locations": held})
        return json_response(page(items, 1))

    def _adjust(self, items: list[dict[str, Any]]) -> httpx.Response:
        self.adjusted.append(items)
        refused = self.refuse(items)
        if refused is not None:
            return refused
        for one in items:
            kind = PRODUCT if "product_id" in one else VARIANT
            number = one.get("product_id") or one["variant_id"]
            item = (kind, number, one["location_id"])
            self._late.append((self.reads + 1 + self.lag, item, one["quantity"]))
        return json_response({"transaction_id": "1-2-3"})


async def sent(shop: Handler, *own: Change, timer: Timer | None = None) -> Sequence[Answer]:
    """Send the one request that carries the changes."""
    (request,) = writing.requests_for(own)
    return await store_that(shop, timer=timer).send(request)


class PassingTime:
    """Time that passes at once where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        """Return the time."""
        return self.now

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Let so much time pass."""
        assert not changed.is_set()
        await asyncio.sleep(0)
        self.now += seconds
