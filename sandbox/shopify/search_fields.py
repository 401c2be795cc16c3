"""What each search field of products, variants, collections and inventory compares."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from sandbox.shopify.documents import ProductDocument, VariantDocument
from sandbox.shopify.search_syntax import Term
from sandbox.shopify.search_tests import (
    Field,
    Test,
    any_exact,
    any_listed,
    any_number,
    exact,
    flag,
    listed_numbers,
    moment,
    number,
    text,
)


def _published(term: Term) -> Test[ProductDocument]:
    wanted = term.value.lower() in ("published", "visible", "online_store_channel")
    if term.value.lower() in ("any", "*"):
        return lambda _: True
    return lambda item: (item.published_at is not None and item.status == "ACTIVE") == wanted


def _statuses(term: Term) -> Test[ProductDocument]:
    wanted = {part.strip().lower() for part in term.value.split(",")}
    return lambda item: item.status.lower() in wanted


def _without_tag(term: Term) -> Test[ProductDocument]:
    wanted = term.value.lower()
    return lambda item: all(tag.lower() != wanted for tag in item.tags)


def _prices(item: ProductDocument) -> tuple[Decimal, ...]:
    return tuple(variant.price for variant in item.variants)


PRODUCT_SEARCH: Mapping[str, Field] = {
    "barcode": any_exact(lambda item: tuple(variant.barcode for variant in item.variants)),
    "created_at": moment(lambda item: item.created_at),
    "gift_card": flag(lambda item: item.gift_card),
    "handle": any_listed(lambda item: item.handle),
    "has_only_default_variant": flag(
        lambda item: len(item.variants) == 1 and item.variants[0].title == "Default Title"
    ),
    "id": number(lambda item: item.id),
    "inventory_item_id": any_number(
        lambda item: tuple(variant.inventory_item_id for variant in item.variants)
    ),
    "inventory_total": number(lambda item: item.total_inventory),
    "is_price_reduced": flag(
        lambda item: any(
            variant.compare_at_price is not None and variant.compare_at_price > variant.price
            for variant in item.variants
        )
    ),
    "out_of_stock_somewhere": flag(
        lambda item: any(variant.tracked and variant.inventory <= 0 for variant in item.variants)
    ),
    "price": any_number(_prices),
    "product_type": exact(lambda item: item.product_type),
    "published_at": moment(lambda item: item.published_at),
    "published_status": _published,
    "sku": any_exact(lambda item: tuple(variant.sku for variant in item.variants)),
    "status": _statuses,
    "tag": any_exact(lambda item: item.tags),
    "tag_not": _without_tag,
    "title": text(lambda item: item.title),
    "tracks_inventory": flag(lambda item: any(variant.tracked for variant in item.variants)),
    "updated_at": moment(lambda item: item.updated_at),
    "variant_id": any_number(lambda item: tuple(variant.id for variant in item.variants)),
    "variant_title": any_exact(lambda item: tuple(variant.title for variant in item.variants)),
    "variants.price": any_number(_prices),
    "vendor": exact(lambda item: item.vendor),
}

VariantView = tuple[ProductDocument, VariantDocument]


def _option(position: int) -> Callable[[VariantView], str | None]:
    return lambda view: view[1].options[position - 1] if len(view[1].options) >= position else None


def _among_products(term: Term) -> Test[VariantView]:
    wanted = listed_numbers(term)
    return lambda view: view[0].id in wanted


VARIANT_SEARCH: Mapping[str, Field] = {
    "barcode": exact(lambda view: view[1].barcode),
    "created_at": moment(lambda view: view[1].created_at),
    "gift_card": flag(lambda view: view[0].gift_card),
    "id": number(lambda view: view[1].id),
    "inventory_item_id": number(lambda view: view[1].inventory_item_id),
    "inventory_quantity": number(lambda view: view[1].inventory),
    "location_id": any_number(lambda view: tuple(view[1].location_ids)),
    "managed": flag(lambda view: view[1].tracked),
    "option1": exact(_option(1)),
    "option2": exact(_option(2)),
    "option3": exact(_option(3)),
    "price": number(lambda view: view[1].price),
    "product_id": number(lambda view: view[0].id),
    "product_ids": _among_products,
    "product_publication_status": lambda term: lambda view: _published(term)(view[0]),
    "product_status": lambda term: lambda view: _statuses(term)(view[0]),
    "product_type": exact(lambda view: view[0].product_type),
    "published_status": lambda term: lambda view: _published(term)(view[0]),
    "sku": exact(lambda view: view[1].sku),
    "tag": any_exact(lambda view: view[0].tags),
    "tag_not": lambda term: lambda view: _without_tag(term)(view[0]),
    "taxable": flag(lambda view: view[1].taxable),
    "title": text(lambda view: view[1].title),
    "updated_at": moment(lambda view: view[1].updated_at),
    "vendor": exact(lambda view: view[0].vendor),
}

COLLECTION_SEARCH: Mapping[str, Field] = {
    "collection_type": exact(lambda item: "custom" if item.rule_set is None else "smart"),
    "handle": exact(lambda item: item.handle),
    "id": number(lambda item: item.id),
    "published_status": lambda term: lambda _: term.value.lower() != "unpublished",
    "title": text(lambda item: item.title),
    "updated_at": moment(lambda item: item.updated_at),
}

INVENTORY_ITEM_SEARCH: Mapping[str, Field] = {
    "created_at": moment(lambda item: item.created_at),
    "id": number(lambda item: item.id),
    "sku": exact(lambda item: item.sku),
    "updated_at": moment(lambda item: item.updated_at),
}

INVENTORY_LEVEL_SEARCH: Mapping[str, Field] = {
    "created_at": moment(lambda item: item.created_at),
    "id": number(lambda item: item.id),
    "inventory_item_id": number(lambda item: item.inventory_item_id),
    "updated_at": moment(lambda item: item.updated_at),
}

LOCATION_SEARCH: Mapping[str, Field] = {
    "active": flag(lambda item: item.active),
    "city": exact(lambda item: item.city),
    "country": exact(lambda item: item.country_code),
    "created_at": moment(lambda item: item.created_at),
    "legacy": flag(lambda _: False),
    "location_id": number(lambda item: item.id),
    "name": text(lambda item: item.name),
}
