"""Where bearer tokens come from: the store itself, or Adobe's identity service."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field, TypeAdapter

from connectors.http import Answered, exchange, new_client, origin_of
from connectors.stores.adobe_commerce.address import StoreAddress
from connectors.stores.adobe_commerce.credentials import AdminCredentials, ImsCredentials
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.refusals import refusal_in, without_secrets

_OK = 200
_FORM = "application/x-www-form-urlencoded"
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
