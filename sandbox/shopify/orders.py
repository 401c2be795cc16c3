"""How each kind of list can be ordered, and what its cursors hold then."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.connections import SortKey
from sandbox.shopify.documents import available, variant_title
from sandbox.shopify.records import Variant

_RELEVANCE = 1.0


def _printed_moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000000")


def _parsed_moment(text: str | int) -> int:
    """Take both forms of a time that the platform has written into cursors."""
    if isinstance(text, int):
        return text // 1000
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC).timestamp())


def moment_key(rank: Callable[[Any], int]) -> SortKey:
    """Return an order by a time in seconds, which cursors print as the platform does."""
    return SortKey(rank, _printed_moment, _parsed_moment)


def number_as_text(rank: Callable[[Any], int]) -> SortKey:
    """Return an order by a number, which cursors hold as a text."""
    return SortKey(rank, str, int)


_BY_ID = SortKey(lambda item: item.id)
_BY_RELEVANCE = SortKey(lambda _: _RELEVANCE)

_PRODUCT_ORDERS: Mapping[str, SortKey] = {
    "CREATED_AT": moment_key(lambda item: item.created_at),
    "ID": _BY_ID,
    "PRODUCT_TYPE": SortKey(lambda item: item.product_type.lower()),
    "PUBLISHED_AT": moment_key(lambda item: item.published_at or 0),
    "RELEVANCE": _BY_RELEVANCE,
    "TITLE": SortKey(lambda item: item.title.lower()),
    "UPDATED_AT": moment_key(lambda item: item.updated_at),
    "VENDOR": SortKey(lambda item: item.vendor.lower()),
}

COLLECTION_ORDERS: Mapping[str, SortKey] = {
    "ID": _BY_ID,
    "RELEVANCE": _BY_RELEVANCE,
    "TITLE": SortKey(lambda item: item.title.lower()),
    "UPDATED_AT": moment_key(lambda item: item.updated_at),
}

LOCATION_ORDERS: Mapping[str, SortKey] = {
    "ID": _BY_ID,
    "NAME": SortKey(lambda item: item.name),
    "RELEVANCE": _BY_RELEVANCE,
}

COLLECTION_ORDER = {
    "ALPHA_ASC": ("TITLE", False),
    "ALPHA_DESC": ("TITLE", True),
    "CREATED": ("CREATED", False),
    "CREATED_DESC": ("CREATED", True),
    "PRICE_ASC": ("PRICE", False),
    "PRICE_DESC": ("PRICE", True),
}
"""How a collection's own order is expressed by the sort keys of its products."""


def variant_order(catalogue: Catalogue, sort_key: str | None) -> SortKey:
    """Return how variants of several products are ordered by a sort key."""

    def title(variant: Variant) -> str:
        return variant_title(catalogue.products[variant.product_id], variant).lower()

    def full_title(variant: Variant) -> str:
        return f"{catalogue.products[variant.product_id].title.lower()} {title(variant)}"

    def stock(variant: Variant) -> int:
        return available(catalogue.item_of(variant))

    def position(variant: Variant) -> int:
        return catalogue.products[variant.product_id].variant_ids.index(variant.id) + 1

    orders: Mapping[str, SortKey] = {
        "FULL_TITLE": SortKey(full_title),
        "INVENTORY_LEVELS_AVAILABLE": SortKey(stock),
        "INVENTORY_MANAGEMENT": SortKey(lambda item: int(catalogue.item_of(item).tracked)),
        "INVENTORY_POLICY": SortKey(lambda item: item.inventory_policy),
        "INVENTORY_QUANTITY": SortKey(stock),
        "NAME": SortKey(full_title),
        "POSITION": number_as_text(position),
        "RELEVANCE": _BY_RELEVANCE,
        "SKU": SortKey(lambda item: catalogue.item_of(item).sku or ""),
        "TITLE": SortKey(title),
    }
    return orders.get(sort_key or "ID", _BY_ID)


def product_order(catalogue: Catalogue, sort_key: str | None) -> SortKey:
    """Return how products are ordered by a sort key."""
    if sort_key == "INVENTORY_TOTAL":
        return SortKey(catalogue.total_inventory)
    if sort_key == "PRICE":
        return SortKey(
            lambda item: min(variant.price for variant in catalogue.variants_of(item)),
            str,
            Decimal,
        )
    if sort_key == "CREATED":
        sort_key = "CREATED_AT"
    return _PRODUCT_ORDERS.get(sort_key or "ID", _BY_ID)
