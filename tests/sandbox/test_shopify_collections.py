"""Who is in a collection: changed at once or by a job, and who may not be chosen."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.running import RunningStore, running_store

ADD_LATER = """mutation($id: ID!, $productIds: [ID!]!) {
  changed: collectionAddProductsV2(id: $id, productIds: $productIds) {
    job { id done query { shop { name } } } userErrors { field message code } } }"""
REMOVE = """mutation($id: ID!, $productIds: [ID!]!) {
  changed: collectionRemoveProducts(id: $id, productIds: $productIds) {
    job { id done } userErrors { field message } } }"""
ADD = """mutation($id: ID!, $productIds: [ID!]!) {
  changed: collectionAddProducts(id: $id, productIds: $productIds) {
    collection { products(first: 250) { nodes { id } } } userErrors { field message } } }"""
READ = """query($id: ID!, $product: ID!) {
  collection(id: $id) {
    hasProduct(id: $product) productsCount { count } products(first: 250) { nodes { id } } }
  product(id: $product) { collections(first: 50) { nodes { id } } inCollection(id: $id) } }"""
JOB = "query($id: ID!) { job(id: $id) { id done query { shop { name } } } }"


@pytest.fixture(scope="module")
def slow_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a store whose jobs take longer than any test."""
    folder: Path = tmp_path_factory.mktemp("slow")
    with running_store(folder, products=20, variants=40, job_seconds=3600) as store:
        yield store


def _collection(store: RunningStore, handle: str) -> tuple[str, list[str], str]:
    """Return a collection, its members, and a product that is no member."""
    truth = store.control("GET", "catalogue")
    found, content = next(
        pair for pair in truth["collections"].items() if pair[1]["handle"] == handle
    )
    others = [product for product in truth["products"] if product not in content["products"]]
    return found, content["products"], others[0]


def _seen(store: RunningStore, collection: str, product: str) -> set[bool]:
    """Return what each way to ask says about a product in a collection."""
    found = store.data(READ, {"id": collection, "product": product})
    return {
        found["collection"]["hasProduct"],
        product in [node["id"] for node in found["collection"]["products"]["nodes"]],
        collection in [node["id"] for node in found["product"]["collections"]["nodes"]],
        found["product"]["inCollection"],
    }


def _wait_for(store: RunningStore, job: str) -> None:
    deadline = time.monotonic() + 10
    while not store.data(JOB, {"id": job})["job"]["done"]:
        assert time.monotonic() < deadline, "the job was never done"
        time.sleep(0.01)


def test_a_job_changes_members_later(store: RunningStore) -> None:
    """The mutation answers a job that is not done; once it is, every reader sees the member."""
    summer, _, product = _collection(store, "summer")
    for mutation, held in ((ADD_LATER, True), (REMOVE, False)):
        variables = {"id": summer, "productIds": [product]}
        changed = store.data(mutation, variables)["changed"]
        assert changed["userErrors"] == []
        assert changed["job"]["done"] is False
        _wait_for(store, changed["job"]["id"])
        assert _seen(store, summer, product) == {held}


def test_a_running_job_shows_nothing_yet(slow_store: RunningStore) -> None:
    """While a job runs, readers see the members of before, and the journal has the write."""
    slow_store.control("POST", "reset")
    summer, members, product = _collection(slow_store, "summer")
    job = slow_store.data(ADD_LATER, {"id": summer, "productIds": [product]})["changed"]["job"]
    assert job["query"] is None
    assert slow_store.data(JOB, {"id": job["id"]})["job"] == {
        "id": job["id"],
        "done": False,
        "query": None,
    }
    assert _seen(slow_store, summer, product) == {False}
    assert _collection(slow_store, "summer")[1] == [*members, product]
    (entry,) = slow_store.journal()
    assert (entry["resource_id"], entry["field"]) == (summer, "productIds")


def test_a_direct_change_is_seen_at_once(slow_store: RunningStore) -> None:
    """Adding without a job answers the new members; productUpdate changes membership too."""
    slow_store.control("POST", "reset")
    summer, members, product = _collection(slow_store, "summer")
    changed = slow_store.data(ADD, {"id": summer, "productIds": [product]})["changed"]
    assert [node["id"] for node in changed["collection"]["products"]["nodes"]] == [
        *members,
        product,
    ]
    leave = """mutation($product: ProductUpdateInput!) {
      productUpdate(product: $product) { userErrors { message } } }"""
    slow_store.data(leave, {"product": {"id": product, "collectionsToLeave": [summer]}})
    assert _seen(slow_store, summer, product) == {False}
    slow_store.data(leave, {"product": {"id": members[0], "collectionsToJoin": [summer]}})
    assert _collection(slow_store, "summer")[1] == members


def test_members_cannot_be_added_twice(store: RunningStore) -> None:
    """Without a job, one product that is there already refuses them all; with one it is passed."""
    summer, members, product = _collection(store, "summer")
    variables = {"id": summer, "productIds": [product, members[0]]}
    refused = store.data(ADD, variables)["changed"]
    assert refused["collection"] is None
    assert [error["field"] for error in refused["userErrors"]] == [["productIds"]]
    assert _collection(store, "summer")[1] == members
    assert store.data(ADD_LATER, variables)["changed"]["userErrors"] == []
    assert _collection(store, "summer")[1] == [*members, product]


@pytest.mark.parametrize("mutation", [ADD, ADD_LATER, REMOVE])
def test_smart_collections_refuse(store: RunningStore, mutation: str) -> None:
    """Nobody chooses the members of a smart collection, and a journal says who tried."""
    clearance, members, product = _collection(store, "clearance")
    changed = store.data(mutation, {"id": clearance, "productIds": [product]})["changed"]
    (error,) = changed["userErrors"]
    assert error["field"] == ["id"]
    assert "smart collection" in error["message"]
    if "code" in error:
        assert error["code"] == "CANT_ADD_TO_SMART_COLLECTION"
    assert _collection(store, "clearance")[1] == members
    assert [entry["applied"] for entry in store.journal()] == [False]


def test_an_unknown_collection_is_refused(store: RunningStore) -> None:
    """A collection that does not exist has a code of its own."""
    _, _, product = _collection(store, "summer")
    variables: dict[str, Any] = {"id": "gid://shopify/Collection/1", "productIds": [product]}
    changed = store.data(ADD_LATER, variables)["changed"]
    assert changed["job"] is None
    assert changed["userErrors"][0]["code"] == "COLLECTION_DOES_NOT_EXIST"
