"""The Admin API over real HTTP: its errors, its paging, its searches, its allowance."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.generator import generate_catalogue
from tests.sandbox.running import PATH, RunningStore, running_store

UPDATE = """
mutation Update($product: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean = false) {
  productVariantsBulkUpdate(
    productId: $product, variants: $variants, allowPartialUpdates: $partial
  ) { productVariants { id price compareAtPrice } userErrors { field message code } }
}
"""
FIRST = "{ products(first: 1) { nodes { id title variants(first: 3) { nodes { id price } } } } }"


def _raw(store: RunningStore, body: bytes, **headers: str) -> httpx.Response:
    return store.http.post(
        PATH, content=body, headers={"Content-Type": "application/json", **headers}
    )


def _first(store: RunningStore) -> dict[str, Any]:
    product: dict[str, Any] = store.data(FIRST)["products"]["nodes"][0]
    return product


def _error(store: RunningStore, query: str, variables: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
    return store.answer(query, variables)["errors"][0]


def test_bearer_token_is_not_enough(store: RunningStore) -> None:
    """Only the platform's own header lets a client in; the refusal's errors are a text."""
    response = httpx.post(
        store.address + PATH,
        json={"query": "{ shop { name } }"},
        headers={"Authorization": "Bearer token"},
    )
    assert response.status_code == 401
    assert isinstance(response.json()["errors"], str)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("GET", "/"),
        ("PUT", "/admin/api/2026-07/products.json"),
        ("POST", "/admin/api/nonsense/graphql.json"),
        ("DELETE", "/admin"),
    ],
)
def test_unknown_paths_are_not_found(store: RunningStore, method: str, path: str) -> None:
    """A path or method that the API does not have gets 404 with errors as a text."""
    response = store.http.request(method, path)
    assert response.status_code == 404
    assert response.json() == {"errors": "Not Found"}


@pytest.mark.parametrize(
    ("asked", "served"),
    [("2026-07", "2026-07"), ("2026-10", "2026-10"), ("2019-04", "2026-07")],
)
def test_old_versions_fall_forward(store: RunningStore, asked: str, served: str) -> None:
    """The header says which version answered."""
    response = store.http.post(
        f"/admin/api/{asked}/graphql.json", json={"query": "{ shop { name } }"}
    )
    assert response.headers["X-Shopify-API-Version"] == served
    assert response.json()["data"]["shop"]["name"] == "Demo"


@pytest.mark.parametrize(
    ("query", "variables", "code", "message"),
    [
        (
            '{ product(id: "gid://shopify/Product/1") { nonsense } }',
            {},
            "undefinedField",
            "Field 'nonsense' doesn't exist on type 'Product'",
        ),
        (
            "{ product { id } }",
            {},
            "missingRequiredArguments",
            "Field 'product' is missing required arguments: id",
        ),
        (
            "{ products(first: 1, colour: 2) { nodes { id } } }",
            {},
            "argumentNotAccepted",
            "Field 'products' doesn't accept argument 'colour'",
        ),
        (
            "{ products(first: 1, sortKey: PRICE) { nodes { id } } }",
            {},
            "argumentLiteralsIncompatible",
            (
                "Argument 'sortKey' on Field 'products' has an invalid value (PRICE). "
                "Expected type 'ProductSortKeys'."
            ),
        ),
        (
            "query Q($id: ID!) { shop { name } }",
            {"id": "gid://shopify/Product/1"},
            "variableNotUsed",
            "Variable $id is declared by Q but not used",
        ),
        (
            "query Q { product(id: $id) { id } }",
            {},
            "variableNotDefined",
            "Variable $id is used by Q but not declared",
        ),
        (
            "query Q($id: String!) { product(id: $id) { id } }",
            {"id": "gid://shopify/Product/1"},
            "variableMismatch",
            "Type mismatch on variable $id and argument id (String! / ID!)",
        ),
        (
            "{ shop { ...Missing } }",
            {},
            "useAndDefineFragment",
            "Fragment Missing was used, but not defined",
        ),
        (
            "{ products(first: 1) }",
            {},
            "selectionMismatch",
            (
                "Field must have selections (field 'products' returns ProductConnection but has "
                "no selections. Did you mean 'products { ... }'?)"
            ),
        ),
        (
            "{ shop { name @nonsense } }",
            {},
            "undefinedDirective",
            "Directive @nonsense is not defined",
        ),
        (
            "query Q($id: ID!) { product(id: $id) { id } }",
            {"id": "12"},
            "INVALID_VARIABLE",
            "Variable $id of type ID! was provided invalid value",
        ),
        (
            "{ products { nodes { id } } }",
            {},
            "BAD_REQUEST",
            "you must provide one of first or last",
        ),
        (
            '{ product(id: "gid://shopify/Collection/1") { id } }',
            {},
            "RESOURCE_NOT_FOUND",
            "Invalid id: gid://shopify/Collection/1",
        ),
    ],
)
def test_errors_are_worded_as_the_platforms(
    store: RunningStore, query: str, variables: dict[str, Any], code: str, message: str
) -> None:
    """A request that does not fit gets the platform's code and words, with status 200."""
    error = _error(store, query, variables)
    assert (error["extensions"]["code"], error["message"]) == (code, message)
    assert error["locations"]


