"""What a set of writes costs, before any of it is sent."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.stores.bigcommerce.listing import LARGEST_PAGE
from connectors.window_pacing import WindowLevel
from steward.changes import ResourceKind
from steward.execution import CallEstimate, WriteRequest

_READS = 2
_TENTH = Decimal("0.1")


def estimate(requests: Sequence[WriteRequest], window: WindowLevel) -> CallEstimate:
    """Return calls, points and the least time for comparing, writing and reading back.

    A point is a call. The time is what the calls beyond one whole window take at the quota's rate;
    the network's own time comes on top.
    """
    targets = {change.target for request in requests for change in request.changes}
    calls = sum(request.points for request in requests)
    for kind in ResourceKind:
        resources = {one.resource_id for one in targets if one.resource_kind is kind}
        calls += _READS * -(-len(resources) // LARGEST_PAGE)
    beyond = max(0, calls - window.quota)
    seconds = Decimal(beyond) * Decimal(str(window.window_seconds)) / window.quota
    return CallEstimate(calls=calls, points=calls, seconds=seconds.quantize(_TENTH))
