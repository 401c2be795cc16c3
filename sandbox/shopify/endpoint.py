"""The HTTP side of the Admin API: versions, tokens, faults, allowance, and GraphQL itself."""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Awaitable
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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.configuration import StoreConfiguration
from sandbox.connection import NoResponse, is_gone
from sandbox.faults import Fault, FaultKind, RequestFacts
from sandbox.journal import Write
from sandbox.shopify.access import AccessTokens, missing_scope
from sandbox.shopify.cost import actual_cost, requested_cost
from sandbox.shopify.refusals import Refusal, access_denied, throttled, too_expensive
from sandbox.shopify.requests import (
    BadRequestError,
    DocumentCache,
    GraphQLRequest,
    choose_operation,
    facts_of,
    idempotency_key,
    oversized_inputs,
    read_request,
    root_fields,
)
from sandbox.shopify.schema import shopify_schema
from sandbox.shopify.variables import check_variables

if TYPE_CHECKING:
    from sandbox.shopify.store import ShopifyStore

MAXIMUM_COST = 1000
_LOGGER = logging.getLogger(__name__)
_SERVED_VERSIONS = ("2026-07", "2026-10")
_VERSION = re.compile(r"\d{4}-\d{2}|unstable")
_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_GARBAGE = b"<html><body>upstream connect error or disconnect/reset before headers</body></html>"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that fits the schema, and what is known about it."""

    request: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    fields: list[FieldNode]
    facts: RequestFacts
    request_id: str

    @property
    def mutation(self) -> bool:
        return self.operation.operation is OperationType.MUTATION


class Endpoint:
    """Answers the Admin API of one store as the platform does, errors included."""

    def __init__(self, store: "ShopifyStore", configuration: StoreConfiguration) -> None:
        self._store = store
        self._tokens = AccessTokens(configuration.access_token_file)
        self._latency_seconds = configuration.latency_seconds
        self._schema = shopify_schema()
        self._documents = DocumentCache(self._schema)

    def routes(self) -> list[BaseRoute]:
        """Return the routes; whatever else is asked for is not found, in the platform's words."""
        return [
            Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
            Route("/admin/api/graphql.json", self._graphql, methods=["POST"]),
            Route("/{path:path}", self._not_found, methods=_METHODS),
        ]

    async def _not_found(self, request: Request) -> Response:
        return self._answer(request, {"errors": "Not Found"}, status=404)

    async def _graphql(self, request: Request) -> Response:
        self._store.counters.enter()
        try:
            return await self._admit_client(request)
        except ClientDisconnect:
            return NoResponse()
        except Exception:
            # The platform, too, answers its own failures in this shape; ours must not stay unseen.
            _LOGGER.exception("A request failed inside the sandbox.")
            return self._answer(request, {"errors": [_internal_error()]})
        finally:
            self._store.counters.leave()

    async def _admit_client(self, request: Request) -> Response:
        version = request.path_params.get("version", "")
        if version and not _VERSION.fullmatch(version):
            return await self._not_found(request)
        if not self._tokens.accepts(request.headers.get("x-shopify-access-token")):
            return self._answer(request, {"errors": _UNAUTHORIZED}, status=401)
        body = await request.body()
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        try:
            sent = read_request(body, request.headers.get("content-type", ""))
        except BadRequestError as error:
            return self._answer(request, {"errors": error.errors}, status=400)
        prepared = self._prepare(sent)
        if isinstance(prepared, list):
            return self._answer(request, {"errors": prepared})
        keys = (idempotency_key(field, sent.variables) for field in prepared.fields)
        self._store.idempotency.begin(prepared.request_id, [key for key in keys if key])
        try:
            return await self._with_faults(request, prepared)
        finally:
            self._store.idempotency.end(prepared.request_id)

    def _prepare(self, sent: GraphQLRequest) -> "_Prepared | list[Refusal]":
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
        return _Prepared(
            request=sent,
            document=checked.document,
            operation=operation,
            fields=fields,
            facts=facts_of(operation, fields, sent.variables),
            request_id=str(uuid.uuid4()),
        )

    async def _with_faults(self, request: Request, prepared: _Prepared) -> Response:
        faults = self._store.faults.meeting(prepared.facts)
        for fault in faults:
            early = await self._before(request, prepared, fault)
            if early is not None:
                return early
        response = self._respond(request, prepared)
        for fault in faults:
            if fault.kind is FaultKind.HOLD_AFTER:
                await fault.hold()
            if fault.kind is FaultKind.LOST_ANSWER:
                return NoResponse()
        return response

    async def _before(self, request: Request, prepared: _Prepared, fault: Fault) -> Response | None:
        """Do what a fault does in front of a request; return the answer where it ends there."""
        match fault.kind:
            case FaultKind.LATENCY:
                await asyncio.sleep(fault.seconds)
                return None
            case FaultKind.HOLD_BEFORE:
                await fault.hold()
                # The server must have had the chance to see that the client went away.
                await asyncio.sleep(0)
                if is_gone(request) and not fault.apply_anyway:
                    self._journal_refusal(prepared, "client gone before it was applied")
                    return NoResponse()
                return None
            case FaultKind.THROTTLE:
                self._store.counters.throttled += 1
                self._journal_refusal(prepared, "THROTTLED")
                cost = self._requested(prepared)
                return self._answer(request, self._with_cost({"errors": [throttled()]}, cost, None))
            case FaultKind.SERVER_ERROR | FaultKind.DISCONNECT | FaultKind.GARBAGE:
                if fault.apply_anyway:
                    self._respond(request, prepared)
                else:
                    self._journal_refusal(prepared, fault.kind.value)
                return self._broken(request, fault)
            case FaultKind.LOST_ANSWER | FaultKind.HOLD_AFTER | FaultKind.PARTLY_SAVED:
                return None

    def _broken(self, request: Request, fault: Fault) -> Response:
        if fault.kind is FaultKind.DISCONNECT:
            return NoResponse()
        if fault.kind is FaultKind.GARBAGE:
            return Response(_GARBAGE, media_type="text/html")
        return self._answer(request, {"errors": "Internal Server Error"}, status=fault.status)

    def _requested(self, prepared: _Prepared) -> int:
        request = prepared.request
        return requested_cost(
            self._schema, prepared.document, request.variables, request.operation_name
        )

    def _respond(self, request: Request, prepared: _Prepared) -> Response:
        """Charge the allowance, execute, journal, and build the answer."""
        store = self._store
        cost = self._requested(prepared)
        if cost > MAXIMUM_COST:
            self._journal_refusal(prepared, "MAX_COST_EXCEEDED")
            return self._answer(request, {"errors": [too_expensive(cost, MAXIMUM_COST)]})
        oversized = oversized_inputs(prepared.fields, prepared.request.variables)
        if oversized:
            self._journal_refusal(prepared, "MAX_INPUT_SIZE_EXCEEDED")
            return self._answer(request, self._with_cost({"errors": oversized}, cost, None))
        if not store.allowance.admit(cost):
            store.counters.throttled += 1
            self._journal_refusal(prepared, "THROTTLED")
            return self._answer(request, self._with_cost({"errors": [throttled()]}, cost, None))
        content, actual = self._execute(prepared)
        store.allowance.settle(cost, actual)
        store.counters.points_requested += cost
        store.counters.points_actual += actual
        return self._answer(request, self._with_cost(content, cost, actual))

    def _execute(self, prepared: _Prepared) -> tuple[dict[str, Any], int]:
        denied = self._denied(prepared)
        if denied:
            self._journal_refusal(prepared, "ACCESS_DENIED")
            return {"errors": denied, "data": None}, 0
        sent = prepared.request
        context = self._store.begin(prepared.request_id)
        try:
            result = execute(
                self._schema,
                prepared.document,
                context_value=context,
                variable_values=sent.variables,
                operation_name=sent.operation_name,
                is_awaitable=_never_awaitable,
            )
        finally:
            self._store.record(prepared.request_id, context.writes)
        assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is a coroutine
        content: dict[str, Any] = {"data": result.data}
        if result.errors:
            content["errors"] = [_printed(error) for error in result.errors]
        if context.search_notes:
            content["extensions"] = {"search": context.search_notes}
        actual = actual_cost(
            self._schema, prepared.document, sent.variables, sent.operation_name, result.data
        )
        return content, actual

    def _denied(self, prepared: _Prepared) -> list[Refusal]:
        refusals = []
        for field in prepared.fields:
            scope = missing_scope(field, mutation=prepared.mutation, scopes=self._store.shop.scopes)
            if scope is not None:
                name = field.alias.value if field.alias else field.name.value
                required = f"`{scope}` access scope."
                refusals.append(access_denied(field.name.value, required, field, [name]))
        return refusals

    def _journal_refusal(self, prepared: _Prepared, reason: str) -> None:
        """Write down that a mutation arrived and was not applied, resource by resource."""
        if not prepared.mutation:
            return
        resources: list[str | None] = [*sorted(prepared.facts.resource_ids)] or [None]
        self._store.record(
            prepared.request_id,
            [
                Write(field.name.value, resource, applied=False, reason=reason)
                for field in prepared.fields
                for resource in resources
            ],
        )

    def _with_cost(
        self, content: dict[str, Any], requested: int, actual: int | None
    ) -> dict[str, Any]:
        extensions = content.setdefault("extensions", {})
        extensions["cost"] = {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self._store.allowance.status(),
        }
        return content

    def _answer(self, request: Request, content: dict[str, Any], status: int = 200) -> Response:
        asked = request.path_params.get("version", "")
        version = asked if asked in (*_SERVED_VERSIONS, "unstable") else _SERVED_VERSIONS[0]
        return Response(
            json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
            status_code=status,
            media_type="application/json",
            headers={"X-Shopify-API-Version": version, "X-Request-Id": str(uuid.uuid4())},
        )


def _internal_error() -> Refusal:
    request_id = str(uuid.uuid4())
    return {
        "message": "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests).",
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
    }


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


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
