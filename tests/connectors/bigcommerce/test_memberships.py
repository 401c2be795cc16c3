"""Categories: which requests carry which changes, and what becomes of what is refused."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import product as pairs
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce import writing
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import AnswerLost, InvalidInput
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import ABSENT, PRESENT, Present
from tests.connectors.bigcommerce.fakes import FakeBigCommerce, json_response, product, store_that

ENTER, LEAVE = "createProductsCategoryAssignments", "deleteProductsCategoryAssignments"


def membership(number: int, category: int, *, enters: bool) -> Change:
    """Return the change of a product that enters a category, or leaves it."""
    before, after = (ABSENT, PRESENT) if enters else (PRESENT, ABSENT)
    return Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT,
            resource_id=str(number),
            field=FieldName.CATEGORY,
            key=str(category),
        ),
        product_id=str(number),
        label=f"product {number}",
        before=before,
        after=after,
        key_label=f"category {category}",
    )


def assignments_of(request: WriteRequest) -> Counter[tuple[int, int]]:
    """Return what a request assigns, or takes away, by what is sent."""
    body = json.loads(request.body)
    if request.operation == ENTER:
        return Counter((one["product_id"], one["category_id"]) for one in body)
    products, categories = body["product_id:in"].split(","), body["category_id:in"].split(",")
    return Counter(pairs(map(int, products), map(int, categories)))


changes = st.lists(
    st.builds(
        lambda number, category, enters: membership(number, category, enters=enters),
        st.integers(1, 120),
        st.integers(20, 24),
        st.booleans(),
    ),
    unique_by=lambda change: change.target,
    max_size=200,
)


@given(changes)
def test_requests_assign_exactly_what_changes(drawn: list[Change]) -> None:
    """Nothing else is assigned or taken away, and requests about one product keep their order."""
    requests = writing.requests_for(drawn)

    for after, operation in ((PRESENT, ENTER), (ABSENT, LEAVE)):
        sent = [assignments_of(one) for one in requests if one.operation == operation]
        wanted = Counter(
            (int(one.target.resource_id), int(one.target.key))
            for one in drawn
            if one.after == after
        )
        assert sum(sent, Counter()) == wanted
    lanes: dict[str, str] = {}
    for request in requests:
        assert len({one.target.resource_id for one in request.changes}) <= 50
        assert request.operation == LEAVE or len(request.changes) <= 50
        for one in request.changes:
            assert lanes.setdefault(one.target.resource_id, request.resource) == request.resource
    assert writing.requests_for(drawn) == requests


def test_products_that_move_alike_go_together() -> None:
    """A hundred products from one category to another take four calls."""
    moved = [
        change
        for number in range(100)
        for change in (membership(number, 5, enters=False), membership(number, 6, enters=True))
    ]
    requests = writing.requests_for(moved)
    assert [request.operation for request in requests] == [ENTER, LEAVE] * 2
    assert {len(request.changes) for request in requests} == {50}


def test_a_category_is_named_by_its_number() -> None:
    """Anything else is refused beforehand."""
    named = membership(1, 5, enters=True)
    target = named.target.model_copy(update={"key": "summer"})
    with pytest.raises(InvalidInput, match="'summer' is no BigCommerce id"):
        writing.requests_for([named.model_copy(update={"target": target})])


async def sent(shop: Callable[[httpx.Request], httpx.Response], *own: Change) -> list[Answer]:
    """Send the one request that carries the changes."""
    (request,) = writing.requests_for(own)
    return list(await store_that(shop).send(request))


async def test_products_are_taken_out_by_what_chooses_them_and_nothing_more() -> None:
    """A deletion without a filter would empty the shop's categories."""
    asked: list[httpx.Request] = []

    def shop(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(204)

    leaving = [
        membership(number, category, enters=False) for number in (7, 8) for category in (5, 6)
    ]
    assert await sent(shop, *leaving) == [Accepted()] * 4
    (request,) = asked
    assert request.method == "DELETE"
    assert dict(request.url.params) == {"product_id:in": "7,8", "category_id:in": "5,6"}


@pytest.mark.parametrize(("named", "calls"), [(True, 2), (False, 7)])
async def test_an_assignment_that_is_refused_leaves_the_others_made(
    *, named: bool, calls: int
) -> None:
    """Whether the platform names the one to blame or not."""
    bodies: list[list[dict[str, Any]]] = []

    def shop(request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)
        bodies.append(items)
        faulty = [place for place, one in enumerate(items) if one["product_id"] == 3]
        if not faulty:
            return httpx.Response(204)
        errors = {f"{faulty[0]}.product_id" if named else "product": "is not there"}
        content = {"status": 422, "title": "No", "errors": dict.fromkeys(errors, "is not there")}
        return json_response(content, 422)

    answers = await sent(shop, *(membership(number, 5, enters=True) for number in range(8)))

    expected: list[Answer] = [Accepted()] * 8
    expected[3] = Rejected(code="422", reason="is not there")
    assert answers == expected
    assert len(bodies) == calls


async def test_a_deletion_that_is_refused_is_narrowed_down_to_the_product() -> None:
    """All assignments of this product are refused with the platform's reason."""

    def shop(request: httpx.Request) -> httpx.Response:
        if "8" in request.url.params["product_id:in"].split(","):
            return json_response({"status": 422, "title": "Not this one", "errors": {}}, 422)
        return httpx.Response(204)

    leaving = [membership(number, 5, enters=False) for number in (7, 8, 9)]
    refused = Rejected(code="422", reason="Not this one")
    assert await sent(shop, *leaving) == [Accepted(), refused, Accepted()]


async def test_a_product_that_comes_back_gets_its_place_back() -> None:
    """The place in a category is lost on leaving it; the membership carries it for the undo."""
    asked: list[tuple[str, str, Any]] = []

    def shop(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path.partition("catalog/")[2], request.content))
        if "sort-order" in request.url.path:
            return json_response(json.loads(request.content))
        return httpx.Response(204)

    left = [
        membership(number, category, enters=False).model_copy(
            update={"before": Present(kept=f"sort order {number}" if number < 9 else "")}
        )
        for number in (7, 8, 9)
        for category in (5, 6)
    ]
    (request,) = writing.requests_for([one.inverse() for one in left])
    assert request.points == 3

    assert set(await store_that(shop).send(request)) == {Accepted()}
    places = [{"product_id": 7, "sort_order": 7}, {"product_id": 8, "sort_order": 8}]
    assert [(method, path, json.loads(content)) for method, path, content in asked[1:]] == [
        ("PUT", f"categories/{category}/products/sort-order", places) for category in (5, 6)
    ]


