"""How a store lets us in: one strategy for each kind of credentials."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, assert_never
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from connectors.http import Answered, exchange, new_client, origin_of
from connectors.stores.adobe_commerce import oauth
from connectors.stores.adobe_commerce.address import StoreAddress
from connectors.stores.adobe_commerce.answers import REFUSAL, Refusal
from connectors.stores.adobe_commerce.credentials import (
    AdminCredentials,
    Credentials,
    ImsCredentials,
    IntegrationCredentials,
)
from connectors.stores.adobe_commerce.errors import Failures
from steward.ports import Clock

_OK = 200
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What of a request a signature covers; `address` is scheme, host and path."""

    method: str
    address: str
    query: oauth.Pairs


class Authentication(Protocol):
    """Lets requests of one store in."""

    async def headers(self, request: OutgoingRequest) -> Mapping[str, str]:
        """Return the headers that let a request in.

        Raises `CredentialsRejected`, `StoreUnreachable` and `StoreAnswerInvalid` where a token has
        to be fetched first.
        """

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Take note that these headers were refused; return whether new ones may be accepted."""

    def secrets(self) -> tuple[str, ...]:
        """Return everything that must never be shown."""

    async def aclose(self) -> None:
        """Close what is open."""


class SignedRequests:
    """OAuth 1: each request is signed by the integration's secrets; nothing is ever fetched."""

    def __init__(self, credentials: IntegrationCredentials, clock: Clock) -> None:
        """Take the four values, and the clock that dates signatures."""
        self._credentials = credentials
        self._clock = clock

    async def headers(self, request: OutgoingRequest) -> Mapping[str, str]:
        """Sign the request; no two requests have the same nonce."""
        given = self._credentials
        parameters = (
            ("oauth_consumer_key", given.consumer_key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", str(int(self._clock.now().timestamp()))),
            ("oauth_token", given.access_token.get_secret_value()),
            ("oauth_version", "1.0"),
        )
        text = oauth.base_string(request.method, request.address, (*request.query, *parameters))
        signed = oauth.signature(
            text,
            consumer_secret=given.consumer_secret.get_secret_value(),
            token_secret=given.access_token_secret.get_secret_value(),
        )
        header = oauth.authorization_header((*parameters, ("oauth_signature", signed)))
        return {"Authorization": header}

    def refused(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - all are alike
        """Return that signing anew would not help."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return the three secret values."""
        given = self._credentials
        return tuple(
            secret.get_secret_value()
            for secret in (given.consumer_secret, given.access_token, given.access_token_secret)
        )

    async def aclose(self) -> None:
        """Nothing is open."""


class _TokenSource(Protocol):
    """Where bearer tokens come from."""

    async def fetch(self) -> str:
        """Return a new token."""

    def headers(self) -> Mapping[str, str]:
        """Return what goes out beside the token."""

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that tokens are given for."""

    async def aclose(self) -> None:
        """Close what is open."""


class BearerToken:
    """A token that is fetched when it is first needed, kept, and fetched anew when refused.

    Calls that need one at the same time wait for the same one.
    """

    def __init__(self, source: _TokenSource) -> None:
        """Take where tokens come from."""
        self._source = source
        self._fetching = asyncio.Lock()
        self._token: str | None = None
        self._issued: list[str] = []

    async def headers(self, request: OutgoingRequest) -> Mapping[str, str]:  # noqa: ARG002
        """Return the token's header; a bearer token does not depend on the request."""
        async with self._fetching:
            if self._token is None:
                self._token = await self._source.fetch()
                # An answer to a call that is under way may still repeat the one before.
                self._issued = [*self._issued[-1:], self._token]
            token = self._token
        return {"Authorization": f"Bearer {token}", **self._source.headers()}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Drop the token if it is still the one that was refused; another one may be accepted."""
        if headers.get("Authorization") == f"Bearer {self._token}":
            self._token = None
        return True

    def secrets(self) -> tuple[str, ...]:
        """Return the tokens in use and what they are given for."""
        return (*self._source.secrets(), *self._issued)

    async def aclose(self) -> None:
        """Close the connections to where tokens come from."""
        await self._source.aclose()


_ADMIN_TOKEN: TypeAdapter[str] = TypeAdapter(str)


class AdminSignIn:
    """Fetches an administrator's token, which is good for four hours, from the store itself."""

    def __init__(
        self,
        store: str,
        credentials: AdminCredentials,
        address: StoreAddress,
        client: httpx.AsyncClient,
    ) -> None:
        """Take the store's name, name and password, and the store's address and client."""
        self._failures = Failures(store, writing=False)
        self._credentials = credentials
        self._path = address.path("integration/admin/token")
        self._client = client

    async def fetch(self) -> str:
        """Sign in once; raises `CredentialsRejected` for a wrong name or password."""
        password = self._credentials.password.get_secret_value()
        content = json.dumps({"username": self._credentials.username, "password": password})
        answered = await _posted(
            self._client, self._path, content.encode(), self._failures, self.secrets()
        )
        try:
            return _checked(_ADMIN_TOKEN.validate_json(answered.content))
        except ValueError:
            pass
        raise self._failures.of_answer("it holds no token")

    def headers(self) -> Mapping[str, str]:
        """Nothing goes beside the token."""
        return {}

    def secrets(self) -> tuple[str, ...]:
        """Return the password."""
        return (self._credentials.password.get_secret_value(),)

    async def aclose(self) -> None:
        """The client is the store's and stays open."""


class _ImsAnswer(BaseModel):
    access_token: str = Field(min_length=1)


class ImsSignIn:
    """Fetches a token from Adobe's identity service by a client's id and secret."""

    def __init__(self, store: str, credentials: ImsCredentials) -> None:
        """Take the store's name and the client; raises `InvalidSettings` for an odd address."""
        self._failures = Failures(store, writing=False)
        self._credentials = credentials
        self._client = new_client(origin_of(credentials.token_address))
        # The transport labels every content as JSON, and the identity service wants a form.
        self._client.event_hooks = {"request": [_as_form]}

    async def fetch(self) -> str:
        """Ask once; raises `CredentialsRejected` for a wrong id, secret or scope."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret.get_secret_value(),
            "scope": self._credentials.scope,
        }
        answered = await _posted(
            self._client, "/ims/token/v3", urlencode(form).encode(), self._failures, self.secrets()
        )
        try:
            return _checked(_ImsAnswer.model_validate_json(answered.content).access_token)
        except ValueError:
            pass
        raise self._failures.of_answer("it holds no token")

    def headers(self) -> Mapping[str, str]:
        """Name the client and its organisation to Adobe's gateway."""
        organization = self._credentials.organization_id
        named = {} if organization is None else {"x-gw-ims-org-id": organization}
        return {"x-api-key": self._credentials.client_id, **named}

    def secrets(self) -> tuple[str, ...]:
        """Return the client's secret."""
        return (self._credentials.client_secret.get_secret_value(),)

    async def aclose(self) -> None:
        """Close the connections to the identity service."""
        await self._client.aclose()


def authentication_for(
    store: str,
    credentials: Credentials,
    address: StoreAddress,
    client: httpx.AsyncClient,
    clock: Clock,
) -> Authentication:
    """Return the strategy for the credentials; raises `InvalidSettings`."""
    match credentials:
        case AdminCredentials():
            return BearerToken(AdminSignIn(store, credentials, address, client))
        case IntegrationCredentials():
            return SignedRequests(credentials, clock)
        case ImsCredentials():
            return BearerToken(ImsSignIn(store, credentials))
        case _:
            assert_never(credentials)


async def _as_form(request: httpx.Request) -> None:
    request.headers["Content-Type"] = _FORM


async def _posted(
    client: httpx.AsyncClient,
    path: str,
    content: bytes,
    failures: Failures,
    hidden: tuple[str, ...],
) -> Answered:
    """Ask for a token once; a refusal is quoted without the secrets that it may repeat."""
    headers = {"Accept": "application/json"}
    answered = await exchange(client, "POST", path, headers=headers, content=content)
    if not isinstance(answered, Answered):
        raise failures.of_exchange(answered)
    if answered.status != _OK:
        raise failures.of_sign_in(answered, refusal_in(without_secrets(answered.content, hidden)))
    return answered


def _checked(token: str) -> str:
    """Return a token that a header can carry; raises `ValueError` for another."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("no token")
    return token


def without_secrets(content: bytes, hidden: tuple[str, ...], *, shortest: int = 1) -> bytes:
    """Return an answer without the secrets that it may repeat, plain or written as JSON.

    Those with fewer characters than `shortest` stay: a password of a digit is in every catalogue.
    """
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) < shortest:
            continue
        escaped = json.dumps(secret)[1:-1]
        for form in {secret, escaped, escaped.replace("/", "\\/")}:
            content = content.replace(form.encode(), b"[secret]")
    return content


def refusal_in(content: bytes) -> Refusal | None:
    """Read the body of a refusal; the identity service's own form counts as a message."""
    try:
        body: Any = json.loads(content)
        if isinstance(body, dict) and "message" not in body and isinstance(body.get("error"), str):
            return Refusal(message=body["error"])
        return REFUSAL.validate_python(body)
    except (ValueError, RecursionError, ValidationError):
        return None
