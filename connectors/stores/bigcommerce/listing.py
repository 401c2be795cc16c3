"""Lists that come in pages, read completely."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import Page
from connectors.stores.bigcommerce.errors import Failures
from connectors.stores.bigcommerce.rest_api import RestApi

LARGEST_PAGE = 250

PageT = TypeVar("PageT", bound=Page)


class Listing:
    """Reads the lists of one store."""

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=False)

    async def numbered(
        self, resource: str, page: type[PageT], parameters: Mapping[str, str]
    ) -> list[PageT]:
        """Return all pages, by their numbers; for short lists that hardly move."""
        pages: list[PageT] = []
        while True:
            numbered = {"limit": str(LARGEST_PAGE), "page": str(len(pages) + 1), **parameters}
            pages.append(await self._api.read(resource, page, numbered))
            if len(pages) >= pages[-1].meta.pagination.total_pages:
                return pages

    async def by_ids(
        self, resource: str, page: type[PageT], ids: Iterable[int], parameters: Mapping[str, str]
    ) -> list[PageT]:
        """Return what is there of these ids, up to 250 a call."""
        wanted = sorted(set(ids))
        return await in_parallel(
            self._some(resource, page, wanted[start : start + LARGEST_PAGE], parameters)
            for start in range(0, len(wanted), LARGEST_PAGE)
        )

    async def _some(
        self, resource: str, page: type[PageT], ids: Sequence[int], parameters: Mapping[str, str]
    ) -> PageT:
        chosen = {"id:in": ",".join(map(str, ids)), "limit": str(LARGEST_PAGE), **parameters}
        return self.whole(await self._api.read(resource, page, chosen))

    def whole(self, page: PageT) -> PageT:
        """Return a page of chosen ids; raises `StoreAnswerInvalid` where it is not the only one."""
        if not page.is_last:
            raise self._failures.of_answer("a page of chosen ids is not whole")
        return page

    def check_whole(self, contents: Iterable[BaseModel], names: Iterable[str]) -> None:
        """Raise `StoreAnswerInvalid` where a field that was asked for is left out of an answer."""
        wanted = frozenset(names)
        for content in contents:
            if missing := wanted - content.model_fields_set:
                raise self._failures.of_answer(f"'{min(missing)}' is missing")

    def next_id(self, ids: Sequence[int], after: int) -> int:
        """Return the last id of a page that is read in the order of ids, from which to go on.

        Raises `StoreAnswerInvalid` where the page does not go on from the one before it.
        """
        if not ids or min(ids) <= after or list(ids) != sorted(set(ids)):
            raise self._failures.of_answer("its pages do not go on")
        return ids[-1]
