"""Creating, changing and deleting products, and putting them into categories."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.adobe_commerce.attributes import (
    ATTRIBUTES,
    CATEGORY_IDS,
    EVERYWHERE,
    OWN_FIELDS,
    STATUS_ENABLED,
    decimal,
    decimal_text,
    integer,
    moment_at,
    parse_value,
)
from sandbox.adobe_commerce.catalogue import (
    RECORD,
    WEBSITE_IDS,
    Catalogue,
    category_field,
    stock_field,
)
from sandbox.adobe_commerce.context import Call, text_of
from sandbox.adobe_commerce.problems import (
    ApiError,
    empty_attribute,
    invalid_value,
    no_such_entity,
    no_such_product,
    required,
    wrong_type,
)
from sandbox.adobe_commerce.product_reading import product_document
from sandbox.adobe_commerce.records import CONFIGURABLE, SIMPLE, Product
from sandbox.adobe_commerce.scopes import GLOBAL, WEBSITE_ID

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
    values, unknown = _values(content)
    extension = _extension(call.catalogue, content)
    if found is None:
        product = _create(call, sku, content, values, extension)
    else:
        product = found
        _change(call, product, values, extension)
    for code, value in unknown.items():
        call.refuse("unknown attribute", product.sku, f"{code}@unknown", value)
    return product_document(call.catalogue, product, call.scope, call.at, whole=True)


def _values(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attribute values that a request sends, checked, and those nobody knows."""
    sent: dict[str, Any] = {code: content[code] for code in OWN_FIELDS if code in content}
    custom = content.get("custom_attributes")
    if custom is None:
        custom = []
    if isinstance(custom, dict):
        custom = [{"attribute_code": code, "value": value} for code, value in custom.items()]
    if not isinstance(custom, list):
        raise wrong_type("custom_attributes", custom, "array")
    for item in custom:
        if not isinstance(item, dict) or not isinstance(item.get("attribute_code"), str):
            raise required("attribute_code")
        sent[item["attribute_code"]] = item.get("value")
    known = {
        code: parse_value(ATTRIBUTES[code], value)
        for code, value in sent.items()
        if code in ATTRIBUTES
    }
    if CATEGORY_IDS in sent:
        known[CATEGORY_IDS] = sent[CATEGORY_IDS]
    unknown = {code: value for code, value in sent.items() if code not in known}
    return known, unknown