async def test_a_place_that_cannot_be_given_back_is_told() -> None:
    """The product is in the category all the same; the others are as they were."""

    def shop(request: httpx.Request) -> httpx.Response:
        if "sort-order" not in request.url.path:
            return httpx.Response(204)
        items = json.loads(request.content)
        if all(one["product_id"] != 7 for one in items):
            return json_response(items)
        return json_response({"status": 422, "title": "No", "errors": {"0.sort_order": "no"}}, 422)

    entering = [
        membership(number, 5, enters=True).model_copy(
            update={"after": Present(kept="sort order 1")}
        )
        for number in (7, 8)
    ]
    reason = "is in the category again, but not at its place: no"
    assert await sent(shop, *entering) == [Rejected(code="422", reason=reason), Accepted()]


@pytest.mark.parametrize("note", ["", "position 7", "sort order -1", "sort order 99999999999"])
async def test_a_note_that_is_no_place_is_passed_over(note: str) -> None:
    """Nothing is sent for it."""
    entering = membership(7, 5, enters=True).model_copy(update={"after": Present(kept=note)})
    assert await sent(lambda _: httpx.Response(204), entering) == [Accepted()]


async def test_an_answer_that_says_nothing_is_the_success_and_another_is_not() -> None:
    """HTTP 204 is the documented one; a page in its place leaves the change open."""
    entering = membership(7, 5, enters=True)
    assert await sent(lambda _: httpx.Response(204), entering) == [Accepted()]
    with pytest.raises(AnswerLost):
        await sent(lambda _: httpx.Response(200, content=b"<html>"), entering)


async def test_a_membership_is_present_or_absent_and_a_lost_product_has_none() -> None:
    """All of a product's categories are read in the one call that reads its other fields."""
    shop = FakeBigCommerce({7: product(7, categories=[5, 6])})
    targets = [
        membership(number, category, enters=True).target for number in (7, 8) for category in (5, 9)
    ]
    live = await store_that(shop).read_values(targets)
    assert live == {targets[0]: PRESENT, targets[1]: ABSENT}
    assert shop.reads == ["products"]
