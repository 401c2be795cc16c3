"""Reads of products, variants, options and prices."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.shopify.connections import Connection, encode_cursor
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.documents import available, option_names, variant_title
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.listing import page_of_variants, search_collections
from sandbox.shopify.reading.common import count, empty_page
from sandbox.shopify.records import InventoryItem, Option, OptionValue, Product, Variant
from sandbox.shopify.scalars import print_amount, print_moment

Resolver = Callable[..., Any]
_TAGS = re.compile(r"<[^>]*>")


def plain_text(html: str) -> str:
    """Return a description without its markup."""
    return re.sub(r"\s+", " ", _TAGS.sub(" ", html)).strip()


def money(info: Info, amount: Decimal) -> dict[str, str]:
    """Return an amount in the shop's currency as MoneyV2."""
    return {"amount": print_amount(amount), "currencyCode": context_of(info).shop.currency}


def _description(product: Any, _: Info, truncateAt: int | None = None) -> str:  # noqa: N803, ANN401
    text = plain_text(product.description_html)
    return text if truncateAt is None else text[:truncateAt]


def _variants(product: Product, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    return page_of_variants(context_of(info).catalogue, product, arguments)


def _price_range(product: Product, info: Info) -> dict[str, Any]:
    prices = [variant.price for variant in context_of(info).catalogue.variants_of(product)]
    lowest, highest = (min(prices), max(prices)) if prices else (Decimal(0), Decimal(0))
    return {"minVariantPrice": money(info, lowest), "maxVariantPrice": money(info, highest)}


def _compare_at_range(product: Product, info: Info) -> dict[str, Any] | None:
    prices = [
        variant.compare_at_price
        for variant in context_of(info).catalogue.variants_of(product)
        if variant.compare_at_price is not None
    ]
    if not prices:
        return None
    return {
        "minVariantCompareAtPrice": money(info, min(prices)),
        "maxVariantCompareAtPrice": money(info, max(prices)),
    }


def _options(product: Product, _: Info, first: int | None = None) -> list[Any]:
    views = [
        (product, option, position) for position, option in enumerate(product.options, start=1)
    ]
    return views if first is None else views[:first]


OptionView = tuple[Product, Option, int]


def _used_values(view: OptionView, info: Info) -> set[int]:
    product, _, position = view
    return {
        variant.option_values[position - 1]
        for variant in context_of(info).catalogue.variants_of(product)
        if len(variant.option_values) >= position
    }


def _option_values(view: OptionView, info: Info) -> list[tuple[OptionValue, bool]]:
    used = _used_values(view, info)
    return [(value, value.id in used) for value in view[1].values]


def _value_names(view: OptionView, info: Info) -> list[str]:
    used = _used_values(view, info)
    return [value.name for value in view[1].values if value.id in used]


def _collections(product: Product, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    among = context_of(info).catalogue.collections_of(product)
    return search_collections(info, arguments, among)


def _in_collection(product: Product, info: Info, id: str) -> bool:  # noqa: A002
    number = identifier_number(id, "Collection")
    return any(item.id == number for item in context_of(info).catalogue.collections_of(product))


def _in_collection_page(
    product: Product,
    info: Info,
    collectionId: str,  # noqa: N803
    **arguments: Any,  # noqa: ANN401
) -> Connection:
    if not _in_collection(product, info, collectionId):
        return empty_page(product, info, **arguments)
    return _variants(product, info, **arguments)


def _items(product: Product, info: Info) -> list[InventoryItem]:
    catalogue = context_of(info).catalogue
    return [catalogue.item_of(variant) for variant in catalogue.variants_of(product)]


def _out_of_stock(product: Product, info: Info) -> bool:
    return any(item.tracked and available(item) <= 0 for item in _items(product, info))


def _preview_url(product: Product, info: Info) -> str:
    return f"https://{context_of(info).shop.domain}/products/{product.handle}"


def _online_url(product: Product, info: Info) -> str | None:
    return _preview_url(product, info) if product.published_at is not None else None


PRODUCT: Mapping[str, Resolver] = {
    "bodyHtml": lambda product, _: product.description_html,
    "category": lambda *_: None,
    "collections": _collections,
    "combinedListingRole": lambda *_: None,
    "compareAtPriceRange": _compare_at_range,
    "createdAt": lambda product, _: print_moment(product.created_at),
    "customProductType": lambda product, _: product.product_type,
    "defaultCursor": lambda product, _: encode_cursor(product.id, product.id),
    "description": _description,
    "descriptionHtml": lambda product, _: product.description_html,
    "descriptionPlainSummary": lambda product, _: plain_text(product.description_html),
    "featuredImage": lambda *_: None,
    "featuredMedia": lambda *_: None,
    "giftCardTemplateSuffix": lambda product, _: product.gift_card_template_suffix,
    "handle": lambda product, _: product.handle,
    "hasOnlyDefaultVariant": lambda product, _: (
        len(product.options) <= 1 and all(option.name == "Title" for option in product.options)
    ),
    "hasOutOfStockVariants": _out_of_stock,
    "hasVariantsThatRequiresComponents": lambda product, info: any(
        item.requires_components for item in context_of(info).catalogue.variants_of(product)
    ),
    "id": lambda product, _: gid("Product", product.id),
    "images": empty_page,
    "inCollection": _in_collection,
    "isGiftCard": lambda product, _: product.gift_card,
    "legacyResourceId": lambda product, _: str(product.id),
    "media": empty_page,
    "mediaCount": lambda *_: count(0),
    "onlineStorePreviewUrl": _preview_url,
    "onlineStoreUrl": _online_url,
    "options": _options,
    "priceRange": _price_range,
    "priceRangeV2": _price_range,
    "productComponentsCount": lambda *_: count(0),
    "productParents": empty_page,
    "productPublications": empty_page,
    "publications": empty_page,
    "sellingPlanGroups": empty_page,
    "productType": lambda product, _: product.product_type,
    "publishedAt": lambda product, _: print_moment(product.published_at),
    "requiresSellingPlan": lambda product, _: product.requires_selling_plan,
    "sellingPlanGroupCount": lambda *_: 0,
    "sellingPlanGroupsCount": lambda *_: count(0),
    "seo": lambda product, _: {
        "title": product.seo_title,
        "description": product.seo_description,
    },
    "status": lambda product, _: product.status,
    "storefrontId": lambda product, _: gid("Product", product.id),
    "tags": lambda product, _: product.tags,
    "templateSuffix": lambda product, _: product.template_suffix,
    "title": lambda product, _: product.title,
    "totalInventory": lambda product, info: context_of(info).catalogue.total_inventory(product),
    "totalVariants": lambda product, _: len(product.variant_ids),
    "tracksInventory": lambda product, info: any(item.tracked for item in _items(product, info)),
    "updatedAt": lambda product, _: print_moment(product.updated_at),
    "variants": _variants,
    "variantsCount": lambda product, _: count(len(product.variant_ids)),
    "variantsInCollection": _in_collection_page,
    "variantsInCollectionCount": lambda product, info, **arguments: count(
        len(product.variant_ids) if _in_collection(product, info, arguments["collectionId"]) else 0
    ),
    "vendor": lambda product, _: product.vendor,
}


def _product_of(variant: Variant, info: Info) -> Product:
    return context_of(info).catalogue.products[variant.product_id]


def _item_of(variant: Variant, info: Info) -> InventoryItem:
    return context_of(info).catalogue.item_of(variant)


def _for_sale(variant: Variant, info: Info) -> bool:
    item = _item_of(variant, info)
    sellable = not item.tracked or variant.inventory_policy == "CONTINUE" or available(item) > 0
    return sellable and _product_of(variant, info).status in ("ACTIVE", "UNLISTED")


def _title(variant: Variant, info: Info) -> str:
    return variant_title(_product_of(variant, info), variant)


def _display_name(variant: Variant, info: Info) -> str:
    return f"{_product_of(variant, info).title} - {_title(variant, info)}"


def _selected_options(variant: Variant, info: Info) -> list[dict[str, Any]]:
    product = _product_of(variant, info)
    values = {value.id: value for option in product.options for value in option.values}
    return [
        {"name": option.name, "value": name, "optionValue": (values[value_id], True)}
        for option, name, value_id in zip(
            product.options, option_names(product, variant), variant.option_values, strict=False
        )
    ]


def _position(variant: Variant, info: Info) -> int:
    return _product_of(variant, info).variant_ids.index(variant.id) + 1


_NO_MEASUREMENT = {
    "measuredType": None,
    "quantityUnit": None,
    "quantityValue": 0.0,
    "referenceUnit": None,
    "referenceValue": 0,
}

VARIANT: Mapping[str, Resolver] = {
    "availableForSale": _for_sale,
    "barcode": lambda variant, _: variant.barcode,
    "compareAtPrice": lambda variant, _: (
        None if variant.compare_at_price is None else str(variant.compare_at_price)
    ),
    "createdAt": lambda variant, _: print_moment(variant.created_at),
    "defaultCursor": lambda variant, info: encode_cursor(variant.id, str(_position(variant, info))),
    "displayName": _display_name,
    "id": lambda variant, _: gid("ProductVariant", variant.id),
    "image": lambda *_, **__: None,
    "inventoryItem": _item_of,
    "inventoryPolicy": lambda variant, _: variant.inventory_policy,
    "inventoryQuantity": lambda variant, info: available(_item_of(variant, info)),
    "legacyResourceId": lambda variant, _: str(variant.id),
    "media": empty_page,
    "position": _position,
    "price": lambda variant, _: str(variant.price),
    "product": _product_of,
    "productParents": empty_page,
    "productPublications": empty_page,
    "publications": empty_page,
    "sellingPlanGroups": empty_page,
    "requiresComponents": lambda variant, _: variant.requires_components,
    "selectedOptions": _selected_options,
    "sellableOnlineQuantity": lambda variant, info: max(0, available(_item_of(variant, info))),
    "sellingPlanGroupCount": lambda *_: 0,
    "sellingPlanGroupsCount": lambda *_: count(0),
    "showUnitPrice": lambda variant, _: variant.show_unit_price,
    "sku": lambda variant, info: _item_of(variant, info).sku,
    "storefrontId": lambda variant, _: gid("ProductVariant", variant.id),
    "taxCode": lambda variant, _: variant.tax_code,
    "taxable": lambda variant, _: variant.taxable,
    "title": _title,
    "unitPrice": lambda *_: None,
    "unitPriceMeasurement": lambda variant, _: {
        **_NO_MEASUREMENT,
        **(variant.unit_price_measurement or {}),
    },
    "updatedAt": lambda variant, _: print_moment(variant.updated_at),
}

OPTION: Mapping[str, Resolver] = {
    "id": lambda view, _: gid("ProductOption", view[1].id),
    "linkedMetafield": lambda *_: None,
    "name": lambda view, _: view[1].name,
    "optionValues": _option_values,
    "position": lambda view, _: view[2],
    "values": _value_names,
}

OPTION_VALUE: Mapping[str, Resolver] = {
    "hasVariants": lambda view, _: view[1],
    "id": lambda view, _: gid("ProductOptionValue", view[0].id),
    "linkedMetafieldValue": lambda *_: None,
    "name": lambda view, _: view[0].name,
    "swatch": lambda *_: None,
}
