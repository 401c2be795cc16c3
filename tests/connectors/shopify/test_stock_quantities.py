"""Stock: set by the platform only where it is as it was read, and never twice."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import stock_quantities, writing
from connectors.stores.shopify.stock_quantities import key_of
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import AnswerLost, StoreError, UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, Stale
from steward.values import ABSENT, Quantity, Value
from tests.connectors.shopify.changes import request
from tests.connectors.shopify.fakes import COST, json_response, store_that


def stock_change(
    item: int, location: int = 1, *, before: int = 5, after: Value | int = 7
) -> Change:
    """Return a change of what is available of one item at one location."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.INVENTORY_ITEM,
            resource_id=f"gid://shopify/InventoryItem/{item}",
            field=FieldName.INVENTORY_QUANTITY,
            key=f"gid://shopify/Location/{location}",
        ),
        product_id=f"gid://shopify/Product/{item // 10}",
        label=f"Item {item}",
        before=Quantity(units=before),
        after=Quantity(units=after) if isinstance(after, int) else after,
    )


changes = st.lists(
    st.builds(
        stock_change,
        st.integers(1, 200),
        st.integers(1, 3),
        before=st.integers(-5, 50),
        after=st.integers(51, 99),
    ),
    unique_by=lambda change: change.target,
    max_size=600,
)


@given(changes)
def test_quantities_of_any_product_go_together(drawn: list[Change]) -> None:
    """Up to 250 a call, in order, each with the quantity from which it is to be changed."""
    requests = writing.requests_for(drawn)

    assert [change for made in requests for change in made.changes] == drawn
    assert len(requests) == -(-len(drawn) // 250)
    assert len({made.resource for made in requests}) == len(requests)
    for made in requests:
        entry = json.loads(made.body)["variables"]["input"]
        assert entry["name"] == "available"
        for change, quantity in zip(made.changes, entry["quantities"], strict=True):
            assert quantity["inventoryItemId"] == change.target.resource_id
            assert quantity["locationId"] == change.target.key
            assert Quantity(units=quantity["quantity"]) == change.after
            assert Quantity(units=quantity["changeFromQuantity"]) == change.before


@given(changes)
def test_the_same_content_of_the_same_work_has_the_same_key(drawn: list[Change]) -> None:
    """Another run, another value, or an undo has another; so has what follows a failure."""
    key = key_of(drawn, origin="run-1:digest:0")
    assert key == key_of(list(drawn), origin="run-1:digest:0")
    assert key != key_of(drawn, origin="run-2:digest:0")
    assert key != key_of(drawn, origin="run-1:digest:0", used_up=1)
    if drawn:
        assert key != key_of([one.inverse() for one in drawn], origin="run-1:digest:0")
        assert key != key_of(drawn[1:], origin="run-1:digest:0")


def test_a_stock_that_is_not_counted_is_not_set() -> None:
    """What has no quantity cannot get one from here."""
    with pytest.raises(UnsupportedOperation, match="is a number, not '-'"):
        writing.requests_for([stock_change(1, after=ABSENT)])


TOO_HIGH = Rejected(
    code="INVALID_QUANTITY_TOO_HIGH", reason="The quantity can't be higher than 1,000,000,000."
)
TOO_LOW = Rejected(
    code="INVALID_QUANTITY_TOO_LOW", reason="The quantity can't be lower than -1,000,000,000."
)


def test_quantities_out_of_range_are_predicted() -> None:
    """Each for itself, since the others of its call are set all the same; -5 is in range."""
    made = request(
        stock_change(1, after=1_000_000_001),
        stock_change(2, after=-1_000_000_001),
        stock_change(3, after=1_000_000_000),
        stock_change(4, after=-5),
    )
    assert stock_quantities.predict(made) == (TOO_HIGH, TOO_LOW, Accepted(), Accepted())


class FakeInventory:
    """Holds quantities, and refuses a call as a whole as the platform does."""

    def __init__(self, held: Mapping[str, int], *, used_up: frozenset[str] = frozenset()) -> None:
        self.held = dict(held)
        self.used_up = set(used_up)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        variables = json.loads(request.content)["variables"]
        self.calls.append(variables)
        quantities = variables["input"]["quantities"]
        if variables["key"] in self.used_up:
            return self._answer([error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None)])
        errors = [
            error(code, ["input", "quantities", str(index), "changeFromQuantity"])
            for index, quantity in enumerate(quantities)
            if (code := self._fault(quantity)) is not None
        ]
        if errors:
            self.used_up.add(variables["key"])
        else:
            self.held |= {one["inventoryItemId"]: one["quantity"] for one in quantities}
        return self._answer(errors)

    def _fault(self, quantity: Mapping[str, Any]) -> str | None:
        if quantity["inventoryItemId"] not in self.held:
            return "INVALID_INVENTORY_ITEM"
        stale = self.held[quantity["inventoryItemId"]] != quantity["changeFromQuantity"]
        return "CHANGE_FROM_QUANTITY_STALE" if stale else None

    def _answer(self, errors: list[dict[str, Any]]) -> httpx.Response:
        return answered(errors, group=None if errors else {"id": "gid://shopify/Group/1"})


