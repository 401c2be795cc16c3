"""The HTTP side of the API: tokens, quota, faults, and the way to each operation."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.bigcommerce.access import ALL_SCOPES, AccessTokens, is_allowed
from sandbox.bigcommerce.answers import Answer, RefusalError, refusal, too_many_requests
from sandbox.bigcommerce.context import Call, Target
from sandbox.bigcommerce.operation import Operation
from sandbox.bigcommerce.requests import (
    check_media_type,
    check_shape,
    find_operation,
    parse_body,
)
from sandbox.configuration import StoreConfiguration
from sandbox.connection import NoResponse, is_gone
from sandbox.faults import Fault, FaultKind, RequestFacts

if TYPE_CHECKING:
    from sandbox.bigcommerce.store import BigCommerceStore

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GARBAGE = b"<html><body>upstream connect error or disconnect/reset before headers</body></html>"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request for an operation that there is, and what is known about it.

    Attributes:
        problem: why it is refused before its operation is asked; None where it is not.
    """

    operation: Operation
    call: Call
    targets: Sequence[Target]
    facts: RequestFacts
    request_id: str
    problem: RefusalError | None


class Endpoint:
    """Answers the API of one store as the platform does, errors included."""

    def __init__(self, store: "BigCommerceStore", configuration: StoreConfiguration) -> None:
        self._store = store
        self._tokens = AccessTokens(configuration.access_token_file)
        self._latency_seconds = configuration.latency_seconds
        self._scopes = ALL_SCOPES if configuration.scopes is None else configuration.scopes
        self._running: Counter[str] = Counter()

    def routes(self) -> list[BaseRoute]:
        """Return the one route; what it does not know is not found, in the platform's words."""
        return [Route("/{path:path}", self._count, methods=_METHODS)]

    async def _count(self, request: Request) -> Response:
        self._store.counters.enter()
        try:
            return await self._admit(request)
        except ClientDisconnect:
            return NoResponse()
        except RefusalError as error:
            return self._answer(error.answer)
        finally:
            self._store.counters.leave()

    async def _admit(self, request: Request) -> Response:
        """Let in who has a token and quota; everybody else is refused."""
        if not self._tokens.accepts(request.headers.get("x-auth-token")):
            raise refusal(401, "Unauthorized")
        base = f"/stores/{self._store.name}"
        path = request.url.path
        if not path.startswith(f"{base}/"):
            raise refusal(404, "The requested resource was not found")
        admitted = self._store.quota.take()
        if admitted:
            self._store.counters.points_requested += 1
            self._store.counters.points_actual += 1
        operation, parts = find_operation(request.method, path.removeprefix(base))
        prepared = self._prepare(request, operation, parts, await request.body())
        if not admitted:
            return self._throttle(prepared, self._store.quota.headers())
        if operation.concurrent is not None and (
            self._running[operation.name] >= operation.concurrent
        ):
            return self._throttle(prepared, self._store.quota.headers())
        self._running[operation.name] += 1
        try:
            if self._latency_seconds:
                await asyncio.sleep(self._latency_seconds)
            return await self._with_faults(request, prepared)
        finally:
            self._running[operation.name] -= 1

    def _prepare(
        self, request: Request, operation: Operation, parts: Mapping[str, str], body: bytes
    ) -> _Prepared:
        # The journal wants to know what was asked for, whatever the request is refused for.
        content, problem = _content(operation, body)
        try:
            if not is_allowed(operation.scope, self._scopes, writes=operation.writes):
                title = "The token lacks a scope that this operation needs"
                raise refusal(403, title, {"scope": operation.scope})
            check_media_type(operation, request.headers.get("content-type", ""))
            if problem is None:
                check_shape(operation, content)
        except RefusalError as error:
            problem = error
        call = Call(parts, dict(request.query_params), content, request.url.path)
        targets = operation.targets(self._store.goods, call)
        facts = RequestFacts(
            kind="mutation" if operation.writes else "query",
            operations=frozenset({operation.name}),
            resource_ids=frozenset(target.name for target in targets if target.name is not None),
        )
        return _Prepared(operation, call, targets, facts, str(uuid.uuid4()), problem)

    async def _with_faults(self, request: Request, prepared: _Prepared) -> Response:
        faults = self._store.faults.meeting(prepared.facts)
        unsaved = [
            fault.match.resource_id for fault in faults if fault.kind is FaultKind.PARTLY_SAVED
        ]
        for fault in faults:
            early = await self._before(request, prepared, fault)
            if early is not None:
                return early
        response = self._respond(prepared, unsaved)
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
                headers = self._store.quota.exhausted_headers(fault.seconds)
                return self._throttle(prepared, headers)
            case FaultKind.SERVER_ERROR | FaultKind.DISCONNECT | FaultKind.GARBAGE:
                if fault.apply_anyway:
                    self._respond(prepared)
                else:
                    self._journal_refusal(prepared, fault.kind.value)
                return self._broken(fault)
            case FaultKind.LOST_ANSWER | FaultKind.HOLD_AFTER | FaultKind.PARTLY_SAVED:
                return None
            case _:
                assert_never(fault.kind)

    def _broken(self, fault: Fault) -> Response:
        if fault.kind is FaultKind.DISCONNECT:
            return NoResponse()
        if fault.kind is FaultKind.GARBAGE:
            return Response(_GARBAGE, media_type="text/html")
        # What stands in front of the platform answers without the quota's headers; a 429 from
        # there means overload.
        content = refusal(fault.status, "The service is overloaded or broken").answer.content
        return _json(Answer(content, fault.status), {})

    def _throttle(self, prepared: _Prepared, headers: Mapping[str, str]) -> Response:
        self._store.counters.throttled += 1
        error = too_many_requests()
        self._journal_refusal(prepared, error.reason)
        return _json(error.answer, headers)

    def _respond(self, prepared: _Prepared, unsaved: Sequence[str | None] = ()) -> Response:
        """Run the operation, journal it, and build the answer."""
        context = self._store.begin(prepared.operation.name, unsaved)
        try:
            if prepared.problem is not None:
                raise prepared.problem
            answer = prepared.operation.run(context, prepared.call)
        except RefusalError as error:
            answer = error.answer
            if prepared.operation.writes and not context.writes:
                context.refuse_all(prepared.targets, error.reason)
        finally:
            self._store.record(prepared.request_id, context.writes)
        return self._answer(answer)

    def _journal_refusal(self, prepared: _Prepared, reason: str) -> None:
        """Write down that a write arrived and was not applied, field by field."""
        if prepared.operation.writes:
            context = self._store.begin(prepared.operation.name)
            context.refuse_all(prepared.targets, reason)
            self._store.record(prepared.request_id, context.writes)

    def _answer(self, answer: Answer) -> Response:
        return _json(answer, self._store.quota.headers())


def _content(operation: Operation, body: bytes) -> tuple[Any, RefusalError | None]:
    """Return a body's JSON value, or an empty object and why it has none."""
    try:
        return parse_body(operation, body), None
    except RefusalError as error:
        return {}, error


def _json(answer: Answer, headers: Mapping[str, str]) -> Response:
    content = b""
    if answer.content is not None:
        content = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(
        content,
        status_code=answer.status,
        media_type=answer.media_type if content else None,
        headers={**headers, "X-Request-Id": uuid.uuid4().hex},
    )
