"""Reads of bulk operations."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.bulk.files import result_address
from sandbox.shopify.bulk.operations import BulkOperation, BulkStatus
from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.identifiers import gid
from sandbox.shopify.listing import filtered
from sandbox.shopify.orders import moment_key
from sandbox.shopify.scalars import print_moment
from sandbox.shopify.search_syntax import Term, parse_search, terms
from sandbox.shopify.search_tests import Field, Test, is_moment, moment, number

Resolver = Callable[..., Any]
_KIND = "MUTATION"
_ACCEPTED = {
    "operation_type": ("query", "mutation"),
    "status": ("canceled", "canceling", "completed", "created", "failed", "running"),
}
_ORDERS: Mapping[str, SortKey] = {
    "COMPLETED_AT": moment_key(lambda operation: operation.completed_at or 0),
    "CREATED_AT": moment_key(lambda operation: operation.created_at),
}


def _is_one_of(read: Callable[[BulkOperation], str]) -> Field:
    def field(term: Term) -> Test[BulkOperation]:
        return lambda operation: read(operation).lower() == term.value.lower()

    return field


_SEARCH: Mapping[str, Field] = {
    "created_at": moment(lambda operation: operation.created_at),
    "id": number(lambda operation: operation.id),
    "operation_type": _is_one_of(lambda _: _KIND),
    "status": _is_one_of(lambda operation: operation.status),
}


def bulk_operations(_: object, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    """Return a page of the operations that a search finds, newest first unless reversed."""
    query = arguments.get("query") or ""
    _check_search(info, query)
    every = context_of(info).bulk.operations.all()
    found = filtered(info, every, query, _SEARCH, lambda _: ())
    order = _ORDERS[arguments.get("sortKey") or "CREATED_AT"]
    return paginate(found, {**arguments, "reverse": not arguments.get("reverse")}, order)


def _check_search(info: Info, query: str) -> None:
    """Note values that a search field does not know.

    Raises:
        GraphQLError: a time is none.
    """
    for term in terms(parse_search(query)):
        name = (term.field or "").lower()
        if name == "created_at" and not is_moment(term.value):
            raise GraphQLError(
                "Invalid timestamp for query filter `created_at`.",
                extensions={"code": "BAD_REQUEST"},
            )
        if name in _ACCEPTED and term.value.lower() not in _ACCEPTED[name]:
            warning = {
                "field": name,
                "message": f"Input `{term.value}` is not an accepted value.",
                "code": "invalid_value",
            }
            context_of(info).search_notes.append(
                {
                    "path": info.path.as_list(),
                    "query": query,
                    "parsed": {"field": name, "match_all": term.value},
                    "warnings": [warning],
                }
            )


def current_bulk_operation(_: object, info: Info, type: str = "QUERY") -> BulkOperation | None:  # noqa: A002
    """Return the newest operation of a kind; the sandbox runs no bulk queries."""
    every = context_of(info).bulk.operations.all()
    return every[-1] if every and type == _KIND else None


def _address(operation: BulkOperation, info: Info, *statuses: BulkStatus) -> str | None:
    context = context_of(info)
    if operation.status not in statuses or not context.bulk.operations.result_size(operation):
        return None
    return result_address(context.address, operation)


def _size(operation: BulkOperation, info: Info) -> str | None:
    if operation.status is not BulkStatus.COMPLETED:
        return None
    return str(context_of(info).bulk.operations.result_size(operation))


BULK_OPERATION: Mapping[str, Resolver] = {
    "completedAt": lambda operation, _: print_moment(operation.completed_at),
    "createdAt": lambda operation, _: print_moment(operation.created_at),
    "errorCode": lambda operation, _: operation.error_code,
    "fileSize": _size,
    "id": lambda operation, _: gid("BulkOperation", operation.id),
    "objectCount": lambda operation, _: str(operation.lines_done),
    "partialDataUrl": lambda operation, info: _address(operation, info, BulkStatus.FAILED),
    "query": lambda operation, _: operation.mutation,
    "rootObjectCount": lambda operation, _: str(operation.lines_done),
    "status": lambda operation, _: operation.status.value,
    "type": lambda *_: _KIND,
    "url": lambda operation, info: _address(
        operation, info, BulkStatus.COMPLETED, BulkStatus.CANCELED
    ),
}
