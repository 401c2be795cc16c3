"""Creating, changing and deleting products, by clients and by somebody else."""

from typing import Any

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, custom, product_address

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


def test_an_edit_from_outside_is_seen_and_journaled(shop: Shop) -> None:
    """The control route changes one field as somebody else would."""
    edit = {"resource_id": SKU, "field": "price@all", "value": 77}
    entry = shop.store.control("POST", "edit", edit)
    assert (entry["after"], entry["operation"]) == ("77.00", "external_edit")
    assert shop.product(SKU, "all")["price"] == 77


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("name@fr", "Pull en laine", "Pull en laine"),
        ("description@all", "<p>Soft &amp; warm ❤</p>", "<p>Soft &amp; warm ❤</p>"),
        ("meta_title@default", "Jumper | Shop", "Jumper | Shop"),
        ("meta_description@all", "Warm.", "Warm."),
        ("url_key@all", "new-key", "new-key"),
        ("status@all", 2, 2),
        ("visibility@fr", "1", 1),
        ("price@default", None, None),
        ("category_links.9", 3, 3),
        ("category_links.2", None, None),
        ("source_items.north.quantity", 7, "7.00"),
        ("source_items.north.status", 0, 0),
        ("website_ids", [], []),
    ],
)
def test_every_field_can_be_edited_by_somebody_else(
    shop: Shop, field: str, value: object, kept: object
) -> None:
    """An edit is kept in the catalogue's own form, and what was there stands in the journal."""
    edit = {"resource_id": SKU, "field": field, "value": value}
    entry = shop.store.control("POST", "edit", edit)
    assert (entry["operation"], entry["after"]) == ("external_edit", kept)
    truth = shop.store.control("GET", "catalogue")["products"][SKU]
    code, _, scope = field.partition("@")
    if scope:
        assert truth["values"].get(scope, {}).get(code) == kept
    elif field.startswith("category_links."):
        assert truth["category_links"].get(field.partition(".")[2]) == kept
    elif field.startswith("source_items."):
        assert truth["stock"]["north"][field.rpartition(".")[2]] == kept
    else:
        assert truth[field] == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price@moon", 1),
        ("price@all", "x"),
        ("colour@all", 1),
        ("status@all", 3),
        ("category_links.99", 1),
        ("category_links.3", "first"),
        ("source_items.moon.quantity", 1),
        ("source_items.north.quantity", "many"),
        ("source_items.north.status", 2),
        ("website_ids", 1),
        ("record", {}),
        ("x", 1),
    ],
)
def test_impossible_edits_are_explained(shop: Shop, field: str, value: object) -> None:
    """An edit of what is not there, or to what cannot be, is refused and not journaled."""
    edit = {"resource_id": SKU, "field": field, "value": value}
    response = shop.http.post("/_sandbox/edit", json=edit)
    assert response.status_code == 400
    assert response.json()["error"]
    assert shop.store.journal() == []


TEXTS = {
    "description": '<p>Soft &amp; warm, <a href="/x">see</a></p>\n',
    "short_description": "Soft ❤",
    "meta_title": "Jumper | Shop",
    "meta_description": "Warm. " * 40,
    "meta_keyword": "warm, soft",
}


@pytest.mark.parametrize("store", ["all", "fr"])
def test_texts_seo_and_status_are_saved_as_they_were_sent(shop: Shop, store: str) -> None:
    """Every character comes back, in the scope that was written and in no other."""
    attributes = [{"attribute_code": code, "value": value} for code, value in TEXTS.items()]
    sent = {"name": "Ćašhmere", "visibility": 2, "custom_attributes": attributes}
    before = shop.product(SKU, "default")
    answer = shop.put_product(SKU, sent, store)
    for shown in (answer, shop.product(SKU, store)):
        assert (shown["name"], shown["visibility"]) == ("Ćašhmere", 2)
        assert {code: custom(shown)[code] for code in TEXTS} == TEXTS
    truth = shop.store.control("GET", "catalogue")["products"][SKU]["values"][store]
    assert {code: truth[code] for code in TEXTS} == TEXTS
    assert {change[0] for change in shop.changes(SKU)} == {
        f"{code}@{store}" for code in (*TEXTS, "name", "visibility")
    }
    if store == "fr":
        after = shop.product(SKU, "default")
        assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_url_keys_are_rewritten(shop: Shop) -> None:
    """A URL key is kept in small Latin letters and hyphens; an emptied one comes from the name."""
    key = [{"attribute_code": "url_key", "value": " Été & Straße 5 "}]
    answer = shop.put_product(SKU, {"custom_attributes": key}, "all")
    assert custom(answer)["url_key"] == "ete-strasse-5"
    emptied = [{"attribute_code": "url_key", "value": ""}]
    answer = shop.put_product(SKU, {"name": "Plain Name", "custom_attributes": emptied}, "all")
    assert custom(answer)["url_key"] == "plain-name"


def test_url_keys_are_unique_in_each_view(shop: Shop) -> None:
    """A view refuses the key that another product has there, its own or inherited."""

    def save(sku: str, key: str | None, store: str) -> int:
        sent = {"custom_attributes": [{"attribute_code": "url_key", "value": key}]}
        return shop.send("PUT", product_address(sku, store), {"product": sent}).status_code

    other = "HOM+3%"
    assert save(SKU, "taken", "fr") == 200
    assert save(other, "taken", "fr") == 400
    assert save(other, "taken", "all") == 400
    assert save(other, "taken", "default") == 200
    assert save(SKU, "taken", "all") == 400
    assert save(SKU, None, "fr") == 200
    assert save(other, "taken", "fr") == 200
    # Who has another key in a view leaves the one that it would inherit free there.
    assert save(other, "shared", "all") == 200
    assert save(SKU, "shared", "fr") == 200
