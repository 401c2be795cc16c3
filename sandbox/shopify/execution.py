"""A request that is read, held against the schema, and executed: the same for direct and bulk."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
)

from sandbox.faults import RequestFacts
from sandbox.journal import Write
from sandbox.shopify.access import missing_scope
from sandbox.shopify.cost import actual_cost, requested_cost
from sandbox.shopify.refusals import Refusal, access_denied
from sandbox.shopify.requests import (
    DocumentCache,
    GraphQLRequest,
    choose_operation,
    facts_of,
    oversized_inputs,
    root_fields,
)
from sandbox.shopify.schema import shopify_schema
from sandbox.shopify.variables import check_variables

if TYPE_CHECKING:
    from sandbox.shopify.store import ShopifyStore


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that fits the schema, and what is known about it.

    Attributes:
        request_id: under which the journal has its writes.
        address: where the client reaches the store, such as `http://127.0.0.1:8401`.
    """

    request: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    fields: list[FieldNode]
    facts: RequestFacts
    request_id: str
    address: str

    @property
    def mutation(self) -> bool:
        """Whether it is a mutation, not a query."""
        return self.operation.operation is OperationType.MUTATION


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request did: its answer without costs, and writes that are not in the journal yet."""

    content: dict[str, Any]
    writes: Sequence[Write] = ()


class Executor:
    """Executes requests on one store; costs, faults and the journal are the caller's."""

    def __init__(self, store: "ShopifyStore") -> None:
        self._store = store
        self._schema = shopify_schema()
        self._documents = DocumentCache(self._schema)

    def check(self, query: str) -> tuple[Refusal, ...]:
        """Return every error of a document."""
        return self._documents.check(query).refusals

    def prepare(
        self, sent: GraphQLRequest, request_id: str, address: str
    ) -> Prepared | list[Refusal]:
        """Return a request with what is known about it, or why it cannot be executed."""
        checked = self._documents.check(sent.query)
        if checked.document is None or checked.refusals:
            return list(checked.refusals)
        operation = choose_operation(checked.document, sent.operation_name)
        if isinstance(operation, dict):
            return [operation]
        refusals = check_variables(self._schema, operation, sent.variables)
        if refusals:
            return refusals
        fields = root_fields(checked.document, operation)
        return Prepared(
            request=sent,
            document=checked.document,
            operation=operation,
            fields=fields,
            facts=facts_of(operation, fields, sent.variables),
            request_id=request_id,
            address=address,
        )

    def requested_cost(self, prepared: Prepared) -> int:
        """Return the points that a request must find in the allowance."""
        sent = prepared.request
        return requested_cost(self._schema, prepared.document, sent.variables, sent.operation_name)

    def actual_cost(self, prepared: Prepared, outcome: Outcome) -> int:
        """Return the points that an executed request used; none where access was denied."""
        if self.denied(prepared):
            return 0
        sent = prepared.request
        data = outcome.content.get("data")
        return actual_cost(
            self._schema, prepared.document, sent.variables, sent.operation_name, data
        )

    def oversized(self, prepared: Prepared) -> list[Refusal]:
        """Return an error for each array of the request that is too long."""
        return oversized_inputs(prepared.fields, prepared.request.variables)

    def denied(self, prepared: Prepared) -> list[Refusal]:
        """Return an error for each field that the token's scopes do not cover."""
        refusals = []
        scopes = self._store.shop.scopes
        for field in prepared.fields:
            scope = missing_scope(field, mutation=prepared.mutation, scopes=scopes)
            if scope is not None:
                name = field.alias.value if field.alias else field.name.value
                required = f"`{scope}` access scope."
                refusals.append(access_denied(field.name.value, required, field, [name]))
        return refusals

    def execute(self, prepared: Prepared) -> Outcome:
        """Execute a request whose writes the caller puts into the journal."""
        denied = self.denied(prepared)
        if denied:
            writes = refused_writes(prepared, "ACCESS_DENIED")
            return Outcome({"errors": denied, "data": None}, writes)
        sent = prepared.request
        context = self._store.begin(prepared.request_id, prepared.address)
        try:
            result = execute(
                self._schema,
                prepared.document,
                context_value=context,
                variable_values=sent.variables,
                operation_name=sent.operation_name,
                is_awaitable=_never_awaitable,
            )
        except Exception:
            # What was written before the failure is in the catalogue, so it must be journaled.
            self._store.record(prepared.request_id, context.writes)
            raise
        assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is a coroutine
        content: dict[str, Any] = {"data": result.data}
        if result.errors:
            content["errors"] = [_printed(error) for error in result.errors]
        if context.search_notes:
            content["extensions"] = {"search": context.search_notes}
        return Outcome(content, context.writes)


def refused_writes(prepared: Prepared, reason: str) -> list[Write]:
    """Return that a mutation arrived and was not applied, resource by resource."""
    if not prepared.mutation:
        return []
    resources: list[str | None] = [*sorted(prepared.facts.resource_ids)] or [None]
    return [
        Write(field.name.value, resource, applied=False, reason=reason)
        for field in prepared.fields
        for resource in resources
    ]


def _never_awaitable(_: object) -> TypeGuard[Awaitable[Any]]:
    return False


def _printed(error: GraphQLError) -> dict[str, Any]:
    """Return an error of the execution as the platform prints it, never as the library does."""
    known = isinstance(error.original_error, GraphQLError) or error.original_error is None
    message = error.message if known and error.extensions else "Internal error"
    extensions = error.extensions or {"code": "INTERNAL_SERVER_ERROR"}
    return {
        "message": message,
        "locations": [
            {"line": place.line, "column": place.column} for place in error.locations or []
        ],
        "path": error.path,
        "extensions": extensions,
    }
