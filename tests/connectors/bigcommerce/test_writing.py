"""Writes: how changes become requests, and what each answer says about each change."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce import writing
from connectors.stores.bigcommerce.estimating import estimate
from connectors.stores.bigcommerce.rest_api import SMALLEST_QUOTA
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName, ResourceKind
from steward.errors import AnswerLost, InvalidInput, UnsupportedOperation
from steward.execution import Accepted, Rejected, WriteRequest
from steward.money import Money
from steward.values import ABSENT
from tests.connectors.bigcommerce.fakes import (
    COMPARE_AT,
    KINDS,
    PRICE,
    PRODUCT,
    VARIANT,
    FakeBigCommerce,
    change,
    json_response,
    product,
    sale,
    store_that,
    usd,
    variant,
)
from tests.connectors.simulated_time import SimulatedTime


def request(*changes: Change) -> WriteRequest:
    """Return the one request that carries the changes."""
    (only,) = writing.requests_for(changes)
    return only


changes = st.lists(
    st.builds(
        lambda number, field, kind: change(number, field, kind=kind),
        st.integers(1, 90),
        st.sampled_from(sorted(PRICE_FIELDS)),
        st.sampled_from(KINDS),
    ),
    unique_by=lambda change: change.target,
    max_size=200,
)


@given(changes)
def test_requests_carry_every_change_once(drawn: list[Change]) -> None:
    """Each is about products or variants, within the platform's limit, each with all its fields."""
    requests = writing.requests_for(drawn)

    carried = [one for made in requests for one in made.changes]
    assert sorted(map(repr, carried)) == sorted(map(repr, drawn))
    seen: set[tuple[str, str]] = set()
    for made in requests:
        (kind,) = {one.target.resource_kind for one in made.changes}
        ids = {(kind.value, one.target.resource_id) for one in made.changes}
        assert len(ids) == len(json.loads(made.body)) <= (10 if kind is PRODUCT else 50)
        assert not ids & seen
        seen |= ids
    assert len({made.resource for made in requests}) == len(requests)


@pytest.mark.parametrize(("kind", "most"), [(PRODUCT, 10), (VARIANT, 50)])
def test_batches_are_as_large_as_the_platform_allows(kind: ResourceKind, most: int) -> None:
    """One more begins another batch; both fields of one resource count once."""
    drawn = [one for number in range(most + 1) for one in sale(number, kind)]
    assert [len(made.changes) for made in writing.requests_for(drawn)] == [2 * most, 2]


def test_the_body_holds_the_platforms_fields_as_numbers() -> None:
    """A sale is one write of the sale price; its end is 0 for a product, null for a variant."""
    assert json.loads(request(*sale(5)).body) == [{"id": 5, "sale_price": 8.0}]
    ended = [one.inverse() for one in sale(5)]
    assert json.loads(request(*ended).body) == [{"id": 5, "sale_price": 0.0}]
    ended = [one.inverse() for one in sale(5, VARIANT)]
    assert json.loads(request(*ended).body) == [{"id": 5, "sale_price": None}]


def test_a_request_says_where_only_the_store_knows_the_field() -> None:
    """A price alone may be either field; from one crossed-out price to another it is known."""
    assert json.loads(request(change(5)).body) == [{"id": 5, "price or sale_price": 8.0}]
    assert json.loads(request(change(5, COMPARE_AT)).body) == [{"id": 5, "price": 8.0}]


def test_what_the_platform_cannot_do_is_refused_beforehand() -> None:
    """A product keeps a price, and ids are numbers; a variant may inherit again."""
    with pytest.raises(UnsupportedOperation, match="not taken away"):
        writing.requests_for([change(1, PRICE, after=ABSENT)])
    strange = change(1).target.model_copy(update={"resource_id": "gid://shopify/Product/1"})
    with pytest.raises(InvalidInput, match="no BigCommerce id"):
        writing.requests_for([change(1).model_copy(update={"target": strange})])
    assert len(writing.requests_for([change(1, PRICE, after=ABSENT, kind=VARIANT)])) == 1


