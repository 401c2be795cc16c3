"""What a set of writes costs, before any of it is sent."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.bucket_pacing import BucketLevel
from connectors.stores.shopify import costs
from steward.execution import CallEstimate, WriteRequest

# The allowance of the smallest plan, until the platform reports the store's own.
SMALLEST_PLAN = BucketLevel(capacity=2000, available=2000, restored_per_second=100)

_TENTH = Decimal("0.1")


def estimate(requests: Sequence[WriteRequest], bucket: BucketLevel) -> CallEstimate:
    """Return calls, points and the least time for comparing, writing and reading back.

    The time is what the bucket takes to restore the points that it does not hold when full; the
    network's own time comes on top.
    """
    reads = _reads(requests)
    points = points_to_change(requests) + reads * costs.variant_prices()
    beyond = max(Decimal(0), points - Decimal(bucket.capacity))
    return CallEstimate(
        calls=2 * reads + len(requests),
        points=points,
        seconds=(beyond / Decimal(bucket.restored_per_second)).quantize(_TENTH),
    )


def points_to_change(requests: Sequence[WriteRequest]) -> int:
    """Return what comparing and writing the requests costs at most."""
    return _reads(requests) * costs.variant_prices() + sum(request.points for request in requests)


def _reads(requests: Sequence[WriteRequest]) -> int:
    variants = {change.target.resource_id for request in requests for change in request.changes}
    return -(-len(variants) // costs.LARGEST_INPUT)
