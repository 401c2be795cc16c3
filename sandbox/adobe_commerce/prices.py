"""The price endpoints: they answer 200 whatever happens, with one entry for each thing wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.adobe_commerce.attributes import decimal, decimal_text, integer, moment_at, moment_text
from sandbox.adobe_commerce.context import Call, text_of
from sandbox.adobe_commerce.problems import filled, required
from sandbox.adobe_commerce.records import CONFIGURABLE, Product
from sandbox.adobe_commerce.scopes import GLOBAL, is_scope, scope_code
from sandbox.configuration import PriceScope

_LIMIT = Decimal(10) ** 14
_EARLIEST, _LATEST = "1970-01-01 00:00:01", "2038-01-19 03:14:07"
_ROW = "Row ID: SKU = %SKU, Store ID: %storeId, Price From: %priceFrom, Price To: %priceTo."


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a price request, of the right types but not yet checked."""

    sku: str
    scope: int
    price: Decimal | None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    """Something wrong with a row."""

    message: str
    parameters: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        values = [None if item is None else str(item) for item in self.parameters.values()]
        return {"message": self.message, "parameters": values}


def _rows(call: Call) -> list[_Row]:
    rows = []
    for content in call.rows("prices"):
        for name in ("sku", "store_id"):
            if content.get(name) is None:
                raise required(name)
        price = content.get("price")
        rows.append(
            _Row(
                sku=text_of("sku", content["sku"]) or "",
                scope=integer("store_id", content["store_id"]),
                price=None if price is None else decimal("price", price),
                start=text_of("price_from", content.get("price_from")),
                end=text_of("price_to", content.get("price_to")),
            )
        )
    return rows


def _found(call: Call, sku: str) -> Product | None:
    """Return the product whose price can be set: a configurable one has none of its own."""
    product = call.catalogue.find(sku)
    return None if product is None or product.type_id == CONFIGURABLE else product


def update_base_prices(call: Call) -> list[dict[str, Any]]:
    """Answer `POST products/base-prices`: the rows without a failure are applied."""
    answers: list[dict[str, Any]] = []
    for row in _rows(call):
        product = _found(call, row.sku)
        failures = [*_base_failures(row, product), *_unsaved(call, row)]
        answers += [failure.document() for failure in failures]
        if failures or product is None or row.price is None:
            _refuse(call, row, "price", failures)
        else:
            call.write_attribute(product, "price", row.scope, decimal_text(row.price))
    return answers


def _base_failures(row: _Row, product: Product | None) -> list[_Failure]:
    failures = []
    invalid = "Invalid attribute %fieldName = %fieldValue."
    if product is None:
        failures.append(_Failure(invalid, {"fieldName": "SKU", "fieldValue": row.sku}))
    if _wrong(row.price):
        shown = None if row.price is None else f"{row.price.normalize():f}"
        failures.append(_Failure(invalid, {"fieldName": "Price", "fieldValue": shown}))
    if not is_scope(row.scope):
        message = "Requested store is not found. Row ID: SKU = %SKU, Store ID: %storeId."
        values = {"SKU": row.sku, "storeId": row.scope}
        failures.append(_Failure(filled(message, values), values))
    return failures


def _unsaved(call: Call, row: _Row) -> list[_Failure]:
    if not call.leaves_out(row.sku):
        return []
    values = {"SKU": row.sku, "storeId": row.scope}
    message = "The price could not be saved. Row ID: SKU = %SKU, Store ID: %storeId."
    return [_Failure(filled(message, values), values)]


def _wrong(price: Decimal | None) -> bool:
    return price is None or price < 0 or price >= _LIMIT


def _refuse(call: Call, row: _Row, name: str, failures: list[_Failure]) -> None:
    reason = failures[0].message if failures else "refused"
    value = None if row.price is None else str(row.price)
    product = call.catalogue.find(row.sku)
    sku = row.sku if product is None else product.sku
    place = scope_code(row.scope) if is_scope(row.scope) else str(row.scope)
    call.refuse(reason, sku, f"{name}@{place}", value)


def read_base_prices(call: Call) -> list[dict[str, Any]]:
    """Answer `POST products/base-prices-information`: a row for each scope that has a value."""
    return [
        {"price": Decimal(value), "store_id": scope, "sku": product.sku}
        for product in _asked(call)
        for scope in (GLOBAL, *sorted(product.overrides))
        if (value := product.stored("price", scope)) is not None
    ]


def _asked(call: Call) -> list[Product]:
    found = {}
    for sku in call.texts("skus"):
        product = _found(call, sku)
        if product is not None:
            found[product.id] = product
    return list(found.values())


