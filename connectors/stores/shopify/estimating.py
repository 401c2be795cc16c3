"""What a set of writes costs, before any of it is sent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.bucket_pacing import BucketLevel
from connectors.stores.shopify import collection_members, costs
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, Target
from steward.execution import CallEstimate, WriteRequest

# The allowance of the smallest plan, until the platform reports the store's own.
SMALLEST_PLAN = BucketLevel(capacity=2000, available=2000, restored_per_second=100)

_TENTH = Decimal("0.1")


def estimate(requests: Sequence[WriteRequest], bucket: BucketLevel) -> CallEstimate:
    """Return calls, points and the least time for comparing, writing and reading back.

    The time is what the bucket takes to restore the points that it does not hold when full; the
    network's own time comes on top.
    """
    calls = [*_calls_to_change(requests), *_reads(requests)]
    points = sum(calls)
    beyond = max(Decimal(0), points - Decimal(bucket.capacity))
    return CallEstimate(
        calls=len(calls),
        points=points,
        seconds=(beyond / Decimal(bucket.restored_per_second)).quantize(_TENTH),
    )


def points_to_change(requests: Sequence[WriteRequest]) -> int:
    """Return what comparing and writing the requests costs at most."""
    return sum(_calls_to_change(requests))


def _calls_to_change(requests: Sequence[WriteRequest]) -> Iterator[int]:
    """Yield the points of each call that comparing and writing takes."""
    yield from _reads(requests)
    for request in requests:
        yield request.points
        if request.operation in collection_members.OPERATIONS:
            yield costs.job_state()
            yield costs.collection_members()


def _reads(requests: Sequence[WriteRequest]) -> Iterator[int]:
    """Yield the points of each call that reads all values once."""
    asked: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for request in requests:
        for change in request.changes:
            asked[_reading(change.target)].add(change.target.resource_id)
    for (points, _), resources in asked.items():
        for _ in range(0, len(resources), costs.LARGEST_INPUT):
            yield points


def _reading(target: Target) -> tuple[int, str]:
    """Return what a call that reads the field costs, and what tells such calls apart."""
    if target.field in PRICE_FIELDS:
        return costs.variant_prices(), "prices"
    if target.field is FieldName.CATEGORY:
        return costs.collection_members(), target.key
    if target.field is FieldName.INVENTORY_QUANTITY:
        return costs.stock_at_location(), target.key
    return costs.product_values(), "products"
