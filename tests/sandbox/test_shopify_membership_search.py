"""Searches that ask which products are in which collection, and searches for lists."""

import json
from typing import Any

from tests.sandbox.running import RunningStore


def _found(store: RunningStore, kind: str, query: str) -> set[str]:
    content = store.answer(
        f"{{ {kind}(first: 250, query: {json.dumps(query)}) {{ nodes {{ id }} }} }}"
    )
    assert "search" not in content["extensions"]
    return {node["id"] for node in content["data"][kind]["nodes"]}


def _summer(store: RunningStore) -> tuple[str, dict[str, Any]]:
    collections = store.control("GET", "catalogue")["collections"]
    return next((key, one) for key, one in collections.items() if one["handle"] == "summer")


def test_products_are_found_by_collection(store: RunningStore) -> None:
    """A search for a collection's identifier finds its products and no others."""
    identifier, summer = _summer(store)
    query = f"collection_id:{identifier.rpartition('/')[2]}"
    assert _found(store, "products", query) == set(summer["products"])
    every = set(store.control("GET", "catalogue")["products"])
    assert _found(store, "products", f"-{query}") == every - set(summer["products"])
    assert _found(store, "products", "collection_id:1") == set()
    assert _found(store, "products", f"collection_id:'{identifier}'") == set(summer["products"])


def test_variants_are_found_by_collection(store: RunningStore) -> None:
    """A search of variants for a collection finds the variants of its products."""
    identifier, summer = _summer(store)
    products = store.control("GET", "catalogue")["products"]
    wanted = {key for each in summer["products"] for key in products[each]["variants"]}
    found = _found(store, "productVariants", f"collection:{identifier.rpartition('/')[2]}")
    assert found == wanted


def test_collections_are_found_by_product(store: RunningStore) -> None:
    """A search of collections for a product finds those that hold it."""
    collections = store.control("GET", "catalogue")["collections"]
    product = next(iter(_summer(store)[1]["products"]))
    found = _found(store, "collections", f"product_id:{product.rpartition('/')[2]}")
    assert found == {key for key, one in collections.items() if product in one["products"]}
    assert found


def test_lists_are_separated_by_commas(store: RunningStore) -> None:
    """Handles and product identifiers may be listed; each that fits is found."""
    nodes = store.data("{ products(first: 2) { nodes { id handle } } }")["products"]["nodes"]
    handles = ",".join(node["handle"] for node in nodes)
    assert _found(store, "products", f"handle:{handles}") == {node["id"] for node in nodes}
    numbers = ",".join(node["id"].rpartition("/")[2] for node in nodes)
    products = store.control("GET", "catalogue")["products"]
    wanted = {key for node in nodes for key in products[node["id"]]["variants"]}
    assert _found(store, "productVariants", f"product_ids:{numbers}") == wanted
