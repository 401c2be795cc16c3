"""Prices: how changes become requests, and what each answer says about each change."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import variant_prices, writing
from connectors.stores.shopify.bulk_pace import BulkPace
from connectors.stores.shopify.estimating import SMALLEST_PLAN, estimate
from connectors.stores.shopify.write_answers import UpdateVariantsAnswer
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName, ResourceKind
from steward.errors import AnswerLost, UnsupportedOperation
from steward.execution import Accepted, Rejected
from steward.money import Money
from steward.values import ABSENT
from tests.connectors.shopify.changes import price_change, request, usd
from tests.connectors.shopify.fakes import answering, store_that

PRICE, COMPARE_AT = FieldName.PRICE, FieldName.COMPARE_AT_PRICE


def payload(*errors: dict[str, Any], listed: list[int] | None) -> dict[str, Any]:
    """Return an answer that lists these variants and these errors."""
    variants = (
        None if listed is None else [{"id": f"gid://shopify/ProductVariant/{n}"} for n in listed]
    )
    return {"productVariantsBulkUpdate": {"productVariants": variants, "userErrors": list(errors)}}


FIELDS = st.sampled_from(sorted(PRICE_FIELDS))
changes = st.lists(
    st.builds(price_change, st.integers(1, 3), st.integers(1, 600), FIELDS),
    unique_by=lambda change: change.target,
    max_size=700,
)


@given(changes)
def test_requests_carry_every_change_once_and_in_order(drawn: list[Change]) -> None:
    """Each request is about one product and at most 250 variants, each with all its fields."""
    requests = writing.requests_for(drawn)

    assert [change for request in requests for change in request.changes] == drawn
    for made in requests:
        variables = json.loads(made.body)["variables"]
        assert {change.product_id for change in made.changes} == {variables["productId"]}
        assert variables["productId"] == made.resource
        ids = [entry["id"] for entry in variables["variants"]]
        assert len(ids) == len(set(ids)) <= 250
        written = sum(len(entry) - 1 for entry in variables["variants"])
        assert written == len(made.changes)


def test_a_product_is_written_with_as_few_calls_as_the_platform_allows() -> None:
    """Up to 250 variants go in one call; the next one begins another."""
    drawn = [price_change(1, variant) for variant in range(251)]
    assert [len(made.changes) for made in writing.requests_for(drawn)] == [250, 1]
    assert [made.points for made in writing.requests_for(drawn)] == [60, 10]


def test_changes_of_other_products_in_between_keep_the_order() -> None:
    """A product that comes again gets a further request, after the other product's."""
    drawn = [price_change(1, 1), price_change(2, 2), price_change(1, 3)]
    assert [made.resource[-1] for made in writing.requests_for(drawn)] == ["1", "2", "1"]


def test_the_body_is_the_call_in_canonical_json() -> None:
    """Both prices of a variant go together, amounts as plain strings, and no value as null."""
    made = request(price_change(1, 5, PRICE, usd("19.90")), price_change(1, 5, COMPARE_AT, ABSENT))
    assert made.body == (
        '{"operationName":"UpdateVariantPrices","variables":'
        '{"productId":"gid://shopify/Product/1","variants":'
        '[{"compareAtPrice":null,"id":"gid://shopify/ProductVariant/5","price":"19.90"}]}}'
    )
    assert made.operation == "productVariantsBulkUpdate"


def test_what_the_platform_cannot_do_is_refused_beforehand() -> None:
    """A variant keeps a price, and a product has none of its own."""
    with pytest.raises(UnsupportedOperation, match="not taken away"):
        writing.requests_for([price_change(1, 1, PRICE, ABSENT)])
    of_product = price_change(1, 1)
    target = of_product.target.model_copy(update={"resource_kind": ResourceKind.PRODUCT})
    with pytest.raises(UnsupportedOperation, match="belongs to variants"):
        writing.requests_for([of_product.model_copy(update={"target": target})])


NEGATIVE = {
    "field": ["variants", "1", "price"],
    "message": "Price must be greater than or equal to 0",
    "code": "GREATER_THAN_OR_EQUAL_TO",
}
TOO_LARGE = {
    "field": ["variants", "1", "compareAtPrice"],
    "message": "must be less than 1000000000000000000",
    "code": "INVALID_INPUT",
}
NO_PRODUCT = {
    "field": ["productId"],
    "message": "Product does not exist",
    "code": "PRODUCT_DOES_NOT_EXIST",
}
NO_VARIANT = {
    "field": ["variants", "0", "id"],
    "message": "Product variant does not exist",
    "code": "PRODUCT_VARIANT_DOES_NOT_EXIST",
}
WITHOUT_CODE = {"field": None, "message": "Something is not right", "code": None}