def test_syntax_errors_have_a_place(store: RunningStore) -> None:
    """A text that is no document is answered with where it goes wrong."""
    error = _error(store, "{ shop { name ")
    assert error["message"].startswith("syntax error, unexpected")
    assert error["locations"] == [{"line": 1, "column": 10}]


def test_costly_queries_are_refused_for_good(store: RunningStore) -> None:
    """A query above 1000 points gets MAX_COST_EXCEEDED with its cost, and no extensions."""
    inner = "variants(first: 250) { nodes { media(first: 250) { nodes { id } } } }"
    content = store.answer(f"{{ products(first: 250) {{ nodes {{ {inner} }} }} }}")
    extensions = content["errors"][0]["extensions"]
    assert (extensions["code"], extensions["maxCost"]) == ("MAX_COST_EXCEEDED", 1000)
    assert extensions["cost"] > 1000
    assert "extensions" not in content


@pytest.mark.parametrize(
    "value", [b'"\\ud800"', b'"\xed\xa0\x80"', b"NaN", b"1e999", b'"{\\"a\\": NaN}"']
)
def test_values_that_no_answer_can_repeat_are_a_bad_request(
    store: RunningStore, value: bytes
) -> None:
    """Half a character or an infinite number is refused, and the store can still be read."""
    product = _first(store)
    query = (
        b"mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } } }"
    )
    variables = b'{"id": "%s", "tags": [%s]}' % (product["id"].encode(), value)
    if value.startswith(b'"{'):
        variables = value
    response = _raw(store, b'{"query": "%s", "variables": %s}' % (query, variables))
    assert response.status_code == 400
    assert store.data("{ products(first: 1) { nodes { tags } } }")
    assert store.journal() == []


def test_long_arrays_are_refused(store: RunningStore) -> None:
    """An array of more than 250 elements gets MAX_INPUT_SIZE_EXCEEDED and is not written."""
    product = _first(store)
    changes = [{"id": product["variants"]["nodes"][0]["id"], "price": "1"}] * 251
    error = _error(store, UPDATE, {"product": product["id"], "variants": changes})
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert error["path"] == ["productVariantsBulkUpdate", "variants"]
    assert not any(entry["applied"] for entry in store.journal())


