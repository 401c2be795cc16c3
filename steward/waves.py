"""Waves: a canary first, then growing shares of the change set, in chunks that stay whole."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from steward.changes import Change, ChangeSet, digest_of
from steward.runs import ChunkReference, ExecutionPlan, Wave

# The share of the change set that is done after each wave.
CANARY_FIRST = (0.01, 0.06, 0.31, 1.0)
ALL_AT_ONCE = (1.0,)
_SMALLEST_CHUNK = 500
_MOST_CHUNKS = 200


def plan_waves(
    run_id: str,
    change_set: ChangeSet,
    *,
    shares: Sequence[float] = CANARY_FIRST,
    bulk_chunk: Callable[[Sequence[Change]], int | None] | None = None,
) -> ExecutionPlan:
    """Return the waves for a change set, each up to the next of the shares.

    The last wave goes to the end whatever the shares; an empty change set has no waves. Chunks
    end between two products, so that a product's changes go out in one piece; there are
    about 200 of them at most, however large the change set, which bounds the engine's history.
    `bulk_chunk` names a larger size for a wave, see `steward.execution.WritesInBulk`; it is not
    asked about a canary.
    """
    changes = change_set.changes
    chunk_size = max(_SMALLEST_CHUNK, -(-len(changes) // _MOST_CHUNKS))
    waves: list[Wave] = []
    first = 0
    for end in _wave_ends(changes_per_product(change_set), len(changes), shares):
        is_canary = not waves and end < len(changes)
        larger = bulk_chunk(changes[first:end]) if bulk_chunk and not is_canary else None
        chunks = tuple(
            ChunkReference(
                run_id=run_id,
                store=change_set.store,
                digest=change_set.digest,
                first=start,
                last=stop - 1,
                content=digest_of(changes[start:stop], store=change_set.store),
            )
            for start, stop in _chunks(change_set, first, end, max(chunk_size, larger or 0))
        )
        waves.append(Wave(chunks=chunks))
        first = end
    return ExecutionPlan(digest=change_set.digest, changes=len(changes), waves=tuple(waves))


def changes_per_product(change_set: ChangeSet) -> list[int]:
    """Return how many changes each product has, for products in the change set's order."""
    sizes: list[int] = []
    previous: str | None = None
    for change in change_set.changes:
        if change.product_id == previous:
            sizes[-1] += 1
        else:
            sizes.append(1)
            previous = change.product_id
    return sizes


def _wave_ends(product_sizes: Sequence[int], total: int, shares: Sequence[float]) -> Iterator[int]:
    ends = list(accumulate(product_sizes))
    reached = 0
    for share in (*shares, 1.0) if ends else ():
        wanted = share * total
        end = next(end for end in ends if end >= wanted or end == total)
        if end > reached:
            reached = end
            yield end


def _chunks(
    change_set: ChangeSet, first: int, end: int, chunk_size: int
) -> Iterator[tuple[int, int]]:
    changes = change_set.changes
    start = first
    for position in range(first + 1, end + 1):
        between_products = (
            position == end or changes[position].product_id != changes[position - 1].product_id
        )
        if between_products and (position - start >= chunk_size or position == end):
            yield start, position
            start = position
