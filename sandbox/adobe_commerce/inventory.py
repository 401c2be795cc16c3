"""Stock by source: a request is applied whole or refused whole, save for unknown products."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from sandbox.adobe_commerce.attributes import decimal_text, integer
from sandbox.adobe_commerce.catalogue import stock_field
from sandbox.adobe_commerce.context import Call, text_of
from sandbox.adobe_commerce.problems import ApiError, filled
from sandbox.adobe_commerce.product_content import quantity
from sandbox.adobe_commerce.records import CONFIGURABLE, Product, StockLevel
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search


class _Item(NamedTuple):
    """What one source has of one product."""

    product: Product
    source: str
    level: StockLevel


_READERS = {
    "sku": lambda item: item.product.sku,
    "source_code": lambda item: item.source,
    "quantity": lambda item: item.level.quantity,
    "status": lambda item: item.level.status,
}


def search_source_items(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET inventory/source-items`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    found, total = search(_items(call, criteria.only("sku")), criteria, _READERS.get)
    items = [
        {
            "sku": item.product.sku,
            "source_code": item.source,
            "quantity": Decimal(item.level.quantity),
            "status": item.level.status,
        }
        for item in found
    ]
    return results(items, criteria, total)


def _items(call: Call, skus: list[str] | None) -> Iterator[_Item]:
    for product in call.catalogue.chosen(skus):
        for source, level in product.stock.items():
            yield _Item(product, source, level)


def save_source_items(call: Call) -> list[Any]:
    """Answer `POST inventory/source-items`; an unknown SKU is passed over without a word."""
    rows = call.rows("sourceItems")
    if not rows:
        raise ApiError(400, "Input data is empty")
    parsed = [(_text(row, "sku"), _text(row, "source_code"), *_amounts(row)) for row in rows]
    _validate(parsed)
    for _, source, _, _ in parsed:
        if source not in call.catalogue.sources:
            raise ApiError(400, "Could not save Source Item")
    for sku, source, units, status in parsed:
        product = call.catalogue.find(sku)
        reason = _passed_over(call, sku, product)
        if product is None or reason is not None:
            call.refuse(reason or "", sku, stock_field(source, "quantity"), str(units))
            continue
        call.write(product.sku, stock_field(source, "quantity"), decimal_text(units or Decimal(0)))
        call.write(product.sku, stock_field(source, "status"), status)
    return []


def _passed_over(call: Call, sku: str, product: Product | None) -> str | None:
    """Return why a row is passed over without a word, or None where it is saved."""
    if product is None:
        return "unknown product"
    if product.type_id == CONFIGURABLE:
        return "product without stock of its own"
    return "accepted and never applied" if call.leaves_out(sku) else None


def _text(row: dict[str, Any], name: str) -> str:
    return text_of(name, row.get(name)) or ""


def _amounts(row: dict[str, Any]) -> tuple[Decimal | None, int | None]:
    units, status = row.get("quantity"), row.get("status")
    return (
        None if units is None else quantity("quantity", units),
        None if status is None else integer("status", status),
    )


def _validate(rows: list[tuple[str, str, Decimal | None, int | None]]) -> None:
    """Refuse all rows if one of them is wrong.

    Raises:
        ApiError: with every fault of every row.
    """
    faults: list[tuple[str, str]] = []
    for sku, source, units, status in rows:
        if not sku.strip():
            faults.append(('"%field" can not be empty.', "sku"))
        if sku != sku.strip():
            faults.append(('"%field" can not contain leading or trailing spaces.', "sku"))
        if not source.strip():
            faults.append(('"%field" can not be empty.', "source_code"))
        if any(char.isspace() for char in source):
            faults.append(('"%field" can not contain whitespaces.', "source_code"))
        if units is None:
            faults.append(('"%field" should be numeric.', "quantity"))
        if status is None:
            faults.append(('"%field" should be numeric.', "status"))
        elif status not in (0, 1):
            faults.append(('"%field" should a known status.', "status"))
    if faults:
        first = filled(faults[0][0], {"field": faults[0][1]})
        raise ApiError(
            400,
            f"Validation Failed: {first}",
            errors=[
                {"message": message, "parameters": {"field": field}} for message, field in faults
            ],
        )


def delete_source_items(call: Call) -> list[Any]:
    """Answer `POST inventory/source-items-delete`."""
    rows = call.rows("sourceItems")
    if not rows:
        raise ApiError(400, "Input data is empty")
    for row in rows:
        sku, source = _text(row, "sku"), _text(row, "source_code")
        product = call.catalogue.find(sku)
        if product is None or source not in product.stock:
            call.refuse("no such source item", sku)
            continue
        call.write(product.sku, stock_field(source, "quantity"), None)
    return []
