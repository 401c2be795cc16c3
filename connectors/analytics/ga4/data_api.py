"""One call to the Data API: admitted by the quota, sent once, and its answer checked."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from connectors.analytics.ga4.answers import first_fault, problem_of
from connectors.analytics.ga4.errors import Failures, is_exhaustion_of_tokens
from connectors.analytics.ga4.quota import QuotaGate
from connectors.analytics.ga4.quota_answers import quota_of
from connectors.analytics.ga4.tokens import AccessTokens, json_object
from connectors.http import Answered, exchange
from steward.analytics import AnalyticsProperty, PropertyQuota
from steward.errors import StewardError, StoreThrottled
from steward.ports import Clock

_VERSION = "v1beta"
_OK = 200
_UNAUTHORIZED = 401
_STRUCK_OUT = b"[access token]"

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class DataApi:
    """The API of one property, under one of its quotas; retries nothing, follows no redirect.

    Only a call whose token was refused is asked once more, with a new one: tokens expire, or are
    revoked, while they are in use. The token goes into the header of each request and nowhere else;
    should an answer repeat it, it is struck out before anything reads the answer.
    """

    def __init__(
        self,
        source: AnalyticsProperty,
        tokens: AccessTokens,
        client: httpx.AsyncClient,
        gate: QuotaGate,
        clock: Clock,
    ) -> None:
        """Take the property, its tokens, a client of the API's address and the one gate."""
        self.source = source
        self.clock = clock
        self.failures = Failures(source.name)
        self._tokens = tokens
        self._client = client
        self._gate = gate

    async def get(self, path: str, answer: type[AnswerT]) -> AnswerT:
        """Read something below the property, such as `metadata`."""
        return self._checked(await self._call("GET", f"/{path}", None), answer)

    async def post(
        self, method: str, body: Mapping[str, Any], answer: type[AnswerT]
    ) -> tuple[AnswerT, PropertyQuota | None]:
        """Call a method of the property, such as `runReport`; return also the last quota told.

        Raises the errors of `steward.ports.Analytics`.
        """
        payload = await self._call("POST", f":{method}", json.dumps(body).encode())
        quotas = _quotas(payload)
        return self._checked(payload, answer), quotas[-1] if quotas else None

    def local_time(self, time_zone: str, moment: datetime) -> datetime:
        """Return a moment by the property's own clock; raises `StoreAnswerInvalid`."""
        try:
            return moment.astimezone(ZoneInfo(time_zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            fault = "its time zone is unknown"
        raise self.failures.of_answer(fault)

    async def _call(self, verb: str, path: str, content: bytes | None) -> dict[str, Any]:
        token = await self._tokens.token()
        outcome = await self._admitted(verb, path, content, token)
        if outcome is None:
            self._tokens.discard(token)
            token = await self._tokens.token()
            outcome = await self._admitted(verb, path, content, token, last=True)
        assert outcome is not None  # noqa: S101 - the last try says what it is
        if isinstance(outcome, StewardError):
            raise outcome
        return outcome

    async def _admitted(
        self,
        verb: str,
        path: str,
        content: bytes | None,
        token: SecretStr,
        *,
        last: bool = False,
    ) -> dict[str, Any] | StewardError | None:
        """Return the payload, or the error to raise; None for a refused token that can be renewed.

        The error is raised where no exception that holds a secret hangs on it.
        """
        secret = token.get_secret_value()
        full_path = f"/{_VERSION}/properties/{self.source.number}{path}"
        headers = {"Authorization": f"Bearer {secret}"}
        async with self._gate.admitted():
            answer = await exchange(self._client, verb, full_path, headers=headers, content=content)
            if not isinstance(answer, Answered):
                return self.failures.of_exchange(answer)
            payload = json_object(answer.content.replace(secret.encode(), _STRUCK_OUT))
            if answer.status == _UNAUTHORIZED and not last:
                return None
            if answer.status != _OK:
                return self._failure(answer, payload)
            if payload is None:
                return self.failures.of_answer("it is no JSON object")
            self._gate.reported(_quotas(payload))
            return payload

    def _failure(self, answer: Answered, payload: dict[str, Any] | None) -> StewardError:
        problem = problem_of(payload)
        error = self.failures.of_status(answer, problem, self.clock.now())
        if isinstance(error, StoreThrottled) and error.retry_after is not None:
            self._gate.exhausted(error.retry_after, of_tokens=is_exhaustion_of_tokens(problem))
        return error

    def _checked(self, payload: dict[str, Any], answer: type[AnswerT]) -> AnswerT:
        fault = ""
        try:
            return answer.model_validate(payload)
        except ValidationError as error:
            fault = first_fault(error)
        raise self.failures.of_answer(fault)


def _quotas(payload: Mapping[str, Any]) -> list[PropertyQuota]:
    """Return the quota of a report, or of each report of a batch."""
    reports = payload.get("reports")
    parts = reports if isinstance(reports, list) else [payload]
    told = [quota_of(part.get("propertyQuota")) for part in parts if isinstance(part, dict)]
    return [quota for quota in told if quota is not None]
