"""The JSON documents in which the API shows what a store holds."""

from datetime import UTC, datetime
from typing import Any

from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.fields import PRODUCT_FIELDS, VARIANT_FIELDS
from sandbox.bigcommerce.identifiers import product_name
from sandbox.bigcommerce.records import Category, PriceList, PriceRecord, Product, Variant

_PICTURES = "https://cdn11.bigcommerce.com/s-sandbox/products"


def moment(at: int) -> str:
    """Return a time as most of the platform writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def product_document(catalogue: Catalogue, product: Product) -> dict[str, Any]:
    """Return a product without its sub-resources."""
    document: dict[str, Any] = {"id": product.id}
    for name in PRODUCT_FIELDS:
        document[name] = product.value(name)
    document["inventory_level"] = catalogue.stock.seen_level(product_name(product.id))
    document["calculated_price"] = product.value("sale_price") or product.value("price")
    document["base_variant_id"] = None if product.options else product.variant_ids[0]
    document["option_set_id"] = None
    document["option_set_display"] = "right"
    document["date_created"] = moment(product.created_at)
    document["date_modified"] = moment(product.modified_at)
    return document


def effective_price(product: Product, variant: Variant, name: str) -> int | float:
    """Return a variant's price, sale price or retail price after inheritance."""
    own = variant.value(name)
    found: int | float = product.value(name) if own is None else own
    return found


def variant_document(catalogue: Catalogue, variant: Variant) -> dict[str, Any]:
    """Return a variant; null is what it inherits from its product."""
    product = catalogue.products[variant.product_id]
    base = catalogue.is_base(variant)
    document: dict[str, Any] = {"id": variant.id, "product_id": variant.product_id}
    for name in VARIANT_FIELDS:
        document[name] = variant.value(name)
    if base:
        document["sku"] = product.value("sku")
    document["inventory_level"] = catalogue.stock.seen_level(catalogue.stock.item_of(variant))
    document["sku_id"] = variant.sku_id
    document["option_values"] = _option_values(product, variant)
    price = effective_price(product, variant, "price")
    document["calculated_price"] = effective_price(product, variant, "sale_price") or price
    document["calculated_weight"] = effective_price(product, variant, "weight")
    return document


def _option_values(product: Product, variant: Variant) -> list[dict[str, Any]]:
    return [
        {
            "id": value.id,
            "label": value.label,
            "option_id": option.id,
            "option_display_name": option.name,
        }
        for option, chosen in zip(product.options, variant.option_values, strict=False)
        for value in option.values
        if value.id == chosen
    ]


def option_documents(product: Product) -> list[dict[str, Any]]:
    """Return a product's options."""
    return [
        {
            "id": option.id,
            "product_id": product.id,
            "display_name": option.name,
            "type": "dropdown",
            "config": {},
            "sort_order": position,
            "option_values": [
                {"id": value.id, "label": value.label, "sort_order": place, "is_default": False}
                for place, value in enumerate(option.values)
            ],
        }
        for position, option in enumerate(product.options)
    ]


def image_documents(product: Product) -> list[dict[str, Any]]:
    """Return a product's pictures, the thumbnail first."""
    return [
        {
            "id": product.id * 10 + position,
            "product_id": product.id,
            "is_thumbnail": position == 0,
            "sort_order": position,
            "description": "",
            "date_modified": moment(product.created_at),
            **{
                name: f"{_PICTURES}/{product.id}/{position}.{size}.jpg"
                for name, size in (
                    ("url_zoom", "1280"),
                    ("url_standard", "386"),
                    ("url_thumbnail", "220"),
                    ("url_tiny", "44"),
                )
            },
        }
        for position in range(product.images)
    ]


def category_document(category: Category) -> dict[str, Any]:
    """Return a category as `/catalog/categories` shows it."""
    return {
        "id": category.id,
        "parent_id": category.parent_id,
        "name": category.name,
        "description": f"<p>{category.name}</p>",
        "views": 0,
        "sort_order": 0,
        "page_title": "",
        "meta_keywords": [],
        "meta_description": "",
        "layout_file": "category.html",
        "image_url": "",
        "is_visible": category.is_visible,
        "search_keywords": "",
        "default_product_sort": "use_store_settings",
        "custom_url": {"url": category.path, "is_customized": False},
    }


def tree_category_document(category: Category) -> dict[str, Any]:
    """Return a category as `/catalog/trees/categories` shows it."""
    document = category_document(category)
    address = document.pop("custom_url")
    return {
        "category_id": document.pop("id"),
        "tree_id": 1,
        **document,
        "url": {"path": address["url"], "is_customized": False},
    }


def price_list_document(price_list: PriceList) -> dict[str, Any]:
    """Return a price list."""
    at = moment(price_list.created_at).replace("+00:00", "Z")
    return {
        "id": price_list.id,
        "name": price_list.name,
        "active": price_list.active,
        "date_created": at,
        "date_modified": at,
    }


def price_record_document(
    catalogue: Catalogue, record: PriceRecord, include: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return a price record; prices that are not set are left out."""
    variant = catalogue.variants[record.variant_id]
    product = catalogue.products[variant.product_id]
    price = record.values.get("price", effective_price(product, variant, "price"))
    document: dict[str, Any] = {
        "price_list_id": record.price_list_id,
        "variant_id": record.variant_id,
        "product_id": variant.product_id,
        "currency": record.currency.lower(),
        **record.values,
        "calculated_price": record.values.get("sale_price", price),
        "date_created": moment(record.created_at).replace("+00:00", "Z"),
        "date_modified": moment(record.modified_at).replace("+00:00", "Z"),
    }
    if "sku" in include:
        document["sku"] = variant_document(catalogue, variant)["sku"]
    if "bulk_pricing_tiers" in include:
        document["bulk_pricing_tiers"] = []
    return document
