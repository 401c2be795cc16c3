"""Searches: criteria in a query string, and every page of what they find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.oauth import Pairs
from connectors.stores.adobe_commerce.rest_api import RestApi

PAGE_SIZE = 200
"""Items a page; the edition as a service gives 300 at most."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field; `condition` is the platform's name for it, such as `in`."""

    field: str
    value: str
    condition: str = "eq"


# Of a group any filter must hold, and of several groups each.
Group = tuple[Filter, ...]


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


ItemT = TypeVar("ItemT", bound=_Numbered)
PageT = TypeVar("PageT")


def criteria(groups: Sequence[Group], *, after: int, fields: str) -> Pairs:
    """Return the query of the next page: by entity id, from the one after `after`."""
    pairs = []
    for number, group in enumerate((*groups, (Filter("entity_id", str(after), "gt"),))):
        for position, item in enumerate(group):
            place = f"searchCriteria[filterGroups][{number}][filters][{position}]"
            pairs += [
                (f"{place}[field]", item.field),
                (f"{place}[value]", item.value),
                (f"{place}[conditionType]", item.condition),
            ]
    return (
        *pairs,
        ("searchCriteria[sortOrders][0][field]", "entity_id"),
        ("searchCriteria[sortOrders][0][direction]", "ASC"),
        ("searchCriteria[pageSize]", str(PAGE_SIZE)),
        ("searchCriteria[currentPage]", "1"),
        ("fields", fields),
    )


async def search(
    api: RestApi,
    endpoint: str,
    answer: TypeAdapter[PageT],
    items_of: Callable[[PageT], list[ItemT]],
    *,
    groups: Sequence[Group] = (),
    fields: str,
) -> list[ItemT]:
    """Return everything that the criteria find, each item once, in the order of entity ids.

    Each page begins behind the last id that was seen. Numbers of pages would not do: the platform
    repeats its last page instead of giving none behind it, and what is added or deleted meanwhile
    moves items from one page to another.
    """
    found: list[ItemT] = []
    after = 0
    while True:
        page = items_of(
            await api.read(endpoint, answer, criteria(groups, after=after, fields=fields))
        )
        if any(item.id <= after for item in page):
            raise Failures(api.store, writing=False).of_answer("its pages do not go on")
        found += sorted(page, key=lambda item: item.id)
        if len(page) < PAGE_SIZE:
            return found
        after = found[-1].id
