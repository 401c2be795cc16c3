"""The whole truth about a store, for tests and demos, which no lag or job hides."""

from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.documents import available
from sandbox.shopify.identifiers import gid
from sandbox.shopify.reading.collections import compare_digest
from sandbox.shopify.records import Collection, InventoryLevel, Product, Variant

_ALWAYS_SHOWN = ("available", "on_hand")


def whole_truth(catalogue: Catalogue) -> dict[str, Any]:
    """Return every product with its variants, every collection and every location, by identifier.

    Times are left out, so that a store that was changed and changed back gives the same.
    """
    collections = {
        collection.id: catalogue.members(collection)
        for collection in catalogue.collections.values()
    }
    held_in: dict[int, list[str]] = {number: [] for number in catalogue.products}
    for number, members in sorted(collections.items()):
        for product_id in members:
            held_in[product_id].append(gid("Collection", number))
    return {
        "products": {
            gid("Product", product.id): {
                **_product(catalogue, product),
                "collections": held_in[product.id],
                "metafields": _metafields(catalogue, gid("Product", product.id)),
                "variants": {
                    gid("ProductVariant", variant.id): _variant(catalogue, variant)
                    for variant in catalogue.variants_of(product)
                },
            }
            for product in catalogue.products.values()
        },
        "collections": {
            gid("Collection", collection.id): {
                **_collection(collection),
                "products": [gid("Product", number) for number in collections[collection.id]],
            }
            for collection in catalogue.collections.values()
        },
        "locations": {
            gid("Location", location.id): {"name": location.name, "active": location.active}
            for location in catalogue.locations.values()
        },
    }


def _product(catalogue: Catalogue, product: Product) -> dict[str, Any]:
    return {
        "title": product.title,
        "handle": product.handle,
        "descriptionHtml": product.description_html,
        "seo": {"title": product.seo_title, "description": product.seo_description},
        "vendor": product.vendor,
        "productType": product.product_type,
        "status": product.status,
        "tags": product.tags,
        "totalInventory": sum(
            available(item) for _, item in catalogue.pairs_of(product) if item.tracked
        ),
    }


def _variant(catalogue: Catalogue, variant: Variant) -> dict[str, Any]:
    item = catalogue.item_of(variant)
    compare_at = variant.compare_at_price
    return {
        "price": str(variant.price),
        "compareAtPrice": None if compare_at is None else str(compare_at),
        "sku": item.sku,
        "barcode": variant.barcode,
        "cost": None if item.cost is None else str(item.cost),
        "inventoryItem": gid("InventoryItem", item.id),
        "tracked": item.tracked,
        "available": available(item),
        "inventory": {
            gid("Location", level.location_id): _quantities(level) for level in item.levels.values()
        },
        "metafields": _metafields(catalogue, gid("ProductVariant", variant.id)),
    }


def _quantities(level: InventoryLevel) -> dict[str, int]:
    shown = dict.fromkeys(_ALWAYS_SHOWN, 0)
    return {
        **shown,
        **{name: units for name, units in level.quantities.items() if units or name in shown},
    }


def _collection(collection: Collection) -> dict[str, Any]:
    return {
        "title": collection.title,
        "handle": collection.handle,
        "descriptionHtml": collection.description_html,
        "seo": {"title": collection.seo_title, "description": collection.seo_description},
        "sortOrder": collection.sort_order,
        "ruleSet": collection.rule_set,
    }


def _metafields(catalogue: Catalogue, owner_id: str) -> dict[str, Any]:
    return {
        f"{metafield.namespace}.{metafield.key}": {
            "type": metafield.type,
            "value": metafield.value,
            "compareDigest": compare_digest(metafield),
        }
        for metafield in catalogue.metafields.get(owner_id, {}).values()
    }
