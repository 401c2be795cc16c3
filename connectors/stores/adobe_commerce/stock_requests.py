"""Which requests carry which changes of stock, and what is known of their answers."""

import json
from collections.abc import Sequence

from connectors.stores.adobe_commerce.grouping import passes
from steward.changes import Change, FieldName
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import Quantity

FIELDS = frozenset({FieldName.INVENTORY_QUANTITY})

ROWS_PER_CALL = 100

# Before and after writing.
_READS = 2
# The database keeps eight digits in front of the point.
_UNITS_END_AT = 10**8


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return requests for up to 100 rows each, a row being what one source has of one product.

    Requests of different products may go out at the same time. Where a field is to be written
    twice, all keep their order.
    """
    rounds = list(passes(changes))
    lane = changes[0].target.resource_id if len(rounds) > 1 else None
    return tuple(
        _request(rows[start : start + ROWS_PER_CALL], lane)
        for products in rounds
        for rows in [[change for product in products for change in product]]
        for start in range(0, len(rows), ROWS_PER_CALL)
    )


def _request(changes: Sequence[Change], lane: str | None) -> WriteRequest:
    rows = [
        {
            "sku": change.target.resource_id,
            "source_code": change.target.key,
            "quantity": change.after.units,
        }
        for change in changes
        if isinstance(change.after, Quantity) and refusal_of(change) is None
    ]
    return WriteRequest(
        resource=lane or changes[0].target.resource_id,
        operation="POST inventory/source-items",
        body=json.dumps({"sourceItems": rows}, sort_keys=True, separators=(",", ":")),
        points=_READS + 1,
        changes=tuple(changes),
    )


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules make of each change of the request."""
    return tuple(refusal_of(change) or Accepted() for change in request.changes)


def refusal_of(change: Change) -> Rejected | None:
    """Return why the platform would refuse the change, as far as its rules tell."""
    if not isinstance(change.after, Quantity):
        return Rejected(code="NO_QUANTITY", reason="stock can be changed, but not taken away")
    if abs(change.after.units) >= _UNITS_END_AT:
        reason = f"a quantity must be less than {_UNITS_END_AT:,}"
        return Rejected(code="INVALID_QUANTITY", reason=reason)
    return None