@pytest.mark.parametrize(
    ("held", "field", "before", "after", "written"),
    [
        ({"price": 10, "sale_price": 0}, PRICE, "10", "8", {"price": 8}),
        ({"price": 20, "sale_price": 10}, PRICE, "10", "8", {"sale_price": 8}),
        ({"price": 20, "sale_price": 0}, COMPARE_AT, None, "25", {"price": 25, "sale_price": 20}),
        ({"price": 25, "sale_price": 20}, COMPARE_AT, "25", None, {"price": 20, "sale_price": 0}),
        ({"price": 25, "sale_price": 20}, COMPARE_AT, "25", "30", {"price": 30}),
    ],
)
async def test_one_field_alone_is_written_where_the_other_one_says(
    held: dict[str, Any],
    field: FieldName,
    before: str | None,
    after: str | None,
    written: dict[str, Any],
) -> None:
    """During a sale the price is the sale price; the other field is read before writing."""
    shop = FakeBigCommerce({5: product(5, **held)})
    old, new = (ABSENT if amount is None else usd(amount) for amount in (before, after))

    answers = await store_that(shop).send(request(change(5, field, old, new)))

    assert answers == (Accepted(),)
    assert shop.written == [[{"id": 5, **written}]]


async def test_only_what_needs_it_is_read_before_writing() -> None:
    """One call for all of a batch, and none where both fields change."""
    shop = FakeBigCommerce({number: product(number) for number in range(5)})
    store = store_that(shop)
    await store.send(request(*sale(1), *sale(2)))
    assert shop.reads == []
    await store.send(request(change(1), change(2), *sale(3)))
    assert shop.reads == ["products"]


async def test_what_was_just_read_is_not_read_again() -> None:
    """The comparison before a write reads both fields; they serve one write, for a minute."""
    time = SimulatedTime()
    shop = FakeBigCommerce({5: product(5, price=20, sale_price=10)})
    store = store_that(shop, timer=time)
    price = change(5)

    await store.read_values([price.target])
    await store.send(request(price))
    assert len(shop.reads) == 1
    for reads in (2, 3):
        await store.send(request(price.inverse()))
        assert len(shop.reads) == reads

    await store.read_values([price.target])
    await time.run(time.sleep(61))
    await store.send(request(price))
    assert len(shop.reads) == 5
    assert {frozenset(item) for items in shop.written for item in items} == {
        frozenset({"id", "sale_price"})
    }


async def test_a_product_that_is_gone_before_writing_is_refused() -> None:
    """The others of its batch are written."""
    shop = FakeBigCommerce({5: product(5)})
    answers = await store_that(shop).send(request(change(4), change(5)))
    assert answers == (Rejected(code="NOT_FOUND", reason="no longer exists"), Accepted())
    assert shop.written == [[{"id": 5, "price": 8.0}]]


def refusing(*faulty: int, named: bool, kind: ResourceKind, status: int = 422) -> Any:  # noqa: ANN401
    """Refuse batches that hold one of these items, and name it or not."""

    def refuse(items: list[dict[str, Any]]) -> httpx.Response | None:
        errors = {
            f"{position}.price" if named else "price": "price is not good"
            for position, item in enumerate(items)
            if item["id"] in faulty
        }
        if not errors:
            return None
        problem = {"status": status, "title": "Not valid", "type": "/", "errors": errors}
        content = problem if kind is PRODUCT else {"batch_errors": [problem]}
        return json_response(content, status)

    return refuse


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("named", "calls"), [(True, 2), (False, 7)])
async def test_a_refused_item_leaves_the_others_written(
    kind: ResourceKind, *, named: bool, calls: int
) -> None:
    """The platform refuses the batch; the rest goes again without the item that is to blame."""
    shop = FakeBigCommerce(refuse=refusing(3, named=named, kind=kind))
    own = [one for number in range(8) for one in sale(number, kind)]

    answers = await store_that(shop).send(request(*own))

    expected = [Accepted()] * 16
    expected[6:8] = [Rejected(code="422", reason="price is not good")] * 2  # type: ignore[list-item]
    assert list(answers) == expected
    assert len(shop.written) == calls


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (404, {"status": 404, "title": "A product was not found"}, "A product was not found"),
        (409, {"status": 409, "title": "Conflict", "errors": {"name": "is taken"}}, "is taken"),
        (422, {"batch_errors": []}, "no reason given"),
        (422, {"title": 7}, "no reason given"),
    ],
)
async def test_a_single_item_that_is_refused_has_the_platforms_reason(
    status: int, content: object, expected: str
) -> None:
    """In whatever form the refusal comes."""
    shop = FakeBigCommerce(refuse=lambda _: json_response(content, status))
    answers = await store_that(shop).send(request(*sale(1)))
    assert answers == (Rejected(code=str(status), reason=expected),) * 2


