"""Products, variants and categories: what is read, what is written, and what is refused."""

from typing import Any

import pytest

from tests.sandbox.bigcommerce.client import BigCommerceClient
from tests.sandbox.bigcommerce.openapi import required_contract

SIMPLE, WITH_OPTIONS, CHEAPEST = 111, 112, 113
SUMMER = 23


def test_products_page_completely(client: BigCommerceClient) -> None:
    """Walking the pages yields every product once, in order, and says how many there are."""
    seen: list[int] = []
    for number in (1, 2, 3, 4):
        response = client.send("GET", "/catalog/products", page=number, limit=60)
        pagination = response.json()["meta"]["pagination"]
        assert (pagination["total"], pagination["total_pages"]) == (200, 4)
        assert ("next" in pagination["links"]) is (number < 4)
        seen += [product["id"] for product in response.json()["data"]]
    assert seen == list(range(111, 311))
    assert client.data("GET", "/catalog/products", page=5, limit=60) == []


def test_default_catalogue_is_as_large_as_it_says(client: BigCommerceClient) -> None:
    """200 products have 1,000 variants, some simple, a few with a price of their own."""
    rows = [
        row
        for number in range(1, 5)
        for row in client.data("GET", "/catalog/variants", page=number, limit=250)
    ]
    own = [row for row in rows if row["price"] is not None]
    assert len({row["id"] for row in rows}) == len(rows) == 1000
    assert 0 < len(own) < 300
    assert sum(not row["option_values"] for row in rows) == 50
    assert all(row["calculated_price"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"id__in": "111,112,999"}, 2),
        ({"id__not_in": "111,112"}, 198),
        ({"categories__in": SUMMER}, 41),
        ({"categories__in": "23,25"}, 5),
        ({"categories": SUMMER}, 0),
        ({"price": "0.01"}, 1),
        ({"is_visible": "true", "id__max": 113}, 3),
        ({"keyword": "NO. 200"}, 1),
        ({"keyword": "kumo", "id__in": "1"}, 0),
        ({"inventory_level__min": 1_000_000}, 0),
        ({"date_modified__min": "2001-01-01"}, 200),
        ({"date_modified__max": "2001-01-01"}, 0),
        ({"unknown": "filter"}, 200),
    ],
)
def test_filters_choose(client: BigCommerceClient, query: dict[str, Any], count: int) -> None:
    """Each filter chooses as documented, and an unknown one is ignored."""
    response = client.send("GET", "/catalog/products", **query)
    assert response.json()["meta"]["pagination"]["total"] == count


def test_skus_are_found_where_they_belong(client: BigCommerceClient) -> None:
    """A product is found by its own SKU, a variant by its SKU, and lists of them work."""
    first, second = client.product(SIMPLE), client.product(WITH_OPTIONS)
    both = f"{first['sku']},{second['sku']}"
    assert len(client.data("GET", "/catalog/products", sku__in=both)) == 2
    assert len(client.data("GET", "/catalog/products", sku=first["sku"].lower())) == 1
    variants = client.data("GET", "/catalog/variants", product_id__in=WITH_OPTIONS)
    skus = [variant["sku"] for variant in variants]
    assert client.data("GET", "/catalog/products", sku=skus[0]) == []
    assert len(client.data("GET", "/catalog/variants", sku__in=",".join(skus))) == len(skus)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 251},
        {"limit": 0},
        {"page": "x"},
        {"id__in": "1,a"},
        {"price": "nan"},
        {"sort": "colour"},
        {"direction": "up", "sort": "id"},
        {"include": "secrets"},
        {"include_fields": "colour"},
        {"date_modified__min": "yesterday"},
    ],
)
def test_unreadable_parameters_are_refused(
    client: BigCommerceClient, query: dict[str, Any]
) -> None:
    """A parameter that cannot be read is refused by name, never guessed."""
    response = client.send("GET", "/catalog/products", **query)
    assert response.status_code == 422
    assert response.json()["errors"].keys() <= {name.replace("__", ":") for name in query}


def test_fields_and_sub_resources_are_chosen(client: BigCommerceClient) -> None:
    """Only the fields asked for come, always with the identifier and what is included."""
    (product,) = client.data(
        "GET",
        "/catalog/products",
        id=WITH_OPTIONS,
        include="variants,images,options",
        include_fields="name,price",
    )
    assert product.keys() == {"id", "name", "price", "variants", "images", "options"}
    assert all(variant["option_values"] for variant in product["variants"])
    assert "description" not in client.product(SIMPLE, exclude_fields="description")
    page = client.send("GET", "/catalog/products", include="options", limit=50).json()
    assert page["meta"]["pagination"]["per_page"] == 10


