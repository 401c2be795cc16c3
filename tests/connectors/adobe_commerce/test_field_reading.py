"""Texts and status as one scope holds them, and what the answers of odd shops are taken for."""

from typing import Any

import httpx
import pytest

from connectors.stores.adobe_commerce import AdobeCommerceConnection
from steward.catalog import ByIds, CatalogDetail
from steward.changes import FieldName
from steward.errors import AnswerLost, InvalidSettings, StoreAnswerInvalid
from steward.execution import Answer, Rejected
from steward.values import ABSENT, Listing, ListingStatus, Text, Value
from tests.connectors.adobe_commerce.fakes import (
    FakeMagento,
    json_response,
    store_that,
    text,
)

TITLE, SEO_TITLE = FieldName.TITLE, FieldName.SEO_TITLE
SIMPLE: dict[str, Any] = {"sku": "A/1", "name": "Shirt", "status": 1, "visibility": 4}


def holding(product: dict[str, Any]) -> httpx.Response:
    """Return the answer to reading one product."""
    return json_response(product)


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        ([], ABSENT),
        (None, ABSENT),
        ([{"attribute_code": "meta_title", "value": None}], ABSENT),
        ([{"attribute_code": "meta_title", "value": ""}], Text(text="")),
        ([{"attribute_code": "meta_title", "value": " <b> "}], Text(text=" <b> ")),
        ([{"attribute_code": "meta_keyword", "value": "x"}], ABSENT),
    ],
)
async def test_what_is_not_set_is_absent_and_an_empty_text_is_a_text(
    attributes: object, value: Value
) -> None:
    """The platform keeps both apart, and an undo restores either."""
    store = store_that(lambda _: holding({**SIMPLE, "custom_attributes": attributes}))
    target = text("A/1", SEO_TITLE, "x").target
    assert await store.read_values([target]) == {target: value}


async def test_the_scope_that_all_views_inherit_from_is_asked_for() -> None:
    """By the store id zero; `all` in the path would be an error for a read."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return holding(SIMPLE)

    await store_that(handler).read_values([text("A/1", TITLE, "x").target])
    (request,) = asked
    assert request.url.raw_path.startswith(b"/rest/V1/products/A%2F1?storeId=0&fields=sku")


@pytest.mark.parametrize("wrong", [{"status": 3}, {"visibility": 0}, {"status": "on"}])
async def test_a_status_that_nobody_knows_is_not_guessed(wrong: dict[str, Any]) -> None:
    """It could not be restored."""
    store = store_that(lambda _: holding({**SIMPLE, **wrong}))
    with pytest.raises(StoreAnswerInvalid):
        await store.read_values([text("A/1", FieldName.STATUS, "x").target])


async def send_title(answer: httpx.Response) -> Answer:
    """Send a new title to a store that gives this answer, and return what becomes of it."""

    def handler(request: httpx.Request) -> httpx.Response:
        return answer if request.method == "PUT" else holding(SIMPLE)

    store = store_that(handler)
    (request,) = store.requests_for([text("A/1", TITLE, "x")])
    (told,) = await store.send(request)
    return told


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"message": 'Invalid "%1" for %2', "parameters": ["name", "A"]},
            'Invalid "name" for A',
        ),
        (
            {"message": "Invalid %field.", "parameters": {"field": "name"}},
            "Invalid name",
        ),
        ({"message": "URL key for specified store already exists."}, None),
        (
            {"message": "Two.", "errors": [{"message": "%1 is bad", "parameters": ["x"]}]},
            "Two. x is bad",
        ),
    ],
)
async def test_a_refusal_is_told_with_its_placeholders_filled(
    body: dict[str, Any], reason: str | None
) -> None:
    """Whether they are listed or named."""
    answer = await send_title(json_response(body, 400))
    wanted = reason or "URL key for specified store already exists"
    assert answer == Rejected(code="PRODUCT_REFUSED", reason=wanted)


@pytest.mark.parametrize(
    "answer",
    [
        json_response({"message": "Internal Error. Report ID: webapi-6a1"}, 500),
        httpx.Response(200, content=b"<html>maintenance</html>"),
        json_response(True),  # noqa: FBT003 - the whole answer
    ],
)
async def test_an_unusable_answer_to_a_write_is_unknown(answer: httpx.Response) -> None:
    """The product may have been saved."""
    with pytest.raises(AnswerLost):
        await send_title(answer)


@pytest.mark.parametrize("path", ["/rest/fr", "/rest/all/V1", "/shop/rest/default"])
def test_an_address_of_one_store_view_is_refused_with_the_reason(path: str) -> None:
    """What is inherited there cannot be told from a value of its own."""
    with pytest.raises(InvalidSettings, match="does not tell a value of its own from an inherited"):
        AdobeCommerceConnection("acme", f"https://shop.example{path}")


async def test_the_maker_stands_in_for_the_vendor() -> None:
    """Where a text may speak of it: by the attribute's label, not by its number."""
    magento = FakeMagento(
        products=[{"id": 1, "sku": "A", "name": "Own", "type_id": "simple"}], regular={"A": 20}
    )
    options = [{"label": "Acme", "value": "7"}, {"label": "Other", "value": "8"}]
    magento.attributes["manufacturer"] = {"frontend_input": "select", "options": options}
    custom = [{"attribute_code": "manufacturer", "value": "7"}]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/products/A"):
            return holding({**SIMPLE, "sku": "A", "name": "Common", "custom_attributes": custom})
        return magento(request)

    detail = CatalogDetail(fields=frozenset({SEO_TITLE, FieldName.STATUS}))
    snapshot = await store_that(handler).read_catalog(ByIds(ids=("A",)), detail)
    (product,) = snapshot.products
    assert (product.title, product.vendor) == ("Common", "Acme")
    assert product.texts == {SEO_TITLE: ABSENT}
    assert product.status == Listing(status=ListingStatus.ACTIVE)


async def test_a_product_that_goes_while_it_is_read_is_left_out() -> None:
    """Nothing could be changed of it."""
    magento = FakeMagento(
        products=[{"id": 1, "sku": "A", "name": "Own", "type_id": "simple"}], regular={"A": 20}
    )
    detail = CatalogDetail(fields=frozenset({FieldName.STATUS}))
    snapshot = await store_that(magento).read_catalog(ByIds(ids=("A",)), detail)
    assert snapshot.products == ()
