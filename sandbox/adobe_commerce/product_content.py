"""What a request to save a product sends, read and checked."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.adobe_commerce.attributes import (
    ATTRIBUTES,
    CATEGORY_IDS,
    OWN_FIELDS,
    decimal,
    decimal_text,
    integer,
    parse_value,
)
from sandbox.adobe_commerce.catalogue import Catalogue
from sandbox.adobe_commerce.problems import (
    invalid_value,
    no_such_entity,
    no_such_product,
    required,
    wrong_type,
)
from sandbox.adobe_commerce.scopes import WEBSITE_ID


def sent_values(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
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


def sent_extension(catalogue: Catalogue, content: Mapping[str, Any]) -> dict[str, Any]:
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
        known["category_links"] = links_of(catalogue, _list(sent, "category_links"))
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


def links_of(catalogue: Catalogue, items: list[Any]) -> dict[int, int]:
    """Return the position in each category that a request names.

    Raises:
        ApiError: one of them is no category, or cannot be read.
    """
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
