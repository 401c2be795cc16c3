"""Writes: which requests carry which changes, and what the platform's rules make of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from connectors.stores.bigcommerce import (
    adjustments,
    catalog_batches,
    memberships,
    price_record_requests,
)
from connectors.stores.bigcommerce.families import Family, family_of
from steward.changes import Change, Target
from steward.execution import Accepted, Answer, Rejected, WriteRequest


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests that would write the changes, in the order of what they are about.

    Those of one resource stay together, in the order that their family gives them.
    Raises `UnsupportedOperation` for a field that is not there, or a value that it cannot have, and
    `InvalidInput` for an id that is no number.
    """
    by_family: dict[Family, list[Change]] = {}
    for change in changes:
        by_family.setdefault(family_of(change.target), []).append(change)
    place = {change.target: number for number, change in enumerate(changes)}
    requests = [one for family, own in by_family.items() for one in _requests(family, own)]
    begins: dict[str, int] = {}
    for request in requests:
        first = min(place[change.target] for change in request.changes)
        begins[request.resource] = min(first, begins.get(request.resource, first))
    return tuple(sorted(requests, key=lambda request: begins[request.resource]))


def _requests(family: Family, changes: Sequence[Change]) -> Iterator[WriteRequest]:
    match family:
        case Family.PRODUCT | Family.VARIANT:
            return catalog_batches.requests_for(changes)
        case Family.CATEGORY:
            return memberships.requests_for(changes)
        case Family.STOCK:
            return adjustments.requests_for(changes)
        case Family.PRICE_LIST:
            return price_record_requests.requests_for(changes)
        case _:
            assert_never(family)


def family_in(request: WriteRequest) -> Family:
    """Return the family of the fields that a request writes."""
    return family_of(request.changes[0].target)


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's documented rules make of the request."""
    refused = _refusals(family_in(request), request.changes)
    return tuple(refused.get(change.target, Accepted()) for change in request.changes)


def _refusals(family: Family, changes: Sequence[Change]) -> Mapping[Target, Rejected]:
    match family:
        case Family.PRODUCT | Family.VARIANT:
            return catalog_batches.refusals(changes)
        case Family.CATEGORY:
            return {}
        case Family.STOCK:
            return adjustments.refusals(changes)
        case Family.PRICE_LIST:
            return price_record_requests.refusals(changes)
        case _:
            assert_never(family)
