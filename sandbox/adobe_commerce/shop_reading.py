"""What the API says of the shop itself: sources of stock, store views, websites, modules."""

from collections.abc import Callable
from typing import Any

from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.problems import ApiError
from sandbox.adobe_commerce.records import Source
from sandbox.adobe_commerce.scopes import VIEWS
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search

MODULES = (
    "Magento_Store", "Magento_Webapi", "Magento_WebapiAsync", "Magento_Catalog",
    "Magento_ConfigurableProduct", "Magento_InventoryApi", "Magento_Staging",
    "Magento_CatalogStaging",
)  # fmt: skip


def list_sources(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET inventory/sources`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    readers: dict[str, Callable[[Source], Any]] = {
        "source_code": lambda source: source.code,
        "name": lambda source: source.name,
        "enabled": lambda source: int(source.enabled),
        "city": lambda source: source.city,
    }
    found, total = search(call.catalogue.sources.values(), criteria, readers.get)
    return results([_source(item) for item in found], criteria, total)


def get_source(call: Call) -> dict[str, Any]:
    """Answer `GET inventory/sources/{sourceCode}`."""
    code = call.path["sourceCode"]
    source = call.catalogue.sources.get(code)
    if source is None:
        raise ApiError(404, 'Source with code "%value" does not exist.', {"value": code})
    return _source(source)


def _source(source: Source) -> dict[str, Any]:
    return {
        "source_code": source.code,
        "name": source.name,
        "enabled": source.enabled,
        "country_id": "FR",
        "city": source.city,
        "postcode": "69001",
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


def list_views(_: Call) -> list[dict[str, Any]]:
    """Answer `GET store/storeViews`, in which the administration counts as a view."""
    views = [
        {
            "id": view.id,
            "code": view.code,
            "name": view.name,
            "website_id": view.website_id,
            "store_group_id": view.group_id,
            "is_active": 1,
        }
        for view in VIEWS
    ]
    admin = {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0}
    return [*views, {**admin, "is_active": 1}]


def list_websites(_: Call) -> list[dict[str, Any]]:
    """Answer `GET store/websites`."""
    return [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
    ]


def list_configurations(call: Call) -> list[dict[str, Any]]:
    """Answer `GET store/storeConfigs`, for all views or those that `storeCodes` names."""
    asked = [value for name, value in call.query if name.startswith("storeCodes")]
    base = f"http://{call.shop.name}.example/"
    return [
        {
            "id": view.id,
            "code": view.code,
            "website_id": view.website_id,
            "locale": view.locale,
            "base_currency_code": call.shop.currency,
            "default_display_currency_code": call.shop.currency,
            "timezone": "UTC",
            "weight_unit": "kgs",
            **{
                f"{secure}base_{part}url": base
                for secure in ("", "secure_")
                for part in ("", "link_", "static_", "media_")
            },
        }
        for view in VIEWS
        if not asked or view.code in asked
    ]


def list_modules(_: Call) -> list[str]:
    """Answer `GET modules`."""
    return list(MODULES)
