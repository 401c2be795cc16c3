"""A GraphQL request, taken apart and held against the schema once for each distinct text."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Source,
    SourceLocation,
    TokenKind,
    ValueNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

from sandbox.faults import RequestFacts
from sandbox.shopify.document_check import check_document
from sandbox.shopify.refusals import Refusal, input_too_large

MAXIMUM_INPUT_SIZE = 250
_CACHED_DOCUMENTS = 512
_DEEPEST_NESTING = 150
_END = "<EOF>"


class BadRequestError(Exception):
    """A request that is not a GraphQL request at all; `errors` is the answer's whole `errors`."""

    def __init__(self, errors: Any) -> None:  # noqa: ANN401 - a text or an object
        super().__init__(str(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client sent."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document, or why it is none; refusals are final."""

    document: DocumentNode | None
    refusals: tuple[Refusal, ...]


def read_request(body: bytes, content_type: str) -> GraphQLRequest:
    """Return the request in an HTTP body.

    Raises:
        BadRequestError: the body holds none.
    """
    if content_type.partition(";")[0].strip().lower() == "application/graphql":
        return GraphQLRequest(body.decode("utf-8", "replace"), {}, None)
    try:
        content = _json(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadRequestError("Bad Request") from None
    if not isinstance(content, dict) or not isinstance(content.get("query"), str):
        raise BadRequestError({"query": "Required parameter missing or invalid"})
    variables = content.get("variables")
    if isinstance(variables, str):
        try:
            variables = _json(variables) if variables.strip() else {}
        except (ValueError, RecursionError):
            variables = 0
    if variables is not None and not isinstance(variables, dict):
        raise BadRequestError({"variables": "Variables are invalid JSON"})
    name = content.get("operationName")
    return GraphQLRequest(
        content["query"], variables or {}, name if isinstance(name, str) and name else None
    )


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what JSON holds, which must be something that an answer can repeat.

    Raises:
        ValueError: it is not JSON, or holds a number without bounds or half a character.
    """
    content = json.loads(text, parse_constant=_finite, parse_float=_finite)
    if "\\u" in text:
        json.dumps(content, ensure_ascii=False).encode()
    return content


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number of JSON.")
    return number


class DocumentCache:
    """Parsed and checked documents by their text, least recently used first to go."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents: OrderedDict[str, CheckedDocument] = OrderedDict()

    def check(self, query: str) -> CheckedDocument:
        """Return the document of a text."""
        known = self._documents.get(query)
        if known is None:
            known = self._check(query)
            self._documents[query] = known
            if len(self._documents) > _CACHED_DOCUMENTS:
                self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(query)
        return known

    def _check(self, query: str) -> CheckedDocument:
        if not query.strip():
            return CheckedDocument(None, ({"message": "No query string was present"},))
        try:
            if _nesting(query) > _DEEPEST_NESTING:
                return CheckedDocument(None, ({"message": "Query is nested too deeply"},))
            document = parse(query)
        except GraphQLSyntaxError as error:
            return CheckedDocument(None, (_syntax_refusal(error),))
        return CheckedDocument(document, tuple(check_document(self._schema, document)))


def _nesting(query: str) -> int:
    """Return how deeply brackets are nested; strings count too, which errs on the safe side."""
    depth = deepest = 0
    for character in query:
        if character in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}])":
            depth -= 1
    return deepest


def _syntax_refusal(error: GraphQLSyntaxError) -> Refusal:
    places = error.locations or [SourceLocation(1, 1)]
    line, column = places[0].line, places[0].column
    found = error.message.removeprefix("Syntax Error: ")
    _, _, unexpected = found.partition("Unexpected ")
    _, _, instead = found.partition(", found ")
    token = (instead or unexpected or found).rstrip(".")
    if token == _END and error.source is not None:
        line, column = _last_token(error.source)
    token = token.replace(_END, "end of file").replace("Name ", "IDENTIFIER ")
    return {
        "message": f"syntax error, unexpected {token} at [{line}, {column}]",
        "locations": [{"line": line, "column": column}],
    }


def _last_token(source: Source) -> tuple[int, int]:
    """Return where the last token of a text begins, which is where the platform sees its end."""
    lexer = Lexer(source)
    while lexer.advance().kind is not TokenKind.EOF:
        pass
    return lexer.last_token.line, lexer.last_token.column


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | Refusal:
    """Return the operation that a request means, or why there is none."""
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if name is not None:
        for operation in operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        return {"message": f'No operation named "{name}"'}
    if len(operations) == 1:
        return operations[0]
    if not operations:
        return {"message": "No operation was provided"}
    return {"message": "An operation name is required"}


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[FieldNode]:
    """Return the fields that an operation selects on the root, through all its fragments."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    def walk(selections: SelectionSetNode) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from walk(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                yield from walk(fragments[selection.name.value].selection_set)

    return list(walk(operation.selection_set))


def facts_of(
    operation: OperationDefinitionNode, fields: list[FieldNode], variables: dict[str, Any]
) -> RequestFacts:
    """Return what faults can tell this request apart by."""
    values: list[Any] = [variables]
    values.extend(
        argument_value(argument.value, variables)
        for field in fields
        for argument in field.arguments or ()
    )
    kind = "mutation" if operation.operation is OperationType.MUTATION else "query"
    return RequestFacts(
        kind=kind,
        operations=frozenset(field.name.value for field in fields),
        resource_ids=frozenset(_identifiers(values)),
    )


def argument_value(node: ValueNode, variables: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return an argument's value as it was written or passed, not yet coerced."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    return value_from_ast_untyped(node, variables)


def idempotency_key(field: FieldNode, variables: dict[str, Any]) -> str | None:
    """Return the key that a field carries in its directive, or None."""
    for directive in field.directives or ():
        if directive.name.value == "idempotent":
            for argument in directive.arguments or ():
                value = argument_value(argument.value, variables)
                return None if value is None else str(value)
    return None


def _identifiers(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        if value.startswith("gid://"):
            yield value
    elif isinstance(value, list):
        for element in value:
            yield from _identifiers(element)
    elif isinstance(value, dict):
        for element in value.values():
            yield from _identifiers(element)


def oversized_inputs(fields: list[FieldNode], variables: dict[str, Any]) -> list[Refusal]:
    """Return an error for each array argument that is longer than the platform takes."""
    refusals = []
    for field in fields:
        for argument in field.arguments or ():
            value = argument_value(argument.value, variables)
            for path, size in _long_lists(value, [field.name.value, argument.name.value]):
                refusals.append(input_too_large(size, MAXIMUM_INPUT_SIZE, field, path))
    return refusals


def _long_lists(value: Any, path: list[str]) -> Iterator[tuple[list[str], int]]:  # noqa: ANN401
    if isinstance(value, list):
        if len(value) > MAXIMUM_INPUT_SIZE:
            yield path, len(value)
            return
        for index, element in enumerate(value):
            if isinstance(element, dict | list):
                yield from _long_lists(element, [*path, str(index)])
    elif isinstance(value, dict):
        for key, element in value.items():
            if isinstance(element, dict | list):
                yield from _long_lists(element, [*path, key])
