"""Products' texts and status, written in one item with their prices."""

import json
from typing import Any

import httpx
import pytest

from connectors.stores.bigcommerce import writing
from steward.changes import FieldName
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Rejected
from steward.values import ABSENT, Listing, ListingStatus, Text
from tests.connectors.bigcommerce.fakes import (
    VARIANT,
    FakeBigCommerce,
    change,
    json_response,
    retitled,
    sale,
    store_that,
)
from tests.connectors.bigcommerce.test_writing import request


async def test_a_batch_that_is_too_large_is_sent_in_halves() -> None:
    """Should the platform take fewer items than it documents (HTTP 413)."""

    def refuse(items: list[dict[str, Any]]) -> httpx.Response | None:
        title = "The request payload is too large. The maximum items allowed in the array is 4."
        problem = {"errors": {}, "status": 413, "title": title}
        return json_response(problem, 413) if len(items) > 4 else None

    shop = FakeBigCommerce(refuse=refuse)
    answers = await store_that(shop).send(request(*map(retitled, range(10))))
    assert set(answers) == {Accepted()}
    assert [len(items) for items in shop.written] == [10, 5, 2, 3, 5, 2, 3]


def test_prices_texts_and_status_of_a_product_go_in_one_item() -> None:
    """However they are mixed among the changes."""
    hidden = change(
        5,
        FieldName.STATUS,
        Listing(status=ListingStatus.ACTIVE),
        Listing(status=ListingStatus.HIDDEN),
    )
    cleared = change(5, FieldName.SEO_TITLE, Text(text="Buy!"), ABSENT)
    made = request(hidden, retitled(6), *sale(5), cleared, retitled(5))
    assert json.loads(made.body) == [
        {"id": 5, "sale_price": 8.0, "is_visible": False, "page_title": "", "name": "New 5"},
        {"id": 6, "name": "New 6"},
    ]


async def test_a_field_that_is_refused_by_name_leaves_the_products_others_written() -> None:
    """A name that another product has (HTTP 409) is no reason to lose the price."""

    def refuse(items: list[dict[str, Any]]) -> httpx.Response | None:
        errors = {
            f"{place}.name": "is a duplicate" for place, one in enumerate(items) if "name" in one
        }
        title = "The product name is a duplicate"
        return (
            json_response({"status": 409, "title": title, "errors": errors}, 409)
            if errors
            else None
        )

    shop = FakeBigCommerce(refuse=refuse)
    answers = await store_that(shop).send(request(retitled(5), *sale(5), *sale(6)))
    refused = Rejected(code="409", reason="is a duplicate")
    assert answers == (refused, *[Accepted()] * 4)
    assert shop.written[-1] == [{"id": 5, "sale_price": 8.0}, {"id": 6, "sale_price": 8.0}]


async def test_a_name_that_two_products_would_get_is_refused_to_the_second() -> None:
    """The platform keeps names apart, without regard to case."""
    made = request(retitled(1, "Hat", "Cap"), retitled(2, "Scarf", "cap"), *sale(2))
    predicted = writing.predict(made)
    assert [getattr(answer, "code", "") for answer in predicted] == ["", "DUPLICATE_TITLE", "", ""]
    shop = FakeBigCommerce()
    assert await store_that(shop).send(made) == predicted
    assert shop.written == [[{"id": 1, "name": "Cap"}, {"id": 2, "sale_price": 8.0}]]


def test_a_field_that_is_not_there_is_refused_beforehand() -> None:
    """A variant has no title, and nothing has tags."""
    with pytest.raises(UnsupportedOperation, match="no variant has the field 'title'"):
        writing.requests_for([change(1, FieldName.TITLE, kind=VARIANT)])
    with pytest.raises(UnsupportedOperation, match="no tags"):
        writing.requests_for([change(1, FieldName.TAG)])