def error(code: str, field: list[str] | None) -> dict[str, Any]:
    """Return a user error whose message says nothing."""
    return {"code": code, "field": field, "message": f"message of {code}"}


def answered(errors: list[dict[str, Any]], *, group: object) -> httpx.Response:
    """Return an answer to the mutation."""
    payload = {"inventoryAdjustmentGroup": group, "userErrors": errors}
    return json_response(
        {"data": {"inventorySetQuantities": payload}, "extensions": {"cost": COST}}
    )


def held(**units: int) -> dict[str, int]:
    """Return quantities by item, named `i1`, `i2` and so on."""
    return {f"gid://shopify/InventoryItem/{name[1:]}": own for name, own in units.items()}


async def sent(shop: Callable[[httpx.Request], httpx.Response], *own: Change) -> tuple[Answer, ...]:
    """Send the changes as one request of a run."""
    made = request(*own).model_copy(update={"origin": "run-1:digest:0"})
    return await store_that(shop).send(made)


async def test_one_outdated_quantity_does_not_hold_up_the_others() -> None:
    """The platform refuses the call; the others go again without it, under a key of their own."""
    shop = FakeInventory(held(i1=5, i2=4, i3=5))
    answers = await sent(shop, stock_change(1), stock_change(2), stock_change(3), stock_change(4))
    refusal = Rejected(code="INVALID_INVENTORY_ITEM", reason="message of INVALID_INVENTORY_ITEM")
    assert answers == (Accepted(), Stale(), Accepted(), refusal)
    assert shop.held == held(i1=7, i2=4, i3=7)
    assert [len(call["input"]["quantities"]) for call in shop.calls] == [4, 2]
    assert shop.calls[0]["key"] != shop.calls[1]["key"]


async def test_nothing_is_left_to_send_where_all_are_outdated() -> None:
    """An empty call would be refused."""
    shop = FakeInventory(held(i1=1, i2=2))
    assert await sent(shop, stock_change(1), stock_change(2)) == (Stale(), Stale())
    assert len(shop.calls) == 1


async def test_a_key_whose_request_failed_is_not_used_again() -> None:
    """A quantity that comes back to what it was is set under the next key."""
    shop = FakeInventory(held(i1=4))
    assert await sent(shop, stock_change(1)) == (Stale(),)
    shop.held = held(i1=5)
    assert await sent(shop, stock_change(1)) == (Accepted(),)
    keys = [call["key"] for call in shop.calls]
    assert keys[1] == keys[0]
    assert keys[2] != keys[0]


async def test_keys_that_are_all_used_up_leave_the_change_open() -> None:
    """Somebody reads again then."""

    def used_up(_: httpx.Request) -> httpx.Response:
        return answered([error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None)], group=None)

    with pytest.raises(AnswerLost, match="earlier requests for the same have failed"):
        await sent(used_up, stock_change(1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            answered([error("IDEMPOTENCY_CONCURRENT_REQUEST", None)], group=None),
            "still under way",
        ),
        (answered([], group=None), "names no adjustment"),
        (json_response({"data": {}}), "unusable"),
        (httpx.Response(502), "out of order"),
    ],
)
async def test_what_leaves_the_quantities_open_is_unknown(
    answer: httpx.Response, words: str
) -> None:
    """An earlier request for the same may still land, for example."""
    with pytest.raises(AnswerLost, match=words):
        await sent(lambda _: answer, stock_change(1))


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", None),
        ("INVALID_REASON", ["input", "reason"]),
        ("ITEM_NOT_STOCKED_AT_LOCATION", ["input", "quantities", "9", "locationId"]),
    ],
)
async def test_an_error_that_names_no_quantity_refuses_all(
    code: str, field: list[str] | None
) -> None:
    """By its code; the message is for people only."""
    refusal = Rejected(code=code, reason=f"message of {code}")
    answer = answered([error(code, field)], group=None)
    assert await sent(lambda _: answer, stock_change(1), stock_change(2)) == (refusal, refusal)


@pytest.mark.parametrize("code", ["BAD_REQUEST", "INVALID_FIELD_ARGUMENTS"])
async def test_a_call_that_the_platform_does_not_understand_was_not_applied(code: str) -> None:
    """From 2026-04 on, one without a key or without the quantity to change from."""
    problem = {"message": "is required", "extensions": {"code": code}}
    answer = json_response({"errors": [problem], "data": {"inventorySetQuantities": None}})
    with pytest.raises(StoreError, match="is required"):
        await sent(lambda _: answer, stock_change(1))
