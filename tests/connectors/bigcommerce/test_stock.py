"""Stock: which requests carry which changes, how they are written, and how they are waited for."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce import writing
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import AnswerLost, InvalidInput, UnsupportedOperation
from steward.execution import Accepted, Rejected
from steward.values import QUANTITY_LIMIT, Quantity, Text
from tests.connectors.bigcommerce.fakes import (
    KINDS,
    PRODUCT,
    VARIANT,
    FakeBigCommerce,
    json_response,
    product,
    store_that,
)
from tests.connectors.bigcommerce.warehouse import PassingTime, Warehouse, sent, stocked

changes = st.lists(
    st.builds(
        lambda number, kind, location: stocked(number, 1, 2, kind, location),
        st.integers(1, 300),
        st.sampled_from(KINDS),
        st.integers(1, 3),
    ),
    unique_by=lambda change: change.target,
    max_size=100,
)


@given(changes)
def test_requests_carry_every_change_once_and_one_location_each(drawn: list[Change]) -> None:
    """As the platform advises; none has to wait for another one."""
    requests = writing.requests_for(drawn)
    carried = [one for made in requests for one in made.changes]
    assert sorted(map(repr, carried)) == sorted(map(repr, drawn))
    assert all(len({one.target.key for one in made.changes}) == 1 for made in requests)
    assert len({made.resource for made in requests}) == len(requests)


def test_an_adjustment_holds_2000_items_at_most() -> None:
    """One more begins another request."""
    requests = writing.requests_for([stocked(number, 1, 2) for number in range(2001)])
    assert [len(made.changes) for made in requests] == [2000, 1]


def test_what_is_no_stock_is_refused_beforehand() -> None:
    """An id that is no number, and a kind of thing that the platform does not count."""
    change = stocked(1, 1, 2)
    for wrong in ({"key": "main"}, {"resource_id": "SKU-1"}):
        with pytest.raises(InvalidInput, match="no BigCommerce id"):
            writing.requests_for(
                [change.model_copy(update={"target": change.target.model_copy(update=wrong)})]
            )
    with pytest.raises(UnsupportedOperation, match="no inventory_item has"):
        writing.requests_for([stocked(1, 1, 2, ResourceKind.INVENTORY_ITEM)])
    (request,) = writing.requests_for([change.model_copy(update={"after": Text(text="many")})])
    assert [getattr(one, "code", "") for one in writing.predict(request)] == ["NO_QUANTITY"]


async def test_products_and_variants_are_adjusted_by_what_is_counted() -> None:
    """In one call, each at the quantity that shall be there, so that it may be repeated."""
    shop = Warehouse({(PRODUCT, 7, 2): 4, (VARIANT, 8, 2): 5})
    answers = await sent(shop, stocked(7, 4, 40, PRODUCT, 2), stocked(8, 5, 50, VARIANT, 2))
    assert answers == (Accepted(), Accepted())
    assert shop.adjusted == [
        [
            {"location_id": 2, "product_id": 7, "quantity": 40},
            {"location_id": 2, "variant_id": 8, "quantity": 50},
        ]
    ]


@given(
    before=st.integers(0, 50),
    after=st.integers(0, 50),
    safety=st.integers(0, 20),
)
def test_units_are_what_can_be_sold_and_an_undo_restores_what_is_on_hand(
    before: int, after: int, safety: int
) -> None:
    """Also where less is on hand than shall be held back: then less than nothing can be sold."""
    item = (VARIANT, 7, 1)
    shop = Warehouse({item: before}, safety=safety)
    change = stocked(7, before - safety, after)

    async def run() -> None:
        store = store_that(shop)
        for each in (change, change.inverse()):
            live = await store.read_values([each.target])
            assert live == {each.target: each.before}
            (request,) = writing.requests_for([each])
            assert await store.send(request) == (Accepted(),)

    asyncio.run(run())
    assert [items[0]["quantity"] for items in shop.adjusted] == [after + safety, before]


@pytest.mark.parametrize(
    ("units", "safety", "code"),
    [(-1, 0, "STOCK_BELOW_ZERO"), (-1, 1, ""), (QUANTITY_LIMIT, 1, "STOCK_TOO_LARGE")],
)
async def test_what_the_platform_does_not_keep_is_refused_when_the_safety_stock_is_known(
    units: int, safety: int, code: str
) -> None:
    """The other changes of its request are written."""
    shop = Warehouse({(VARIANT, 7, 1): 3, (VARIANT, 8, 1): 3}, safety=safety)
    answers = await sent(shop, stocked(7, 3 - safety, units), stocked(8, 3 - safety, 9))
    assert [getattr(answer, "code", "") for answer in answers] == [code, ""]
    assert [one["variant_id"] for one in shop.adjusted[0]] == [8] if code else [7, 8]


async def test_what_is_not_stocked_there_any_more_is_refused() -> None:
    """A deleted variant, or one that was never at the location: it would read as nothing."""
    shop = Warehouse({(VARIANT, 7, 1): 3})
    answers = await sent(shop, stocked(7, 3, 9), stocked(8, 3, 9))
    gone = Rejected(code="NOT_FOUND", reason="is not stocked at this location any more")
    assert answers == (Accepted(), gone)
    targets = [stocked(number, 3, 9).target for number in (7, 8)]
    assert await store_that(shop).read_values(targets) == {targets[0]: Quantity(units=9)}


async def test_a_change_is_accepted_when_it_reads_back() -> None:
    """Adjustments are asynchronous: after the answer the old stock still shows for a while."""
    shop = Warehouse({(VARIANT, 7, 1): 3}, lag=4)
    time = PassingTime()
    assert await sent(shop, stocked(7, 3, 9), timer=time) == (Accepted(),)
    assert shop.on_hand[VARIANT, 7, 1] == 9
    assert len(shop.adjusted) == 1
    assert time.now == pytest.approx(0.1 + 0.2 + 0.4 + 0.8)


async def test_a_change_that_never_reads_back_is_unknown_after_half_a_minute() -> None:
    """It may still take effect; reading it again then decides."""
    shop = Warehouse({(VARIANT, 7, 1): 3}, lag=1000)
    with pytest.raises(AnswerLost, match="does not read back as it was set for 30 s"):
        await sent(shop, stocked(7, 3, 9), timer=PassingTime())
    assert shop.reads < 20


async def test_a_lost_answer_is_waited_for_as_well() -> None:
    """Else the reading that resolves it might come too early, and it would be written again."""
    shop = Warehouse({(VARIANT, 7, 1): 3}, lag=4)

    def losing(request: httpx.Request) -> httpx.Response:
        answer = shop(request)
        if request.method == "PUT":
            raise httpx.ReadError("gone", request=request)
        return answer

    with pytest.raises(AnswerLost, match="broke off"):
        await sent(losing, stocked(7, 3, 9), timer=PassingTime())
    assert shop.on_hand[VARIANT, 7, 1] == 9


def wrong_tracking(items: list[dict[str, Any]], *faulty: int) -> httpx.Response | None:
    """Refuse an adjustment with items that are tracked otherwise, in the platform's own words."""
    named = [one["variant_id"] for one in items if one["variant_id"] in faulty]
    if not named:
        return None
    texts = [
        f"Item with variant_id {number} is tracked by product, please update stock by product id"
        for number in named
    ]
    problem = {"status": 422, "title": f"[{', '.join(texts)}]", "errors": {}}
    return json_response(problem, 422, {"Content-Type": "application/problem+json"})


