"""What a request wants to write, however badly it is made: for the journal of what was refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.adobe_commerce.attributes import OWN_FIELDS
from sandbox.adobe_commerce.catalogue import (
    RECORD,
    WEBSITE_IDS,
    attribute_field,
    category_field,
    stock_field,
)
from sandbox.adobe_commerce.scopes import is_scope, scope_code

_SPECIAL = {
    "price": "special_price",
    "price_from": "special_from_date",
    "price_to": "special_to_date",
}


class Wanted(NamedTuple):
    """A field of a product and the value that somebody wanted there."""

    sku: str | None
    field: str | None
    value: Any


def wanted(operation: str, scope: int, path: Mapping[str, str], body: object) -> list[Wanted]:
    """Return every field that a call of an operation wants to write, as far as it can be read."""
    content: Mapping[str, Any] = body if isinstance(body, dict) else {}
    reader = _READERS.get(operation)
    return [] if reader is None else list(reader(scope, path, content))


def _product(scope: int, path: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    product = _part(content, "product")
    sku = path.get("sku") or _text(product, "sku")
    for code in OWN_FIELDS:
        if code in product:
            yield Wanted(sku, attribute_field(code, scope), product[code])
    for item in _items(product, "custom_attributes"):
        if isinstance(item.get("attribute_code"), str):
            yield Wanted(sku, attribute_field(item["attribute_code"], scope), item.get("value"))
    extension = _part(product, "extension_attributes")
    for item in _items(extension, "category_links"):
        number = item.get("category_id")
        if isinstance(number, int) or (isinstance(number, str) and number.isdecimal()):
            yield Wanted(sku, category_field(int(number)), item.get("position") or 0)
    if "website_ids" in extension:
        yield Wanted(sku, WEBSITE_IDS, extension["website_ids"])
    stock = _part(extension, "stock_item")
    for name, field in (("qty", "quantity"), ("is_in_stock", "status")):
        if name in stock:
            yield Wanted(sku, stock_field("default", field), stock[name])


def _deleted(_: int, path: Mapping[str, str], __: Mapping[str, Any]) -> Iterator[Wanted]:
    yield Wanted(path.get("sku"), RECORD, None)


def _base_prices(_: int, __: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    return _prices(content, {"price": "price"})


def _special_prices(_: int, __: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    return _prices(content, _SPECIAL)


def _no_special_prices(
    _: int, __: Mapping[str, str], content: Mapping[str, Any]
) -> Iterator[Wanted]:
    return (one._replace(value=None) for one in _prices(content, _SPECIAL))


def _prices(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Wanted]:
    for row in _items(content, "prices"):
        number = row.get("store_id")
        place = scope_code(number) if isinstance(number, int) and is_scope(number) else number
        for name, code in names.items():
            if name in row:
                yield Wanted(_text(row, "sku"), f"{code}@{place}", row[name])


def _source_items(_: int, __: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    for row in _items(content, "sourceItems"):
        source = _text(row, "source_code") or ""
        for name in ("quantity", "status"):
            yield Wanted(_text(row, "sku"), stock_field(source, name), row.get(name))


def _no_source_items(_: int, __: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    for row in _items(content, "sourceItems"):
        source = _text(row, "source_code") or ""
        yield Wanted(_text(row, "sku"), stock_field(source, "quantity"), None)


def _entered(_: int, path: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Wanted]:
    link = _part(content, "productLink")
    number = path.get("categoryId", link.get("category_id"))
    yield Wanted(_text(link, "sku"), f"category_links.{number}", link.get("position") or 0)


def _left(_: int, path: Mapping[str, str], __: Mapping[str, Any]) -> Iterator[Wanted]:
    yield Wanted(path.get("sku"), f"category_links.{path.get('categoryId')}", None)


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _items(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = content.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(content: Mapping[str, Any], name: str) -> str | None:
    value = content.get(name)
    return value if isinstance(value, str) else None


_READERS: Mapping[str, Callable[[int, Mapping[str, str], Mapping[str, Any]], Iterator[Wanted]]] = {
    "PutV1ProductsSku": _product,
    "PostV1Products": _product,
    "DeleteV1ProductsSku": _deleted,
    "PostV1ProductsBaseprices": _base_prices,
    "PostV1ProductsSpecialprice": _special_prices,
    "PostV1ProductsSpecialpricedelete": _no_special_prices,
    "PostV1InventorySourceitems": _source_items,
    "PostV1InventorySourceitemsdelete": _no_source_items,
    "PostV1CategoriesCategoryIdProducts": _entered,
    "PutV1CategoriesCategoryIdProducts": _entered,
    "DeleteV1CategoriesCategoryIdProductsSku": _left,
}
