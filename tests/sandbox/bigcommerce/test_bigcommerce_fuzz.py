"""Whatever a client sends, the store answers in one of the platform's shapes and stays whole."""

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.bigcommerce.fields import PRICE_RECORD_FIELDS, PRODUCT_FIELDS, VARIANT_FIELDS
from sandbox.bigcommerce.operations import OPERATIONS
from tests.sandbox.bigcommerce.client import BigCommerceClient

_NAMES = sorted(
    {*PRODUCT_FIELDS, *VARIANT_FIELDS, *PRICE_RECORD_FIELDS}
    | {"id", "items", "quantity", "location_id", "variant_id", "product_id", "category_id"}
    | {"currency", "sku", "url"}
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 23, 111, 112, 361, 362, 10**400])
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["usd", "/x/", "2026-01-01", "\ud800"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)
_PARTS = st.sampled_from(["1", "2", "23", "111", "112", "361", "362", "0", "99999999", "usd"])
_PARAMETERS = st.sampled_from(
    [
        *("id", "id:in", "page", "limit", "sort", "direction", "include", "include_fields"),
        *("categories:in", "price", "keyword", "is_visible", "date_modified:min", "sku:in"),
        *("product_id:in", "variant_id:in", "category_id:in", "after", "before", "currency"),
    ]
)
_TEXTS = st.text(max_size=6) | st.sampled_from(["1", "112", "0,1", "-1", "name", "9" * 30, "1e999"])
_ITEMS_AT = next(one for one in OPERATIONS if one.name == "get-location-inventory-items")
_ANSWERS = {200, 204, 207, 400, 404, 405, 409, 413, 415, 422}


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    operation=st.sampled_from(OPERATIONS),
    parts=st.lists(_PARTS, min_size=3, max_size=3),
    query=st.dictionaries(_PARAMETERS, _TEXTS, max_size=3),
    body=_VALUES,
)
@example(operation=_ITEMS_AT, parts=["1", "usd", "1"], query={}, body=None)
def test_no_request_breaks_the_store(
    client: BigCommerceClient,
    operation: Any,  # noqa: ANN401
    parts: list[str],
    query: dict[str, str],
    body: Any,  # noqa: ANN401
) -> None:
    """Any body and query on any operation is answered as documented, never with a 500."""
    path = operation.path
    for name, part in zip(("product_id", "category_id", "price_list_id"), parts, strict=True):
        path = path.replace(f"{{{name}}}", part)
    path = path.replace("{variant_id}", parts[0]).replace("{currency_code}", "usd")
    path = path.replace("{location_id}", parts[1])
    response = client.raw(
        operation.method,
        path,
        params=query,
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code in _ANSWERS, response.text
    if path.startswith("/v3"):
        client.check(operation.method, path.removeprefix("/v3"), response)


def test_store_is_whole_after_the_fuzz(client: BigCommerceClient) -> None:
    """Deep nesting, huge numbers and half characters are refused, and the store still answers."""
    for content in (b"[" * 100_000, b'{"price": 1e999}', b'{"name": "\\ud800"}', b"\xff\xfe"):
        response = client.raw(
            "PUT",
            "/v3/catalog/products/111",
            content=content,
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code in (400, 422)
    assert client.product(111)["id"] == 111
    assert client.running.control("GET", "catalogue")["products"]
