"""Which field of which resource the journal can name, and how each is written as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.shopify.records import options_from_document


@dataclass(frozen=True, slots=True)
class Field:
    """One changeable field: the attribute behind it and its JSON form."""

    attribute: str
    read: Callable[[Any], Any]
    parse: Callable[[Any], Any]


def _same(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value


def _copy(value: Any) -> Any:  # noqa: ANN401 - any JSON list
    return list(value)


def _money(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _parse_money(value: Any) -> Decimal | None:  # noqa: ANN401 - any JSON number or string
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def _plain(attribute: str) -> Field:
    return Field(attribute, _same, _same)


PRODUCT_FIELDS = {
    "title": _plain("title"),
    "handle": _plain("handle"),
    "descriptionHtml": _plain("description_html"),
    "vendor": _plain("vendor"),
    "productType": _plain("product_type"),
    "tags": Field("tags", _copy, _copy),
    "status": _plain("status"),
    "publishedAt": _plain("published_at"),
    "templateSuffix": _plain("template_suffix"),
    "seo.title": _plain("seo_title"),
    "seo.description": _plain("seo_description"),
    "giftCardTemplateSuffix": _plain("gift_card_template_suffix"),
    "requiresSellingPlan": _plain("requires_selling_plan"),
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
    "variantIds": Field("variant_ids", _copy, _copy),
}

VARIANT_FIELDS = {
    "price": Field("price", _money, _parse_money),
    "compareAtPrice": Field("compare_at_price", _money, _parse_money),
    "barcode": _plain("barcode"),
    "taxable": _plain("taxable"),
    "taxCode": _plain("tax_code"),
    "inventoryPolicy": _plain("inventory_policy"),
    "optionValues": Field("option_values", _copy, _copy),
    "requiresComponents": _plain("requires_components"),
    "showUnitPrice": _plain("show_unit_price"),
    "unitPriceMeasurement": _plain("unit_price_measurement"),
}

INVENTORY_ITEM_FIELDS = {
    "sku": _plain("sku"),
    "cost": Field("cost", _money, _parse_money),
    "tracked": _plain("tracked"),
    "requiresShipping": _plain("requires_shipping"),
    "countryCodeOfOrigin": _plain("country_code_of_origin"),
    "provinceCodeOfOrigin": _plain("province_code_of_origin"),
    "harmonizedSystemCode": _plain("harmonized_system_code"),
    "weight.value": _plain("weight_value"),
    "weight.unit": _plain("weight_unit"),
}

COLLECTION_FIELDS = {
    "title": _plain("title"),
    "handle": _plain("handle"),
    "descriptionHtml": _plain("description_html"),
    "sortOrder": _plain("sort_order"),
    "templateSuffix": _plain("template_suffix"),
    "seo.title": _plain("seo_title"),
    "seo.description": _plain("seo_description"),
    "ruleSet": _plain("rule_set"),
    "productIds": Field("product_ids", _copy, _copy),
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
