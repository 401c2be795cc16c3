"""Waves cover a change set exactly once, a canary first, in chunks that keep products whole."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.changes import Change, ChangeSet, FieldName, digest_of
from steward.runs import ExecutionPlan
from steward.waves import ALL_AT_ONCE, CANARY_FIRST, plan_waves
from tests.core.strategies import change_of, price_changes, usd

MOST_CHUNKS = 200
SMALLEST_CHUNK = 500


@cache
def change(product: int, variant: int) -> Change:
    """Return a change of the price of one numbered variant."""
    return change_of(product, variant, FieldName.PRICE, usd(2), usd(1))


def sized(sizes: list[int]) -> ChangeSet:
    """Return a change set of products with these numbers of changes."""
    return ChangeSet(
        store="demo",
        changes=tuple(
            change(product, variant)
            for product, size in enumerate(sizes)
            for variant in range(size)
        ),
    )


def stretches(plan: ExecutionPlan) -> list[tuple[int, int]]:
    """Return the first and last change of each chunk, in the order of execution."""
    return [(chunk.first, chunk.last) for wave in plan.waves for chunk in wave.chunks]


SIZES = st.lists(
    st.integers(1, 9) | st.integers(1, 30) | st.sampled_from([99, 100, 101, 130]),
    min_size=1,
    max_size=6,
)
SHARES = st.sampled_from([CANARY_FIRST, ALL_AT_ONCE, (0.5,), ()]) | st.lists(
    st.floats(0, 1), max_size=4
).map(sorted)


@given(SIZES, SHARES)
def test_chunks_cover_every_change_once_and_in_order(sizes: list[int], shares: list[float]) -> None:
    """Whatever the shares, each change is in exactly one chunk, bound to its content."""
    change_set = sized(sizes)
    plan = plan_waves("run-1", change_set, shares=shares)
    covered = [n for first, last in stretches(plan) for n in range(first, last + 1)]
    assert covered == list(range(len(change_set.changes)))
    assert plan.changes == len(change_set.changes) == sum(wave.size for wave in plan.waves)
    for wave in plan.waves:
        assert wave.chunks
        for chunk in wave.chunks:
            part = change_set.changes[chunk.first : chunk.last + 1]
            assert chunk.content == digest_of(part, store="demo")
            assert (chunk.digest, chunk.store, chunk.run_id) == (
                change_set.digest,
                "demo",
                "run-1",
            )


@given(SIZES)
def test_a_product_is_never_split(sizes: list[int]) -> None:
    """All changes of a product are in one chunk, even where they are more than a chunk's."""
    change_set = sized(sizes)
    homes: dict[str, set[int]] = {}
    for number, (first, last) in enumerate(stretches(plan_waves("run-1", change_set))):
        for one in change_set.changes[first : last + 1]:
            homes.setdefault(one.product_id, set()).add(number)
    assert all(len(chunks) == 1 for chunks in homes.values())


@given(SIZES)
def test_the_canary_is_the_first_share_rounded_up_to_whole_products(sizes: list[int]) -> None:
    """The first wave is the fewest products that make up a hundredth of the changes."""
    wave = plan_waves("run-1", sized(sizes)).waves[0]
    wanted, reached = sum(sizes) / 100, 0
    for size in sizes:
        reached += size
        if reached >= wanted:
            break
    assert wave.size == reached


def test_waves_grow() -> None:
    """A thousand single products go out as 1, 6, 31 and 100 percent."""
    plan = plan_waves("run-1", price_changes(1_000, 1))
    assert [wave.size for wave in plan.waves] == [10, 50, 250, 690]


@given(SIZES, st.sampled_from([CANARY_FIRST, ALL_AT_ONCE]), st.integers(1, 400))
def test_a_wave_in_bulk_has_larger_chunks_and_a_canary_has_not(
    sizes: list[int], shares: list[float], size: int
) -> None:
    """The store is asked about each wave but a canary; products stay whole, nothing is lost."""
    change_set = sized(sizes)
    asked: list[int] = []

    def bulk_chunk(changes: Sequence[Change]) -> int:
        asked.append(len(changes))
        return SMALLEST_CHUNK + size

    plan = plan_waves("run-1", change_set, shares=shares, bulk_chunk=bulk_chunk)
    canary = len(plan.waves) > 1
    assert asked == [wave.size for wave in plan.waves[canary:]]
    assert sum(wave.size for wave in plan.waves) == len(change_set.changes)
    for wave in plan.waves[canary:]:
        for chunk in wave.chunks[:-1]:
            assert chunk.last - chunk.first + 1 >= SMALLEST_CHUNK + size


def test_chunks_in_bulk_are_as_large_as_the_store_says() -> None:
    """Where it says nothing they are as small as ever."""
    change_set = price_changes(10_000, 1)
    plan = plan_waves("run-1", change_set, bulk_chunk=lambda _: 2_000)
    assert [[chunk.last - chunk.first + 1 for chunk in wave.chunks] for wave in plan.waves] == [
        [100],
        [500],
        [2_000, 500],
        [2_000, 2_000, 2_000, 900],
    ]
    nothing_said = plan_waves("run-1", change_set, bulk_chunk=lambda _: None)
    assert nothing_said == plan_waves("run-1", change_set)


def test_an_empty_change_set_has_no_waves() -> None:
    """Nothing to do is a plan without waves, not a failure."""
    assert plan_waves("run-1", ChangeSet(store="demo", changes=())).waves == ()


@pytest.mark.parametrize(("products", "variants"), [(4_100, 5), (30, 150), (2, 900)])
def test_the_number_of_chunks_is_bounded(products: int, variants: int) -> None:
    """However large the change set, references stay few; a wave may end with one short chunk."""
    plan = plan_waves("run-1", price_changes(products, variants))
    assert len(stretches(plan)) <= MOST_CHUNKS + len(CANARY_FIRST)