def rejected(error: dict[str, Any]) -> Rejected:
    """Return the answer that an error means."""
    return Rejected(code=error["code"] or "UNKNOWN", reason=error["message"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (payload(listed=[1, 2]), [Accepted(), Accepted(), Accepted()]),
        (
            payload(NEGATIVE, listed=[1, 2]),
            [Accepted(), rejected(NEGATIVE), rejected(NEGATIVE)],
        ),
        (
            payload(TOO_LARGE, NEGATIVE, listed=[1, 2]),
            [Accepted(), rejected(NEGATIVE), rejected(TOO_LARGE)],
        ),
        (payload(NO_VARIANT, listed=[2]), [rejected(NO_VARIANT), Accepted(), Accepted()]),
        (payload(NO_VARIANT, listed=None), [rejected(NO_VARIANT)] * 3),
        (payload(NO_PRODUCT, listed=None), [rejected(NO_PRODUCT)] * 3),
        (payload(WITHOUT_CODE, listed=[1, 2]), [rejected(WITHOUT_CODE)] * 3),
        (payload(NEGATIVE | {"field": ["variants", "9"]}, listed=[1, 2]), [rejected(NEGATIVE)] * 3),
    ],
)
async def test_each_change_gets_its_own_answer(
    answer: dict[str, Any], expected: list[Accepted | Rejected]
) -> None:
    """Errors are told apart by the index they name; one that names none refuses everything."""
    made = request(price_change(1, 1), price_change(1, 2), price_change(1, 2, COMPARE_AT))
    assert await store_that(answering(answer)).send(made) == tuple(expected)


@pytest.mark.parametrize("answer", [payload(listed=None), payload(listed=[1]), {}, None])
async def test_an_answer_that_leaves_a_change_open_makes_it_unknown(answer: object) -> None:
    """Nothing is taken as applied that the platform does not speak of."""
    with pytest.raises(AnswerLost, match="Whether store 'acme' applied a change is unknown"):
        await store_that(answering(answer)).send(request(price_change(1, 1), price_change(1, 2)))


def recorded_updates(contracts: Path) -> list[tuple[list[str], dict[str, Any]]]:
    """Return the variants and payloads of recorded updates of prices."""
    folder = contracts / "shopify" / "captures"
    partial = json.loads(
        (
            folder / "2026-04__products__"
            "product-variants-bulk-update-allow-partial-and-error-order.json"
        ).read_text(encoding="utf-8")
    )
    atomic = json.loads(
        (folder / "2025-01__products__product-variants-bulk-validation-atomicity.json").read_text(
            encoding="utf-8"
        )
    )
    calls = [partial["partialUpdate"], partial["errorOrdering"], *atomic["cases"]]
    return [
        ([entry.get("id", "none") for entry in call["request"]["variables"]["variants"]], answer)
        for call in calls
        if (answer := call["response"]["payload"].get("data", {}).get("productVariantsBulkUpdate"))
        and call["request"]["variables"]["variants"]
    ]


def test_recorded_answers_are_understood(contracts: Path) -> None:
    """In each recorded answer exactly the variants with an error of their own are refused.

    Where the platform refused a call as a whole it lists no variants, and all are refused.
    """
    recorded = recorded_updates(contracts)
    assert len(recorded) > 5
    any_change = price_change(1, 1)
    for ids, answer in recorded:
        made = request(
            *(
                any_change.model_copy(
                    update={"target": any_change.target.model_copy(update={"resource_id": id_})}
                )
                for id_ in ids
            )
        )
        answers = variant_prices.answers_of(
            made, UpdateVariantsAnswer.model_validate({"productVariantsBulkUpdate": answer})
        )
        assert answers is not None
        faulty = {int(error["field"][1]) for error in answer["userErrors"]}
        refused = {index for index, given in enumerate(answers) if isinstance(given, Rejected)}
        whole = answer["productVariants"] is None
        assert refused == (set(range(len(ids))) if whole else faulty)


def test_amounts_that_the_platform_refuses_are_predicted() -> None:
    """An amount from 10^18 on refuses its variant with all fields, and no other variant."""
    huge = Money.model_construct(amount=Decimal(10) ** 18, currency="JPY", kind="money")
    too_much = price_change(1, 2, COMPARE_AT).model_copy(update={"after": huge})
    made = request(price_change(1, 1), price_change(1, 2)).model_copy(
        update={"changes": (price_change(1, 1), price_change(1, 2), too_much)}
    )
    assert variant_prices.predict(made) == (Accepted(), rejected(TOO_LARGE), rejected(TOO_LARGE))
    assert variant_prices.amount_fault(Decimal(10) ** 18 - 1) is None


def test_the_estimate_counts_reading_before_and_after() -> None:
    """600 variants of 200 products: 200 writes, three reads before and three after."""
    requests = writing.requests_for([price_change(number // 3, number) for number in range(600)])
    figures = estimate(requests, SMALLEST_PLAN, BulkPace())
    assert figures.calls == 200 + 3 + 3
    assert figures.points == 200 * 11 + 6 * 2
    assert figures.seconds == Decimal("2.1")
