"""Texts and status: how changes become requests, and what each answer says about each change."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import product_texts, writing
from connectors.stores.shopify.write_answers import UpdateProductAnswer
from steward.changes import Change, FieldName
from steward.errors import AnswerLost, UnsupportedOperation
from steward.execution import Accepted, Rejected
from steward.values import ABSENT, Listing, ListingStatus, Text, Value
from tests.connectors.shopify.changes import price_change, product_change, request
from tests.connectors.shopify.fakes import answering, store_that

TEXTS = (
    FieldName.TITLE,
    FieldName.DESCRIPTION,
    FieldName.SEO_TITLE,
    FieldName.SEO_DESCRIPTION,
)
NEW_TITLE = product_change(1, FieldName.TITLE, Text(text="Boots"))
NEW_SEO = product_change(1, FieldName.SEO_TITLE, Text(text="Boots to buy"))
HIDDEN = product_change(1, FieldName.STATUS, Listing(status=ListingStatus.HIDDEN))
UNKNOWN = "UNKNOWN"

changes = st.lists(
    st.builds(
        product_change,
        st.integers(1, 4),
        st.sampled_from(TEXTS),
        st.builds(Text, text=st.text(min_size=1, max_size=9)),
    ),
    unique_by=lambda change: change.target,
    max_size=16,
)


def payload(*errors: dict[str, Any], product: object = "given") -> dict[str, Any]:
    """Return an answer about product 1 with these errors."""
    written = {"id": "gid://shopify/Product/1"} if product == "given" else product
    return {"productUpdate": {"product": written, "userErrors": list(errors)}}


@given(changes)
def test_all_texts_of_a_product_in_a_row_go_in_one_call(drawn: list[Change]) -> None:
    """Every change is carried once, in order, by a call about its own product."""
    requests = writing.requests_for(drawn)

    assert [change for made in requests for change in made.changes] == drawn
    for made in requests:
        product = json.loads(made.body)["variables"]["product"]
        assert {change.target.resource_id for change in made.changes} == {product["id"]}
    assert all(one.resource != other.resource for one, other in pairwise(requests))


def test_the_body_is_the_call_in_canonical_json() -> None:
    """Title, status and SEO texts go together; null hands an SEO text back to what it follows."""
    cleared = product_change(1, FieldName.SEO_DESCRIPTION, ABSENT, before=Text(text="Warm boots."))
    made = request(NEW_TITLE, NEW_SEO, cleared, HIDDEN)
    assert made.body == (
        '{"operationName":"UpdateProduct","variables":{"product":{'
        '"id":"gid://shopify/Product/1",'
        '"seo":{"description":null,"title":"Boots to buy"},"status":"UNLISTED","title":"Boots"}}}'
    )
    assert made.operation == "productUpdate"
    assert made.points == 10


def test_texts_and_prices_of_a_product_are_two_calls_in_their_order() -> None:
    """They keep the product's order, so that one waits for the other."""
    made = writing.requests_for([NEW_TITLE, price_change(1, 5), HIDDEN])
    assert [one.operation for one in made] == ["productUpdate", "productVariantsBulkUpdate"]
    assert len({one.resource for one in made}) == 1


@pytest.mark.parametrize("field", [FieldName.TITLE, FieldName.DESCRIPTION, FieldName.STATUS])
def test_what_every_product_has_is_not_taken_away(field: FieldName) -> None:
    """Only SEO texts can follow something else."""
    with pytest.raises(UnsupportedOperation, match=f"the {field} of Product 1 cannot become"):
        writing.requests_for([product_change(1, field, ABSENT, before=Text(text="x"))])


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("", "Title can't be blank"),
        (" \t", "Title can't be blank"),
        ("x" * 256, "Title is too long (maximum is 255 characters)"),
    ],
)
def test_titles_that_the_platform_refuses_are_predicted(title: str, reason: str) -> None:
    """The platform then writes nothing of the product, so its neighbours are refused with it."""
    refused = Rejected(code=UNKNOWN, reason=reason)
    faulty = product_change(1, FieldName.TITLE, Text(text=title))
    assert product_texts.predict(request(faulty, HIDDEN)) == (refused, refused)


@pytest.mark.parametrize("after", [Text(text="x" * 255), Text(text="ü" * 255), Text(text=" x ")])
def test_titles_that_the_platform_takes_are_accepted(after: Value) -> None:
    """Characters are counted, not bytes."""
    made = request(product_change(1, FieldName.TITLE, after), NEW_SEO)
    assert product_texts.predict(made) == (Accepted(), Accepted())


BLANK = {"field": ["title"], "message": "Title can't be blank"}
NO_PRODUCT = {"field": ["id"], "message": "Product does not exist"}
SEO = {"field": ["seo", "title"], "message": "is odd"}


def rejected(error: dict[str, Any]) -> Rejected:
    """Return the answer that an error means."""
    return Rejected(code=UNKNOWN, reason=error["message"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (payload(), [Accepted(), Accepted()]),
        (payload(BLANK), [rejected(BLANK), rejected(BLANK)]),
        (payload(BLANK, SEO), [rejected(BLANK), rejected(SEO)]),
        (payload(SEO, BLANK), [rejected(BLANK), rejected(SEO)]),
        (payload(NO_PRODUCT, product=None), [rejected(NO_PRODUCT), rejected(NO_PRODUCT)]),
        (payload({"field": None, "message": "odd"}), [Rejected(code=UNKNOWN, reason="odd")] * 2),
    ],
)
async def test_one_error_refuses_all_of_the_product(
    answer: dict[str, Any], expected: list[Accepted | Rejected]
) -> None:
    """The product is listed with its old values then; an error about the field itself is told."""
    made = request(NEW_TITLE, NEW_SEO)
    assert await store_that(answering(answer)).send(made) == tuple(expected)


@pytest.mark.parametrize("answer", [payload(product=None), {}, None])
async def test_an_answer_that_leaves_the_product_open_makes_it_unknown(answer: object) -> None:
    """Nothing is taken as applied that the platform does not speak of."""
    with pytest.raises(AnswerLost):
        await store_that(answering(answer)).send(request(NEW_TITLE))


def test_recorded_answers_are_understood(contracts: Path) -> None:
    """Recorded refusals of a blank, a too long and a ghost's title are the predicted ones."""
    folder = contracts / "shopify" / "captures"
    parity = json.loads(
        (folder / "2025-01__products__product-update-parity.json").read_text(encoding="utf-8")
    )["validation"]
    lengths = json.loads(
        (folder / "2025-01__products__product-update-input-length-validation.json").read_text(
            encoding="utf-8"
        )
    )["scenarios"]
    for recorded, expected in (
        (parity["blankTitle"], "Title can't be blank"),
        (parity["unknownId"], "Product does not exist"),
        (lengths["tooLongTitle"], "Title is too long (maximum is 255 characters)"),
    ):
        sent = recorded["variables"]["product"]["title"]
        made = request(product_change(1, FieldName.TITLE, Text(text=sent)))
        answer = UpdateProductAnswer.model_validate(recorded["response"]["data"])
        refused = (Rejected(code=UNKNOWN, reason=expected),)
        assert product_texts.answers_of(made, answer) == refused
        if "exist" not in expected:
            assert product_texts.predict(made) == refused
