"""What somebody else changes through `/_sandbox/edit`, and how `/_sandbox/catalogue` shows it."""

from typing import Any

import pytest

from tests.sandbox.running import RunningStore


class _Truth:
    """The catalogue of a store, by the first product and what belongs to it."""

    def __init__(self, store: RunningStore) -> None:
        self.all = store.control("GET", "catalogue")
        self.product_id, self.product = next(iter(self.all["products"].items()))
        self.variant_id, self.variant = next(iter(self.product["variants"].items()))
        self.location_id, self.other_location_id = self.all["locations"]

    def collection(self, handle: str) -> tuple[str, dict[str, Any]]:
        return next(
            (identifier, each)
            for identifier, each in self.all["collections"].items()
            if each["handle"] == handle
        )


def _edit(store: RunningStore, resource_id: str, field: str, value: object) -> dict[str, Any]:
    content = {"resource_id": resource_id, "field": field, "value": value}
    entry: dict[str, Any] = store.control("POST", "edit", content)
    return entry


@pytest.mark.parametrize(
    ("field", "value", "seen"),
    [
        ("title", "Linen Shirt", "Linen Shirt"),
        ("descriptionHtml", "<p>New</p>", "<p>New</p>"),
        ("seo.title", "Buy linen", "Buy linen"),
        ("seo.title", None, None),
        ("seo.description", "  ", None),
        ("status", "UNLISTED", "UNLISTED"),
        ("status", "ARCHIVED", "ARCHIVED"),
        ("tags", ["b ", "B", "a"], ["a", "b"]),
    ],
)
def test_a_products_field_is_edited(
    store: RunningStore, field: str, value: object, seen: object
) -> None:
    """An edit is answered with its entry in the journal, and the catalogue shows the new value."""
    entry = _edit(store, _Truth(store).product_id, field, value)
    assert (entry["operation"], entry["field"], entry["after"]) == ("external_edit", field, seen)
    shown: Any = _Truth(store).product
    for part in field.split("."):
        shown = shown[part]
    assert shown == seen


def test_the_catalogue_shows_what_a_client_reads(store: RunningStore) -> None:
    """Texts, tags, status, stock by location and collections are those that the API answers."""
    truth = _Truth(store)
    query = """query($product: ID!, $item: ID!, $location: ID!) {
      product(id: $product) {
        title handle descriptionHtml status tags totalInventory seo { title description }
        collections(first: 20) { nodes { id } }
      }
      inventoryItem(id: $item) {
        tracked
        inventoryLevel(locationId: $location) {
          quantities(names: ["available", "on_hand"]) { name quantity }
        }
      }
    }"""
    found = store.data(
        query,
        {
            "product": truth.product_id,
            "item": truth.variant["inventoryItem"],
            "location": truth.location_id,
        },
    )
    product, item = found["product"], found["inventoryItem"]
    held_in = [node["id"] for node in product.pop("collections")["nodes"]]
    assert truth.product["collections"] == held_in
    assert product.items() <= truth.product.items()
    quantities = {each["name"]: each["quantity"] for each in item["inventoryLevel"]["quantities"]}
    assert quantities == truth.variant["inventory"][truth.location_id]
    assert item["tracked"] == truth.variant["tracked"]


@pytest.mark.parametrize("by_variant", [False, True])
def test_stock_is_edited_by_location(store: RunningStore, *, by_variant: bool) -> None:
    """Each location named gets its units; what is on hand there moves along, others stay."""
    before = _Truth(store)
    resource = before.variant_id if by_variant else before.variant["inventoryItem"]
    entry = _edit(store, resource, "available", {before.location_id: 3})
    assert (entry["field"], entry["after"]) == ("available", 3)
    assert "/InventoryLevel/" in entry["resource_id"]
    after = _Truth(store).variant["inventory"]
    assert after[before.location_id] == {"available": 3, "on_hand": 3}
    assert after[before.other_location_id] == before.variant["inventory"][before.other_location_id]


def test_members_are_edited_and_seen_from_both_sides(store: RunningStore) -> None:
    """A manual collection's members are set as a whole and in order; a smart one's cannot be."""
    truth = _Truth(store)
    summer_id, summer = truth.collection("summer")
    members = [truth.product_id, *summer["products"][:2]]
    _edit(store, summer_id, "products", members)
    after = _Truth(store)
    assert after.all["collections"][summer_id]["products"] == members
    assert summer_id in after.product["collections"]
    assert summer_id not in after.all["products"][summer["products"][3]]["collections"]
    clearance_id, clearance = truth.collection("clearance")
    assert clearance["ruleSet"]["rules"][0]["column"] == "TAG"
    edit = {"resource_id": clearance_id, "field": "products", "value": members}
    assert store.http.post("/_sandbox/edit", json=edit).status_code == 400


def test_metafields_are_edited(store: RunningStore) -> None:
    """A metafield is made, changed and deleted; its digest changes with its value."""
    product_id = _Truth(store).product_id
    _edit(store, product_id, "metafields.custom.care", {"type": "json", "value": "{}"})
    first = _Truth(store).product["metafields"]["custom.care"]
    _edit(store, product_id, "metafields.custom.care", "[]")
    second = _Truth(store).product["metafields"]["custom.care"]
    assert (second["type"], second["value"]) == ("json", "[]")
    assert first["compareDigest"] != second["compareDigest"]
    _edit(store, product_id, "metafields.custom.care", None)
    assert _Truth(store).product["metafields"] == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", None),
        ("status", "SOLD"),
        ("tags", "a, b"),
        ("tags", [1]),
        ("seo.title", 5),
        ("handle", ["x"]),
    ],
)
def test_values_that_a_field_cannot_hold_are_refused(
    store: RunningStore, field: str, value: object
) -> None:
    """An edit that makes no sense gets a 400 that says why, and changes nothing."""
    before = _Truth(store)
    edit = {"resource_id": before.product_id, "field": field, "value": value}
    response = store.http.post("/_sandbox/edit", json=edit)
    assert response.status_code == 400
    assert field in response.json()["error"]
    assert _Truth(store).all == before.all
    assert store.journal() == []


def test_stock_of_several_locations_is_refused_as_a_whole(store: RunningStore) -> None:
    """Where one location cannot be, no location is changed."""
    before = _Truth(store)
    edit = {
        "resource_id": before.variant_id,
        "field": "available",
        "value": {before.location_id: 1, "gid://shopify/Location/1": 1},
    }
    assert store.http.post("/_sandbox/edit", json=edit).status_code == 400
    assert _Truth(store).all == before.all
    assert store.journal() == []
