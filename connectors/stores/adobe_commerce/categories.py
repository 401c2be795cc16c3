"""Finds the category that a person means by a name."""

from connectors.stores.adobe_commerce.answers import CATEGORIES, CategoryItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import search
from steward.errors import InvalidInput

_FIELDS = "items[id,name,custom_attributes[attribute_code,value]],total_count"
_MOST_NAMED = 5


async def category_id(api: RestApi, name: str) -> int | None:
    """Return the id of the category with this url path, url key, name or id; None for none.

    Without regard to case, and what comes first in this order counts. All categories are read,
    since not every release can search by each of these.
    Raises `InvalidInput` where several have it.
    """
    categories = await search(
        api, "categories/list", CATEGORIES, lambda page: page.items, fields=_FIELDS
    )
    wanted = name.casefold()
    for names in (_url_path, _url_key, _name, _number):
        found = [category for category in categories if names(category).casefold() == wanted]
        if len(found) > 1:
            told = ", ".join(
                f"{each.id} ({_url_path(each) or each.name})" for each in found[:_MOST_NAMED]
            )
            raise InvalidInput(
                f"Store '{api.store}' has {len(found)} categories '{name}': {told}.",
                remedy="Name the one you mean by its url path or its id.",
            )
        if found:
            return found[0].id
    return None


def _url_path(category: CategoryItem) -> str:
    return category.attribute("url_path")


def _url_key(category: CategoryItem) -> str:
    return category.attribute("url_key")


def _name(category: CategoryItem) -> str:
    return category.name.strip()


def _number(category: CategoryItem) -> str:
    return str(category.id)
