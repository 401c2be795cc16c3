"""A service account's key, and the assertions that it signs (RFC 7523)."""

import json
from datetime import datetime, timedelta
from typing import Literal

import httpx
from google.auth import crypt, jwt
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.analytics.ga4.errors import Failures
from connectors.http import origin_of
from steward.errors import InvalidSettings

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
_LIFETIME = timedelta(minutes=55)
# A clock that runs a little fast must not date an assertion into the future.
_BACKDATED = timedelta(seconds=10)


class _KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    type: Literal["service_account"]
    client_email: str = Field(min_length=3)
    private_key: SecretStr
    private_key_id: str | None = None
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class ServiceAccount:
    """Signs for one account; the key stays inside."""

    def __init__(self, name: str, key: SecretStr) -> None:
        """Take the property's configured name and the content of a JSON key file.

        Raises `CredentialsRejected` where it is no usable key of a service account.
        """
        failures = Failures(name)
        content = _read(key)
        if content is None:
            raise failures.of_key("it is no service account's JSON key file")
        signer = _signer(content)
        if signer is None:
            raise failures.of_key("its private key is no RSA key in PEM form")
        split = _split(content.token_uri)
        if split is None:
            raise failures.of_key("its token_uri is no https address")
        self.token_origin, self.token_path = split
        self.email = content.client_email
        self._token_uri = content.token_uri
        self._signer = signer

    def assertion(self, now: datetime) -> SecretStr:
        """Return a signed request for an access token."""
        issued = int((now - _BACKDATED).timestamp())
        claims = {
            "iss": self.email,
            "scope": SCOPE,
            "aud": self._token_uri,
            "iat": issued,
            "exp": issued + int(_LIFETIME.total_seconds()),
        }
        signed: bytes = jwt.encode(self._signer, claims)  # type: ignore[no-untyped-call]
        return SecretStr(signed.decode())


# What goes wrong in these three is told without the exception, which may hold the key.


def _read(key: SecretStr) -> _KeyFile | None:
    try:
        return _KeyFile.model_validate(json.loads(key.get_secret_value()))
    except (ValueError, RecursionError, ValidationError):
        return None


def _signer(content: _KeyFile) -> crypt.RSASigner | None:
    try:
        signer: crypt.RSASigner = crypt.RSASigner.from_string(  # type: ignore[no-untyped-call]
            content.private_key.get_secret_value(), content.private_key_id
        )
    except Exception:  # noqa: BLE001 - the library raises many kinds, some with the key in them
        return None
    return signer


def _split(token_uri: str) -> tuple[str, str] | None:
    """Return origin and path; None where the assertion would go out unencrypted."""
    try:
        url = httpx.URL(token_uri)
        origin = origin_of(str(url.copy_with(raw_path=b"/")))
    except (httpx.InvalidURL, InvalidSettings):
        return None
    return origin, url.path
