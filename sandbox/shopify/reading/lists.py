"""Resolvers of the lists that the query root and the shop share."""

from collections.abc import Callable
from typing import Any

from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.listing import (
    search_collections,
    search_inventory_items,
    search_locations,
    search_products,
    search_variants,
)

Resolver = Callable[..., Any]


def texts(values: list[str]) -> Resolver:
    """Return a resolver of a connection of plain texts."""

    def resolve(_: object, __: Info, **arguments: Any) -> Connection:  # noqa: ANN401
        return paginate(values, arguments, SortKey(lambda value: value), lambda _: 0)

    return resolve


def _distinct(read: Callable[[Any], list[str]]) -> Resolver:
    def resolve(source: object, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
        products = context_of(info).catalogue.products.values()
        values = sorted({value for product in products for value in read(product) if value})
        arguments.pop("sort", None)
        page: Connection = texts(values)(source, info, **arguments)
        return page

    return resolve


def _searched(search: Callable[[Info, dict[str, Any]], Connection]) -> Resolver:
    return lambda _, info, **arguments: search(info, arguments)


collections = _searched(search_collections)
inventory_items = _searched(search_inventory_items)
locations = _searched(search_locations)
product_variants = _searched(search_variants)
products = _searched(search_products)
product_tags = _distinct(lambda product: product.tags)
product_types = _distinct(lambda product: [product.product_type])
product_vendors = _distinct(lambda product: [product.vendor])
