"""Every operation of the API that the sandbox stands in for."""

from collections.abc import Sequence

from sandbox.bigcommerce import (
    categories,
    information,
    inventory,
    inventory_listing,
    price_lists,
    product_listing,
    products,
    sort_orders,
    variants,
)
from sandbox.bigcommerce.access import INFORMATION, INVENTORY, PRODUCTS
from sandbox.bigcommerce.operation import Body, Operation

_ONE_PRODUCT = "/v3/catalog/products/{product_id}"
_ONE_VARIANT = f"{_ONE_PRODUCT}/variants/{{variant_id}}"
_ASSIGNMENTS = "/v3/catalog/products/category-assignments"
_SORT_ORDER = "/v3/catalog/categories/{category_id}/products/sort-order"
_RECORDS = "/v3/pricelists/{price_list_id}/records"
_ONE_RECORD = f"{_RECORDS}/{{variant_id}}/{{currency_code}}"
_MOST_ASSIGNMENTS = 1000

OPERATIONS: Sequence[Operation] = (
    Operation("getProducts", "GET", "/v3/catalog/products", PRODUCTS, product_listing.get_products),
    Operation(
        "updateProducts",
        "PUT",
        "/v3/catalog/products",
        PRODUCTS,
        products.update_products,
        products.product_targets,
        Body.ARRAY,
        most_items=10,
    ),
    Operation(
        "createProduct",
        "POST",
        "/v3/catalog/products",
        PRODUCTS,
        products.create_product,
        products.product_target,
        Body.OBJECT,
    ),
    Operation(
        "deleteProducts",
        "DELETE",
        "/v3/catalog/products",
        PRODUCTS,
        products.delete_products,
        products.deleted_products,
    ),
    Operation("getProduct", "GET", _ONE_PRODUCT, PRODUCTS, product_listing.get_product),
    Operation(
        "updateProduct",
        "PUT",
        _ONE_PRODUCT,
        PRODUCTS,
        products.update_product,
        products.product_target,
        Body.OBJECT,
    ),
    Operation(
        "deleteProduct",
        "DELETE",
        _ONE_PRODUCT,
        PRODUCTS,
        products.delete_product,
        products.product_target,
    ),
    Operation(
        "getProductVariants",
        "GET",
        f"{_ONE_PRODUCT}/variants",
        PRODUCTS,
        variants.get_product_variants,
    ),
    Operation("getProductVariant", "GET", _ONE_VARIANT, PRODUCTS, variants.get_product_variant),
    Operation(
        "updateProductVariant",
        "PUT",
        _ONE_VARIANT,
        PRODUCTS,
        variants.update_product_variant,
        variants.variant_target,
        Body.OBJECT,
    ),
    Operation("getVariants", "GET", "/v3/catalog/variants", PRODUCTS, variants.get_variants),
    Operation(
        "updateVariantsBatch",
        "PUT",
        "/v3/catalog/variants",
        PRODUCTS,
        variants.update_variants,
        variants.variant_targets,
        Body.ARRAY,
        most_items=50,
    ),
    Operation(
        "getProductsCategoryAssignments", "GET", _ASSIGNMENTS, PRODUCTS, categories.get_assignments
    ),
    Operation(
        "createProductsCategoryAssignments",
        "PUT",
        _ASSIGNMENTS,
        PRODUCTS,
        categories.put_assignments,
        categories.assignment_targets,
        Body.ARRAY,
        most_items=_MOST_ASSIGNMENTS,
    ),
    Operation(
        "deleteProductsCategoryAssignments",
        "DELETE",
        _ASSIGNMENTS,
        PRODUCTS,
        categories.delete_assignments,
        categories.deleted_assignments,
    ),
    Operation(
        "getCategories",
        "GET",
        "/v3/catalog/categories",
        PRODUCTS,
        categories.get_categories,
        concurrent=40,
    ),
    Operation(
        "getCategory",
        "GET",
        "/v3/catalog/categories/{category_id}",
        PRODUCTS,
        categories.get_category,
        concurrent=40,
    ),
    Operation("getCategorySortOrders", "GET", _SORT_ORDER, PRODUCTS, sort_orders.get_sort_orders),
    Operation(
        "updateCategorySortOrders",
        "PUT",
        _SORT_ORDER,
        PRODUCTS,
        sort_orders.put_sort_orders,
        sort_orders.sort_order_targets,
        Body.ARRAY,
        most_items=_MOST_ASSIGNMENTS,
    ),
    Operation(
        "getTreeCategories",
        "GET",
        "/v3/catalog/trees/categories",
        PRODUCTS,
        categories.get_tree_categories,
    ),
    Operation("getBrands", "GET", "/v3/catalog/brands", PRODUCTS, categories.get_brands),
    Operation(
        "put-absolute-adjustment",
        "PUT",
        "/v3/inventory/adjustments/absolute",
        INVENTORY,
        inventory.adjust_absolute,
        inventory.adjustment_targets,
        Body.OBJECT,
        most_items=2000,
    ),
    Operation(
        "post-relative-adjustment",
        "POST",
        "/v3/inventory/adjustments/relative",
        INVENTORY,
        inventory.adjust_relative,
        inventory.adjustment_targets,
        Body.OBJECT,
        most_items=2000,
    ),
    Operation(
        "get-inventory-items", "GET", "/v3/inventory/items", INVENTORY, inventory_listing.get_items
    ),
    Operation(
        "get-locations",
        "GET",
        "/v3/inventory/locations",
        INVENTORY,
        inventory_listing.get_locations,
    ),
    Operation(
        "get-location-inventory-items",
        "GET",
        "/v3/inventory/locations/{location_id}/items",
        INVENTORY,
        inventory_listing.get_location_items,
    ),
    Operation("getPriceLists", "GET", "/v3/pricelists", PRODUCTS, price_lists.get_price_lists),
    Operation(
        "getPriceList",
        "GET",
        "/v3/pricelists/{price_list_id}",
        PRODUCTS,
        price_lists.get_price_list,
    ),
    Operation(
        "getPriceListRecords", "GET", _RECORDS, PRODUCTS, price_lists.get_records, concurrent=10
    ),
    Operation(
        "upsertPriceListRecords",
        "PUT",
        _RECORDS,
        PRODUCTS,
        price_lists.upsert_records,
        price_lists.record_targets,
        Body.ARRAY,
        most_items=1000,
        concurrent=2,
    ),
    Operation(
        "deletePriceListRecords",
        "DELETE",
        _RECORDS,
        PRODUCTS,
        price_lists.delete_records,
        price_lists.deleted_records,
    ),
    Operation(
        "getPriceListRecordsByVariantId",
        "GET",
        f"{_RECORDS}/{{variant_id}}",
        PRODUCTS,
        price_lists.get_records,
        concurrent=40,
    ),
    Operation(
        "getPriceListRecord", "GET", _ONE_RECORD, PRODUCTS, price_lists.get_record, concurrent=50
    ),
    Operation(
        "setPriceListRecord",
        "PUT",
        _ONE_RECORD,
        PRODUCTS,
        price_lists.set_record,
        price_lists.record_target,
        Body.OBJECT,
        concurrent=40,
    ),
    Operation(
        "deletePriceListRecord",
        "DELETE",
        _ONE_RECORD,
        PRODUCTS,
        price_lists.delete_record,
        price_lists.record_target,
        concurrent=25,
    ),
    Operation(
        "getStoreInformation", "GET", "/v2/store", INFORMATION, information.get_store_information
    ),
)
"""All operations; a path that ends in a word is met before the one that ends in a number."""
