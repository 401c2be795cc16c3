"""One call to the Admin GraphQL API: paced, sent once, and its answer checked."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from connectors.bucket_pacing import Admission, BucketLevel, BucketPacer
from connectors.http import Answered, NotSent, post_json
from connectors.stores.shopify.answers import Cost, Problem
from connectors.stores.shopify.documents import Document, text_of
from connectors.stores.shopify.errors import Failures
from steward.errors import CredentialsRejected

API_VERSION = "2026-07"
_PATH = f"/admin/api/{API_VERSION}/graphql.json"
_TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 - the header's name
_OK = 200
_PROBLEMS = TypeAdapter(list[Problem])

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class AdminApi:
    """The API of one store; retries nothing and follows no redirect.

    The token goes into the header of each request and nowhere else; should an answer repeat it, it
    is struck out before anything reads the answer.
    """

    def __init__(
        self, store: str, token: SecretStr, client: httpx.AsyncClient, pacer: BucketPacer
    ) -> None:
        """Take the store's name, its token, a client of its address and the store's one pacer.

        Raises `CredentialsRejected` for a token that no HTTP header can carry.
        """
        secret = token.get_secret_value()
        if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise CredentialsRejected(
                f"The access token of store '{store}' is empty or holds characters that no token "
                "has.",
                remedy="Check the variable or file that it comes from.",
            )
        self.store = store
        self._token = token
        self.client = client
        self.pacer = pacer

    async def read(
        self,
        document: Document,
        variables: Mapping[str, Any],
        answer: type[AnswerT],
        *,
        points: int,
    ) -> AnswerT:
        """Ask once; `points` is the predicted cost. Raises the errors of `steward.ports.Store`."""
        return await self._call(document, variables, answer, points=points, writing=False)

    async def write(
        self,
        document: Document,
        variables: Mapping[str, Any],
        answer: type[AnswerT],
        *,
        points: int,
    ) -> AnswerT:
        """Write once; raises `AnswerLost` where the write may have been applied all the same."""
        return await self._call(document, variables, answer, points=points, writing=True)

    async def _call(
        self,
        document: Document,
        variables: Mapping[str, Any],
        answer: type[AnswerT],
        *,
        points: int,
        writing: bool,
    ) -> AnswerT:
        failures = Failures(self.store, writing=writing)
        content = json.dumps(
            {
                "query": text_of(document),
                "operationName": document.value,
                "variables": variables,
            }
        ).encode()
        async with self.pacer.admitted(points) as admission:
            payload = await self._exchange(content, admission, failures)
        data = payload.get("data")
        if payload.get("errors"):
            raise self._problem(payload, failures)
        fault = ""
        try:
            return answer.model_validate(data)
        except ValidationError as error:
            fault = _first_fault(error)
        raise failures.of_answer(fault)

    async def _exchange(
        self, content: bytes, admission: Admission, failures: Failures
    ) -> dict[str, Any]:
        secret = self._token.get_secret_value()
        exchange = await post_json(self.client, _PATH, content, {_TOKEN_HEADER: secret})
        if not isinstance(exchange, Answered):
            if isinstance(exchange, NotSent):
                admission.not_sent()
            raise failures.of_exchange(exchange)
        if exchange.status != _OK:
            raise failures.of_status(exchange)
        payload = _json_object(exchange.content.replace(secret.encode(), b"[access token]"))
        if payload is None:
            raise failures.of_answer("it is no JSON object")
        if cost := _cost(payload):
            bucket = cost.throttle_status
            admission.answered(
                BucketLevel(
                    capacity=bucket.maximum_available,
                    available=bucket.currently_available,
                    restored_per_second=bucket.restore_rate,
                ),
                spent=cost.actual or 0,
            )
        return payload

    def _problem(self, payload: Mapping[str, Any], failures: Failures) -> Exception:
        try:
            problems = _PROBLEMS.validate_python(payload["errors"])
        except ValidationError:
            return failures.of_answer("its errors have an unknown form")
        return failures.of_problem(problems[0], _cost(payload), executed="data" in payload)


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _cost(payload: Mapping[str, Any]) -> Cost | None:
    """Return the reported cost; it only steers the pace, so a strange one is passed over."""
    extensions = payload.get("extensions")
    if not isinstance(extensions, dict) or "cost" not in extensions:
        return None
    try:
        return Cost.model_validate(extensions["cost"])
    except ValidationError:
        return None


def _first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "data"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
