"""Bulk operations: which changes go together, and when that is the faster way."""

import json
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from activities.simulator import ChangeSetSimulator
from connectors.bucket_pacing import BucketLevel
from connectors.stores.shopify import bulk_requests, writing
from connectors.stores.shopify.bulk_choice import bulk_chunk
from connectors.stores.shopify.bulk_pace import BulkPace
from connectors.stores.shopify.calls import variables_of
from connectors.stores.shopify.estimating import estimate
from connectors.stores.shopify.product_requests import product_requests
from connectors.stores.shopify.smart_collections import SmartCollections
from steward.changes import Change, ChangeSet, FieldName
from steward.execution import Rejected, WriteRequest
from steward.policy import Policy
from steward.steps import SimulationOrder
from steward.values import Listing, ListingStatus, Text
from steward.waves import ALL_AT_ONCE, CANARY_FIRST, plan_waves
from tests.connectors.shopify.changes import (
    member_change,
    price_change,
    product_change,
    tag_change,
)
from tests.connectors.shopify.fakes import Noon, answering, store_that

BULK = bulk_requests.OPERATION
NOTHING_SMART = SmartCollections()
STANDARD = BucketLevel(capacity=2000, available=2000, restored_per_second=100)
PLUS = BucketLevel(capacity=20_000, available=20_000, restored_per_second=1000)


@cache
def titles(count: int) -> tuple[Change, ...]:
    """Return new titles for so many products."""
    return tuple(
        product_change(number, FieldName.TITLE, Text(text=f"Title {number}"))
        for number in range(1, count + 1)
    )


def kinds_of(requests: Sequence[WriteRequest]) -> dict[str, int]:
    """Return how many requests there are of each operation."""
    names = [request.operation for request in requests]
    return {name: names.count(name) for name in names}


def test_a_thousand_products_are_one_operation_and_one_less_are_single_calls() -> None:
    """Wherever the question is asked, the same changes give the same answer."""
    assert kinds_of(writing.requests_for(titles(999))) == {"productUpdate": 999}
    (request,) = writing.requests_for(titles(1000))
    assert request.operation == BULK
    assert request.changes == titles(1000)
    content = json.loads(request.body)
    assert content["operationName"] == "UpdateProduct"
    assert content["lines"][0] == {"product": {"id": "gid://shopify/Product/1", "title": "Title 1"}}
    assert writing.requests_for(request.changes) == (request,)


# A product of the stretch below: how many variants, which tags come and go, and what else changes.
stretch = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


def repeated(pattern: Sequence[tuple[int, int, int, bool, bool]], products: int) -> list[Change]:
    """Return changes of so many products, that repeat the pattern."""
    changes: list[Change] = []
    for number in range(1, products + 1):
        variants, comes, goes, text, member = pattern[number % len(pattern)]
        if text:
            hidden = Listing(status=ListingStatus.HIDDEN)
            changes.append(product_change(number, FieldName.STATUS, hidden))
        changes += [tag_change(number, f"comes {n}") for n in range(comes)]
        changes += [tag_change(number, f"goes {n}", comes=False) for n in range(goes)]
        if member:
            changes.append(member_change(number, 7))
        changes += [price_change(number, number * 10 + n) for n in range(variants)]
    return changes


