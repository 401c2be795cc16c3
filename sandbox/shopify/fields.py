"""Which field of which resource the journal can name, and how each is written as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.shopify.records import options_from_document

_CENT = Decimal("0.01")
_Parse = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One changeable field: the attribute behind it and its JSON form.

    `parse` raises ValueError or TypeError for a value that the field cannot hold.
    """

    attribute: str
    read: Callable[[Any], Any]
    parse: _Parse


def _same(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value


def _copy(value: Any) -> Any:  # noqa: ANN401 - any JSON list
    return list(value)


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise TypeError("It must be a text.")
    return value


def _optional_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return None if value is None else _text(value)


def _filled_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Take a text that the platform forgets when it is blank."""
    text = _optional_text(value)
    return text if text and text.strip() else None


def _flag(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, bool):
        raise TypeError("It must be true or false.")
    return value


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list):
        raise TypeError("It must be a list of texts.")
    return [_text(element) for element in value]


def _numbers(value: Any) -> list[int]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list) or not all(isinstance(element, int) for element in value):
        raise TypeError("It must be a list of numbers.")
    return list(value)


def _one_of(*names: str) -> _Parse:
    def parse(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if value not in names:
            raise ValueError(f"It must be one of {', '.join(names)}.")
        return value

    return parse


def _money(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _parse_money(value: Any) -> Decimal:  # noqa: ANN401 - any JSON number or string
    return Decimal(str(value)).quantize(_CENT)


def _parse_optional_money(value: Any) -> Decimal | None:  # noqa: ANN401 - any JSON value
    return None if value is None else _parse_money(value)


def _plain(attribute: str, parse: _Parse = _same) -> Field:
    return Field(attribute, _same, parse)


PRODUCT_FIELDS = {
    "title": _plain("title", _text),
    "handle": _plain("handle", _text),
    "descriptionHtml": _plain("description_html", _text),
    "vendor": _plain("vendor", _text),
    "productType": _plain("product_type", _text),
    "tags": Field("tags", _copy, _texts),
    "status": _plain("status", _one_of("ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED")),
    "publishedAt": _plain("published_at"),
    "templateSuffix": _plain("template_suffix", _optional_text),
    "seo.title": _plain("seo_title", _filled_text),
    "seo.description": _plain("seo_description", _filled_text),
    "giftCardTemplateSuffix": _plain("gift_card_template_suffix", _optional_text),
    "requiresSellingPlan": _plain("requires_selling_plan", _flag),
    "options": Field(
        "options",
        lambda options: [
            {
                "id": option.id,
                "name": option.name,
                "values": [{"id": value.id, "name": value.name} for value in option.values],
            }
            for option in options
        ],
        options_from_document,
    ),
    "variantIds": Field("variant_ids", _copy, _numbers),
}

VARIANT_FIELDS = {
    "price": Field("price", _money, _parse_money),
    "compareAtPrice": Field("compare_at_price", _money, _parse_optional_money),
    "barcode": _plain("barcode", _optional_text),
    "taxable": _plain("taxable", _flag),
    "taxCode": _plain("tax_code", _optional_text),
    "inventoryPolicy": _plain("inventory_policy", _one_of("CONTINUE", "DENY")),
    "optionValues": Field("option_values", _copy, _numbers),
    "requiresComponents": _plain("requires_components", _flag),
    "showUnitPrice": _plain("show_unit_price", _flag),
    "unitPriceMeasurement": _plain("unit_price_measurement"),
}

INVENTORY_ITEM_FIELDS = {
    "sku": _plain("sku", _optional_text),
    "cost": Field("cost", _money, _parse_optional_money),
    "tracked": _plain("tracked", _flag),
    "requiresShipping": _plain("requires_shipping", _flag),
    "countryCodeOfOrigin": _plain("country_code_of_origin", _optional_text),
    "provinceCodeOfOrigin": _plain("province_code_of_origin", _optional_text),
    "harmonizedSystemCode": _plain("harmonized_system_code", _optional_text),
    "weight.value": _plain("weight_value"),
    "weight.unit": _plain("weight_unit", _text),
}

COLLECTION_FIELDS = {
    "title": _plain("title", _text),
    "handle": _plain("handle", _text),
    "descriptionHtml": _plain("description_html", _text),
    "sortOrder": _plain("sort_order", _text),
    "templateSuffix": _plain("template_suffix", _optional_text),
    "seo.title": _plain("seo_title", _filled_text),
    "seo.description": _plain("seo_description", _filled_text),
    "ruleSet": _plain("rule_set"),
    "productIds": Field("product_ids", _copy, _numbers),
}

FIELDS = {
    "Product": PRODUCT_FIELDS,
    "ProductVariant": VARIANT_FIELDS,
    "InventoryItem": INVENTORY_ITEM_FIELDS,
    "Collection": COLLECTION_FIELDS,
}

RECORD = "record"
"""The field under which a whole resource is created (before is null) or deleted (after is null)."""

METAFIELD_PREFIX = "metafields."
"""Followed by namespace and key, the field of an owner that holds a metafield."""
