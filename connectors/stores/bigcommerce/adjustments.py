"""Adjustments of stock: which requests carry which changes, and what they may hold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.stores.bigcommerce.shared_state import StockedItem
from connectors.stores.bigcommerce.stock_reading import stocked_item
from steward.changes import Change, ResourceKind, Target
from steward.execution import Rejected, WriteRequest
from steward.values import QUANTITY_LIMIT, Quantity

# The platform takes no more items in one adjustment.
LARGEST_ADJUSTMENT = 2000
_REASON = "Steward"
_IDENTITIES: Mapping[ResourceKind, str] = {
    ResourceKind.PRODUCT: "product_id",
    ResourceKind.VARIANT: "variant_id",
}
_NO_QUANTITY = Rejected(code="NO_QUANTITY", reason="stock is a number of units")
_BELOW_ZERO = Rejected(code="STOCK_BELOW_ZERO", reason="BigCommerce keeps no stock below zero")
_TOO_MUCH = Rejected(
    code="STOCK_TOO_LARGE", reason=f"BigCommerce keeps up to {QUANTITY_LIMIT:,} units"
)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A product or variant that shall have so many units on hand at one location."""

    change: Change
    item: StockedItem
    on_hand: int

    @property
    def content(self) -> Mapping[str, object]:
        """The adjustment as the platform takes it."""
        kind, number, location = self.item
        return {"location_id": location, _IDENTITIES[kind]: number, "quantity": self.on_hand}

    @property
    def named(self) -> tuple[str, int]:
        """The item as a refusal names it."""
        kind, number, _ = self.item
        return _IDENTITIES[kind], number


def requests_for(changes: Sequence[Change]) -> Iterator[WriteRequest]:
    """Yield requests of at most 2,000 changes at one location each.

    What is sent in the end is what shall be on hand: the units that can be sold, and the safety
    stock at that location, which is read right before. Raises `InvalidInput` for an id that is no
    number.
    """
    by_location: dict[int, list[tuple[Change, StockedItem]]] = {}
    for change in changes:
        item = stocked_item(change.target)
        by_location.setdefault(item[2], []).append((change, item))
    for location, own in by_location.items():
        for start in range(0, len(own), LARGEST_ADJUSTMENT):
            yield _request(location, own[start : start + LARGEST_ADJUSTMENT])


def _request(location: int, own: Sequence[tuple[Change, StockedItem]]) -> WriteRequest:
    kind, number, _ = own[0][1]
    items = [
        {"location_id": location, _IDENTITIES[item[0]]: item[1], "available": change.after.units}
        for change, item in own
        if isinstance(change.after, Quantity)
    ]
    return WriteRequest(
        resource=f"{kind}s/{number}/inventory/{location}",
        operation="put-absolute-adjustment",
        body=json.dumps(items, separators=(",", ":")),
        points=1,
        changes=tuple(change for change, _ in own),
    )


def refusals(changes: Sequence[Change]) -> Mapping[Target, Rejected]:
    """Return what the platform's rules refuse, as far as that shows without reading.

    Units below zero may be right: that many are lacking for the safety stock then.
    """
    return {
        change.target: _NO_QUANTITY for change in changes if not isinstance(change.after, Quantity)
    }


def adjustment(change: Change, safety_stock: int) -> Adjustment | Rejected:
    """Return how to write a change where so much is held back from sale."""
    if not isinstance(change.after, Quantity):
        return _NO_QUANTITY
    on_hand = change.after.units + safety_stock
    if on_hand < 0:
        return _BELOW_ZERO
    if on_hand > QUANTITY_LIMIT:
        return _TOO_MUCH
    return Adjustment(change, stocked_item(change.target), on_hand)


def body(adjustments: Sequence[Adjustment]) -> Mapping[str, object]:
    """Return a request's content as the platform takes it."""
    return {"reason": _REASON, "items": [one.content for one in adjustments]}
