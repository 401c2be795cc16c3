"""The HTTP side of the API: signing in, faults, limits, and the endpoints behind them."""

import asyncio
import logging
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as HttpRoute

from sandbox.adobe_commerce.access import Access, SignedRequest
from sandbox.adobe_commerce.allowance import RETRY_AFTER_SECONDS
from sandbox.adobe_commerce.context import text_of
from sandbox.adobe_commerce.encoding import encode
from sandbox.adobe_commerce.problems import ApiError, no_route, required
from sandbox.adobe_commerce.requests import calls_of, facts_of, parse_body, parse_query
from sandbox.adobe_commerce.routes import Target
from sandbox.adobe_commerce.scopes import GLOBAL
from sandbox.adobe_commerce.searching import chosen
from sandbox.configuration import Edition, StoreConfiguration
from sandbox.connection import NoResponse, is_gone
from sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from sandbox.adobe_commerce.store import AdobeCommerceStore

_LOGGER = logging.getLogger(__name__)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GARBAGE = b"<html><body>Varnish cache server: backend fetch failed</body></html>"
_GATEWAY_STATUSES = (502, 503, 504)
_TOKEN_PATHS = ("integration", "admin", "token")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that leads somewhere and may go there."""

    target: Target
    query: list[tuple[str, str]]
    content: Any
    request_id: str


class Endpoint:
    """Answers the REST API of one store as the platform does, errors included."""

    def __init__(self, store: "AdobeCommerceStore", configuration: StoreConfiguration) -> None:
        self._store = store
        self._edition = configuration.edition
        self._access = Access(
            configuration.edition, configuration.access_token_file, configuration.credentials_file
        )
        self._latency_seconds = configuration.latency_seconds

    def routes(self) -> list[BaseRoute]:
        """Return the one route; a path is taken apart before it is decoded."""
        return [HttpRoute("/{path:path}", self._serve, methods=_METHODS)]

    async def _serve(self, request: Request) -> Response:
        self._store.counters.enter()
        try:
            return await self._admit(request)
        except ApiError as error:
            return _refusal(error)
        except ClientDisconnect:
            return NoResponse()
        except Exception:
            # The platform, too, answers its own failures in this shape; ours must not stay unseen.
            _LOGGER.exception("A request failed inside the sandbox.")
            return _internal_error()
        finally:
            self._store.counters.leave()

    async def _admit(self, request: Request) -> Response:
        raw_path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        query = parse_query(request.scope["query_string"].decode("ascii", "replace"))
        body = await request.body()
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        signing_in = self._sign_in(request.method, raw_path, query, body, request.headers)
        if signing_in is not None:
            return signing_in
        target = self._store.endpoints.find(request.method, raw_path, request.headers.get("store"))
        if target is None:
            raise no_route()
        host = request.headers.get("host", "").lower().removesuffix(":80")
        address = f"{request.url.scheme}://{host}{raw_path}"
        authorization = request.headers.get("authorization", "")
        self._access.admit(
            SignedRequest(request.method, address, query, authorization), target.route.resource
        )
        if target.scope == GLOBAL and request.method == "GET":
            raise ApiError(400, "Cannot perform GET operation with store code 'all'")
        content = parse_body(body, request.headers.get("content-type", ""))
        prepared = _Prepared(target, query, content, str(uuid.uuid4()))
        return await self._with_faults(request, prepared)

    def _sign_in(
        self,
        method: str,
        raw_path: str,
        query: list[tuple[str, str]],
        body: bytes,
        headers: Mapping[str, str],
    ) -> Response | None:
        """Answer a request for a token, or return None if it is another."""
        if method != "POST":
            return None
        parts = raw_path.strip("/").split("/")
        if self._edition is Edition.SAAS:
            if tuple(parts[:2]) == ("ims", "token"):
                form = dict(query) | dict(parse_query(body.decode("utf-8", "replace")))
                status, answer = self._access.exchange(form)
                return _answer(answer, status)
            return None
        if parts[0] != "rest" or tuple(parts[-3:]) != _TOKEN_PATHS or "V1" not in parts[1:3]:
            return None
        content = parse_body(body, headers.get("content-type", ""))
        given = {**dict(query), **(content if isinstance(content, dict) else {})}
        for name in ("username", "password"):
            if given.get(name) is None:
                raise required(name)
        name, password = (text_of(key, given[key]) or "" for key in ("username", "password"))
        return _answer(self._access.sign_in(name, password))

    async def _with_faults(self, request: Request, prepared: _Prepared) -> Response:
        target = prepared.target
        kind = "mutation" if target.route.writes else "query"
        faults = self._store.faults.meeting(
            facts_of(target.operation, kind, target.path, prepared.content)
        )
        for fault in faults:
            early = await self._before(request, prepared, fault)
            if early is not None:
                return early
        unsaved = [
            fault.match.resource_id for fault in faults if fault.kind is FaultKind.PARTLY_SAVED
        ]
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
                return self._throttled(prepared)
            case FaultKind.SERVER_ERROR | FaultKind.DISCONNECT | FaultKind.GARBAGE:
                if fault.apply_anyway:
                    self._respond(prepared)
                else:
                    self._journal_refusal(prepared, fault.kind.value)
                return _broken(fault, prepared.target.route.resource)
            case FaultKind.LOST_ANSWER | FaultKind.HOLD_AFTER | FaultKind.PARTLY_SAVED:
                return None

    def _throttled(self, prepared: _Prepared) -> Response:
        self._store.counters.throttled += 1
        self._journal_refusal(prepared, "429")
        response = _refusal(ApiError(429, "Too Many Requests"))
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response

    def _respond(self, prepared: _Prepared, unsaved: Sequence[str | None] = ()) -> Response:
        """Charge the allowance, serve, journal, and build the answer."""
        store, target = self._store, prepared.target
        store.advance()
        if store.allowance is not None:
            if not store.allowance.admit():
                return self._throttled(prepared)
            store.counters.points_requested += 1
            store.counters.points_actual += 1
        try:
            if target.asynchronous:
                return _answer(self._accept(prepared), 202)
            answer = self._handle(prepared, unsaved)
        except ApiError as error:
            self._journal_refusal(prepared, error.text())
            return _refusal(error)
        wanted = dict(prepared.query).get("fields")
        return _answer(chosen(answer, wanted) if wanted else answer)

    def _handle(self, prepared: _Prepared, unsaved: Sequence[str | None]) -> Any:  # noqa: ANN401
        store, target = self._store, prepared.target
        if not isinstance(prepared.content, dict):
            raise ApiError(400, "Request body should be an object.")
        call = store.call(target.route, target.scope, target.path, prepared.query, prepared.content)
        call.unsaved = unsaved
        try:
            return target.route.handler(call)
        finally:
            store.record(prepared.request_id, call.writes)

    def _accept(self, prepared: _Prepared) -> dict[str, Any]:
        target = prepared.target
        calls = calls_of(target, prepared.content)
        bulk, write = self._store.bulks.accept(target.route, target.scope, calls, time.time())
        self._store.record(prepared.request_id, [write])
        return {
            "bulk_uuid": bulk.uuid,
            "request_items": [
                {
                    "id": position,
                    "data_hash": sha256(encode(body)).hexdigest(),
                    "status": "accepted",
                }
                for position, (_, body) in enumerate(calls)
            ],
            "errors": False,
        }

    def _journal_refusal(self, prepared: _Prepared, reason: str) -> None:
        """Write down that a write arrived and was not applied, field by field."""
        target = prepared.target
        if not target.route.writes:
            return
        call = self._store.call(target.route, target.scope, target.path, [], {})
        bodies = prepared.content if isinstance(prepared.content, list) else [prepared.content]
        for body in bodies:
            call.refuse_wanted(reason, target.route.operation, body)
        writes = [replace(write, operation=target.operation) for write in call.writes]
        self._store.record(prepared.request_id, writes)


def _broken(fault: Fault, resource: str) -> Response:
    if fault.kind is FaultKind.DISCONNECT:
        return NoResponse()
    if fault.kind is FaultKind.GARBAGE:
        return Response(_GARBAGE, media_type="text/html")
    if fault.status in _GATEWAY_STATUSES:
        return Response(_GARBAGE, status_code=fault.status, media_type="text/html")
    if fault.status == 401:  # noqa: PLR2004 - the token is no longer good
        message = "The consumer isn't authorized to access %resources."
        return _refusal(ApiError(401, message, {"resources": resource}))
    return _internal_error(fault.status)


def _internal_error(status: int = 500) -> Response:
    report = f"webapi-{secrets.token_hex(7)}"
    return _refusal(
        ApiError(
            status,
            f"Internal Error. Details are available in Magento log file. Report ID: {report}",
        )
    )


def _refusal(error: ApiError) -> Response:
    return _answer(error.body(), error.status)


def _answer(content: Any, status: int = 200) -> Response:  # noqa: ANN401 - any JSON value
    return Response(
        encode(content),
        status_code=status,
        media_type="application/json; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
