"""Every operation's answers fit the platform's documents."""

from typing import Any

import pytest

from sandbox.bigcommerce.operations import OPERATIONS
from tests.sandbox.bigcommerce.client import BigCommerceClient
from tests.sandbox.bigcommerce.openapi import required_contract

NOT_AT_HAND = {
    "get-locations": "the document of locations is not among those at hand",
    "getTreeCategories": "the document of category trees is not among those at hand",
    "getBrands": "the document of brands is not among those at hand",
    "getStoreInformation": "the older API has no such document",
}
"""Operations whose answers no document describes here, and why."""

NEW = {"name": "New", "type": "physical", "weight": 1, "price": 5}
PAIR = {"product_id": 111, "category_id": 23}
ITEM = {"location_id": 1, "variant_id": 362, "quantity": 5}
RECORD = {"variant_id": 362, "currency": "usd", "price": 0}
SENT: dict[str, Any] = {
    "updateProducts": [{"id": 111, "name": "Other"}],
    "createProduct": NEW,
    "updateProduct": {"meta_description": "Text"},
    "updateProductVariant": {"price": None},
    "updateVariantsBatch": [{"id": 362, "sale_price": 4}],
    "createProductsCategoryAssignments": [PAIR],
    "updateCategorySortOrders": [{"product_id": 111, "sort_order": 4}],
    "put-absolute-adjustment": {"reason": "count", "items": [ITEM]},
    "post-relative-adjustment": {"items": [ITEM]},
    "upsertPriceListRecords": [RECORD],
    "setPriceListRecord": {"price": 3},
}
REFUSED: list[tuple[str, str, Any, int]] = [
    ("PUT", "/catalog/products", [{"id": 111}] * 11, 413),
    ("PUT", "/catalog/products", [{"id": 111, "price": "x"}], 422),
    ("PUT", "/catalog/products", [{"id": 9}], 404),
    ("PUT", "/catalog/products/111", {"categories": [9]}, 409),
    ("PUT", "/catalog/products/111", {"name": ""}, 422),
    ("PUT", "/catalog/variants", [{"id": 362}] * 51, 413),
    ("PUT", "/catalog/variants", [{"id": 9}], 422),
    ("PUT", "/catalog/products/category-assignments", [{**PAIR, "category_id": 9}], 422),
    ("DELETE", "/catalog/products/category-assignments", None, 422),
    ("GET", "/catalog/categories/9/products/sort-order", None, 404),
    ("PUT", "/catalog/categories/23/products/sort-order", [{"product_id": 9}], 422),
    ("PUT", "/inventory/adjustments/absolute", {"items": [{**ITEM, "variant_id": 9}]}, 422),
    ("POST", "/inventory/adjustments/relative", {"items": [{**ITEM, "quantity": -9999}]}, 422),
    ("GET", "/inventory/locations/9/items", None, 404),
    ("PUT", "/pricelists/1/records", [{**RECORD, "variant_id": 9}], 422),
]


def test_every_operation_answers_as_its_document_says(client: BigCommerceClient) -> None:
    """Each operation succeeds once, with a request and an answer that fit its document."""
    known = required_contract()
    undescribed = set()
    for operation in sorted(OPERATIONS, key=lambda one: one.method == "DELETE"):
        path = operation.path.removeprefix("/v3")
        for part, value in (
            ("product_id", "112"),
            ("variant_id", "362"),
            ("category_id", "23"),
            ("price_list_id", "1"),
            ("location_id", "2"),
            ("currency_code", "usd"),
        ):
            path = path.replace(f"{{{part}}}", value)
        query = {"product_id__in": "113"} if operation.name.endswith("Assignments") else {}
        query |= {"id__in": "114"} if operation.name == "deleteProducts" else {}
        content = SENT.get(operation.name)
        if operation.path.startswith("/v2"):
            undescribed.add(operation.name)
            assert client.raw("GET", operation.path).status_code == 200
            continue
        if known.operation(operation.method, path) is None:
            undescribed.add(operation.name)
        elif content is not None:
            assert known.request_problems(operation.method, path, content) == []
        answer = client.send(operation.method, path, content, **query)
        assert answer.status_code in (200, 204), f"{operation.name}: {answer.text}"
    assert undescribed == set(NOT_AT_HAND)


@pytest.mark.parametrize(("method", "path", "content", "status"), REFUSED)
def test_refusals_have_the_shape_of_their_document(
    client: BigCommerceClient,
    method: str,
    path: str,
    content: Any,  # noqa: ANN401
    status: int,
) -> None:
    """Each kind of refusal is described for its operation, and fits the description."""
    known = required_contract()
    answer = client.send(method, path, content)
    assert answer.status_code == status
    media_type = answer.headers["content-type"].partition(";")[0]
    assert known.answer_problems(method, path, status, media_type, answer.json()) == []
