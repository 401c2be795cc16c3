"""Writing products: what is saved, what is refused, and their categories."""

from typing import Any

import pytest

from tests.sandbox.bigcommerce.client import BigCommerceClient

SIMPLE, WITH_OPTIONS = 111, 112
SUMMER = 23


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


def test_products_have_a_place_in_a_category_until_they_leave_it(
    client: BigCommerceClient,
) -> None:
    """Those with one come first; who is not in the category has none, and one wrong refuses all."""
    path = f"/catalog/categories/{SUMMER}/products/sort-order"
    rows = client.data("GET", path)
    placed = [row for row in rows if row["sort_order"] is not None]
    assert 0 < len(placed) < len(rows)
    assert rows[: len(placed)] == sorted(placed, key=lambda row: row["sort_order"])
    order = [{"product_id": SIMPLE, "sort_order": 0}]
    assert client.send("PUT", path, order).json() == order
    assert client.data("GET", path)[0] == order[0]
    assert client.running.control("GET", "catalogue")["products"][f"products/{SIMPLE}"][
        "sort_orders"
    ] == {str(SUMMER): 0}
    outside = [{"product_id": SIMPLE, "sort_order": 5}, {"product_id": 112, "sort_order": 1}]
    assert client.send("PUT", path, outside).status_code == 422
    assert client.data("GET", path)[0] == order[0]

    pair = {"product_id__in": SIMPLE, "category_id__in": SUMMER}
    client.send("DELETE", "/catalog/products/category-assignments", **pair)
    again = [{"product_id": SIMPLE, "category_id": SUMMER}]
    client.send("PUT", "/catalog/products/category-assignments", again)
    assert {"product_id": SIMPLE, "sort_order": None} in client.data("GET", path)


TEXTS: dict[str, Any] = {
    "name": "Ćašhmere ❤ Jumper",
    "description": '<p>Soft &amp; warm, <a href="/x">see</a></p>\n',
    "page_title": "Jumper | Shop",
    "meta_description": "Warm. " * 40,
    "meta_keywords": ["warm", "soft"],
    "search_keywords": "warm, soft",
    "is_visible": False,
    "availability": "preorder",
}


def test_texts_seo_and_status_are_saved_as_they_were_sent(client: BigCommerceClient) -> None:
    """Every character comes back from the answer, from reading, from the truth and the journal."""
    answer = client.data("PUT", "/catalog/products", [{"id": SIMPLE, **TEXTS}])
    truth = client.running.control("GET", "catalogue")["products"][f"products/{SIMPLE}"]
    for shown in (answer[0], client.product(SIMPLE), truth):
        assert {name: shown[name] for name in TEXTS} == TEXTS
    journal = {field: after for _, field, after, applied in client.journal() if applied}
    assert journal == TEXTS


@pytest.mark.parametrize("field", [*TEXTS, "categories", "custom_url"])
def test_every_product_field_can_be_edited_by_somebody_else(
    client: BigCommerceClient, field: str
) -> None:
    """An edit is what clients read next, whichever field it is."""
    wanted = {"categories": [SUMMER], "custom_url": {"url": "/new/", "is_customized": True}}
    value = {**TEXTS, **wanted}[field]
    edit = {"resource_id": f"products/{SIMPLE}", "field": field, "value": value}
    entry = client.running.control("POST", "edit", edit)
    assert entry["after"] == client.product(SIMPLE)[field] == value


def test_categories_of_a_product_replace_those_it_had(client: BigCommerceClient) -> None:
    """The list that is sent is the whole list; an empty one takes the product out of all."""
    path = f"/catalog/products/{WITH_OPTIONS}"
    before = client.product(WITH_OPTIONS)["categories"]
    assert SUMMER not in before
    assert client.data("PUT", path, {"categories": [SUMMER]})["categories"] == [SUMMER]
    assert client.data("PUT", path, {"categories": []})["categories"] == []
    assert client.data("PUT", path, {"categories": before})["categories"] == before


def test_batch_answers_207_where_one_product_is_saved_in_part(client: BigCommerceClient) -> None:
    """The others of the batch are saved whole, and the answer says which field of which failed."""
    match = {"resource_id": f"products/{SIMPLE}"}
    client.running.fault("partly_saved", match=match)
    batch = [
        {"id": SIMPLE, "name": "Kept name", "custom_url": {"url": "/kept/"}},
        {"id": WITH_OPTIONS, "custom_url": {"url": "/other/"}},
    ]
    answer = client.send("PUT", "/catalog/products", batch)
    assert answer.status_code == 207
    assert answer.json()["errors"]["errors"].keys() == {"0.custom_url"}
    assert client.product(SIMPLE)["name"] == "Kept name"
    assert client.product(WITH_OPTIONS)["custom_url"]["url"] == "/other/"
