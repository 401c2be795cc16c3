"""Finds the category that a person means by a name."""

from collections.abc import Sequence

from connectors.stores.adobe_commerce.product_answers import CATEGORIES, CategoryItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import search
from steward.catalog import Category
from steward.errors import InvalidInput

_FIELDS = "items[id,name,custom_attributes[attribute_code,value]],total_count"
_MOST_NAMED = 5


class Categories:
    """All categories of a store, since not every release can search by each of their names."""

    def __init__(self, store: str, items: Sequence[CategoryItem]) -> None:
        """Take the store's name and its categories."""
        self._store = store
        self._items = items
        self._by_id = {str(item.id): item for item in items}

    def named(self, name: str) -> Category | None:
        """Return the category with this url path, url key, name or id, or None for none.

        Without regard to case, and what comes first in this order counts.
        Raises `InvalidInput` where several have it.
        """
        wanted = name.casefold()
        for names in (_url_path, _url_key, _name, _number):
            found = [item for item in self._items if names(item).casefold() == wanted]
            if len(found) > 1:
                told = ", ".join(
                    f"{each.id} ({_url_path(each) or each.name})" for each in found[:_MOST_NAMED]
                )
                raise InvalidInput(
                    f"Store '{self._store}' has {len(found)} categories '{name}': {told}.",
                    remedy="Name the one you mean by its url path or its id.",
                )
            if found:
                return self.with_id(str(found[0].id))
        return None

    def with_id(self, number: str) -> Category:
        """Return the category with this id; one that is not told of has its id for a name."""
        item = self._by_id.get(number)
        return Category(id=number, name=number if item is None else _name(item) or number)


async def read_categories(api: RestApi) -> Categories:
    """Return all categories of the store."""
    items = await search(
        api, "categories/list", CATEGORIES, lambda page: page.items, fields=_FIELDS
    )
    return Categories(api.store, items)


def _url_path(category: CategoryItem) -> str:
    return category.attribute("url_path") or ""


def _url_key(category: CategoryItem) -> str:
    return category.attribute("url_key") or ""


def _name(category: CategoryItem) -> str:
    return category.name.strip()


def _number(category: CategoryItem) -> str:
    return str(category.id)
