"""Categories as the API shows them: the tree, a list, one of them, and its products."""

from collections.abc import Callable
from typing import Any

from sandbox.adobe_commerce.attributes import integer
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.generator import DEFAULT_CATEGORY
from sandbox.adobe_commerce.problems import no_such_entity
from sandbox.adobe_commerce.records import Category
from sandbox.adobe_commerce.scopes import is_scope
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search


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
