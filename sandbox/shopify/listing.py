"""The lists that searches and connections page through."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.documents import words
from sandbox.shopify.membership_search import (
    collection_search,
    product_search,
    variant_search,
)
from sandbox.shopify.orders import (
    COLLECTION_ORDER,
    COLLECTION_ORDERS,
    LOCATION_ORDERS,
    number_as_text,
    product_order,
    variant_order,
)
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Product,
    Variant,
)
from sandbox.shopify.search_compiling import compile_search, unknown_fields
from sandbox.shopify.search_fields import (
    INVENTORY_ITEM_SEARCH,
    INVENTORY_LEVEL_SEARCH,
    LOCATION_SEARCH,
    VariantView,
)
from sandbox.shopify.search_syntax import describe_search, parse_search
from sandbox.shopify.search_tests import Field

Arguments = dict[str, Any]


def search_products(info: Info, arguments: Arguments) -> Connection:
    """Return a page of the products that a search finds."""
    context = context_of(info)
    catalogue = context.catalogue
    found = _found_products(context, info, arguments.get("query"))
    return paginate(found, arguments, product_order(catalogue, arguments.get("sortKey")))


def count_products(info: Info, query: str | None) -> int:
    """Return how many products a search finds."""
    return len(_found_products(context_of(info), info, query or "*"))


def search_variants(info: Info, arguments: Arguments) -> Connection:
    """Return a page of the variants that a search finds."""
    context = context_of(info)
    catalogue = context.catalogue
    found = _found_variants(context, info, arguments.get("query"))
    return paginate(found, arguments, variant_order(catalogue, arguments.get("sortKey")))


def count_variants(info: Info, query: str | None) -> int:
    """Return how many variants a search finds."""
    return len(_found_variants(context_of(info), info, query or "*"))


def search_collections(
    info: Info, arguments: Arguments, among: Sequence[Collection] | None = None
) -> Connection:
    """Return a page of the collections that a search finds, among these or all."""
    catalogue = context_of(info).catalogue
    every = list(catalogue.collections.values()) if among is None else among
    fields = collection_search(catalogue)
    found = filtered(info, every, arguments.get("query"), fields, _title_words)
    return paginate(found, arguments, COLLECTION_ORDERS[arguments.get("sortKey") or "ID"])


def count_collections(info: Info, query: str | None) -> int:
    """Return how many collections a search finds."""
    catalogue = context_of(info).catalogue
    every = list(catalogue.collections.values())
    return len(filtered(info, every, query, collection_search(catalogue), _title_words))


def search_inventory_items(info: Info, arguments: Arguments) -> Connection:
    """Return a page of the inventory items that a search finds."""
    every = list(context_of(info).catalogue.inventory_items.values())
    found = filtered(info, every, arguments.get("query"), INVENTORY_ITEM_SEARCH, _sku_words)
    return paginate(found, arguments, number_as_text(lambda item: item.id))


def page_of_levels(
    info: Info, levels: Sequence[InventoryLevel], arguments: Arguments
) -> Connection:
    """Return a page of the inventory levels that a search finds among these."""
    among = [level for level in levels if level.active or arguments.get("includeInactive")]
    found = filtered(info, among, arguments.get("query"), INVENTORY_LEVEL_SEARCH, lambda _: ())
    return paginate(found, arguments, number_as_text(lambda level: level.id))


def search_locations(info: Info, arguments: Arguments) -> Connection:
    """Return a page of the locations that a search finds."""
    every = [
        location
        for location in context_of(info).catalogue.locations.values()
        if location.active or arguments.get("includeInactive")
    ]
    found = filtered(info, every, arguments.get("query"), LOCATION_SEARCH, _name_words)
    return paginate(found, arguments, LOCATION_ORDERS[arguments.get("sortKey") or "NAME"])


def page_of_variants(catalogue: Catalogue, product: Product, arguments: Arguments) -> Connection:
    """Return a page of a product's variants."""
    variants = catalogue.variants_of(product)
    sort_key = arguments.get("sortKey") or "POSITION"
    if sort_key != "POSITION":
        return paginate(variants, arguments, variant_order(catalogue, sort_key))
    order = product.variant_ids
    by_position = number_as_text(lambda variant: order.index(variant.id) + 1)
    return paginate(variants, arguments, by_position, in_order=True)