async def test_what_was_saved_apart_and_failed_is_not_ours() -> None:
    """A 207 says that stock or an address was not saved; the prices were."""
    content = {
        "data": [{"id": 1}, {"id": 2}],
        "errors": {"status": 207, "title": "Partly", "errors": {"1.inventory_level": "negative"}},
        "meta": {},
    }
    shop = FakeBigCommerce(refuse=lambda _: json_response(content, 207))
    answers = await store_that(shop).send(request(*sale(1), *sale(2)))
    assert answers == (Accepted(),) * 4


async def test_a_price_that_a_207_names_was_not_saved() -> None:
    """Its item is refused, the other one is not."""
    content = {
        "data": [{"id": 1}, {"id": 2}],
        "errors": {"status": 207, "errors": {"1.sale_price": "too low"}},
    }
    shop = FakeBigCommerce(refuse=lambda _: json_response(content, 207))
    answers = await store_that(shop).send(request(*sale(1), *sale(2)))
    refused = Rejected(code="207", reason="too low")
    assert answers == (Accepted(), Accepted(), refused, refused)


@pytest.mark.parametrize(
    "content",
    [
        {"data": [{"id": 1}]},
        {"data": []},
        {"data": None},
        {},
        {"data": [{"id": 1}, {"id": 2}], "errors": {"status": 207, "errors": {"sale_price": "?"}}},
    ],
)
async def test_an_answer_that_leaves_a_change_open_makes_it_unknown(content: object) -> None:
    """Nothing is taken as applied that the platform does not speak of."""
    shop = FakeBigCommerce(refuse=lambda _: json_response(content, 207))
    with pytest.raises(AnswerLost, match="Whether store 'acme' applied a change is unknown"):
        await store_that(shop).send(request(*sale(1), *sale(2)))


def test_prices_that_would_not_read_back_are_predicted() -> None:
    """A sale at 0, and an amount that a JSON number does not hold; other items go through."""
    zero = (sale(1)[0].model_copy(update={"after": usd("0.00")}), sale(1)[1])
    long = Money(amount=Decimal("99999999999999.99"), currency="USD")
    made = request(*zero, *sale(2), change(3, PRICE, after=long))
    codes = [getattr(answer, "code", "") for answer in writing.predict(made)]
    assert codes == ["SALE_PRICE_ZERO", "SALE_PRICE_ZERO", "", "", "AMOUNT_NOT_EXACT"]


async def test_what_is_predicted_to_be_refused_is_not_sent() -> None:
    """The answer is the predicted one, and the rest of the batch is written."""
    zero = (sale(1)[0].model_copy(update={"after": usd("0.00")}), sale(1)[1])
    shop = FakeBigCommerce()
    made = request(*zero, *sale(2))
    assert await store_that(shop).send(made) == writing.predict(made)
    assert shop.written == [[{"id": 2, "sale_price": 8.0}]]


async def test_a_price_of_nothing_during_a_sale_is_refused_when_it_is_found() -> None:
    """Without a sale it is a price like any other."""
    shop = FakeBigCommerce({1: product(1, sale_price=5), 2: product(2)})
    free = [change(number, PRICE, after=usd("0.00")) for number in (1, 2)]
    answers = await store_that(shop).send(request(*free))
    assert [getattr(answer, "code", "") for answer in answers] == ["SALE_PRICE_ZERO", ""]
    assert shop.products[2]["price"] == 0


async def test_a_variant_may_inherit_its_price_again() -> None:
    """An undo to an inherited price writes null."""
    shop = FakeBigCommerce(variants={7: variant(7, price=10)})
    answers = await store_that(shop).send(request(change(7, PRICE, after=ABSENT, kind=VARIANT)))
    assert answers == (Accepted(),)
    assert shop.written == [[{"id": 7, "price": None}]]


def test_the_estimate_counts_calls_and_what_lies_beyond_one_window() -> None:
    """2,000 products on sale: 200 writes, eight reads before and eight after."""
    requests = writing.requests_for([one for number in range(2000) for one in sale(number)])
    figures = estimate(requests, SMALLEST_QUOTA)
    assert figures.calls == figures.points == 200 + 8 + 8
    assert figures.seconds == Decimal("13.2")
