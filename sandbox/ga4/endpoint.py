"""The HTTP side of the Data API and of the token endpoint beside it."""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.configuration import StoreConfiguration
from sandbox.connection import NoResponse
from sandbox.faults import Fault, FaultKind, RequestFacts
from sandbox.ga4.access import GOOGLE_AUDIENCE, GrantError
from sandbox.ga4.calls import Calls
from sandbox.ga4.problems import Problem, exhausted, invalid, property_forbidden
from sandbox.ga4.tables import numbered_types

if TYPE_CHECKING:
    from sandbox.ga4.store import AnalyticsPropertyStore

_LOGGER = logging.getLogger(__name__)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_REPORT = re.compile(r"v1beta/properties/([^/:]*):([A-Za-z]+)")
_METADATA = re.compile(r"v1beta/properties/([^/:]*)/metadata")
_TOKEN = "token"  # noqa: S105 - the path of the endpoint
_GARBAGE = b"<html><body>upstream connect error or disconnect/reset before headers</body></html>"
_NOT_FOUND = b"<!DOCTYPE html><title>Error 404 (Not Found)</title><p>The URL was not found."
_CONTINUED_AFTER = {FaultKind.LOST_ANSWER, FaultKind.HOLD_AFTER}
_UNAVAILABLE = 503


class Endpoint:
    """Answers for one property as the platform does, errors included."""

    def __init__(self, store: "AnalyticsPropertyStore", configuration: StoreConfiguration) -> None:
        self._store = store
        self._latency_seconds = configuration.latency_seconds
        self._calls = Calls(store)

    def routes(self) -> list[BaseRoute]:
        """Return the one route; whatever is not known is not found, in the platform's shape."""
        return [Route("/{path:path}", self._answer, methods=_METHODS)]

    async def _answer(self, request: Request) -> Response:
        self._store.counters.enter()
        try:
            return await self._dispatch(request)
        except ClientDisconnect:
            return NoResponse()
        except Problem as problem:
            return _problem(problem)
        except Exception:
            # The platform, too, answers its own failures in this shape; ours must not stay unseen.
            _LOGGER.exception("A request failed inside the sandbox.")
            return _problem(Problem("INTERNAL", "Internal error encountered."))
        finally:
            self._store.counters.leave()

    async def _dispatch(self, request: Request) -> Response:
        path = request.path_params["path"]
        if path == _TOKEN and request.method == "POST":
            return await self._with_faults(_TOKEN, frozenset(), await self._token_answer(request))
        found = _METADATA.fullmatch(path)
        if found and request.method in {"GET", "HEAD"}:
            number, name = found.group(1), "getMetadata"
        else:
            found = _REPORT.fullmatch(path)
            if found is None or request.method != "POST" or found.group(2) not in Calls.NAMES:
                return Response(_NOT_FOUND, status_code=404, media_type="text/html")
            number, name = found.groups()
        self._store.access.check(_bearer(request))
        body = await request.body()
        if not number.isdigit() or not number.isascii():
            raise invalid(f"Invalid property ID: {number[:50]}. A numeric Property ID is required.")
        universal = name == "getMetadata" and number.strip("0") == ""
        if number != self._store.number and not universal:
            raise property_forbidden()
        prepared = self._calls.prepare(name, number, body)

        def respond() -> Response:
            content = prepared.run()
            if "enum-encoding=int" in request.query_params.get("$alt", ""):
                content = numbered_types(content)
            return _json(content)

        quota = self._store.quota_of(name)
        quota.enter()
        try:
            if self._latency_seconds:
                await asyncio.sleep(self._latency_seconds)
            return await self._with_faults(
                name, frozenset({f"properties/{self._store.number}"}), respond
            )
        finally:
            quota.leave()

    async def _token_answer(self, request: Request) -> Callable[[], Response]:
        body = (await request.body()).decode("utf-8", "replace")
        host = request.headers.get("host", "")
        audiences = frozenset({GOOGLE_AUDIENCE, self._store.token_uri, f"http://{host}/{_TOKEN}"})

        def respond() -> Response:
            try:
                form = dict(parse_qsl(body, max_num_fields=50))
                return _json(self._store.access.grant(form, audiences))
            except GrantError as error:
                content = {"error": error.error, "error_description": str(error)}
                return _json(content, error.status)
            except ValueError:
                return _json({"error": "invalid_request"}, 400)

        return respond

    async def _with_faults(
        self, name: str, resources: frozenset[str], respond: Callable[[], Response]
    ) -> Response:
        faults = self._store.faults.meeting(RequestFacts("query", frozenset({name}), resources))
        for fault in faults:
            early = await self._before(fault, name)
            if early is not None:
                return early
        response = respond()
        for fault in faults:
            if fault.kind is FaultKind.HOLD_AFTER:
                await fault.hold()
            if fault.kind is FaultKind.LOST_ANSWER:
                return NoResponse()
        return response

    async def _before(self, fault: Fault, name: str) -> Response | None:
        """Do what a fault does in front of a request; return the answer where it ends there."""
        if fault.kind is FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds)
        elif fault.kind is FaultKind.HOLD_BEFORE:
            await fault.hold()
        elif fault.kind is FaultKind.THROTTLE:
            self._store.counters.throttled += 1
            return _problem(exhausted("concurrent requests quota. Please send fewer requests."))
        elif fault.kind is FaultKind.DISCONNECT:
            return NoResponse()
        elif fault.kind is FaultKind.GARBAGE:
            return Response(_GARBAGE, media_type="text/html")
        elif fault.kind is FaultKind.SERVER_ERROR:
            if name != _TOKEN:
                self._store.quota_of(name).server_error()
            unavailable = fault.status == _UNAVAILABLE
            status = "UNAVAILABLE" if unavailable else "INTERNAL"
            content = Problem(status, "The service failed.").content()
            content["error"]["code"] = fault.status
            return _json(content, fault.status)
        return None


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.query_params.get("access_token")


def _problem(problem: Problem) -> Response:
    response = _json(problem.content(), problem.code)
    if problem.status == "UNAUTHENTICATED":
        response.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    return response


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(
        json.dumps(content, separators=(",", ":")).encode(),
        status_code=status,
        media_type="application/json",
    )