def test_missing_scope_is_denied(tmp_path: Path) -> None:
    """A token without a scope reads no data of it and writes nothing."""
    with running_store(tmp_path, scopes=["read_products"], products=3, variants=6) as store:
        product = _first(store)
        content = store.answer(UPDATE, {"product": product["id"], "variants": []})
        assert content["data"] is None
        assert content["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
        assert [entry["reason"] for entry in store.journal()] == ["ACCESS_DENIED"]


def test_prices_are_written_rounded_and_journaled(store: RunningStore) -> None:
    """A price is kept to the cent, compareAtPrice null clears it, and both are in the journal."""
    product = _first(store)
    variant = product["variants"]["nodes"][0]
    change = {"id": variant["id"], "price": "10.005", "compareAtPrice": None}
    payload = store.data(UPDATE, {"product": product["id"], "variants": [change]})
    written = payload["productVariantsBulkUpdate"]["productVariants"][0]
    assert written == {"id": variant["id"], "price": "10.01", "compareAtPrice": None}
    entry = store.journal()[0]
    assert (entry["field"], entry["before"], entry["after"]) == ("price", variant["price"], "10.01")


@pytest.mark.parametrize("partial", [False, True])
def test_partial_updates_apply_only_the_valid(store: RunningStore, *, partial: bool) -> None:
    """With allowPartialUpdates the valid variants change; without it, none does."""
    tag = store.data('{ products(first: 1, query: "tag:summer") { nodes { id variants(first: 2) '
                     "{ nodes { id price } } } } }")  # fmt: skip
    product = tag["products"]["nodes"][0]
    good, bad = product["variants"]["nodes"]
    changes = [{"id": good["id"], "price": "5.00"}, {"id": bad["id"], "price": "-1"}]
    payload = store.data(
        UPDATE, {"product": product["id"], "variants": changes, "partial": partial}
    )["productVariantsBulkUpdate"]
    assert [error["field"] for error in payload["userErrors"]] == [["variants", "1", "price"]]
    prices = [variant["price"] for variant in payload["productVariants"]]
    assert prices == ["5.00" if partial else good["price"], bad["price"]]
    assert [entry["applied"] for entry in store.journal()] == [partial, False]


def test_odd_but_valid_queries_work(store: RunningStore) -> None:
    """Fragments, aliases, directives, defaults and __typename may be mixed freely."""
    query = """
    query Odd($size: Int = 2, $with: Boolean = true, $not: Boolean! = false) {
      __typename
      a: products(first: $size) { ...Page }
      b: products(last: 1, reverse: true) { edges { cursor node { ... on Node { id } } } }
      node(id: "gid://shopify/Shop/1") { __typename ... on Shop { currency: currencyCode } }
    }
    fragment Page on ProductConnection {
      nodes { ...Card ... @include(if: $with) { tags } vendor @skip(if: $not) }
    }
    fragment Card on Product {
      __typename title ... on HasMetafields { metafield(key: "a.b") { id } }
    }
    """
    found = store.data(query)
    assert found["__typename"] == "QueryRoot"
    assert len(found["a"]["nodes"]) == 2
    assert set(found["a"]["nodes"][0]) == {"__typename", "title", "metafield", "tags", "vendor"}
    assert found["node"] == {"__typename": "Shop", "currency": "USD"}


def test_search_lags_and_identifiers_do_not(tmp_path: Path) -> None:
    """A search sees a write only after the lag; a read by identifier sees it at once."""
    with running_store(tmp_path, search_lag_seconds=1.5, products=4, variants=8) as store:
        product = _first(store)["id"]
        store.data(
            'mutation($id: ID!) { tagsAdd(id: $id, tags: ["fresh"]) { node { id } } }',
            {"id": product},
        )
        query = '{ productsCount(query: "tag:fresh") { count } }'
        assert store.data(query)["productsCount"]["count"] == 0
        read = store.data("query($id: ID!) { product(id: $id) { tags } }", {"id": product})
        assert "fresh" in read["product"]["tags"]
        deadline = time.monotonic() + 20
        while store.data(query)["productsCount"]["count"] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_allowance_throttles_and_recovers(tmp_path: Path) -> None:
    """Spending faster than the plan restores is throttled, journaled, and counted."""
    with running_store(tmp_path, plan="standard", products=4, variants=8) as store:
        product = _first(store)
        variables = {"product": product["id"], "variants": [{**product["variants"]["nodes"][0]}]}
        content: dict[str, Any] = {}
        for _ in range(1000):
            content = store.answer(UPDATE, variables)
            if "errors" in content:
                break
        assert content["errors"][0]["extensions"]["code"] == "THROTTLED"
        status = content["extensions"]["cost"]["throttleStatus"]
        assert (status["maximumAvailable"], status["restoreRate"]) == (2000, 100)
        figures = store.control("GET", "statistics")
        assert figures["throttled"] == 1
        assert store.journal()[-1]["reason"] == "THROTTLED"
        assert figures["points_actual"] <= figures["points_available"]


def test_edit_from_outside_is_seen_and_journaled(store: RunningStore) -> None:
    """An external edit changes the store as any other write does; a senseless one is refused."""
    variant = _first(store)["variants"]["nodes"][0]["id"]
    edit = {"resource_id": variant, "field": "price", "value": "1.23"}
    assert store.control("POST", "edit", edit)["operation"] == "external_edit"
    assert _first(store)["variants"]["nodes"][0]["price"] == "1.23"
    for wrong in ({"field": "colour"}, {"resource_id": "gid://shopify/Product/1"}, {"value": "x"}):
        assert store.http.post("/_sandbox/edit", json={**edit, **wrong}).status_code == 400


def test_summer_is_as_large_as_promised(store: RunningStore) -> None:
    """The default catalogue has 200 products, 1,000 variants, and Summer with 40 and 200."""
    catalogue = store.control("GET", "catalogue")
    products = catalogue["products"]
    sizes = {key: len(each["variants"]) for key, each in products.items()}
    assert (len(products), sum(sizes.values())) == (200, 1000)
    summer = next(each for each in catalogue["collections"].values() if each["handle"] == "summer")
    assert (summer["title"], len(summer["products"])) == ("Summer", 40)
    assert sum(sizes[key] for key in summer["products"]) == 200
    assert min(sizes.values()) == 1
    assert max(sizes.values()) > 100
    prices = {each["price"] for one in products.values() for each in one["variants"].values()}
    assert "0.01" in prices
    assert any(not one["title"].isascii() for one in products.values())


def _pages(store: RunningStore, arguments: str, size: int, *, backward: bool) -> Iterator[str]:
    cursor: str | None = None
    while True:
        step = f"last: {size}" if backward else f"first: {size}"
        place = "" if cursor is None else f', {"before" if backward else "after"}: "{cursor}"'
        page = store.data(
            f"{{ products({step}{place}{arguments}) {{ nodes {{ id }} pageInfo "
            "{ hasNextPage hasPreviousPage startCursor endCursor } } }"
        )["products"]
        identifiers = [node["id"] for node in page["nodes"]]
        yield from reversed(identifiers) if backward else identifiers
        more = page["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]
        if not more:
            return
        cursor = page["pageInfo"]["startCursor" if backward else "endCursor"]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.integers(17, 250),
    sort_key=st.sampled_from(
        ["ID", "TITLE", "UPDATED_AT", "VENDOR", "INVENTORY_TOTAL", "RELEVANCE"]
    ),
    reverse=st.booleans(),
    backward=st.booleans(),
)
def test_paging_reads_everything_once(
    module_store: RunningStore, size: int, sort_key: str, *, reverse: bool, backward: bool
) -> None:
    """Whatever the order, direction and page size, pages together hold each product once."""
    arguments = f", sortKey: {sort_key}, reverse: {str(reverse).lower()}"
    found = list(_pages(module_store, arguments, size, backward=backward))
    every = set(module_store.control("GET", "catalogue")["products"])
    assert len(found) == len(every)
    assert set(found) == every


@pytest.mark.parametrize(
    ("query", "accepts"),
    [
        ("tag:summer", lambda one: "summer" in one["tags"]),
        ("tag:SUMMER status:ACTIVE", lambda one: "summer" in one["tags"]),
        ("-tag:summer", lambda one: "summer" not in one["tags"]),
        ("NOT tag:summer", lambda one: "summer" not in one["tags"]),
        ("vendor:Northwind", lambda one: one["vendor"] == "Northwind"),
        (
            "vendor:Northwind OR vendor:Tidewater product_type:Shoes",
            lambda one: (
                one["vendor"] in ("Northwind", "Tidewater") and one["productType"] == "Shoes"
            ),
        ),
        ("product_type:Sho*", lambda one: one["productType"] == "Shoes"),
        ('tag:"organic cotton"', lambda one: "organic cotton" in one["tags"]),
        ("status:DRAFT,ARCHIVED", lambda one: one["status"] in ("DRAFT", "ARCHIVED")),
        ("(tag:summer OR tag:clearance) AND status:ACTIVE", None),
        ("created_at:<'2000-01-01T00:00:00Z'", lambda _: False),
        ("nonsense:x tag:summer", lambda one: "summer" in one["tags"]),
    ],
)
def test_searches_find_what_they_say(store: RunningStore, query: str, accepts: Any) -> None:  # noqa: ANN401
    """A search finds exactly the products that its conditions describe."""
    catalogue = store.control("GET", "catalogue")["products"]

    def both(one: dict[str, Any]) -> bool:
        return one["status"] == "ACTIVE" and bool({"summer", "clearance"} & set(one["tags"]))

    expected = {key for key, one in catalogue.items() if (accepts or both)(one)}
    escaped = json.dumps(query)
    found = store.data(f"{{ products(first: 250, query: {escaped}) {{ nodes {{ id }} }} }}")
    assert {node["id"] for node in found["products"]["nodes"]} == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["{", "}", "(", ")", "query", "mutation", "products", "first:", "1", "id", "$id", ": ID!",
     "...", "on", "Product", "nodes", '"gid://shopify/Product/1"', "@skip", "#", "\x00", "é", "["]
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        JSON.map(lambda value: json.dumps(value).encode()),
        st.lists(WORDS, max_size=14).map(
            lambda words: json.dumps({"query": " ".join(words)}).encode()
        ),
        JSON.map(
            lambda value: json.dumps({"query": UPDATE, "variables": {"variants": value}}).encode()
        ),
        st.text(max_size=20).map(
            lambda text: json.dumps(
                {
                    "query": "query($q: String) { products(first: 3, query: $q) { nodes { id } } }",
                    "variables": {"q": text},
                }
            ).encode()
        ),
    )
)
def test_nothing_makes_the_server_fail(module_store: RunningStore, body: bytes) -> None:
    """Whatever arrives, the answer is JSON in the platform's shape, and never an internal error."""
    response = _raw(module_store, body)
    assert response.status_code in (200, 400)
    content = response.json()
    assert set(content) <= {"data", "errors", "extensions"}
    assert "INTERNAL_SERVER_ERROR" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "{" * 5000,
        "{ a(b: " + "[" * 2000,
        "(" * 3000,
        "{ shop { name } }" * 40,
        "subscription { x }",
    ],
)
def test_hostile_documents_are_refused(store: RunningStore, query: str) -> None:
    """Deeply nested or senseless documents are refused like any other mistake."""
    content = store.answer(query)
    assert content["errors"]
    assert "INTERNAL_SERVER_ERROR" not in json.dumps(content)


def test_hostile_searches_are_answered(store: RunningStore) -> None:
    """A search of thousands of parentheses finds something or nothing, and does not fail."""
    query = "query($q: String) { products(first: 3, query: $q) { nodes { id } } }"
    for text in ("(" * 3000, "-" * 3000, "NOT " * 2000 + "a", "tag:" * 2000):
        content = store.answer(query, {"q": text})
        assert "INTERNAL_SERVER_ERROR" not in json.dumps(content)


def test_a_shop_in_yen_has_whole_prices() -> None:
    """A currency without minor units has prices without them."""
    catalogue = Catalogue(currency="JPY")
    generate_catalogue(catalogue, products=20, variants=60, seed=1)
    assert all(variant.price % 1 == 0 for variant in catalogue.variants.values())
