"""Searches: criteria in a query string, and every page of what they find."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

from connectors.stores.adobe_commerce.address import DEFAULT_VIEW
from connectors.stores.adobe_commerce.answers import CountedPage
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.oauth import Pairs
from connectors.stores.adobe_commerce.rest_api import RestApi

PAGE_SIZE = 200
"""Items a page; the edition as a service gives 300 at most."""

# Keeps addresses below what web servers commonly take.
_LONGEST_LIST = 1500
_MOST_IN_LIST = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field; `condition` is the platform's name for it, such as `in`."""

    field: str
    value: str
    condition: str = "eq"


# Of a group any filter must hold, and of several groups each.
Group = tuple[Filter, ...]


def listed(field: str, values: Sequence[str]) -> list[Group]:
    """Return conditions for all values: lists of limited length, and those with commas alone."""
    groups: list[Group] = [(Filter(field, value),) for value in values if "," in value]
    together: list[str] = []
    length = 0
    for value in (value for value in values if "," not in value):
        if together and (length + len(value) >= _LONGEST_LIST or len(together) == _MOST_IN_LIST):
            groups.append((Filter(field, ",".join(together), "in"),))
            together, length = [], 0
        together.append(value)
        length += len(value) + 1
    if together:
        groups.append((Filter(field, ",".join(together), "in"),))
    return groups


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


ItemT = TypeVar("ItemT", bound=_Numbered)
PageT = TypeVar("PageT")
RowT = TypeVar("RowT")


def criteria(groups: Sequence[Group], *, sorted_by: Sequence[str], page: int, fields: str) -> Pairs:
    """Return the query of one page of a search."""
    pairs = []
    for number, group in enumerate(groups):
        for position, item in enumerate(group):
            place = f"searchCriteria[filterGroups][{number}][filters][{position}]"
            pairs += [
                (f"{place}[field]", item.field),
                (f"{place}[value]", item.value),
                (f"{place}[conditionType]", item.condition),
            ]
    for number, field in enumerate(sorted_by):
        place = f"searchCriteria[sortOrders][{number}]"
        pairs += [(f"{place}[field]", field), (f"{place}[direction]", "ASC")]
    return (
        *pairs,
        ("searchCriteria[pageSize]", str(PAGE_SIZE)),
        ("searchCriteria[currentPage]", str(page)),
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
    view: str = DEFAULT_VIEW,
) -> list[ItemT]:
    """Return everything that the criteria find, each item once, in the order of entity ids.

    Each page begins behind the last id that was seen. Numbers of pages would not do: the platform
    repeats its last page instead of giving none behind it, and what is added or deleted meanwhile
    moves items from one page to another.
    """
    found: list[ItemT] = []
    after = 0
    while True:
        behind = (*groups, (Filter("entity_id", str(after), "gt"),))
        query = criteria(behind, sorted_by=("entity_id",), page=1, fields=fields)
        page = items_of(await api.read(endpoint, answer, query, view=view))
        if any(item.id <= after for item in page):
            raise Failures(api.store, writing=False).of_answer("its pages do not go on")
        found += sorted(page, key=lambda item: item.id)
        if len(page) < PAGE_SIZE:
            return found
        after = found[-1].id


async def search_by_page(
    api: RestApi,
    endpoint: str,
    answer: TypeAdapter[CountedPage[RowT]],
    *,
    groups: Sequence[Group],
    sorted_by: Sequence[str],
    fields: str,
) -> list[RowT]:
    """Return everything that the criteria find, of what has no entity id, in the order asked for.

    Behind the last page the platform repeats it, so the total says where to end.
    Raises `StoreAnswerInvalid` where what is found changes while it is being paged.
    """
    found: list[RowT] = []
    total: int | None = None
    for number in itertools.count(1):
        query = criteria(groups, sorted_by=sorted_by, page=number, fields=fields)
        page = await api.read(endpoint, answer, query)
        if total not in {None, page.total_count}:
            break
        total = page.total_count
        found += page.items
        if len(found) == total:
            return found
        if len(found) > total or not page.items:
            break
    raise Failures(api.store, writing=False).of_answer("its pages do not fit together")
