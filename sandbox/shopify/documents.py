"""What a search knows about a product: a flat copy, which may lag behind the product itself."""

import re
from dataclasses import dataclass
from decimal import Decimal

from sandbox.shopify.records import InventoryItem, Product, Variant

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, as a search compares them."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True, slots=True)
class VariantDocument:
    """What a search knows about a variant."""

    id: int
    product_id: int
    inventory_item_id: int
    title: str
    options: tuple[str, ...]
    sku: str | None
    barcode: str | None
    price: Decimal
    compare_at_price: Decimal | None
    inventory: int
    tracked: bool
    taxable: bool
    location_ids: frozenset[int]
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class ProductDocument:
    """What a search knows about a product and its variants."""

    id: int
    title: str
    handle: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    status: str
    gift_card: bool
    created_at: int
    updated_at: int
    published_at: int | None
    total_inventory: int
    variants: tuple[VariantDocument, ...]
    text: tuple[tuple[str, ...], ...]
    """The words of each field that a search without a field name looks through."""


def available(item: InventoryItem) -> int:
    """Return the units for sale at all locations together."""
    return sum(level.quantities.get("available", 0) for level in item.levels.values())


def variant_title(product: Product, variant: Variant) -> str:
    """Return the platform's name of a variant: its option values, joined."""
    names = option_names(product, variant)
    return " / ".join(names) if names else "Default Title"


def option_names(product: Product, variant: Variant) -> list[str]:
    """Return the names of a variant's option values, in the order of the product's options."""
    names: list[str] = []
    for option, value_id in zip(product.options, variant.option_values, strict=False):
        names.extend(value.name for value in option.values if value.id == value_id)
    return names


def describe(product: Product, variants: list[tuple[Variant, InventoryItem]]) -> ProductDocument:
    """Copy a product as it is now."""
    documents = tuple(
        VariantDocument(
            id=variant.id,
            product_id=product.id,
            inventory_item_id=item.id,
            title=variant_title(product, variant),
            options=tuple(option_names(product, variant)),
            sku=item.sku,
            barcode=variant.barcode,
            price=variant.price,
            compare_at_price=variant.compare_at_price,
            inventory=available(item),
            tracked=item.tracked,
            taxable=variant.taxable,
            location_ids=frozenset(item.levels),
            created_at=variant.created_at,
            updated_at=variant.updated_at,
        )
        for variant, item in variants
    )
    texts = [product.title, product.product_type, product.vendor, *product.tags]
    for document in documents:
        texts.extend(text for text in (document.sku, document.barcode) if text)
    return ProductDocument(
        id=product.id,
        title=product.title,
        handle=product.handle,
        vendor=product.vendor,
        product_type=product.product_type,
        tags=tuple(product.tags),
        status=product.status,
        gift_card=product.gift_card,
        created_at=product.created_at,
        updated_at=product.updated_at,
        published_at=product.published_at,
        total_inventory=sum(document.inventory for document in documents if document.tracked),
        variants=documents,
        text=tuple(tuple(words(text)) for text in texts),
    )