def test_order_is_as_asked(client: BigCommerceClient) -> None:
    """Products come by price, the dearest first, where the query says so."""
    rows = client.data("GET", "/catalog/products", sort="price", direction="desc", limit=250)
    prices = [row["price"] for row in rows]
    assert prices == sorted(prices, reverse=True)
    assert len(prices) == 200


def test_null_inherits_and_survives_an_undo(client: BigCommerceClient) -> None:
    """A variant's null price follows its product's, and null can be written again."""
    product = client.product(WITH_OPTIONS, include="variants")
    variant = next(row for row in product["variants"] if row["price"] is None)
    assert variant["calculated_price"] == product["calculated_price"]
    client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", {"price": 33.33})
    assert client.variant(variant["id"])["calculated_price"] == 33.33
    client.data("PUT", "/catalog/variants", [{"id": variant["id"], "price": 50, "sale_price": 40}])
    assert client.variant(variant["id"])["calculated_price"] == 40
    undo = [{"id": variant["id"], "price": None, "sale_price": None}]
    client.data("PUT", "/catalog/variants", undo)
    again = client.variant(variant["id"])
    assert (again["price"], again["sale_price"], again["calculated_price"]) == (None, None, 33.33)


def test_sale_price_of_zero_means_none(client: BigCommerceClient) -> None:
    """A product's calculated price is its sale price, unless that is 0."""
    path = f"/catalog/products/{SIMPLE}"
    assert client.data("PUT", path, {"price": 20, "sale_price": 15.5})["calculated_price"] == 15.5
    assert client.data("PUT", path, {"sale_price": 0})["calculated_price"] == 20


def test_change_moves_the_date_and_ignores_what_is_read_only(client: BigCommerceClient) -> None:
    """A write moves date_modified; read-only and unknown fields are passed over silently."""
    before = client.product(SIMPLE)
    sent = {"name": "New name", "calculated_price": 1, "date_created": "x", "colour": "red"}
    after = client.data("PUT", f"/catalog/products/{SIMPLE}", sent)
    assert after["name"] == "New name"
    assert after["calculated_price"] == before["calculated_price"]
    assert after["date_modified"] > before["date_modified"]
    assert client.journal() == [("products/111", "name", "New name", True)]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 251},
        {"name": None},
        {"price": "9.99"},
        {"price": -1},
        {"price": True},
        {"price": None},
        {"sale_price": [1]},
        {"is_visible": "yes"},
        {"page_title": "x" * 256},
        {"availability": "sometimes"},
        {"categories": ["a"]},
        {"inventory_level": 1.5},
        {"inventory_level": 2**31},
        {"custom_url": "/x/"},
        {"preorder_release_date": "soon"},
        {"images": []},
    ],
)
def test_wrong_values_are_refused_by_name(
    client: BigCommerceClient, change: dict[str, Any]
) -> None:
    """A value of the wrong type, length or range is refused; nothing is saved, all is journaled."""
    before = client.product(SIMPLE)
    response = client.send("PUT", f"/catalog/products/{SIMPLE}", change | {"mpn": "M"})
    assert response.status_code == 422
    assert response.json()["errors"].keys() == change.keys()
    assert client.product(SIMPLE) == before
    assert not any(applied for *_, applied in client.journal())
    assert ("products/111", "mpn", "M", False) in client.journal()


def test_conflicts_are_refused(client: BigCommerceClient) -> None:
    """A name or SKU of somebody else and an unknown category or brand are conflicts."""
    other = client.product(WITH_OPTIONS)
    for change in (
        {"name": other["name"].upper()},
        {"sku": other["sku"]},
        {"categories": [9999]},
        {"brand_id": 9999},
    ):
        response = client.send("PUT", f"/catalog/products/{SIMPLE}", change)
        assert response.status_code == 409
        assert response.json()["errors"].keys() == change.keys()


def test_what_was_given_up_is_free_again(client: BigCommerceClient) -> None:
    """A name, SKU or URL that a product gave up can be taken by another, and taken back."""
    first, path = client.product(SIMPLE), f"/catalog/products/{SIMPLE}"
    own = {name: first[name] for name in ("name", "sku", "custom_url")}
    client.data("PUT", path, {"name": "Other", "sku": "OTHER", "custom_url": {"url": "/other/"}})
    client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", own)
    assert client.send("PUT", path, {"name": own["name"]}).status_code == 409
    given_up = {"name": "Third", "sku": "THIRD", "custom_url": {"url": "/third/"}}
    client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", given_up)
    restored = client.data("PUT", path, own)
    assert {name: restored[name] for name in own} == own


