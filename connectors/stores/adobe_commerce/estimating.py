"""What a set of writes costs, before any of it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from connectors.stores.adobe_commerce.live_prices import SKUS_PER_CALL
from connectors.stores.adobe_commerce.writing import (
    CATEGORIES,
    PRICES,
    STOCK,
    TEXTS_AND_STATUS,
    family_of,
)
from steward.changes import FieldName
from steward.execution import CallEstimate, WriteRequest

_BEFORE_AND_AFTER = 2
# Calls, and products for which that many are enough.
_READS: Mapping[frozenset[FieldName], tuple[int, int]] = {
    PRICES.fields: (2, SKUS_PER_CALL),
    STOCK.fields: (1, SKUS_PER_CALL),
    CATEGORIES.fields: (1, SKUS_PER_CALL),
    TEXTS_AND_STATUS.fields: (1, 1),
}


def estimate(requests: Sequence[WriteRequest]) -> CallEstimate:
    """Return the calls for comparing, writing and reading back; each is one point.

    The seconds are 0: a shop of one's own has no limit, and the one of the edition as a service is
    not told before it is met.
    """
    families = [family_of(request.changes[0].target) for request in requests]
    calls = sum(request.points for request in requests)
    for fields in {family.fields for family in families}:
        own = (
            request
            for request, family in zip(requests, families, strict=True)
            if family.fields == fields
        )
        calls += _BEFORE_AND_AFTER * _reads(fields, own)
    return CallEstimate(calls=calls, points=calls, seconds=Decimal(0))


def _reads(fields: frozenset[FieldName], requests: Iterable[WriteRequest]) -> int:
    skus = {change.target.resource_id for request in requests for change in request.changes}
    calls, enough_for = _READS[fields]
    return calls * -(-len(skus) // enough_for)
