"""The rules that decide which products a smart collection holds."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.shopify.documents import available, variant_title
from sandbox.shopify.records import InventoryItem, Product, Variant

_TEXT_RELATIONS: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, condition: value == condition,
    "NOT_EQUALS": lambda value, condition: value != condition,
    "STARTS_WITH": lambda value, condition: value.startswith(condition),
    "ENDS_WITH": lambda value, condition: value.endswith(condition),
    "CONTAINS": lambda value, condition: condition in value,
    "NOT_CONTAINS": lambda value, condition: condition not in value,
    "IS_SET": lambda value, _: bool(value),
    "IS_NOT_SET": lambda value, _: not value,
}

_NUMBER_RELATIONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "EQUALS": lambda value, condition: value == condition,
    "NOT_EQUALS": lambda value, condition: value != condition,
    "GREATER_THAN": lambda value, condition: value > condition,
    "LESS_THAN": lambda value, condition: value < condition,
}

_Pairs = list[tuple[Variant, InventoryItem]]


def matches(rule_set: dict[str, Any], product: Product, pairs: _Pairs) -> bool:
    """Tell whether a product belongs to a smart collection with this rule set."""
    results = (_rule_matches(rule, product, pairs) for rule in rule_set["rules"])
    return any(results) if rule_set["appliedDisjunctively"] else all(results)


def _rule_matches(rule: dict[str, Any], product: Product, pairs: _Pairs) -> bool:
    column, relation, condition = rule["column"], rule["relation"], rule["condition"]
    numbers = _numbers(column, pairs)
    if numbers is not None:
        return _any_number(relation, numbers, condition)
    wanted = condition.lower()
    compare = _TEXT_RELATIONS.get(relation)
    if compare is None:
        return False
    texts = [text.lower() for text in _texts(column, product, pairs)]
    if relation.startswith("NOT_") or relation == "IS_NOT_SET":
        return all(compare(text, wanted) for text in texts)
    return any(compare(text, wanted) for text in texts)


def _numbers(column: str, pairs: _Pairs) -> list[Decimal] | None:
    if column == "VARIANT_PRICE":
        return [variant.price for variant, _ in pairs]
    if column in ("VARIANT_COMPARE_AT_PRICE", "IS_PRICE_REDUCED"):
        return [
            variant.compare_at_price for variant, _ in pairs if variant.compare_at_price is not None
        ]
    if column == "VARIANT_INVENTORY":
        return [Decimal(available(item)) for _, item in pairs]
    if column == "VARIANT_WEIGHT":
        return [Decimal(str(item.weight_value)) for _, item in pairs]
    return None


def _any_number(relation: str, numbers: list[Decimal], condition: str) -> bool:
    if relation in ("IS_SET", "IS_NOT_SET"):
        return bool(numbers) == (relation == "IS_SET")
    try:
        wanted = Decimal(condition)
    except InvalidOperation:
        return False
    compare = _NUMBER_RELATIONS.get(relation)
    return compare is not None and any(compare(number, wanted) for number in numbers)


def _texts(column: str, product: Product, pairs: _Pairs) -> list[str]:
    if column == "TAG":
        return product.tags
    if column == "VARIANT_TITLE":
        return [variant_title(product, variant) for variant, _ in pairs]
    single = {"TITLE": product.title, "TYPE": product.product_type, "VENDOR": product.vendor}
    return [single.get(column, "")]
