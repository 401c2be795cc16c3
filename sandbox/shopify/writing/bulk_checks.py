"""Which mutations can be run in bulk."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from sandbox.shopify.requests import DocumentCache, choose_operation, root_fields
from sandbox.shopify.writing.common import UserError, user_error

_FORBIDDEN = ("bulkOperationCancel", "bulkOperationRunMutation", "bulkOperationRunQuery")
_NO_TEXT = "syntax error, unexpected end of file"
_MOST_CONNECTIONS = 1
_ROOT_DEPTH = 2
_NOT_ALLOWED = user_error(["mutation"], "You must use an allowed mutation name.")


def mutation_error(schema: GraphQLSchema, text: str) -> Iterator[UserError]:
    """Yield why a text is no mutation for bulk; nothing where it is one."""
    checked = DocumentCache(schema).check(text)
    document = checked.document
    if document is None:
        problem = checked.refusals[0]["message"] if text.strip() else _NO_TEXT
        yield _invalid(f"Failed to parse the mutation - {problem}")
        return
    operation = choose_operation(document, None)
    if isinstance(operation, dict):
        yield _invalid(f"Failed to parse the mutation - {operation['message']}")
        return
    if operation.operation is not OperationType.MUTATION:
        yield _invalid("Invalid operation type. Only `mutation` operations are supported.")
        return
    for refusal in checked.refusals:
        yield _NOT_ALLOWED if _is_unknown_root(refusal) else _invalid(refusal["message"])
        return
    fields = root_fields(document, operation)
    if len(fields) > 1:
        yield user_error(["mutation"], "You must specify a single top level mutation.")
    elif fields[0].name.value in _FORBIDDEN:
        yield _NOT_ALLOWED
    elif _connections(schema, document) > _MOST_CONNECTIONS:
        yield user_error(
            ["mutation"],
            f"Bulk mutations cannot contain more than {_MOST_CONNECTIONS} connection.",
        )


def _invalid(message: str) -> UserError:
    return user_error(None, message, "INVALID_MUTATION")


def _is_unknown_root(refusal: dict[str, Any]) -> bool:
    code = refusal.get("extensions", {}).get("code")
    return code == "undefinedField" and len(refusal["path"]) == _ROOT_DEPTH


def _connections(schema: GraphQLSchema, document: DocumentNode) -> int:
    counter = _ConnectionCounter(TypeInfo(schema))
    visit(document, TypeInfoVisitor(counter.types, counter))
    return counter.found


class _ConnectionCounter(Visitor):
    """Counts the fields of a document that are connections."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found = 0

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        """Count a field."""
        named = get_named_type(self.types.get_type())
        if named is not None and named.name.endswith("Connection"):
            self.found += 1
