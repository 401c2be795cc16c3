"""A store's categories, by the names that people use and by id."""

from collections.abc import Iterable, Mapping

from connectors.stores.bigcommerce import answers
from connectors.stores.bigcommerce.listing import Listing
from connectors.stores.bigcommerce.rest_api import RestApi
from steward.catalog import Category
from steward.errors import InvalidInput

_RESOURCE = "v3/catalog/categories"


class Categories:
    """The categories of one store, as they were read at one time."""

    def __init__(self, store: str, found: Iterable[answers.Category]) -> None:
        """Take the store's name and its categories."""
        self._store = store
        self._by_id = {category.id: category for category in found}

    @classmethod
    async def read(cls, api: RestApi) -> "Categories":
        """Read all of them."""
        pages = await Listing(api).numbered(
            _RESOURCE, answers.CategoryPage, {"include_fields": "name,custom_url"}
        )
        return cls(api.store, [category for page in pages for category in page.data])

    def called(self, name: str) -> Category | None:
        """Return the one category of this path, else of this name, else of this last path part.

        Raises `InvalidInput` where several have it.
        """
        wanted = _folded_path(name)
        found: list[answers.Category] = []
        for told_by in (_path, _name, _last_part):
            found = found or [one for one in self._by_id.values() if told_by(one) == wanted]
        if len(found) > 1:
            paths = ", ".join(sorted(f"/{_path(category)}/" for category in found))
            raise InvalidInput(
                f"Store '{self._store}' has {len(found)} categories called '{name}'.",
                remedy=f"Name one by its path: {paths}.",
            )
        return self.numbered(found[0].id) if found else None

    def called_any(self, names: Iterable[str]) -> Mapping[str, Category]:
        """Return those that are there, by the names that were asked for; raises as `called`."""
        found = {name: self.called(name) for name in names}
        return {name: category for name, category in found.items() if category is not None}

    def numbered(self, number: int) -> Category:
        """Return the category with this id; one that is not listed is called by its id."""
        known = self._by_id.get(number)
        return Category(id=str(number), name=str(number) if known is None else known.name)


def _path(category: answers.Category) -> str:
    return "" if category.custom_url is None else _folded_path(category.custom_url.url)


def _name(category: answers.Category) -> str:
    return _folded_path(category.name)


def _last_part(category: answers.Category) -> str:
    return _path(category).rpartition("/")[2]


def _folded_path(text: str) -> str:
    return text.strip().strip("/").casefold()
