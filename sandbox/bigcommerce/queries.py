"""Reading a query's parameters: order, fields and pages, and the collections that they shape."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.bigcommerce.answers import Answer, data, invalid
from sandbox.bigcommerce.context import Call
from sandbox.bigcommerce.filters import Document, Filter, integer

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 250

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Collection:
    """How an operation lists what it lists.

    Attributes:
        filters: the parameters that choose; others are ignored.
        sorts: the fields that the query can order by; the first is the default.
        most: the largest limit.
        cursors: whether pages can be asked for by cursor, too.
    """

    filters: Mapping[str, Filter]
    sorts: Sequence[str] = ("id",)
    most: int = MAXIMUM_LIMIT
    cursors: bool = False

    def answer(
        self,
        call: Call,
        records: Sequence[Record],
        render: Callable[[Record], Document],
        finish: Callable[[Document], Document] = lambda document: document,
    ) -> Answer:
        """Return one page of the records that a query chooses.

        Args:
            call: the request.
            records: everything there is, in the default order.
            render: makes the document that filters and order look at.
            finish: makes the document that the answer shows.

        Raises:
            RefusalError: a parameter has a value that it cannot have.
        """
        if not {"sort", "direction", *self.filters} & call.query.keys():
            return _page(self, call, records, lambda record: finish(render(record)))
        chosen = _select(call, map(render, records), self.filters)
        return _page(self, call, self._ordered(call, chosen), finish)

    def _ordered(self, call: Call, documents: list[Document]) -> list[Document]:
        field, direction = call.query.get("sort", self.sorts[0]), call.query.get("direction", "asc")
        if field not in self.sorts:
            raise invalid({"sort": f"must be one of {', '.join(self.sorts)}"})
        if direction not in ("asc", "desc"):
            raise invalid({"direction": "must be asc or desc"})
        if "sort" not in call.query and direction == "asc":
            return documents
        return sorted(documents, key=lambda document: document[field], reverse=direction == "desc")


def _select(
    call: Call, documents: Iterable[Document], filters: Mapping[str, Filter]
) -> list[Document]:
    choosers = []
    for name, text in call.query.items():
        if name in filters:
            try:
                choosers.append(filters[name].chooser(text))
            except (ValueError, OverflowError):
                raise invalid({name: f"cannot be {text[:100]!r}"}) from None
    return [document for document in documents if all(test(document) for test in choosers)]


def _page(
    collection: Collection,
    call: Call,
    records: Sequence[Record],
    shape: Callable[[Record], Document],
) -> Answer:
    limit = _whole(call, "limit", min(DEFAULT_LIMIT, collection.most), collection.most)
    number = _whole(call, "page", 1, 10**9)
    start, after = (number - 1) * limit, None
    if collection.cursors and "page" not in call.query:
        after = _cursor_start(call, limit)
        start = after if after is not None else start
    rows = [shape(record) for record in records[start : start + limit]]
    pages = -(-len(records) // limit)
    pagination = {
        "total": len(records),
        "count": len(rows),
        "per_page": limit,
        "current_page": number,
        "total_pages": pages,
    }
    if not collection.cursors:
        links = _links(call, number, limit, pages)
        return data(rows, {"pagination": {**pagination, "links": links}})
    meta: dict[str, Any] = {} if after is not None else {"pagination": pagination}
    meta["cursor_pagination"] = _cursors(call, start, len(rows), limit, len(records))
    return data(rows, meta)


def _whole(call: Call, name: str, default: int, most: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most):  # noqa: PLR2004
        raise invalid({name: f"must be a whole number from 1 to {most}"})
    return int(text)


def _links(call: Call, number: int, limit: int, pages: int) -> dict[str, str]:
    links = {"current": _query(call, page=number, limit=limit)}
    if number > 1:
        links["previous"] = _query(call, page=number - 1, limit=limit)
    if number < pages:
        links["next"] = _query(call, page=number + 1, limit=limit)
    return links


def _query(call: Call, **changes: object) -> str:
    return "?" + urlencode({**call.query, **changes}, safe=":,")


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def _cursor_start(call: Call, limit: int) -> int | None:
    """Return where a page by cursor starts, or None where the query has no cursor."""
    for name in ("after", "before"):
        if name in call.query:
            try:
                position = integer(base64.urlsafe_b64decode(call.query[name]).decode())
            except (ValueError, binascii.Error):
                raise invalid({name: "is no cursor of this collection"}) from None
            return max(0, position + 1 if name == "after" else position - limit)
    return None


def _cursors(call: Call, start: int, count: int, limit: int, total: int) -> dict[str, Any]:
    kept = {
        name: text for name, text in call.query.items() if name not in ("page", "after", "before")
    }
    links: dict[str, str] = {}
    found: dict[str, Any] = {"count": count, "per_page": limit, "links": links}
    if count:
        found["start_cursor"], found["end_cursor"] = _cursor(start), _cursor(start + count - 1)
        if start + count < total:
            links["next"] = "?" + urlencode({**kept, "after": found["end_cursor"]}, safe=":,")
        if start:
            links["previous"] = "?" + urlencode(
                {**kept, "before": found["start_cursor"]}, safe=":,"
            )
    return found


def listed(call: Call, name: str) -> frozenset[str]:
    """Return a parameter that is a list with commas."""
    return frozenset(item.strip() for item in call.query.get(name, "").split(",") if item.strip())


def field_shape(call: Call, known: frozenset[str] | None = None) -> Callable[[Document], Document]:
    """Return what leaves out of a document the fields that a query does not want.

    Raises:
        RefusalError: the query wants a field that is not known.
    """
    wanted, unwanted = listed(call, "include_fields"), listed(call, "exclude_fields")
    if known is not None and wanted - known:
        raise invalid({"include_fields": f"has no {', '.join(sorted(wanted - known))}"})
    if not wanted and not unwanted:
        return lambda document: document
    return lambda document: {
        name: value
        for name, value in document.items()
        if name == "id" or ((not wanted or name in wanted) and name not in unwanted)
    }


def numbers_in(call: Call, name: str) -> list[int] | None:
    """Return a list of numbers in a query, or None where the query has no such parameter.

    Raises:
        RefusalError: the list holds something else.
    """
    if name not in call.query:
        return None
    try:
        return [integer(item) for item in call.query[name].split(",") if item.strip()]
    except ValueError:
        raise invalid({name: "must be a list of numbers with commas"}) from None
