"""Products as the API shows them, alone and as the result of a search."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.adobe_commerce.attributes import (
    ATTRIBUTES,
    CATEGORY_IDS,
    OWN_FIELDS,
    Kind,
    integer,
    moment_at,
)
from sandbox.adobe_commerce.catalogue import Catalogue
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.problems import no_such_entity, no_such_product
from sandbox.adobe_commerce.records import CONFIGURABLE, Product
from sandbox.adobe_commerce.scopes import is_scope
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search

_SPECIAL = ("special_price", "special_from_date", "special_to_date")
_RECORD_FIELDS: dict[str, Callable[[Product], Any]] = {
    "entity_id": lambda product: product.id,
    "id": lambda product: product.id,
    "sku": lambda product: product.sku,
    "type_id": lambda product: product.type_id,
    "attribute_set_id": lambda product: product.attribute_set_id,
    "created_at": lambda product: product.created_at,
    "updated_at": lambda product: product.updated_at,
    "website_id": lambda product: product.website_ids,
    "category_id": lambda product: list(product.category_links),
}


def get_product(call: Call) -> dict[str, Any]:
    """Answer `GET products/{sku}`; `storeId` in the query replaces the scope of the path."""
    product = call.catalogue.find(call.path["sku"])
    if product is None:
        raise no_such_product()
    scope = call.scope
    asked = dict(call.query).get("storeId")
    if asked:
        scope = integer("storeId", asked)
        if not is_scope(scope):
            raise no_such_entity("storeId", scope)
    return product_document(call.catalogue, product, scope, call.at, whole=True)


def search_products(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET products`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    moment = moment_at(call.at)

    def getter(field: str) -> Callable[[Product], Any] | None:
        if field in _RECORD_FIELDS:
            return _RECORD_FIELDS[field]
        if field in _SPECIAL:
            return lambda product: (
                product.value(field, call.scope) if _started(product, call.scope, moment) else None
            )
        if field in ATTRIBUTES:
            return lambda product: product.value(field, call.scope)
        return None

    found, total = search(call.catalogue.chosen(criteria.only("sku")), criteria, getter)
    items = [
        product_document(call.catalogue, product, call.scope, call.at, whole=False)
        for product in found
    ]
    return results(items, criteria, total)


def _started(product: Product, scope: int, moment: str) -> bool:
    """Tell whether a product's special price shows: a scheduled one does not before its start."""
    start = product.value("special_from_date", scope)
    return start is None or start <= moment


def product_document(
    catalogue: Catalogue, product: Product, scope: int, at: float, *, whole: bool
) -> dict[str, Any]:
    """Return a product as a scope sees it at a time, in seconds since 1970.

    Args:
        catalogue: the catalogue that it is in.
        product: the product.
        scope: the scope.
        at: decides whether a special price shows.
        whole: adds the stock item, which the results of a search lack.
    """
    content: dict[str, Any] = {
        "id": product.id,
        "sku": product.sku,
        "name": product.value("name", scope),
        "attribute_set_id": product.attribute_set_id,
        "price": Decimal(product.value("price", scope) or 0),
        "status": product.value("status", scope) or 1,
        "visibility": product.value("visibility", scope) or 4,
        "type_id": product.type_id,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }
    weight = product.value("weight", scope)
    if weight is not None:
        content["weight"] = Decimal(weight)
    content["extension_attributes"] = _extension(catalogue, product, whole=whole)
    content["product_links"] = []
    content["options"] = []
    content["media_gallery_entries"] = []
    content["tier_prices"] = []
    content["custom_attributes"] = _custom(product, scope, moment_at(at))
    return content


def _custom(product: Product, scope: int, moment: str) -> list[dict[str, Any]]:
    started = _started(product, scope, moment)
    shown: list[dict[str, Any]] = []
    for code, attribute in ATTRIBUTES.items():
        value = None if code in OWN_FIELDS else product.value(code, scope)
        if value is None or (code in _SPECIAL and not started):
            continue
        text = f"{Decimal(value):.6f}" if attribute.kind is Kind.DECIMAL else str(value)
        shown.append({"attribute_code": code, "value": text})
    shown.append(
        {
            "attribute_code": CATEGORY_IDS,
            "value": [str(number) for number in sorted(product.category_links)],
        }
    )
    return shown


def _extension(catalogue: Catalogue, product: Product, *, whole: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"website_ids": product.website_ids}
    if product.category_links:
        content["category_links"] = [
            {"position": place, "category_id": str(number)}
            for number, place in sorted(product.category_links.items())
        ]
    if whole:
        content["stock_item"] = _stock_item(product)
    if product.type_id == CONFIGURABLE:
        children = [catalogue.by_id(number) for number in product.child_ids]
        content["configurable_product_options"] = [
            {
                "id": product.id * 10 + position,
                "attribute_id": str(ATTRIBUTES[code].id),
                "label": ATTRIBUTES[code].label,
                "position": position,
                "values": [
                    {"value_index": value}
                    for value in sorted(
                        {child.values[code] for child in children if child and code in child.values}
                    )
                ],
                "product_id": product.id,
            }
            for position, code in enumerate(product.option_codes)
        ]
        content["configurable_product_links"] = product.child_ids
    return content


def _stock_item(product: Product) -> dict[str, Any]:
    level = product.stock.get("default")
    return {
        "item_id": product.id,
        "product_id": product.id,
        "stock_id": 1,
        "qty": Decimal(level.quantity if level else 0),
        "is_in_stock": bool(level and level.status) or product.type_id == CONFIGURABLE,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": True,
        "backorders": 0,
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": True,
        "manage_stock": True,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


def get_children(call: Call) -> list[dict[str, Any]]:
    """Answer `GET configurable-products/{sku}/children`."""
    product = call.catalogue.find(call.path["sku"])
    if product is None:
        raise no_such_product()
    children = [call.catalogue.by_id(number) for number in product.child_ids]
    return [
        product_document(call.catalogue, child, call.scope, call.at, whole=False)
        for child in children
        if child is not None
    ]
