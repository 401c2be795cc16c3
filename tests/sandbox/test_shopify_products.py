"""Texts, status and tags of products, and metafields that somebody else may have changed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.shopify.writing.common import normal_tags
from tests.sandbox.running import RunningStore

UPDATE = """mutation($product: ProductUpdateInput!) {
  productUpdate(product: $product) {
    product { title handle descriptionHtml status tags seo { title description } }
    userErrors { field message } } }"""
TAGS = """mutation($id: ID!, $tags: [String!]!) {
  changed: %s(id: $id, tags: $tags) {
    node { ... on Product { tags } } userErrors { field message } } }"""
METAFIELDS = """mutation($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { key value compareDigest } userErrors { field message code } } }"""


def _product(store: RunningStore) -> tuple[str, dict[str, Any]]:
    found: tuple[str, dict[str, Any]] = next(
        iter(store.control("GET", "catalogue")["products"].items())
    )
    return found


def _update(store: RunningStore, **fields: object) -> dict[str, Any]:
    product_id, _ = _product(store)
    variables = {"product": {"id": product_id, **fields}}
    updated: dict[str, Any] = store.data(UPDATE, variables)["productUpdate"]
    return updated


def _tags(store: RunningStore, mutation: str, tags: list[str]) -> list[str]:
    product_id, _ = _product(store)
    changed = store.data(TAGS % mutation, {"id": product_id, "tags": tags})["changed"]
    assert changed["userErrors"] == []
    found: list[str] = changed["node"]["tags"]
    return found


def test_a_new_title_leaves_the_handle(store: RunningStore) -> None:
    """Title, description and search texts change by themselves; the handle stays."""
    _, before = _product(store)
    updated = _update(
        store,
        title="Linen Shirt",
        descriptionHtml="<p>New</p>",
        seo={"title": "Buy linen", "description": "All of it"},
    )
    assert updated["userErrors"] == []
    assert updated["product"] == {
        "title": "Linen Shirt",
        "handle": before["handle"],
        "descriptionHtml": "<p>New</p>",
        "status": before["status"],
        "tags": before["tags"],
        "seo": {"title": "Buy linen", "description": "All of it"},
    }
    assert {entry["field"] for entry in store.journal()} == {
        "title",
        "descriptionHtml",
        "seo.title",
        "seo.description",
    }


def test_one_search_text_leaves_the_other(store: RunningStore) -> None:
    """A text that is not named stays; one that is null or blank is gone."""
    _update(store, seo={"title": "Buy linen", "description": "All of it"})
    assert _update(store, seo={"title": None})["product"]["seo"] == {
        "title": None,
        "description": "All of it",
    }
    assert _update(store, seo={"description": ""})["product"]["seo"]["description"] is None


@pytest.mark.parametrize("status", ["ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED"])
def test_every_status_can_be_set_and_searched(store: RunningStore, status: str) -> None:
    """A product has each status of the schema, and a search by it finds the product."""
    product_id, _ = _product(store)
    assert _update(store, status=status)["product"]["status"] == status
    query = f'{{ products(first: 250, query: "status:{status}") {{ nodes {{ id }} }} }}'
    found = store.data(query)["products"]["nodes"]
    assert product_id in [node["id"] for node in found]


def test_a_refused_field_refuses_them_all(store: RunningStore) -> None:
    """A blank title keeps the other fields from being written."""
    _, before = _product(store)
    updated = _update(store, title=" ", descriptionHtml="<p>New</p>")
    assert [error["field"] for error in updated["userErrors"]] == [["title"]]
    assert updated["product"]["descriptionHtml"] == before["descriptionHtml"]
    assert [entry["applied"] for entry in store.journal()] == [False]


def test_tags_are_added_and_removed_without_regard_to_case(store: RunningStore) -> None:
    """A tag that is there stays as it is written; removing finds it in any case."""
    _update(store, tags=["Summer"])
    assert _tags(store, "tagsAdd", [" summer ", "new", "NEW", "a,b"]) == ["a", "b", "new", "Summer"]
    assert _tags(store, "tagsRemove", ["SUMMER", "never there", " New"]) == ["a", "b"]


@given(tags=st.lists(st.text(alphabet=" aAbBcé", max_size=4), max_size=8))
def test_tags_are_kept_in_one_form(tags: list[str]) -> None:
    """Tags are trimmed, sorted, once each whatever the case; doing it again changes nothing."""
    kept = normal_tags(tags)
    folded = [tag.lower() for tag in kept]
    assert folded == sorted(set(folded))
    assert all(tag == tag.strip() != "" for tag in kept)
    assert set(folded) == {tag.strip().lower() for tag in tags} - {""}
    assert normal_tags(reversed(kept)) == kept


def test_metafields_are_compared_before_they_are_set(store: RunningStore) -> None:
    """A digest that is no longer the value's refuses all of them; null means that there is none."""
    product_id, _ = _product(store)

    def send(*entries: dict[str, Any]) -> dict[str, Any]:
        metafields = [
            {"ownerId": product_id, "namespace": "custom", "type": "single_line_text_field", **each}
            for each in entries
        ]
        answer: dict[str, Any] = store.data(METAFIELDS, {"metafields": metafields})["metafieldsSet"]
        return answer

    first = send({"key": "care", "value": "wash", "compareDigest": None})
    digest = first["metafields"][0]["compareDigest"]
    store.control(
        "POST",
        "edit",
        {"resource_id": product_id, "field": "metafields.custom.care", "value": "iron"},
    )
    stale = send(
        {"key": "made", "value": "here"}, {"key": "care", "value": "dry", "compareDigest": digest}
    )
    assert [error["code"] for error in stale["userErrors"]] == ["STALE_OBJECT"]
    again = send({"key": "care", "value": "dry", "compareDigest": None})
    assert [error["code"] for error in again["userErrors"]] == ["STALE_OBJECT"]
    shown = _product(store)[1]["metafields"]
    assert {name: each["value"] for name, each in shown.items()} == {"custom.care": "iron"}
    digest = shown["custom.care"]["compareDigest"]
    fresh = send({"key": "care", "value": "dry", "compareDigest": digest})
    assert fresh["userErrors"] == []


def test_too_many_metafields_are_refused(store: RunningStore) -> None:
    """One call sets 25 at most."""
    product_id, _ = _product(store)
    metafields = [
        {"ownerId": product_id, "namespace": "custom", "key": f"key{number}", "value": "x"}
        for number in range(26)
    ]
    answer = store.data(METAFIELDS, {"metafields": metafields})["metafieldsSet"]
    assert answer["userErrors"][0]["code"] == "LESS_THAN_OR_EQUAL_TO"
    assert not any(entry["applied"] for entry in store.journal())
