"""Resolvers of the mutations."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.writing.bulk import cancel_operation, create_uploads, run_mutation
from sandbox.shopify.writing.collections import (
    add_products,
    add_products_later,
    create_collection,
    delete_collection,
    remove_products,
    update_collection,
)
from sandbox.shopify.writing.inventory_items import update_item
from sandbox.shopify.writing.inventory_quantities import adjust_quantities, set_quantities
from sandbox.shopify.writing.metafields import delete_metafields, set_metafields
from sandbox.shopify.writing.product_creation import create_product, delete_product
from sandbox.shopify.writing.products import add_tags, change_status, remove_tags, update_product
from sandbox.shopify.writing.variant_creation import create_variants
from sandbox.shopify.writing.variant_order import delete_variants, reorder_variants
from sandbox.shopify.writing.variants import bulk_update

MUTATION: Mapping[str, Callable[..., Any]] = {
    "bulkOperationCancel": cancel_operation,
    "bulkOperationRunMutation": run_mutation,
    "collectionAddProducts": add_products,
    "collectionAddProductsV2": add_products_later,
    "collectionCreate": create_collection,
    "collectionDelete": delete_collection,
    "collectionRemoveProducts": remove_products,
    "collectionUpdate": update_collection,
    "inventoryAdjustQuantities": adjust_quantities,
    "inventoryItemUpdate": update_item,
    "inventorySetQuantities": set_quantities,
    "metafieldsDelete": delete_metafields,
    "metafieldsSet": set_metafields,
    "productChangeStatus": change_status,
    "productCreate": create_product,
    "productDelete": delete_product,
    "productUpdate": update_product,
    "productVariantsBulkCreate": create_variants,
    "productVariantsBulkDelete": delete_variants,
    "productVariantsBulkReorder": reorder_variants,
    "productVariantsBulkUpdate": bulk_update,
    "stagedUploadsCreate": create_uploads,
    "tagsAdd": add_tags,
    "tagsRemove": remove_tags,
}
