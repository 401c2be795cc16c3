"""The HTTP side of the Admin API: versions, tokens, faults, allowance, and GraphQL itself."""

import asyncio
import json
import logging
import re
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.configuration import StoreConfiguration
from sandbox.connection import NoResponse
from sandbox.shopify.access import AccessTokens
from sandbox.shopify.disturbance import Disturbed, answer_through_faults
from sandbox.shopify.execution import Prepared, refused_writes
from sandbox.shopify.refusals import Refusal, internal_error, throttled, too_expensive
from sandbox.shopify.requests import BadRequestError, idempotency_key, read_request

if TYPE_CHECKING:
    from sandbox.shopify.store import ShopifyStore

MAXIMUM_COST = 1000
_LOGGER = logging.getLogger(__name__)
_SERVED_VERSIONS = ("2026-07", "2026-10")
_VERSION = re.compile(r"\d{4}-\d{2}|unstable")
_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Endpoint:
    """Answers the Admin API of one store as the platform does, errors included."""

    def __init__(self, store: "ShopifyStore", configuration: StoreConfiguration) -> None:
        self._store = store
        self._executor = store.executor
        self._tokens = AccessTokens(configuration.access_token_file)
        self._latency_seconds = configuration.latency_seconds

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
            return self._answer(request, {"errors": [internal_error()]})
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
        address = str(request.base_url).rstrip("/")
        prepared = self._executor.prepare(sent, str(uuid.uuid4()), address)
        if isinstance(prepared, list):
            return self._answer(request, {"errors": prepared})
        keys = (idempotency_key(field, sent.variables) for field in prepared.fields)
        self._store.idempotency.begin(prepared.request_id, [key for key in keys if key])
        try:
            return await answer_through_faults(
                request, self._store.faults.meeting(prepared.facts), self._served(request, prepared)
            )
        finally:
            self._store.idempotency.end(prepared.request_id)

    def _served(self, request: Request, prepared: Prepared) -> Disturbed:
        """Return how a request is answered, refused and throttled, whatever faults do with it."""
        return Disturbed(
            respond=lambda: self._respond(request, prepared),
            throttle=lambda: self._throttle(request, prepared),
            fail=lambda status: self._answer(
                request, {"errors": "Internal Server Error"}, status=status
            ),
            refuse=lambda reason: self._refuse(prepared, reason),
        )

    def _throttle(self, request: Request, prepared: Prepared) -> Response:
        self._store.counters.throttled += 1
        self._refuse(prepared, "THROTTLED")
        cost = self._executor.requested_cost(prepared)
        return self._answer(request, self._with_cost({"errors": [throttled()]}, cost, None))

    def _respond(self, request: Request, prepared: Prepared) -> Response:
        """Charge the allowance, execute, journal, and build the answer."""
        store = self._store
        cost = self._executor.requested_cost(prepared)
        if cost > MAXIMUM_COST:
            self._refuse(prepared, "MAX_COST_EXCEEDED")
            return self._answer(request, {"errors": [too_expensive(cost, MAXIMUM_COST)]})
        oversized: list[Refusal] = self._executor.oversized(prepared)
        if oversized:
            self._refuse(prepared, "MAX_INPUT_SIZE_EXCEEDED")
            return self._answer(request, self._with_cost({"errors": oversized}, cost, None))
        if not store.allowance.admit(cost):
            return self._throttle(request, prepared)
        outcome = self._executor.execute(prepared)
        store.record(prepared.request_id, outcome.writes)
        actual = self._executor.actual_cost(prepared, outcome)
        store.allowance.settle(cost, actual)
        store.counters.points_requested += cost
        store.counters.points_actual += actual
        return self._answer(request, self._with_cost(outcome.content, cost, actual))

    def _refuse(self, prepared: Prepared, reason: str) -> None:
        """Write down that a mutation arrived and was not applied."""
        self._store.record(prepared.request_id, refused_writes(prepared, reason))

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
