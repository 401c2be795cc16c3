"""Paging through lists with cursors, as every connection of the platform does."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

MAXIMUM_PAGE = 250


def _same(value: Any) -> Any:  # noqa: ANN401 - any sort value
    return value


@dataclass(frozen=True, slots=True)
class SortKey:
    """How a list is ordered.

    Attributes:
        rank: gives the value that items are compared by; ties are broken by identifier.
        printed: turns that value into what stands in the cursor.
        parsed: turns what stands in the cursor back into the value.
    """

    rank: Callable[[Any], Any]
    printed: Callable[[Any], Any] = _same
    parsed: Callable[[Any], Any] = _same


class Connection:
    """One page of a list, in the shape that connection types have."""

    __slots__ = ("_cursor", "has_next_page", "has_previous_page", "items")

    def __init__(
        self,
        items: Sequence[Any],
        cursor: Callable[[Any], str],
        *,
        has_next_page: bool,
        has_previous_page: bool,
    ) -> None:
        self.items = items
        self._cursor = cursor
        self.has_next_page = has_next_page
        self.has_previous_page = has_previous_page

    def nodes(self, _info: object) -> Sequence[Any]:
        """The items themselves."""
        return self.items

    def edges(self, _info: object) -> list[dict[str, Any]]:
        """The items, each with its cursor."""
        return [{"cursor": self._cursor(item), "node": item} for item in self.items]

    def pageInfo(self, _info: object) -> dict[str, Any]:  # noqa: N802 - the platform's name
        """Whether there are more pages, and where they begin."""
        return {
            "hasNextPage": self.has_next_page,
            "hasPreviousPage": self.has_previous_page,
            "startCursor": self._cursor(self.items[0]) if self.items else None,
            "endCursor": self._cursor(self.items[-1]) if self.items else None,
        }


def empty_connection() -> Connection:
    """Return a connection without items."""
    return Connection([], str, has_next_page=False, has_previous_page=False)


def encode_cursor(identifier: int, value: object) -> str:
    """Return the cursor of the item with this identifier and sort value."""
    text = json.dumps({"last_id": identifier, "last_value": value}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def check_page_arguments(arguments: dict[str, Any]) -> None:
    """Refuse page sizes that the platform refuses.

    Raises:
        GraphQLError: neither `first` nor `last` is given, both are, or one is out of range.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise _bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise _bad_request("providing both first and last is not supported")
    for name, size in (("first", first), ("last", last)):
        if size is not None and size > MAXIMUM_PAGE:
            raise GraphQLError(
                f"{name} cannot exceed {MAXIMUM_PAGE}", extensions={"code": "BAD_REQUEST"}
            )
        if size is not None and size < 0:
            raise _bad_request(f"{name} must be greater than or equal to 0")


def paginate(
    items: Sequence[Any],
    arguments: dict[str, Any],
    sort_key: SortKey,
    identify: Callable[[Any], int] = lambda item: item.id,
    *,
    in_order: bool = False,
) -> Connection:
    """Return the page of a list that `first`, `last`, `after`, `before`, `reverse` ask for.

    A cursor names a place in the order, not an item: the page after an item that has gone begins
    with the next one.

    Args:
        items: the whole list.
        arguments: the arguments of the connection's field.
        sort_key: how the list is ordered.
        identify: gives the number that breaks ties.
        in_order: whether the list is in this order already.

    Raises:
        GraphQLError: a page size or a cursor is not acceptable.
    """
    check_page_arguments(arguments)
    rank = sort_key.rank

    def position(item: Any) -> tuple[Any, int]:  # noqa: ANN401 - items are of any kind
        return (rank(item), identify(item))

    ordered = items if in_order else sorted(items, key=position)
    start, end = 0, len(ordered)
    reverse = bool(arguments.get("reverse"))
    after, before = arguments.get("after"), arguments.get("before")
    if reverse:
        after, before = before, after
    try:
        if after:
            start = bisect_right(ordered, _decode(after, sort_key), key=position)
        if before:
            end = bisect_left(ordered, _decode(before, sort_key), key=position)
    except (TypeError, ValueError):
        raise _bad_request("Invalid cursor for current pagination sort.") from None
    window = ordered[start : max(start, end)]
    more_before, more_after = start > 0, end < len(ordered)
    if reverse:
        window = window[::-1]
        more_before, more_after = more_after, more_before
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and first < len(window):
        window, more_after = window[:first], True
    if last is not None and last < len(window):
        window, more_before = window[len(window) - last :], True
    return Connection(
        window,
        lambda item: encode_cursor(identify(item), sort_key.printed(rank(item))),
        has_next_page=more_after,
        has_previous_page=more_before,
    )


def _decode(cursor: str, sort_key: SortKey) -> tuple[Any, int]:
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return sort_key.parsed(content["last_value"]), int(content["last_id"])
    except (binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise ValueError(cursor) from error


def _bad_request(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})
