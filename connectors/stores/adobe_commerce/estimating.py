"""What a set of writes costs, before any of it is sent."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.stores.adobe_commerce.live_prices import SKUS_PER_CALL
from steward.execution import CallEstimate, WriteRequest

# Regular and special prices, each before and after.
_READS = 4


def estimate(requests: Sequence[WriteRequest]) -> CallEstimate:
    """Return the calls for comparing, writing and reading back; each is one point.

    The seconds are 0: a shop of one's own has no limit, and the one of the edition as a service is
    not told before it is met.
    """
    skus = {change.target.resource_id for request in requests for change in request.changes}
    calls = _READS * -(-len(skus) // SKUS_PER_CALL) + sum(request.points for request in requests)
    return CallEstimate(calls=calls, points=calls, seconds=Decimal(0))