def test_taken_url_is_answered_with_207(client: BigCommerceClient) -> None:
    """A URL that another product has fails alone: the rest is saved, and 207 says which not."""
    taken = client.product(WITH_OPTIONS)["custom_url"]
    change = {"custom_url": taken, "description": "<p>new</p>"}
    response = client.send("PUT", f"/catalog/products/{SIMPLE}", change)
    assert response.status_code == 207
    assert response.json()["errors"]["errors"].keys() == {"custom_url"}
    assert response.json()["data"]["description"] == "<p>new</p>"
    assert client.product(SIMPLE)["custom_url"] != taken
    assert [(field, applied) for _, field, _, applied in client.journal()] == [
        ("description", True),
        ("custom_url", False),
    ]


def test_batch_of_products_is_all_or_nothing(client: BigCommerceClient) -> None:
    """Ten products change together; one that cannot keeps all others as they were."""
    good = [{"id": SIMPLE + offset, "is_visible": False} for offset in range(10)]
    assert not any(row["is_visible"] for row in client.data("PUT", "/catalog/products", good))
    bad = [{"id": SIMPLE, "is_visible": True}, {"id": WITH_OPTIONS, "price": "x"}]
    response = client.send("PUT", "/catalog/products", bad)
    assert response.status_code == 422
    assert response.json()["errors"].keys() == {"1.price"}
    assert not client.product(SIMPLE)["is_visible"]
    missing = [{"id": SIMPLE, "is_visible": True}, {"id": 5}]
    assert client.send("PUT", "/catalog/products", missing).status_code == 404
    same = [{"id": SIMPLE, "name": "Twin"}, {"id": WITH_OPTIONS, "name": "twin"}]
    assert client.send("PUT", "/catalog/products", same).status_code == 409


def test_batches_that_are_too_long_are_refused(client: BigCommerceClient) -> None:
    """Eleven products or 51 variants are answered with 413 and the most that there may be."""
    products = [{"id": SIMPLE, "price": 1}] * 11
    response = client.send("PUT", "/catalog/products", products)
    assert (response.status_code, response.json()) == (
        413,
        {
            "errors": {},
            "status": 413,
            "title": "The request payload is too large. "
            "The maximum items allowed in the array is 10.",
            "type": "/api-docs/getting-started/api-status-codes",
        },
    )
    variants = [{"id": 361, "price": 1}] * 51
    response = client.send("PUT", "/catalog/variants", variants)
    assert (response.status_code, "50" in response.json()["title"]) == (413, True)


def test_variant_batch_reports_each_refused_item(client: BigCommerceClient) -> None:
    """A variant batch with wrong items saves nothing and names each of them in batch_errors."""
    items = [{"id": 362, "price": 5}, {"id": 363, "price": -5}, {"id": 9}, {"price": 5}, 7]
    response = client.send("PUT", "/catalog/variants", items)
    assert response.status_code == 422
    places = [key for error in response.json()["batch_errors"] for key in error["errors"]]
    assert places == ["1.price", "2.id", "3.id", "4.item"]
    assert client.variant(362)["price"] is None


def test_one_variant_is_read_and_written(client: BigCommerceClient) -> None:
    """A variant is reached through its own product only, and negative stock fails alone."""
    path = f"/catalog/products/{WITH_OPTIONS}/variants/362"
    saved = client.data("PUT", path, {"retail_price": 99.5, "sku": "OTHER-1"})
    assert client.data("GET", path) == saved
    assert saved["retail_price"] == 99.5
    assert client.send("GET", f"/catalog/products/{SIMPLE}/variants/362").status_code == 404
    response = client.send("PUT", path, {"inventory_level": -1, "upc": "123"})
    assert (response.status_code, response.json()["data"]["upc"]) == (207, "123")
    assert response.json()["errors"]["errors"].keys() == {"inventory_level"}
    variants = client.data("GET", f"/catalog/products/{WITH_OPTIONS}/variants")
    taken = client.send("PUT", path, {"sku": variants[1]["sku"]})
    assert (taken.status_code, taken.json()["errors"].keys()) == (409, {"sku"})