def _extension(catalogue: Catalogue, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the extension attributes that a request sends and the store knows, checked."""
    sent = content.get("extension_attributes")
    if sent is None or sent == []:
        return {}
    if not isinstance(sent, dict):
        raise wrong_type("extension_attributes", sent, "object")
    known: dict[str, Any] = {}
    if sent.get("website_ids") is not None:
        known["website_ids"] = [integer("website_ids", item) for item in _list(sent, "website_ids")]
        if set(known["website_ids"]) - {WEBSITE_ID}:
            raise no_such_entity("website_id", max(known["website_ids"]))
    if sent.get("category_links") is not None:
        known["category_links"] = _links(catalogue, _list(sent, "category_links"))
    if sent.get("stock_item") is not None:
        known["stock"] = _stock(sent["stock_item"])
    if sent.get("configurable_product_links") is not None:
        known["child_ids"] = [
            integer("configurable_product_links", item)
            for item in _list(sent, "configurable_product_links")
        ]
        for number in known["child_ids"]:
            if catalogue.by_id(number) is None:
                raise no_such_product()
    return known


def _list(content: Mapping[str, Any], name: str) -> list[Any]:
    value = content[name]
    if not isinstance(value, list):
        raise wrong_type(name, value, "array")
    return value


def _links(catalogue: Catalogue, items: list[Any]) -> dict[int, int]:
    links: dict[int, int] = {}
    for item in items:
        if not isinstance(item, dict):
            raise wrong_type("category_links", item, "object")
        if item.get("category_id") is None:
            raise required("category_id")
        number = integer("category_id", item["category_id"])
        if number not in catalogue.categories:
            raise no_such_entity("id", number)
        links[number] = integer("position", item.get("position") or 0)
    return links


def _stock(item: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        raise wrong_type("stock_item", item, "object")
    known: dict[str, Any] = {}
    if item.get("qty") is not None:
        known["quantity"] = decimal_text(quantity("qty", item["qty"]))
    if item.get("is_in_stock") is not None:
        known["status"] = integer("is_in_stock", item["is_in_stock"])
    return known


def quantity(field: str, value: object) -> Decimal:
    """Read a quantity of stock, which may be below zero.

    Raises:
        ApiError: the value is no number that the database can hold.
    """
    number = decimal(field, value)
    if abs(number) >= Decimal(10) ** 8:
        raise invalid_value(field, value)
    return number


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
    categories = _categories(call.catalogue, values, extension)
    stored = {code: value for code, value in values.items() if value is not None}
    stored.setdefault("status", STATUS_ENABLED)
    stored.setdefault("visibility", EVERYWHERE)
    stored.setdefault("url_key", _url_key(stored["name"]))
    if call.catalogue.owner_of_url_key(stored["url_key"]) is not None:
        raise ApiError(400, "URL key for specified store already exists.")
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


def _url_key(name: str) -> str:
    return "-".join("".join(char.lower() if char.isalnum() else " " for char in name).split())


def _categories(
    catalogue: Catalogue, values: dict[str, Any], extension: dict[str, Any]
) -> dict[int, int] | None:
    """Return all categories that a product shall be in, or None if the request does not say."""
    sent = values.pop(CATEGORY_IDS, None)
    if "category_links" in extension:
        links: dict[int, int] = extension["category_links"]
        return links
    if sent is None:
        return None
    if not isinstance(sent, list):
        sent = [item for item in str(sent).split(",") if item]
    return _links(catalogue, [{"category_id": item} for item in sent])


def _change(
    call: Call, product: Product, values: dict[str, Any], extension: dict[str, Any]
) -> None:
    for code, value in values.items():
        if value is None and code in ATTRIBUTES and ATTRIBUTES[code].required:
            _check_required(call, product, code)
    url_key = values.get("url_key")
    owner = call.catalogue.owner_of_url_key(url_key) if url_key is not None else None
    if owner is not None and owner != product.id:
        raise ApiError(400, "URL key for specified store already exists.")
    categories = _categories(call.catalogue, values, extension)
    for code, value in values.items():
        call.write_attribute(product, code, call.scope, value)
    if categories is not None:
        _assign(call, product, categories)
    if "website_ids" in extension:
        call.write(product.sku, WEBSITE_IDS, extension["website_ids"])
    if "stock" in extension and product.type_id != CONFIGURABLE:
        _write_stock(call, product, extension["stock"])


def _check_required(call: Call, product: Product, code: str) -> None:
    """Refuse to empty what a product must have; a view may hand its value back.

    Raises:
        ApiError: the product would be left without the value.
    """
    scopes = call.scopes_of(code, call.scope)
    if GLOBAL in scopes and not (code == "price" and product.type_id == CONFIGURABLE):
        raise empty_attribute(ATTRIBUTES[code].label)


def _assign(call: Call, product: Product, categories: Mapping[int, int]) -> None:
    """Make these the product's only categories."""
    for number in sorted(set(product.category_links) - set(categories)):
        call.write(product.sku, category_field(number), None)
    for number, place in categories.items():
        if product.category_links.get(number) != place:
            call.write(product.sku, category_field(number), place)


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


def assign_product(call: Call) -> bool:
    """Answer `POST` and `PUT categories/{categoryId}/products`."""
    link = call.part("productLink")
    sku = text_of("sku", link.get("sku"))
    if not sku:
        raise required("sku")
    number = integer("category_id", call.path.get("categoryId") or link.get("category_id") or 0)
    if number not in call.catalogue.categories:
        raise no_such_entity("id", number)
    product = call.catalogue.find(sku)
    if product is None:
        raise no_such_product()
    position = integer("position", link.get("position") or 0)
    call.write(product.sku, category_field(number), position)
    return True


def unassign_product(call: Call) -> bool:
    """Answer `DELETE categories/{categoryId}/products/{sku}`."""
    number = integer("categoryId", call.path["categoryId"])
    if number not in call.catalogue.categories:
        raise no_such_entity("id", number)
    product = call.catalogue.find(call.path["sku"])
    if product is None:
        raise no_such_product()
    if number not in product.category_links:
        raise ApiError(400, "The category doesn't contain the specified product.")
    call.write(product.sku, category_field(number), None)
    return True