def update_special_prices(call: Call) -> list[dict[str, Any]]:
    """Answer `POST products/special-price`: the rows without a failure are scheduled."""
    answers: list[dict[str, Any]] = []
    now = moment_at(call.at)
    for row in _rows(call):
        product = _found(call, row.sku)
        failures = _special_failures(call, row, product)
        failures += [*_schedule_failures(row, now), *_unsaved(call, row)]
        if product is not None and not failures:
            failures += _overlap_failures(row, product, now)
        answers += [failure.document() for failure in failures]
        if failures or product is None or row.price is None:
            _refuse(call, row, "special_price", failures)
            continue
        call.write_attribute(product, "special_price", row.scope, decimal_text(row.price))
        call.write_attribute(product, "special_from_date", row.scope, row.start)
        call.write_attribute(product, "special_to_date", row.scope, row.end)
    return answers


def delete_special_prices(call: Call) -> list[dict[str, Any]]:
    """Answer `POST products/special-price-delete`: the rows' scopes lose their special price."""
    answers: list[dict[str, Any]] = []
    for row in _rows(call):
        product = _found(call, row.sku)
        failures = [*_special_failures(call, row, product), *_unsaved(call, row)]
        for label, value in (("Price From", row.start), ("Price To", row.end)):
            if value and moment_text(value) != value:
                failures.append(_date_failure(row, label))
        answers += [failure.document() for failure in failures]
        if failures or product is None:
            _refuse(call, row, "special_price", failures)
            continue
        for code in ("special_price", "special_from_date", "special_to_date"):
            call.write_attribute(product, code, row.scope, None)
    return answers


def _special_failures(call: Call, row: _Row, product: Product | None) -> list[_Failure]:
    failures = []
    if product is None:
        failures.append(
            _special_failure(
                row,
                "The product that was requested doesn't exist. Verify the product and try again. ",
            )
        )
    if call.shop.price_scope is PriceScope.GLOBAL and row.scope != GLOBAL:
        failures.append(
            _special_failure(row, "Could not change non global Price when price scope is global. ")
        )
    if not is_scope(row.scope):
        failures.append(_special_failure(row, "Requested store is not found. "))
    if _wrong(row.price):
        failures.append(
            _special_failure(row, "Invalid attribute Price = %price. ", {"price": row.price})
        )
    return failures


def _schedule_failures(row: _Row, now: str) -> list[_Failure]:
    """Return what is wrong with the dates: both are needed, the first in the future."""
    failures = []
    if row.start is None or moment_text(row.start) != row.start or row.start <= now:
        failures.append(_date_failure(row, "Price From"))
    if (
        row.end is None
        or moment_text(row.end) != row.end
        or (row.start is not None and row.end <= row.start)
    ):
        failures.append(_date_failure(row, "Price To"))
    return failures


def _overlap_failures(row: _Row, product: Product, now: str) -> list[_Failure]:
    """Return the clash with what is scheduled for another scope and has not begun."""
    for scope in (GLOBAL, *product.overrides):
        start = product.stored("special_from_date", scope)
        end = product.stored("special_to_date", scope)
        if scope == row.scope or start is None or end is None or start <= now:
            continue
        if (
            (start, end) != (row.start, row.end)
            and start < (row.end or "")
            and (row.start or "") < end
        ):
            message = (
                "Future Update already exists in this time range. "
                "Set a different range and try again."
            )
            return [_Failure(message, {})]
    return []


def _date_failure(row: _Row, label: str) -> _Failure:
    return _special_failure(row, "Invalid attribute %label = %priceTo. ", {"label": label})


def _special_failure(row: _Row, message: str, first: Mapping[str, Any] | None = None) -> _Failure:
    values = {
        **(first or {}),
        "SKU": row.sku,
        "storeId": row.scope,
        "priceFrom": row.start,
        "priceTo": row.end,
    }
    return _Failure(filled(message + _ROW, values), values)


def read_special_prices(call: Call) -> list[dict[str, Any]]:
    """Answer `POST products/special-price-information`, scheduled prices included."""
    return [
        {
            "price": Decimal(value),
            "store_id": scope,
            "sku": product.sku,
            "price_from": product.stored("special_from_date", scope) or _EARLIEST,
            "price_to": product.stored("special_to_date", scope) or _LATEST,
        }
        for product in _asked(call)
        for scope in (GLOBAL, *sorted(product.overrides))
        if (value := product.stored("special_price", scope)) is not None
    ]
