"""How a store lets us in: one strategy for each kind of credentials."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, assert_never

import httpx

from connectors.stores.adobe_commerce import oauth
from connectors.stores.adobe_commerce.address import StoreAddress
from connectors.stores.adobe_commerce.credentials import (
    AdminCredentials,
    Credentials,
    ImsCredentials,
    IntegrationCredentials,
)
from connectors.stores.adobe_commerce.sign_in import AdminSignIn, ImsSignIn
from steward.ports import Clock


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


class TokenSource(Protocol):
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

    def __init__(self, source: TokenSource) -> None:
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