def test_simple_product_and_base_variant_have_one_sku(client: BigCommerceClient) -> None:
    """Writing the base variant's SKU writes the product's."""
    base = client.product(SIMPLE)["base_variant_id"]
    client.data("PUT", "/catalog/variants", [{"id": base, "sku": "ONE-AND-ALL"}])
    assert client.product(SIMPLE)["sku"] == client.variant(base)["sku"] == "ONE-AND-ALL"
    assert client.product(WITH_OPTIONS)["base_variant_id"] is None


def test_product_is_created_and_deleted(client: BigCommerceClient) -> None:
    """A created product has a base variant; after deletion both are gone for good."""
    sent = {"name": "Fresh", "type": "physical", "weight": 1, "price": 5, "sku": "F-1"}
    made = client.data("POST", "/catalog/products", sent)
    assert client.variant(made["base_variant_id"])["sku"] == "F-1"
    assert client.send("POST", "/catalog/products", sent).status_code == 409
    assert client.send("POST", "/catalog/products", {"name": "x"}).status_code == 422
    address = client.product(SIMPLE)["custom_url"]
    with_url = {**sent, "name": "Other", "sku": "F-2", "custom_url": address}
    assert client.send("POST", "/catalog/products", with_url).status_code == 207
    assert client.send("DELETE", f"/catalog/products/{made['id']}").status_code == 204
    assert client.send("GET", f"/catalog/products/{made['id']}").status_code == 404
    assert client.data("GET", "/catalog/variants", id=made["base_variant_id"]) == []
    again = client.data("POST", "/catalog/products", sent)
    assert again["id"] > made["id"]
    assert client.raw("DELETE", "/v3/catalog/products").status_code == 422
    assert client.send("DELETE", "/catalog/products", id__in=f"{again['id']}").status_code == 204


def test_category_assignments_change_the_product(client: BigCommerceClient) -> None:
    """Assignments add to and take from a product's categories and leave the others alone."""
    path = "/catalog/products/category-assignments"
    before = client.product(WITH_OPTIONS)["categories"]
    pair = {"product_id": WITH_OPTIONS, "category_id": SUMMER}
    assert SUMMER not in before
    assert client.send("PUT", path, [pair, pair]).status_code == 204
    assert client.product(WITH_OPTIONS)["categories"] == sorted([*before, SUMMER])
    rows = client.data("GET", path, product_id__in=WITH_OPTIONS, category_id__in=SUMMER)
    assert rows == [pair]
    query = {"product_id__in": WITH_OPTIONS, "category_id__in": SUMMER}
    assert client.send("DELETE", path, **query).status_code == 204
    assert client.product(WITH_OPTIONS)["categories"] == before
    assert client.send("DELETE", path).status_code == 422
    wrong = [pair, {"product_id": 1, "category_id": SUMMER}]
    assert client.send("PUT", path, wrong).status_code == 422
    assert client.product(WITH_OPTIONS)["categories"] == before


def test_categories_and_brands_are_listed(client: BigCommerceClient) -> None:
    """The category Summer is found by name in both collections, and every brand has a name."""
    (summer,) = client.data("GET", "/catalog/categories", name="summer")
    assert summer["id"] == client.data("GET", f"/catalog/categories/{SUMMER}")["id"] == SUMMER
    (found,) = client.data("GET", "/catalog/trees/categories", name__like="umm")
    assert found["category_id"] == SUMMER
    assert all(brand["name"] for brand in client.data("GET", "/catalog/brands"))
    assert client.send("GET", "/catalog/categories/1").status_code == 404


def test_store_tells_its_currency(client: BigCommerceClient) -> None:
    """The older API names the store and its currency."""
    content = client.raw("GET", "/v2/store").json()
    assert (content["name"], content["currency"]) == ("Demo", "USD")


def test_every_described_operation_was_checked(client: BigCommerceClient) -> None:
    """The answers above were held against the documents, operation by operation."""
    required_contract()
    described = {
        "getProducts", "getProduct", "updateProduct", "updateProducts", "createProduct",
        "getVariants", "updateVariantsBatch", "getProductVariants", "getProductVariant",
        "updateProductVariant", "getProductsCategoryAssignments", "getCategories", "getCategory",
    }  # fmt: skip
    assert described <= {name for name, status in client.checked if status == 200}
    assert {("updateProduct", 207), ("updateProduct", 409), ("updateProducts", 413)} <= (
        client.checked
    )
    assert ("updateVariantsBatch", 422) in client.checked
