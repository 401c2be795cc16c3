"""Nothing that a client sends makes the store fail, and its catalogue is always the same."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.adobe_commerce.catalogue import Catalogue
from sandbox.adobe_commerce.generator import generate_catalogue
from sandbox.adobe_commerce.records import product_from_document, product_to_document
from tests.sandbox.adobe_commerce.shop import Shop

_NAMES = st.sampled_from(
    (
        "product", "prices", "sourceItems", "skus", "sku", "price", "store_id", "price_from",
        "price_to", "quantity", "status", "name", "source_code", "productLink", "category_id",
        "position", "custom_attributes", "attribute_code", "value", "weight", "qty", "type_id",
        "extension_attributes", "category_links", "website_ids", "stock_item", "saveOptions",
    )
)  # fmt: skip
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(("CLO 000/1", "HOM+3%", "name", "meta_title", "", "1e999", "9" * 40))
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=12,
)
_CONDITIONS = (
    "eq", "neq", "in", "nin", "like", "gt", "gteq", "lt", "lteq", "null", "notnull", "finset",
    "from", "x",
)  # fmt: skip
_PATHS = st.sampled_from(
    (
        "products",
        "products/CLO%20000%2F1",
        "products/base-prices",
        "products/base-prices-information",
        "products/special-price",
        "products/special-price-delete",
        "products/special-price-information",
        "inventory/source-items",
        "inventory/source-items-delete",
        "categories/3/products",
        "categories/x/products",
        "products/bySku",
        "integration/admin/token",
    )
)
_PREFIXES = st.sampled_from(
    ("/rest/V1", "/rest/all/V1", "/rest/fr/V1", "/rest/all/async/bulk/V1", "/rest/async/V1")
)
_SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _sound(shop: Shop, method: str, path: str, **rest: Any) -> None:  # noqa: ANN401
    response = shop.http.request(method, path, **rest)
    assert response.status_code < 500, response.text
    content = response.json()
    if response.status_code >= 400:
        assert isinstance(content["message"], str)


@_SETTINGS
@given(
    method=st.sampled_from(("POST", "PUT", "DELETE")),
    prefix=_PREFIXES,
    path=_PATHS,
    body=_VALUES,
)
def test_no_body_makes_the_store_fail(
    shop: Shop, method: str, prefix: str, path: str, body: object
) -> None:
    """Any JSON gets an answer below 500, in JSON, and so does the next request."""
    _sound(shop, method, f"{prefix}/{path}", json=body)
    _sound(shop, "GET", "/rest/V1/products?searchCriteria[pageSize]=5")
    shop.store.journal()


@_SETTINGS
@given(
    path=st.sampled_from(
        (
            "products",
            "categories/list",
            "inventory/source-items",
            "products/attributes",
            "categories",
        )
    ),
    filters=st.lists(
        st.tuples(
            st.sampled_from(("sku", "price", "name", "category_id", "status", "updated_at", "x")),
            st.sampled_from(_CONDITIONS),
            st.text(max_size=8),
        ),
        max_size=3,
    ),
    key=st.text(alphabet="[]pageSizefilterGroups012 ", max_size=30),
    value=st.text(max_size=6),
    fields=st.text(alphabet="items[],skuprce", max_size=20),
)
def test_no_query_makes_the_store_fail(
    shop: Shop,
    path: str,
    filters: list[tuple[str, str, str]],
    key: str,
    value: str,
    fields: str,
) -> None:
    """Any query string gets an answer below 500, in JSON."""
    query = [("searchCriteria", ""), (f"searchCriteria{key}", value), ("fields", fields)]
    for number, (field, condition, wanted) in enumerate(filters):
        prefix = f"searchCriteria[filter_groups][0][filters][{number}]"
        query += [
            (f"{prefix}[field]", field),
            (f"{prefix}[condition_type]", condition),
            (f"{prefix}[value]", wanted),
        ]
    text = "&".join(f"{quote(name)}={quote(item)}" for name, item in query)
    response = shop.http.get(f"/rest/V1/{path}?{text}")
    assert response.status_code < 500, response.text
    response.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"\xff\xfe",
        b'{"product": {"name": "\\ud800", "price": 1}}',
        b'{"product": {"name": "x", "price": NaN}}',
        b'{"product": {"name": "x", "price": 1e999}}',
        b'{"product": {"name": "x", "price": ' + b"9" * 5000 + b"}}",
        b'{"product": ' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_broken_bodies_are_refused(shop: Shop, body: bytes) -> None:
    """What is no usable JSON gets a 400."""
    headers = {"Content-Type": "application/json"}
    for method, path in (("PUT", "/rest/V1/products/HOM%2B3%25"), ("POST", "/rest/V1/products")):
        response = shop.http.request(method, path, content=body, headers=headers)
        assert response.status_code == 400, response.text
    text = {"Content-Type": "text/plain"}
    assert shop.http.post("/rest/V1/products", content=b"{}", headers=text).status_code == 400


@pytest.mark.parametrize(
    "path", ["/rest", "/", "/rest/V1", "/rest//V1/products/%FF%00", "/rest/V1/%2F"]
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "OPTIONS", "DELETE"])
def test_strange_paths_lead_nowhere(shop: Shop, method: str, path: str) -> None:
    """Paths and methods that the API does not have are refused."""
    assert shop.http.request(method, path).status_code in (400, 404)


@settings(max_examples=15, deadline=None)
@given(products=st.integers(1, 40), more=st.integers(0, 90), seed=st.integers(0, 99))
def test_catalogues_have_the_size_asked_for(products: int, more: int, seed: int) -> None:
    """The same settings give the same catalogue, of the right size, that survives JSON."""
    made = []
    for _ in range(2):
        catalogue = Catalogue()
        generate_catalogue(catalogue, products=products, variants=products + more, seed=seed)
        made.append([product_to_document(product) for product in catalogue.products()])
    assert made[0] == made[1]
    sold = [item for item in made[0] if item["type_id"] == "simple"]
    assert len(sold) == products + more
    assert sum(item["values"]["visibility"] != 1 for item in made[0]) == products
    assert len({item["sku"].lower() for item in made[0]}) == len(made[0])
    assert len({item["values"]["url_key"] for item in made[0]}) == len(made[0])
    for document in made[0]:
        copy = json.loads(json.dumps(document))
        assert product_to_document(product_from_document(copy)) == document
