"""Creating, changing and deleting products."""

from collections.abc import Mapping
from typing import Any

from sandbox.adobe_commerce.attributes import (
    ATTRIBUTES,
    EVERYWHERE,
    STATUS_ENABLED,
    integer,
    moment_at,
)
from sandbox.adobe_commerce.catalogue import RECORD, WEBSITE_IDS, stock_field
from sandbox.adobe_commerce.category_linking import assign, categories_wanted
from sandbox.adobe_commerce.context import Call, text_of
from sandbox.adobe_commerce.problems import (
    ApiError,
    empty_attribute,
    invalid_value,
    no_such_product,
    required,
)
from sandbox.adobe_commerce.product_content import sent_extension, sent_values
from sandbox.adobe_commerce.product_reading import product_document
from sandbox.adobe_commerce.records import CONFIGURABLE, SIMPLE, Product
from sandbox.adobe_commerce.scopes import GLOBAL, VIEWS, WEBSITE_ID
from sandbox.adobe_commerce.url_keys import url_key_of

_TYPES = frozenset((SIMPLE, "virtual", CONFIGURABLE))
_SKU_LENGTH = 64


def save_product(call: Call) -> dict[str, Any]:
    """Answer `POST products` and `PUT products/{sku}`, which creates what it does not find.

    Only what is sent is written, in the scope of the path; null hands the value back to the
    global scope. A new product's values are global whatever the scope.
    """
    content = call.part("product")
    sku = call.path.get("sku") or text_of("sku", content.get("sku"))
    if not sku or not sku.strip():
        raise required("sku")
    if len(sku) > _SKU_LENGTH:
        raise ApiError(400, "SKU length should be %1 characters maximum.", [_SKU_LENGTH])
    found = call.catalogue.find(sku)
    values, unknown = sent_values(content)
    extension = sent_extension(call.catalogue, content)
    if found is None:
        product = _create(call, sku, content, values, extension)
    else:
        product = found
        _change(call, product, values, extension)
    for code, value in unknown.items():
        call.refuse("unknown attribute", product.sku, f"{code}@unknown", value)
    return product_document(call.catalogue, product, call.scope, call.at, whole=True)


def _create(
    call: Call,
    sku: str,
    content: Mapping[str, Any],
    values: dict[str, Any],
    extension: dict[str, Any],
) -> Product:
    type_id = text_of("type_id", content.get("type_id")) or SIMPLE
    if type_id not in _TYPES:
        raise invalid_value("type_id", type_id)
    if values.get("name") is None:
        raise empty_attribute(ATTRIBUTES["name"].label)
    if values.get("price") is None and type_id != CONFIGURABLE:
        raise empty_attribute(ATTRIBUTES["price"].label)
    categories = categories_wanted(call, None, values, extension)
    stored = {code: value for code, value in values.items() if value is not None}
    stored.setdefault("status", STATUS_ENABLED)
    stored.setdefault("visibility", EVERYWHERE)
    stored["url_key"] = url_key_of(stored.get("url_key", "")) or url_key_of(stored["name"])
    _check_url_key(call, stored["url_key"], None)
    now = moment_at(call.at)
    call.create(
        Product(
            id=call.catalogue.next_id(),
            sku=sku.strip(),
            type_id=type_id,
            attribute_set_id=integer("attribute_set_id", content.get("attribute_set_id") or 4),
            created_at=now,
            updated_at=now,
            website_ids=extension.get("website_ids", [WEBSITE_ID]),
            values=stored,
            category_links=categories or {},
            child_ids=extension.get("child_ids", []),
            option_codes=["color", "size"] if type_id == CONFIGURABLE else [],
        )
    )
    product = call.catalogue.find(sku.strip())
    if product is None:
        raise no_such_product()
    if type_id != CONFIGURABLE:
        _write_stock(call, product, {"quantity": "0.00", "status": 0} | extension.get("stock", {}))
    return product


def _change(
    call: Call, product: Product, values: dict[str, Any], extension: dict[str, Any]
) -> None:
    for code, value in values.items():
        if value is None and code in ATTRIBUTES and ATTRIBUTES[code].required:
            _check_required(call, product, code)
    if "url_key" in values:
        values["url_key"] = _new_url_key(call, product, values)
    categories = categories_wanted(call, product, values, extension)
    for code, value in values.items():
        call.write_attribute(product, code, call.scope, value)
    if categories is not None:
        assign(call, product, categories)
    if "website_ids" in extension:
        call.write(product.sku, WEBSITE_IDS, extension["website_ids"])
    if "stock" in extension and product.type_id != CONFIGURABLE:
        _write_stock(call, product, extension["stock"])


def _new_url_key(call: Call, product: Product, values: Mapping[str, Any]) -> str | None:
    """Return a product's URL key as it is kept; emptied, a view inherits and the shop takes a name.

    Raises:
        ApiError: another product has it in a view that would see it.
    """
    sent = values["url_key"]
    if sent is None and call.scope != GLOBAL:
        return None
    name = values.get("name") or product.value("name", call.scope)
    key = url_key_of(sent or "") or url_key_of(name)
    _check_url_key(call, key, product)
    return key


def _check_url_key(call: Call, key: str, product: Product | None) -> None:
    """Refuse a URL key that another product has in a view which would see it.

    Raises:
        ApiError: there is such a product.
    """
    reached = [view.id for view in VIEWS]
    if product is not None and call.scope != GLOBAL:
        reached = [call.scope]
    elif product is not None:
        reached = [view for view in reached if product.stored("url_key", view) is None]
    if any(call.catalogue.has_url_key(key, view, beside=product) for view in reached):
        raise ApiError(400, "URL key for specified store already exists.")


def _check_required(call: Call, product: Product, code: str) -> None:
    """Refuse to empty what a product must have; a view may hand its value back.

    Raises:
        ApiError: the product would be left without the value.
    """
    scopes = call.scopes_of(code, call.scope)
    if GLOBAL in scopes and not (code == "price" and product.type_id == CONFIGURABLE):
        raise empty_attribute(ATTRIBUTES[code].label)


def _write_stock(call: Call, product: Product, stock: Mapping[str, Any]) -> None:
    for name, value in stock.items():
        call.write(product.sku, stock_field("default", name), value)


def delete_product(call: Call) -> bool:
    """Answer `DELETE products/{sku}`."""
    product = call.catalogue.find(call.path["sku"])
    if product is None:
        raise no_such_product()
    call.write(product.sku, RECORD, None)
    return True
