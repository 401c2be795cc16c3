"""Creating, changing and deleting products, their stock and their categories."""

from typing import Any

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, criteria, custom, product_address

SKU = "CLO 000/1"
NEW = {"sku": "NEW/1", "name": "Made here", "price": 10.5, "type_id": "simple"}


def test_post_creates_a_product_with_global_values(shop: Shop) -> None:
    """A new product's values are global, whatever store code created it."""
    made = shop.post("products", {"product": NEW})
    assert made["id"] > 0
    assert shop.product("NEW/1", "fr")["name"] == "Made here"
    values = shop.store.control("GET", "catalogue")["products"]["NEW/1"]["values"]
    assert set(values) == {"all"}
    assert shop.changes("NEW/1")[0][:2] == ("record", None)


def test_put_creates_what_it_does_not_find(shop: Shop) -> None:
    """PUT of an unknown SKU is a creation, and needs what a creation needs."""
    response = shop.send("PUT", product_address("NEW/1"), {"product": {"price": 1}})
    assert response.status_code == 400
    assert shop.put_product("NEW/1", {"name": "Made", "price": 1})["sku"] == "NEW/1"


def test_delete_removes_a_product(shop: Shop) -> None:
    """A deleted product is gone from reads, and its parent does without it."""
    parent = shop.search(("type_id", "eq", "configurable"), pageSize="1")["items"][0]
    links = parent["extension_attributes"]["configurable_product_links"]
    child = shop.search(("entity_id", "eq", str(links[0])))["items"][0]["sku"]
    assert shop.send("DELETE", product_address(child)).json() is True
    assert shop.send("GET", product_address(child)).status_code == 404
    assert shop.send("DELETE", product_address(child)).status_code == 404
    after = shop.product(parent["sku"])["extension_attributes"]["configurable_product_links"]
    assert after == links[1:]


@pytest.mark.parametrize(
    "product",
    [
        {"price": -1},
        {"price": "cheap"},
        {"price": [1]},
        {"status": 7},
        {"visibility": "seen"},
        {"name": "n" * 300},
        {"custom_attributes": [{"attribute_code": "color", "value": "9999"}]},
        {"custom_attributes": [{"attribute_code": "special_from_date", "value": "soon"}]},
        {"custom_attributes": [{"value": "1"}]},
        {"custom_attributes": 5},
        {"extension_attributes": {"category_links": [{"category_id": "999"}]}},
        {"extension_attributes": {"category_links": 3}},
        {"extension_attributes": {"website_ids": [9]}},
        {"extension_attributes": {"stock_item": {"qty": "lots"}}},
    ],
)
def test_impossible_values_are_refused_whole(shop: Shop, product: dict[str, Any]) -> None:
    """One bad value refuses the request, and nothing of it is applied."""
    before = shop.store.control("GET", "catalogue")["products"][SKU]
    response = shop.send("PUT", product_address(SKU), {"product": {"name": "No", **product}})
    assert response.status_code in (400, 404)
    assert shop.store.control("GET", "catalogue")["products"][SKU] == before
    assert {change[3] for change in shop.changes(SKU)} == {False}


def test_url_keys_are_unique(shop: Shop) -> None:
    """A second product with the same name, and so the same URL key, is refused."""
    shop.post("products", {"product": NEW})
    response = shop.send("POST", address("products"), {"product": {**NEW, "sku": "NEW/2"}})
    assert response.status_code == 400
    assert "URL key" in response.json()["message"]


def test_category_links_replace_all_categories(shop: Shop) -> None:
    """Sending categories with a product removes it from those that are not sent."""
    before = custom(shop.product(SKU))["category_ids"]
    links = [{"position": 1, "category_id": "3"}]
    answer = shop.put_product(SKU, {"extension_attributes": {"category_links": links}})
    assert custom(answer)["category_ids"] == ["3"] != before
    removed = [change for change in shop.changes(SKU) if change[2] is None]
    assert len(removed) == len(before)


def test_category_membership_is_added_and_taken_away(shop: Shop) -> None:
    """The endpoints of a category touch one membership only."""
    before = custom(shop.product(SKU))["category_ids"]
    link = {"productLink": {"sku": SKU, "position": 4, "category_id": "8"}}
    assert shop.post("categories/8/products", link) is True
    assert sorted([*before, "8"]) == custom(shop.product(SKU))["category_ids"]
    path = address("categories/8/products/CLO%20000%2F1")
    assert shop.send("DELETE", path).json() is True
    assert shop.send("DELETE", path).status_code == 400
    assert custom(shop.product(SKU))["category_ids"] == before
    assert shop.send("POST", address("categories/99/products"), link).status_code == 404


def test_stock_is_kept_by_source(shop: Shop) -> None:
    """A source item changes one source; the journal names it."""
    item = {"sku": SKU, "source_code": "north", "quantity": 17.5, "status": 1}
    assert shop.post("inventory/source-items", {"sourceItems": [item]}) == []
    query = criteria(("sku", "eq", SKU))
    found = {
        row["source_code"]: row for row in shop.get("inventory/source-items", **query)["items"]
    }
    assert found["north"] == item
    assert found["default"]["quantity"] != 17.5
    assert shop.changes(SKU)[0][0] == "source_items.north.quantity"
    assert shop.changes(SKU)[0][2] == "17.50"


def test_unknown_skus_are_passed_over_in_silence(shop: Shop) -> None:
    """Source items answer 200 for a SKU that nothing has; reading shows that nothing happened."""
    rows = [
        {"sku": sku, "source_code": "default", "quantity": 3, "status": 1} for sku in ("NOPE", SKU)
    ]
    assert shop.post("inventory/source-items", {"sourceItems": rows}) == []
    query = criteria(("sku", "in", f"NOPE,{SKU}"), ("source_code", "eq", "default"))
    items = shop.get("inventory/source-items", **query)["items"]
    assert [item["sku"] for item in items] == [SKU]
    assert [change[3] for change in shop.changes("NOPE")] == [False]


def test_one_wrong_source_item_refuses_all(shop: Shop) -> None:
    """Source items are validated together, and each fault is listed."""
    good = {"sku": SKU, "source_code": "default", "quantity": 3, "status": 1}
    bad = {"sku": " ", "source_code": "default", "quantity": None, "status": 5}
    path = address("inventory/source-items")
    response = shop.send("POST", path, {"sourceItems": [good, bad]})
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 4
    unknown = shop.send("POST", path, {"sourceItems": [{**good, "source_code": "moon"}]})
    assert unknown.status_code == 400
    assert shop.send("POST", path, {"sourceItems": []}).status_code == 400
    assert not any(change[3] for change in shop.changes(SKU))


def test_an_edit_from_outside_is_seen_and_journaled(shop: Shop) -> None:
    """The control route changes one field as somebody else would."""
    edit = {"resource_id": SKU, "field": "price@all", "value": 77}
    entry = shop.store.control("POST", "edit", edit)
    assert (entry["after"], entry["operation"]) == ("77.00", "external_edit")
    assert shop.product(SKU, "all")["price"] == 77
    for wrong in ({"field": "price@moon"}, {"field": "price@all", "value": "x"}, {"field": "x"}):
        response = shop.http.post("/_sandbox/edit", json={**edit, **wrong})
        assert response.status_code == 400
