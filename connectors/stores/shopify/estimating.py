"""What a set of writes costs, before any of it is sent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.bucket_pacing import BucketLevel
from connectors.stores.shopify import bulk_requests, collection_members, costs
from connectors.stores.shopify.bulk_pace import BulkPace
from connectors.stores.shopify.bulk_requests import number_of_lines
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, Target
from steward.execution import BulkEstimate, CallEstimate, WriteRequest

# The allowance of the smallest plan, until the platform reports the store's own.
SMALLEST_PLAN = BucketLevel(capacity=2000, available=2000, restored_per_second=100)

_TENTH = Decimal("0.1")


def estimate(requests: Sequence[WriteRequest], bucket: BucketLevel, pace: BulkPace) -> CallEstimate:
    """Return calls, points and the least time for comparing, writing and reading back.

    The time is what the bucket takes to restore the points that it does not hold when full, and
    what bulk operations are reckoned to take; the network's own time comes on top.
    """
    calls = [*_calls_to_change(requests), *_reads(requests)]
    points = sum(calls)
    beyond = max(Decimal(0), points - Decimal(bucket.capacity))
    bulk = _in_bulk(requests, pace)
    seconds = beyond / Decimal(bucket.restored_per_second) + (bulk.seconds if bulk else 0)
    return CallEstimate(
        calls=len(calls), points=points, seconds=seconds.quantize(_TENTH), bulk=bulk
    )


def _in_bulk(requests: Sequence[WriteRequest], pace: BulkPace) -> BulkEstimate | None:
    lines = [number for request in requests if (number := number_of_lines(request))]
    if not lines:
        return None
    return BulkEstimate(
        operations=len(lines),
        calls=sum(lines),
        seconds=Decimal(pace.together(lines)).quantize(_TENTH),
        longest_seconds=Decimal(pace.seconds(max(lines))).quantize(_TENTH),
    )


def points_to_begin(requests: Sequence[WriteRequest]) -> int:
    """Return what comparing and writing the requests costs before anything has to be waited for."""
    return sum(_calls_to_change(requests, looks=False))


def _calls_to_change(requests: Sequence[WriteRequest], *, looks: bool = True) -> Iterator[int]:
    """Yield the points of each call that comparing and writing takes, without looks on demand."""
    yield from _reads(requests)
    for request in requests:
        if request.operation == bulk_requests.OPERATION:
            yield from costs.run_in_bulk(number_of_lines(request) if looks else 0)
            continue
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
