"""Whether bulk operations are the faster way, by what both ways are reckoned to take."""

from collections import Counter
from collections.abc import Sequence
from math import ceil

from connectors.bucket_pacing import BucketLevel
from connectors.stores.shopify.bulk_pace import SIDE_BY_SIDE, BulkPace
from connectors.stores.shopify.bulk_requests import KINDS, LEAST_LINES, MOST_LINES
from connectors.stores.shopify.product_requests import product_requests
from steward.changes import Change
from steward.execution import WriteRequest

# A chunk ends between two products, so that it meets its number of lines only about.
_ENOUGH_LINES = LEAST_LINES * 5 // 4


def bulk_chunk(changes: Sequence[Change], bucket: BucketLevel, pace: BulkPace) -> int | None:
    """Return how many of the changes to write together, or None where single calls are faster.

    The chunks have about as many lines each, and are as few as run side by side.
    """
    if pace.lines_per_second <= 0:
        return None
    requests = product_requests(changes)
    most_lines = max(_lines_of_kinds(requests))
    if most_lines < _ENOUGH_LINES:
        return None
    chunks = max(min(SIDE_BY_SIDE, most_lines // _ENOUGH_LINES), ceil(most_lines / MOST_LINES))
    singly = _points(requests) / bucket.restored_per_second
    if _seconds_in_bulk(requests, chunks, bucket, pace) >= singly:
        return None
    return ceil(len(changes) / chunks)


def _seconds_in_bulk(
    requests: Sequence[WriteRequest], chunks: int, bucket: BucketLevel, pace: BulkPace
) -> float:
    """Return how long the chunks take: their operations, and the calls that stay single."""
    lines = Counter(request.operation for request in requests)
    kinds = zip(KINDS, _lines_of_kinds(requests), strict=True)
    operations = {
        mutation.operation
        for kind, of_kind in kinds
        if of_kind / chunks >= LEAST_LINES
        for mutation in kind
        if lines[mutation.operation]
    }
    one_chunk = sum(pace.seconds(lines[operation] / chunks) for operation in operations)
    left = [request for request in requests if request.operation not in operations]
    rounds = ceil(chunks / SIDE_BY_SIDE)
    return rounds * one_chunk + _points(left) / bucket.restored_per_second


def _lines_of_kinds(requests: Sequence[WriteRequest]) -> Sequence[int]:
    lines = Counter(request.operation for request in requests)
    return [sum(lines[mutation.operation] for mutation in kind) for kind in KINDS]


def _points(requests: Sequence[WriteRequest]) -> int:
    return sum(request.points for request in requests)
