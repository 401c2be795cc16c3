"""Which requests carry which changes of texts and status, and what is known of their answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.stores.adobe_commerce.grouping import by_product, in_parts, passes
from connectors.stores.adobe_commerce.listings import (
    NOT_VISIBLE_INDIVIDUALLY,
    status_and_visibility,
)
from steward.changes import Change, FieldName
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import Absent, Listing, ListingStatus, Text

ATTRIBUTES: Mapping[FieldName, str] = {
    FieldName.DESCRIPTION: "description",
    FieldName.SEO_TITLE: "meta_title",
    FieldName.SEO_DESCRIPTION: "meta_description",
}
"""The attributes behind the texts that are no field of their own in the API."""

FIELDS = frozenset({FieldName.TITLE, FieldName.STATUS, *ATTRIBUTES})

QUEUED_FROM = 10
"""So many products go through the platform's queue: one call, and a few to ask how far it is."""

_QUEUED_AT_MOST = 50
_CALLS_THROUGH_THE_QUEUE = 4
SINGLY, QUEUED = "PUT products", "PUT async/bulk products"

_LONGEST_LINE = 255


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return one request for each product, or for up to 50 where there are many.

    Requests of different products may go out at the same time. Where a field is to be written
    twice, all keep their order.
    """
    rounds = list(passes(changes))
    lane = changes[0].target.resource_id if len(rounds) > 1 else None
    return tuple(_request(part, lane) for products in rounds for part in _parts(products))


def _parts(products: Sequence[list[Change]]) -> Iterator[list[list[Change]]]:
    for part in in_parts(products, _QUEUED_AT_MOST):
        yield from [part] if len(part) >= QUEUED_FROM else in_parts(part, 1)


def _request(products: Sequence[list[Change]], lane: str | None) -> WriteRequest:
    bodies = [body for changes in products if (body := body_of(changes)) is not None]
    queued = len(products) > 1
    return WriteRequest(
        resource=lane or products[0][0].target.resource_id,
        operation=QUEUED if queued else SINGLY,
        body=f"[{','.join(bodies)}]" if queued else "".join(bodies),
        points=_CALLS_THROUGH_THE_QUEUE if queued else 1,
        changes=tuple(change for changes in products for change in changes),
    )


def body_of(changes: Sequence[Change]) -> str | None:
    """Return the call's content for one product, without what would be refused; None for nothing.

    A product that is gone is not created by it: that would need a name and a price.
    """
    product: dict[str, Any] = {}
    attributes: dict[str, str | None] = {}
    for change in changes:
        if refusal_of(change) is not None:
            continue
        match change.after:
            case Listing() as listing:
                product["status"], product["visibility"] = status_and_visibility(listing) or (0, 0)
            case Text(text=text) if change.target.field is FieldName.TITLE:
                product["name"] = text
            case Text(text=text):
                attributes[ATTRIBUTES[change.target.field]] = text
            case _:
                # Null takes an attribute's value away, where an empty text would be one.
                attributes[ATTRIBUTES[change.target.field]] = None
    if attributes:
        product["custom_attributes"] = [
            {"attribute_code": code, "value": value} for code, value in sorted(attributes.items())
        ]
    if not product:
        return None
    product["sku"] = changes[0].target.resource_id
    return json.dumps({"product": product}, sort_keys=True, separators=(",", ":"))


def bodies_of(request: WriteRequest) -> Mapping[str, str]:
    """Return the content for each product of the request that has something to be written."""
    return {
        sku: body
        for sku, changes in by_product(request.changes).items()
        if (body := body_of(changes)) is not None
    }


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules make of each change of the request."""
    return tuple(refusal_of(change) or Accepted() for change in request.changes)


def refusal_of(change: Change) -> Rejected | None:
    """Return why the platform would refuse the change, as far as its rules tell."""
    match change.target.field, change.after:
        case FieldName.STATUS, Listing() as listing:
            return _unlistable(listing)
        case FieldName.TITLE, Absent():
            return _NO_TITLE
        case FieldName.TITLE, Text(text=text) if not text.strip():
            return _NO_TITLE
        case FieldName.TITLE | FieldName.SEO_TITLE | FieldName.SEO_DESCRIPTION, Text(text=text):
            return _too_long(text) if len(text) > _LONGEST_LINE else None
        case _:
            # Current releases keep more of a description than a change can hold.
            return None


_NO_TITLE = Rejected(code="NAME_REQUIRED", reason="a product needs a name")


def _too_long(text: str) -> Rejected:
    reason = f"it has {len(text):,} characters, and {_LONGEST_LINE} fit in"
    return Rejected(code="TEXT_TOO_LONG", reason=reason)


def _unlistable(listing: Listing) -> Rejected | None:
    if status_and_visibility(listing) is not None:
        return None
    if listing.status is ListingStatus.ACTIVE and listing.detail == NOT_VISIBLE_INDIVIDUALLY:
        reason = (
            "the product is not visible individually, so that enabling it would not show it: make "
            "it visible in the shop's administration, or set it to hidden"
        )
        return Rejected(code="NOT_VISIBLE_INDIVIDUALLY", reason=reason)
    return Rejected(code="NO_SUCH_STATUS", reason=f"the platform has no status '{listing}'")
