"""What the API says of everything but products: categories, attributes, sources, store views."""

from collections.abc import Callable
from typing import Any

from sandbox.adobe_commerce.attributes import ATTRIBUTES, Attribute, integer
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.generator import DEFAULT_CATEGORY
from sandbox.adobe_commerce.problems import ApiError, no_such_entity
from sandbox.adobe_commerce.records import Category, Source
from sandbox.adobe_commerce.scopes import VIEWS, is_scope
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search

MODULES = (
    "Magento_Store", "Magento_Webapi", "Magento_WebapiAsync", "Magento_Catalog",
    "Magento_ConfigurableProduct", "Magento_InventoryApi", "Magento_Staging",
    "Magento_CatalogStaging",
)  # fmt: skip


def get_tree(call: Call) -> dict[str, Any]:
    """Answer `GET categories`: the tree below a category, to a depth."""
    asked = dict(call.query)
    root = integer("rootCategoryId", asked.get("rootCategoryId") or DEFAULT_CATEGORY)
    depth = integer("depth", asked["depth"]) if asked.get("depth") else None
    return _branch(call, category_of(call, root), depth)


def _branch(call: Call, category: Category, depth: int | None) -> dict[str, Any]:
    below = None if depth is None else depth - 1
    return {
        "id": category.id,
        "parent_id": category.parent_id,
        "name": _name(category, call.scope),
        "is_active": True,
        "position": category.position,
        "level": category.path.count("/"),
        "product_count": call.catalogue.count_members(category.id),
        "children_data": [
            _branch(call, child, below) for child in _children(call, category) if depth != 0
        ],
    }


def category_of(call: Call, number: int) -> Category:
    """Return a category.

    Raises:
        ApiError: there is none with this identifier.
    """
    category = call.catalogue.categories.get(number)
    if category is None:
        raise no_such_entity("id", number)
    return category


def _children(call: Call, category: Category) -> list[Category]:
    found = [item for item in call.catalogue.categories.values() if item.parent_id == category.id]
    return sorted(found, key=lambda item: item.position)


def _name(category: Category, scope: int) -> str:
    return category.names.get(scope, category.names[0])


def get_category(call: Call) -> dict[str, Any]:
    """Answer `GET categories/{categoryId}`."""
    scope = call.scope
    asked = dict(call.query).get("storeId")
    if asked:
        scope = integer("storeId", asked)
        if not is_scope(scope):
            raise no_such_entity("storeId", scope)
    number = integer("categoryId", call.path["categoryId"])
    return _category(call, category_of(call, number), scope)


def _category(call: Call, category: Category, scope: int) -> dict[str, Any]:
    custom = [
        {"attribute_code": "path", "value": category.path},
        {"attribute_code": "url_key", "value": category.names[0].lower().replace(" ", "-")},
    ]
    if category.description is not None:
        custom.append({"attribute_code": "description", "value": category.description})
    return {
        "id": category.id,
        "parent_id": category.parent_id,
        "name": _name(category, scope),
        "is_active": True,
        "position": category.position,
        "level": category.path.count("/"),
        "children": ",".join(str(child.id) for child in _children(call, category)),
        "created_at": category.created_at,
        "updated_at": category.created_at,
        "path": category.path,
        "available_sort_by": [],
        "include_in_menu": True,
        "custom_attributes": custom,
    }


def list_categories(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET categories/list`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    readers: dict[str, Callable[[Category], Any]] = {
        "entity_id": lambda category: category.id,
        "id": lambda category: category.id,
        "parent_id": lambda category: category.parent_id,
        "name": lambda category: _name(category, call.scope),
        "is_active": lambda _: 1,
        "position": lambda category: category.position,
        "level": lambda category: category.path.count("/"),
        "path": lambda category: category.path,
        "created_at": lambda category: category.created_at,
    }
    found, total = search(call.catalogue.categories.values(), criteria, readers.get)
    return results([_category(call, item, call.scope) for item in found], criteria, total)


def get_category_products(call: Call) -> list[dict[str, Any]]:
    """Answer `GET categories/{categoryId}/products`."""
    category = category_of(call, integer("categoryId", call.path["categoryId"]))
    return [
        {
            "sku": product.sku,
            "position": product.category_links[category.id],
            "category_id": str(category.id),
        }
        for product in call.catalogue.members(category.id)
    ]


def get_attribute(call: Call) -> dict[str, Any]:
    """Answer `GET products/attributes/{attributeCode}`."""
    return _attribute(_attribute_of(call))


def get_options(call: Call) -> list[dict[str, Any]]:
    """Answer `GET products/attributes/{attributeCode}/options`."""
    return _options(_attribute_of(call))


def _attribute_of(call: Call) -> Attribute:
    code = call.path["attributeCode"]
    attribute = ATTRIBUTES.get(code)
    if attribute is None:
        raise ApiError(
            404,
            'The attribute with a "%1" attributeCode doesn\'t exist. '
            "Verify the attribute and try again.",
            [code],
        )
    return attribute


def list_attributes(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET products/attributes`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    readers: dict[str, Callable[[Attribute], Any]] = {
        "attribute_id": lambda attribute: attribute.id,
        "attribute_code": lambda attribute: attribute.code,
        "frontend_input": lambda attribute: attribute.input,
        "is_user_defined": lambda attribute: int(attribute.user_defined),
    }
    found, total = search(ATTRIBUTES.values(), criteria, readers.get)
    return results([_attribute(item) for item in found], criteria, total)


def _options(attribute: Attribute) -> list[dict[str, Any]]:
    if not attribute.options:
        return []
    shown = [{"label": label, "value": str(value)} for value, label in attribute.options]
    return [{"label": " ", "value": ""}, *shown] if attribute.user_defined else shown


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {
        "is_wysiwyg_enabled": attribute.code == "description",
        "is_html_allowed_on_front": attribute.code == "description",
        "used_for_sort_by": attribute.code in ("name", "price"),
        "is_filterable": attribute.input in ("select", "price"),
        "is_filterable_in_search": False,
        "is_used_in_grid": True,
        "is_visible_in_grid": False,
        "is_filterable_in_grid": True,
        "position": 0,
        "apply_to": [],
        "is_searchable": "1",
        "is_visible_in_advanced_search": "0",
        "is_comparable": "0",
        "is_used_for_promo_rules": "0",
        "is_visible_on_front": "0",
        "used_in_product_listing": "1",
        "is_visible": True,
        "scope": attribute.reach.value,
        "attribute_id": attribute.id,
        "attribute_code": attribute.code,
        "frontend_input": attribute.input,
        "entity_type_id": "4",
        "is_required": attribute.required,
        "options": _options(attribute),
        "is_user_defined": attribute.user_defined,
        "default_frontend_label": attribute.label,
        "frontend_labels": [],
        "backend_type": attribute.kind.value,
        "default_value": "",
        "is_unique": "0",
        "validation_rules": [],
    }


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