async def test_items_that_are_refused_by_name_leave_the_others_adjusted() -> None:
    """The platform refuses the whole, and names what is to blame in one sentence."""
    shop = Warehouse({(VARIANT, number, 1): 3 for number in range(1, 9)})
    shop.refuse = lambda items: wrong_tracking(items, 3, 33, 5)

    answers = await sent(shop, *(stocked(number, 3, 9) for number in range(1, 9)))

    refused = {
        number: Rejected(
            code="422",
            reason=f"variant_id {number} is tracked by product, please update stock by product id",
        )
        for number in (3, 5)
    }
    assert list(answers) == [refused.get(number, Accepted()) for number in range(1, 9)]
    assert len(shop.adjusted) == 2


async def test_an_item_that_is_refused_without_a_name_is_narrowed_down_to() -> None:
    """In halves; setting the same quantity twice does no harm."""

    def refuse(items: list[dict[str, Any]]) -> httpx.Response | None:
        if all(one["variant_id"] != 3 for one in items):
            return None
        return json_response({"status": 422, "title": "Something is wrong", "errors": {}}, 422)

    shop = Warehouse({(VARIANT, number, 1): 3 for number in range(8)}, refuse=refuse)
    answers = await sent(shop, *(stocked(number, 3, 9) for number in range(8)))
    assert [type(answer) for answer in answers].count(Rejected) == 1
    assert answers[3] == Rejected(code="422", reason="Something is wrong")
    assert len(shop.adjusted) == 7


async def test_adjustments_are_sent_one_after_the_other_and_apart_from_the_catalogue() -> None:
    """As the platform asks, which otherwise may calculate wrong stock."""
    warehouse = Warehouse({(VARIANT, 7, location): 3 for location in (1, 2)})
    catalog = FakeBigCommerce({7: product(7)})
    under_way: set[str] = set()
    met: list[set[str]] = []

    async def shop(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return (warehouse if "inventory" in request.url.path else catalog)(request)
        name = str(len(met)) + request.url.path
        under_way.add(name)
        met.append(set(under_way))
        for _ in range(200):
            await asyncio.sleep(0)
        under_way.remove(name)
        return (warehouse if "inventory" in request.url.path else catalog)(request)

    store = store_that(shop)  # type: ignore[arg-type]
    retitled = Change(
        target=Target(resource_kind=PRODUCT, resource_id="7", field=FieldName.TITLE),
        product_id="7",
        label="product 7",
        before=Text(text="Product 7"),
        after=Text(text="New"),
    )
    requests = writing.requests_for([stocked(7, 3, 9), retitled, stocked(7, 3, 8, location=2)])
    assert len(requests) == 3
    # The first call of all goes out alone.
    await store.read_values([retitled.target])

    answers = await asyncio.gather(*map(store.send, requests))

    assert set(answers) == {(Accepted(),)}
    assert [len(together) for together in met] == [1, 1, 1]
