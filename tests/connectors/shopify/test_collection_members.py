"""Collections: products go in and out together, and count as written when the job is done."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import writing
from steward.changes import Change
from steward.errors import AnswerLost, CredentialsRejected
from steward.execution import Accepted, Answer, Rejected, Stale, WriteRequest
from steward.values import ABSENT
from tests.connectors.shopify.changes import member_change, request, tag_change
from tests.connectors.shopify.fakes import COST, JumpingTime, json_response, store_that

JOB = "gid://shopify/Job/4682208d"
changes = st.lists(
    st.builds(member_change, st.integers(1, 400), st.integers(1, 3), comes=st.booleans()),
    unique_by=lambda change: change.target,
    max_size=600,
)


@given(changes)
def test_products_of_one_collection_go_together(drawn: list[Change]) -> None:
    """Up to 250 a call, in their order; a collection's calls keep their order too."""
    requests = writing.requests_for(drawn)

    assert sorted(str(change) for made in requests for change in made.changes) == sorted(
        map(str, drawn)
    )
    for made in requests:
        variables = json.loads(made.body)["variables"]
        assert {change.target.key for change in made.changes} == {variables["id"]}
        assert made.resource == variables["id"]
        assert [one.target.resource_id for one in made.changes] == variables["productIds"]
        assert len(variables["productIds"]) <= 250
        removes = made.operation == "collectionRemoveProducts"
        assert all((change.after == ABSENT) is removes for change in made.changes)
    groups = {(change.target.key, str(change.after)) for change in drawn}
    assert len(requests) <= len(groups) + len(drawn) // 250


def test_a_hundred_products_cost_as_much_as_one() -> None:
    """That is why they go together, and after what is about single products."""
    drawn = [change for n in range(100) for change in (tag_change(n, "new"), member_change(n, 7))]
    made = writing.requests_for(drawn)
    assert [one.operation for one in made[-2:]] == ["tagsAdd", "collectionAddProductsV2"]
    assert (len(made), made[-1].points, len(made[-1].changes)) == (101, 10, 100)


class FakeCollection:
    """Answers one call of each kind after the other; `members` is what is so in the end."""

    def __init__(
        self,
        members: Mapping[str, bool],
        *,
        looks: int = 1,
        errors: tuple[Mapping[str, Any], ...] = (),
        trouble: Callable[[], httpx.Response] | None = None,
    ) -> None:
        self.members = members
        self.looks = looks
        self.errors = errors
        self.trouble = trouble
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer by the operation's name."""
        operation = json.loads(request.content)["operationName"]
        self.calls.append(operation)
        data: dict[str, Any]
        match operation:
            case "AddToCollection" | "RemoveFromCollection":
                job = None if self.errors else {"id": JOB}
                payload = {"job": job, "userErrors": list(self.errors)}
                data = {"collectionAddProductsV2": payload, "collectionRemoveProducts": payload}
            case "JobState":
                if self.trouble is not None:
                    return self.trouble()
                self.looks -= 1
                data = {"job": {"done": self.looks <= 0}}
            case "CollectionMembers":
                ids = json.loads(request.content)["variables"]["ids"]
                nodes = [
                    {"id": id_, "inCollection": self.members[id_]} if id_ in self.members else None
                    for id_ in ids
                ]
                data = {"nodes": nodes}
            case _:
                raise AssertionError(operation)
        return json_response({"data": data, "extensions": {"cost": COST}})


def product(number: int) -> str:
    """Return a product's id."""
    return f"gid://shopify/Product/{number}"


async def sent(
    shop: FakeCollection, made: WriteRequest, timer: JumpingTime | None = None
) -> tuple[Answer, ...]:
    """Send a request to the fake collection."""
    return await store_that(shop, timer=timer or JumpingTime()).send(made)


async def test_a_product_counts_when_the_job_is_done_and_it_reads_back() -> None:
    """The platform answers a product that does not exist as any other; reading tells."""
    shop = FakeCollection({product(1): True, product(2): False}, looks=3)
    made = request(member_change(1, 7), member_change(2, 7), member_change(3, 7))
    assert await sent(shop, made) == (
        Accepted(),
        Rejected(code="JOB_WITHOUT_EFFECT", reason="the job is done, and the product is not in it"),
        Stale(),
    )
    assert shop.calls == ["AddToCollection", *["JobState"] * 3, "CollectionMembers"]


async def test_a_product_that_goes_counts_when_it_is_out() -> None:
    """And is refused where it still is in."""
    shop = FakeCollection({product(1): False, product(2): True})
    made = request(member_change(1, 7, comes=False), member_change(2, 7, comes=False))
    first, second = await sent(shop, made)
    assert first == Accepted()
    assert isinstance(second, Rejected)
    assert second.reason.endswith("still is in it")


async def test_an_error_refuses_every_product_of_the_call() -> None:
    """A smart collection, for example, by its code."""
    error = {
        "code": "CANT_ADD_TO_SMART_COLLECTION",
        "field": ["id"],
        "message": "Can't manually add products to a smart collection",
    }
    shop = FakeCollection({}, errors=(error,))
    refusal = Rejected(code=error["code"], reason=error["message"])  # type: ignore[arg-type]
    assert await sent(shop, request(member_change(1, 7), member_change(2, 7))) == (refusal,) * 2
    assert shop.calls == ["AddToCollection"]


async def test_a_job_that_does_not_end_leaves_the_change_open() -> None:
    """After two minutes of looking less and less often nobody waits any longer."""
    shop, time = FakeCollection({}, looks=10**6), JumpingTime()
    with pytest.raises(AnswerLost, match="its job is not done yet"):
        await sent(shop, request(member_change(1, 7)), time)
    assert 120 <= time.now <= 125
    assert len(shop.calls) < 40


def throttled() -> httpx.Response:
    """Answer as the platform does when the bucket is too empty."""
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": 0, "restoreRate": 100.0}
    cost = {"requestedQueryCost": 1, "actualQueryCost": None, "throttleStatus": status}
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    return json_response({"errors": errors, "extensions": {"cost": cost}})


async def test_what_goes_wrong_while_waiting_leaves_the_change_open() -> None:
    """The write was accepted, so that only reading can tell; a throttled look says when."""
    made = request(member_change(1, 7))
    with pytest.raises(AnswerLost, match="has used up its rate limit") as caught:
        await sent(FakeCollection({}, trouble=throttled), made)
    assert caught.value.retry_after == timedelta(seconds=0.1)
    with pytest.raises(AnswerLost, match="out of order"):
        await sent(FakeCollection({}, trouble=lambda: httpx.Response(503)), made)
    with pytest.raises(CredentialsRejected):
        await sent(FakeCollection({}, trouble=lambda: httpx.Response(401)), made)
