"""Which requests go together as one bulk operation, and what its lines are."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from connectors.stores.shopify import costs
from connectors.stores.shopify.calls import ProductMutation
from connectors.stores.shopify.product_requests import MUTATIONS, product_requests
from connectors.stores.shopify.product_tags import ADDED_TAGS, REMOVED_TAGS
from connectors.stores.shopify.product_texts import TEXTS
from connectors.stores.shopify.variant_prices import PRICES
from steward.execution import Answer, WriteRequest

OPERATION = "bulkOperationRunMutation"
# So many lines of a kind make a bulk operation, wherever they come from. A chunk that is meant for
# single calls has fewer, since its changes are no more than that.
LEAST_LINES = 1000
MOST_LINES = 5_000
# Shopify takes 100 MB since December 2025, and took 20 MB before.
_MOST_BYTES = 20_000_000
# An operation runs one mutation. What is written by the same ones goes in bulk or not at all, and
# tags that go make room for those that come.
KINDS: tuple[tuple[ProductMutation, ...], ...] = ((TEXTS,), (REMOVED_TAGS, ADDED_TAGS), (PRICES,))


def parted(
    requests: Sequence[WriteRequest],
) -> tuple[Sequence[WriteRequest], Sequence[WriteRequest]]:
    """Part requests about single products: those that stay, and bulk operations for the others."""
    counts = Counter(request.operation for request in requests)
    many = {
        mutation.operation: mutation
        for kind in KINDS
        if sum(counts[mutation.operation] for mutation in kind) >= LEAST_LINES
        for mutation in kind
    }
    singly = [request for request in requests if request.operation not in many]
    in_bulk = [
        _request(mutation, stretch)
        for mutation in many.values()
        for stretch in _stretches(_lines(requests, mutation))
    ]
    return singly, in_bulk


def _lines(requests: Sequence[WriteRequest], mutation: ProductMutation) -> Sequence[WriteRequest]:
    """Return the mutation's requests as `lines_of` will find them in one request again."""
    own = [request for request in requests if request.operation == mutation.operation]
    if all(one.resource != other.resource for one, other in pairwise(own)):
        return own
    return product_requests([change for request in own for change in request.changes])


def _stretches(lines: Sequence[WriteRequest]) -> Iterator[Sequence[WriteRequest]]:
    """Cut where an operation would have too many lines, or its file would be too large."""
    stretch: list[WriteRequest] = []
    size = 0
    for line in lines:
        length = len(line.body.encode())
        if stretch and (len(stretch) == MOST_LINES or size + length > _MOST_BYTES):
            yield stretch
            stretch, size = [], 0
        stretch.append(line)
        size += length
    if stretch:
        yield stretch


def _request(mutation: ProductMutation, lines: Sequence[WriteRequest]) -> WriteRequest:
    content = {
        "operationName": mutation.document.value,
        "lines": [json.loads(line.body)["variables"] for line in lines],
    }
    return WriteRequest(
        # One after the other, and beside what is about single products.
        resource=OPERATION,
        operation=OPERATION,
        body=json.dumps(content, sort_keys=True, separators=(",", ":")),
        points=sum(costs.run_in_bulk(len(lines))),
        changes=tuple(change for line in lines for change in line.changes),
    )


def number_of_lines(request: WriteRequest) -> int:
    """Return how many lines a bulk operation has; any other request is one call."""
    return len(variables_of_lines(request)) if request.operation == OPERATION else 0


def lines_of(request: WriteRequest) -> tuple[WriteRequest, ...]:
    """Return the requests that a bulk operation carries out, one a line."""
    return product_requests(request.changes)


def mutation_of(request: WriteRequest) -> ProductMutation:
    """Return the mutation that a bulk operation runs for each of its lines."""
    (first, *_) = product_requests(request.changes[:1])
    return MUTATIONS[first.operation]


def variables_of_lines(request: WriteRequest) -> Sequence[Mapping[str, Any]]:
    """Return the variables of each line, in order."""
    lines: Sequence[Mapping[str, Any]] = json.loads(request.body)["lines"]
    return lines


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules make of each line: the same as of a call of its own."""
    return tuple(
        answer for line in lines_of(request) for answer in MUTATIONS[line.operation].predict(line)
    )
