"""Access tokens: fetched for a signed assertion, kept until shortly before they expire."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr, ValidationError

from connectors.analytics.ga4.answers import Grant, GrantRefusal, first_fault
from connectors.analytics.ga4.errors import Failures
from connectors.analytics.ga4.service_account import ServiceAccount
from connectors.http import Answered, Exchange, exchange
from steward.errors import StewardError
from steward.ports import Clock

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_RENEWED_BEFORE = timedelta(minutes=5)
_RENEWED_AT_SHARE = 10
_OK = 200
_REFUSALS = (400, 401, 403)


class AccessTokens:
    """The tokens of one service account; calls at the same time share one."""

    def __init__(
        self, name: str, account: ServiceAccount, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        """Take the property's name, the account, and a client of its token endpoint."""
        self._failures = Failures(name)
        self._account = account
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: SecretStr | None = None
        self._renewed_from: datetime | None = None

    async def token(self) -> SecretStr:
        """Return a token that is valid for a while.

        Raises `CredentialsRejected`, `StoreUnreachable`, `StoreThrottled` or `StoreAnswerInvalid`.
        """
        async with self._lock:
            now = self._clock.now()
            if self._token is None or self._renewed_from is None or now >= self._renewed_from:
                self._token, self._renewed_from = await self._fetch(now)
            return self._token

    def discard(self, token: SecretStr) -> None:
        """Forget a token that was refused; a newer one is kept."""
        if self._token is not None and self._token == token:
            self._token = None

    async def _fetch(self, now: datetime) -> tuple[SecretStr, datetime]:
        assertion = self._account.assertion(now).get_secret_value()
        form = urlencode({"grant_type": _GRANT_TYPE, "assertion": assertion}).encode()
        answer = await exchange(
            self._client, "POST", self._account.token_path, headers=_FORM, content=form
        )
        grant = self._read(answer, assertion, now)
        if isinstance(grant, StewardError):
            raise grant
        lifetime = timedelta(seconds=grant.expires_in)
        margin = min(_RENEWED_BEFORE, lifetime / _RENEWED_AT_SHARE)
        return SecretStr(grant.access_token), now + lifetime - margin

    def _read(self, answer: Exchange, assertion: str, now: datetime) -> Grant | StewardError:
        """Return the grant, or the error to raise where no exception with secrets hangs on it."""
        if not isinstance(answer, Answered):
            return self._failures.of_exchange(answer)
        payload = json_object(answer.content.replace(assertion.encode(), b"[assertion]"))
        if answer.status in _REFUSALS:
            refusal = _refusal(payload)
            return self._failures.of_grant(answer.status, refusal.error, refusal.error_description)
        if answer.status != _OK:
            return self._failures.of_token_status(answer, now)
        try:
            grant = Grant.model_validate(payload)
        except ValidationError as error:
            return self._failures.of_answer(first_fault(error))
        if not grant.access_token.isascii() or not grant.access_token.isprintable():
            return self._failures.of_answer("the access token holds characters that no token has")
        return grant


def json_object(content: bytes) -> dict[str, Any] | None:
    """Return a body that is a JSON object, or None."""
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _refusal(payload: dict[str, Any] | None) -> GrantRefusal:
    try:
        return GrantRefusal.model_validate(payload)
    except ValidationError:
        return GrantRefusal()
