"""The documents and their predicted costs, held against the platform's schema and recordings."""

import gzip
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, is_leaf_type, parse, validate
from graphql.type import get_named_type

from connectors.stores.shopify import costs
from connectors.stores.shopify.documents import Document, text_of
from tests.connectors.shopify.reckoning import Reckoning, used_fields

# The parts that our documents are made of; recorded calls of nothing else can be compared.
OUR_PARTS = {
    "shop",
    "product",
    "products",
    "variants",
    "nodes",
    "edges",
    "node",
    "collection",
    "collectionByIdentifier",
    "productVariantsBulkUpdate",
    "productVariants",
    "selectedOptions",
    "inventoryItem",
    "pageInfo",
    "userErrors",
}
# From 2026-07 on a collection can mix rules and choices, each in a source of its own. Until agents
# know sources, the older fields say the same of a collection with one source, and still work.
DEPRECATED = {
    "collectionAddProductsV2": "collectionUpdate with a source's selectionsToAdd",
    "collectionRemoveProducts": "collectionUpdate with a source's selectionsToRemove",
    "ruleSet": "sources",
}
PREDICTED: dict[Document, tuple[dict[str, Any], int]] = {
    Document.SEARCH_PRODUCTS: ({"first": 250, "variants": 100}, costs.search_products(250)),
    Document.COLLECTION_PRODUCTS: ({"first": 40, "variants": 100}, costs.collection_products(40)),
    Document.PRODUCTS_BY_ID: ({"variants": 100}, costs.products_by_id()),
    Document.PRODUCT_VARIANTS: ({"first": 250}, costs.product_variants(250)),
    Document.VARIANT_PRICES: ({}, costs.variant_prices()),
    Document.PRODUCT_VALUES: ({}, costs.product_values()),
    Document.UPDATE_VARIANT_PRICES: ({"variants": []}, costs.update_variant_prices(0)),
    Document.COLLECTION_BY_HANDLE: ({}, costs.collection_by_handle()),
    Document.COLLECTIONS_BY_PRODUCT: ({"first": 100}, costs.collections_by_product()),
    Document.PRODUCT_COLLECTIONS: ({"first": 250}, costs.product_collections(250)),
    Document.COLLECTION_MEMBERS: ({}, costs.collection_members()),
    Document.STOCK_BY_VARIANT: ({"first": 20}, costs.stock_by_variant()),
    Document.UNIT_COSTS: ({}, costs.unit_costs()),
    Document.INVENTORY_LEVELS: ({"first": 250}, costs.inventory_levels(250)),
    Document.STOCK_AT_LOCATION: ({}, costs.stock_at_location()),
    Document.SET_STOCK: ({}, costs.set_stock()),
    Document.RUNNING_BULK_OPERATIONS: ({"first": 25}, costs.running_bulk_operations()),
    Document.BULK_OPERATION_STATE: ({}, costs.bulk_operation_state()),
    Document.STAGE_UPLOAD: ({}, costs.stage_upload()),
    Document.RUN_IN_BULK: ({}, costs.begin_in_bulk()),
    Document.CANCEL_BULK_OPERATION: ({}, costs.cancel_in_bulk()),
    Document.JOB_STATE: ({}, costs.job_state()),
    Document.ADD_TAGS: ({}, costs.change_tags()),
    Document.REMOVE_TAGS: ({}, costs.change_tags()),
    Document.ADD_TO_COLLECTION: ({}, costs.change_members()),
    Document.REMOVE_FROM_COLLECTION: ({}, costs.change_members()),
    Document.UPDATE_PRODUCT: ({}, costs.update_product()),
}


@pytest.mark.parametrize("document", Document)
def test_the_platform_accepts_every_document(document: Document, schema: GraphQLSchema) -> None:
    """Each document is valid against the Admin API's schema, and what it uses is not deprecated."""
    parsed = parse(text_of(document))
    assert validate(schema, parsed) == []
    used = used_fields(parsed, schema)
    deprecated = {name for name, field in used.items() if field.deprecation_reason}
    assert deprecated <= DEPRECATED.keys()


def test_every_file_is_sent() -> None:
    """No document lies about unused, and each operation is called as its file is."""
    folder = resources.files("connectors.stores.shopify.documents")
    sent = "".join(text_of(document) for document in Document)
    files = [file for file in folder.iterdir() if file.name.endswith(".graphql")]
    assert len(files) == len(Document) + 4
    assert all(file.read_text(encoding="utf-8") in sent for file in files)


@pytest.mark.parametrize("document", Document)
def test_costs_are_predicted_for_each_document(document: Document, schema: GraphQLSchema) -> None:
    """The figures that the connector reckons with are those of the rules for the document."""
    variables, predicted = PREDICTED[document]
    assert Reckoning(parse(text_of(document)), variables, schema).points == predicted


def test_the_rules_give_the_costs_that_were_recorded(
    contracts: Path, schema: GraphQLSchema
) -> None:
    """Recorded calls made of the same parts as ours cost exactly what the rules say."""
    with gzip.open(contracts / "shopify" / "query_costs.json.gz") as file:
        recorded = json.load(file)
    compared = 0
    for entry in recorded:
        document = parse(entry["query"])
        used = used_fields(document, schema)
        objects = {name for name, of in used.items() if not is_leaf_type(get_named_type(of.type))}
        if not objects <= OUR_PARTS:
            continue
        compared += 1
        points = Reckoning(document, entry["variables"], schema).points
        assert points == entry["requestedQueryCost"], entry["query"]
    assert compared > 40


@pytest.mark.parametrize(("variants", "points"), [(1, 10), (3, 11), (20, 14), (200, 50)])
def test_a_write_costs_a_fifth_of_a_point_for_each_variant(variants: int, points: int) -> None:
    """As the platform's changelog says, halves rounded up."""
    assert costs.update_variant_prices(variants) == points


@pytest.mark.parametrize("capacity", [100, 2000, 40_000])
def test_pages_are_as_large_as_the_bucket_bears_well(capacity: int) -> None:
    """A page costs at most half of the bucket and of what a call may cost; one more would not."""
    limit = min(costs.MOST_POINTS_A_CALL, capacity) / 2
    for cost in (costs.search_products, costs.collection_products):
        first = costs.largest_page(cost, capacity)
        assert cost(first) <= limit
        assert first == costs.LARGEST_PAGE or cost(first + 1) > limit


def test_a_bucket_too_small_for_any_page_still_gets_the_smallest() -> None:
    """Reading then is slow, not impossible."""
    assert costs.largest_page(costs.search_products, 1) == 1