# Each example is a thousand products, and shrinking one would take minutes.
@settings(max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(stretch)
def test_lines_are_the_calls_that_they_stand_for(
    pattern: list[tuple[int, int, int, bool, bool]],
) -> None:
    """Nothing is lost or doubled, and each line says what the single call would say."""
    changes = repeated(pattern, 1100)
    requests = writing.requests_for(changes)
    singly = {(one.operation, one.body) for one in product_requests(changes)}

    said: list[tuple[str, str]] = []
    for request in requests:
        if request.operation != BULK:
            said.append((request.operation, request.body))
            continue
        lines = bulk_requests.lines_of(request)
        assert [variables_of(line) for line in lines] == list(
            bulk_requests.variables_of_lines(request)
        )
        assert {line.operation for line in lines} == {bulk_requests.mutation_of(request).operation}
        assert [change for line in lines for change in line.changes] == list(request.changes)
        said += [(line.operation, line.body) for line in lines]
    assert {one for one in said if not one[0].startswith("collection")} == singly
    assert len(said) == len(set(said))
    carried = [str(change) for request in requests for change in request.changes]
    assert sorted(carried) == sorted(map(str, changes))


def test_a_product_that_comes_again_is_the_line_that_its_changes_make() -> None:
    """With another product's tag in between, its two texts are two single calls and one line."""
    text = product_change(1000, FieldName.DESCRIPTION, Text(text="<p>Warm</p>"))
    changes = [*titles(1000), tag_change(2, "new"), text]
    _, request = writing.requests_for(changes)
    lines = bulk_requests.lines_of(request)
    assert [variables_of(line) for line in lines] == list(bulk_requests.variables_of_lines(request))
    assert len(lines) == 1000
    assert [change for line in lines for change in line.changes] == list(request.changes)


def test_tags_that_go_are_an_operation_before_those_that_come() -> None:
    """Both in bulk or none, one after the other: a product has room for 250 tags."""
    changes = [tag_change(number, "new") for number in range(1, 1001)]
    changes += [tag_change(number, "old", comes=False) for number in range(1, 4)]
    requests = writing.requests_for(changes)
    assert kinds_of(requests) == {BULK: 2}
    assert [bulk_requests.mutation_of(one).operation for one in requests] == [
        "tagsRemove",
        "tagsAdd",
    ]
    assert requests[0].resource == requests[1].resource


def test_what_is_little_stays_single_beside_what_is_in_bulk() -> None:
    """A few tags are no operation of their own; collections and stock never are."""
    changes = [*titles(1000), *[tag_change(n, "x") for n in range(1, 4)], member_change(1, 7)]
    assert kinds_of(writing.requests_for(changes)) == {
        "tagsAdd": 3,
        "collectionAddProductsV2": 1,
        BULK: 1,
    }


def test_an_operation_has_no_more_than_5000_lines_or_20_megabytes() -> None:
    """The rest is another operation, after it."""
    requests = writing.requests_for(titles(5001))
    assert [bulk_requests.number_of_lines(one) for one in requests] == [5000, 1]
    long = Text(text="x" * 30_000)
    texts = [product_change(n, FieldName.DESCRIPTION, long) for n in range(1, 1001)]
    sizes = [len(request.body) for request in writing.requests_for(texts)]
    assert len(sizes) == 2
    assert max(sizes) <= 20_000_000


def test_a_refusal_is_predicted_for_its_line_alone() -> None:
    """As for a call of its own."""
    changes = list(titles(1000))
    changes[7] = product_change(8, FieldName.TITLE, Text(text=""))
    (request,) = writing.requests_for(changes)
    predicted = writing.predict(request, NOTHING_SMART)
    refused = [number for number, one in enumerate(predicted) if isinstance(one, Rejected)]
    assert refused == [7]


@pytest.mark.parametrize(
    ("bucket", "pace", "products", "chunk"),
    [
        (STANDARD, BulkPace(), 1200, None),
        (STANDARD, BulkPace(), 2500, None),
        (STANDARD, BulkPace(), 6900, 1725),
        (STANDARD, BulkPace(50), 1300, 1300),
        (PLUS, BulkPace(), 6900, None),
        (PLUS, BulkPace(20), 6900, None),
        (PLUS, BulkPace(50), 6900, 1725),
        (STANDARD, BulkPace(0), 6900, None),
    ],
)
def test_the_faster_way_is_chosen_by_plan_and_pace(
    bucket: BucketLevel, pace: BulkPace, products: int, chunk: int | None
) -> None:
    """Ten points a call: 100 or 10 calls a second, against four operations side by side."""
    assert bulk_chunk(titles(products), bucket, pace) == chunk


def test_calls_that_cost_more_make_bulk_worth_while_sooner() -> None:
    """Lines cost no points, whatever their variants."""
    changes = [price_change(n, 1000 * n + v) for n in range(1, 1301) for v in range(20)]
    assert bulk_chunk(changes, STANDARD, BulkPace()) is None
    assert bulk_chunk(changes, STANDARD, BulkPace(10)) == len(changes)
    few = [price_change(n, 1000 * n) for n in range(1, 1301)]
    assert bulk_chunk(few, STANDARD, BulkPace(10)) is None


def test_a_canary_is_small_and_direct_and_the_waves_after_it_go_in_bulk() -> None:
    """The plan's chunks are what makes requests direct or bulk, in rehearsal and execution."""
    change_set = ChangeSet(store="acme", changes=titles(10_000))

    def chunk(changes: Sequence[Change]) -> int | None:
        return bulk_chunk(changes, STANDARD, BulkPace())

    def ways(shares: Sequence[float]) -> list[list[dict[str, int]]]:
        plan = plan_waves("run-1", change_set, shares=shares, bulk_chunk=chunk)
        return [
            [
                kinds_of(writing.requests_for(change_set.changes[each.first : each.last + 1]))
                for each in wave.chunks
            ]
            for wave in plan.waves
        ]

    canary, second, third, last = ways(CANARY_FIRST)
    assert canary == [{"productUpdate": 100}]
    assert second == [{"productUpdate": 500}]
    assert third == [{"productUpdate": 500}] * 5
    assert last == [{BULK: 1}] * 4
    assert ways(ALL_AT_ONCE) == [[{BULK: 1}] * 4]


def test_the_estimate_says_what_goes_in_bulk_and_how_long_the_gap_becomes() -> None:
    """Four operations side by side, each 30 s and its lines at five a second."""
    requests = [one for start in range(4) for one in writing.requests_for(titles(6900)[start::4])]
    figures = estimate(requests, STANDARD, BulkPace())
    assert figures.bulk is not None
    assert (figures.bulk.operations, figures.bulk.calls) == (4, 6900)
    assert figures.bulk.longest_seconds == 30 + 1725 / 5
    assert figures.bulk.seconds == figures.bulk.longest_seconds
    assert figures.seconds >= figures.bulk.seconds
    singly = estimate(product_requests(titles(6900)), STANDARD, BulkPace())
    assert singly.bulk is None
    assert singly.points > 20 * figures.points
    assert singly.seconds > figures.seconds


async def test_what_is_simulated_is_what_the_plan_makes() -> None:
    """The figures of the simulation are those of the requests that its chunks will make."""
    store = store_that(answering({}))
    change_set = ChangeSet(store="acme", changes=titles(6900))
    live = {change.target: change.before for change in change_set.changes}
    simulator = ChangeSetSimulator(Noon(), parallel_requests=8)
    order = SimulationOrder(run_id="run-1", store="acme", headline="new titles")

    simulation, predictions = await simulator.simulate(order, store, change_set, live, Policy())

    requests = [
        request
        for wave in simulation.plan.waves
        for chunk in wave.chunks
        for request in store.requests_for(change_set.changes[chunk.first : chunk.last + 1])
    ]
    in_bulk = [request for request in requests if request.operation == BULK]
    estimate = simulation.impact.estimate
    assert estimate == store.estimate(requests)
    assert estimate.bulk is not None
    assert estimate.bulk.operations == len(in_bulk) == 3
    assert estimate.bulk.calls == sum(map(bulk_requests.number_of_lines, in_bulk))
    assert {prediction.request for prediction in predictions} == set(range(len(requests)))