def page_of_collection(
    catalogue: Catalogue, collection: Collection, arguments: Arguments
) -> Connection:
    """Return a page of a collection's products."""
    members = [catalogue.products[number] for number in catalogue.visible_members(collection)]
    sort_key = arguments.get("sortKey") or "COLLECTION_DEFAULT"
    reverse = bool(arguments.get("reverse"))
    if sort_key == "COLLECTION_DEFAULT":
        sort_key, reversed_order = COLLECTION_ORDER.get(collection.sort_order, ("MANUAL", False))
        reverse = reverse != reversed_order
    arguments = {**arguments, "reverse": reverse}
    if sort_key in ("MANUAL", "BEST_SELLING"):
        places = {product.id: place for place, product in enumerate(members, start=1)}
        by_place = SortKey(lambda product: places[product.id])
        return paginate(members, arguments, by_place, in_order=True)
    return paginate(members, arguments, product_order(catalogue, sort_key))


def _found_products(context: RequestContext, info: Info, query: str | None) -> list[Product]:
    catalogue = context.catalogue
    if not query or not query.strip():
        return list(catalogue.products.values())
    number = _single_number(query)
    if number is not None:
        product = catalogue.products.get(number)
        return [] if product is None or catalogue.document(number) is None else [product]
    test = _search(info, query, product_search(catalogue), lambda item: item.text)
    return [catalogue.products[document.id] for document in catalogue.documents() if test(document)]


def _found_variants(context: RequestContext, info: Info, query: str | None) -> list[Variant]:
    catalogue = context.catalogue
    if not query or not query.strip():
        return list(catalogue.variants.values())
    test = _search(info, query, variant_search(catalogue), _variant_words)
    return [
        catalogue.variants[view.id]
        for document in catalogue.documents()
        for view in document.variants
        if view.id in catalogue.variants and test((document, view))
    ]


def _single_number(query: str) -> int | None:
    """Return the number of the most frequent search, `id:123`, which needs no walk."""
    name, _, value = query.strip().partition(":")
    return int(value) if name == "id" and value.isascii() and value.isdigit() else None


def filtered(
    info: Info,
    items: Sequence[Any],
    query: str | None,
    fields: Mapping[str, Field],
    free_text: Callable[[Any], tuple[tuple[str, ...], ...]],
) -> Sequence[Any]:
    """Return those of some items that a search finds, in their order."""
    if not query or not query.strip():
        return items
    test = _search(info, query, fields, free_text)
    return [item for item in items if test(item)]


def _search(
    info: Info,
    query: str,
    fields: Mapping[str, Field],
    free_text: Callable[[Any], tuple[tuple[str, ...], ...]],
) -> Callable[[Any], bool]:
    unknown = unknown_fields(query, fields)
    if unknown:
        context_of(info).search_notes.append(
            {
                "path": info.path.as_list(),
                "query": query,
                "parsed": describe_search(parse_search(query)),
                "warnings": [
                    {
                        "field": name,
                        "message": "Invalid search field for this query.",
                        "code": "invalid_field",
                    }
                    for name in unknown
                ],
            }
        )
    return compile_search(query, fields, free_text)


def _variant_words(view: VariantView) -> tuple[tuple[str, ...], ...]:
    product, variant = view
    texts = (product.title, variant.title, variant.sku, variant.barcode, product.vendor)
    return tuple(tuple(words(text)) for text in texts if text)


def _title_words(collection: Collection) -> tuple[tuple[str, ...], ...]:
    return (tuple(words(collection.title)),)


def _sku_words(item: InventoryItem) -> tuple[tuple[str, ...], ...]:
    return (tuple(words(item.sku or "")),)


def _name_words(location: Location) -> tuple[tuple[str, ...], ...]:
    return (tuple(words(location.name)),)
