"""Who may call the API: administrators, integrations that sign, and Adobe's identity service."""

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from pathlib import Path

from sandbox.adobe_commerce.oauth import SIGNATURE_METHODS, parse_header, signature
from sandbox.adobe_commerce.problems import ApiError
from sandbox.configuration import ConfigurationError, Edition

ADMIN_TOKEN_SECONDS = 4 * 3600
"""How long an administrator's token is good for."""

IMS_TOKEN_SECONDS = 24 * 3600
_CLOCK_SECONDS = 600
_REQUIRED = (
    "oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce",
    "oauth_timestamp", "oauth_token",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a store accepts; the defaults are what it accepts where no file names others."""

    username: str = "admin"
    password: str = field(default="sandbox-password", repr=False)
    consumer_key: str = "sandbox-consumer-key"
    consumer_secret: str = field(default="sandbox-consumer-secret", repr=False)
    access_token: str = field(default="sandbox-access-token", repr=False)
    access_token_secret: str = field(default="sandbox-access-token-secret", repr=False)
    client_id: str = "sandbox-client-id"
    client_secret: str = field(default="sandbox-client-secret", repr=False)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What of a request its signature covers, and its `Authorization` header."""

    method: str
    address: str
    query: Sequence[tuple[str, str]]
    authorization: str


class Access:
    """Lets requests in, or raises the refusal that they get.

    Raises:
        ConfigurationError: a file of credentials cannot be used.
    """

    def __init__(
        self,
        edition: Edition,
        access_token_file: Path | None,
        credentials_file: Path | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._edition = edition
        self._clock = clock
        self._token = None if access_token_file is None else _token_in(access_token_file)
        self._strict = access_token_file is not None or credentials_file is not None
        self._credentials = (
            Credentials() if credentials_file is None else _credentials_in(credentials_file)
        )
        self._named = credentials_file is not None
        self._issued: dict[str, float] = {}
        self._nonces: dict[tuple[str, str], float] = {}

    def sign_in(self, username: str, password: str) -> str:
        """Return a new administrator's token.

        Raises:
            ApiError: the name or the password is wrong.
        """
        given = self._credentials
        good = (
            _same(username, given.username) and _same(password, given.password)
            if self._named
            else bool(username and password)
        )
        if not good:
            raise ApiError(
                401,
                "The account sign-in was incorrect or your account is disabled temporarily. "
                "Please wait and try again later.",
            )
        return self._issue(ADMIN_TOKEN_SECONDS)

    def exchange(self, form: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        """Answer a request for an IMS token by client credentials: the status and the body."""
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        given = self._credentials
        good = (
            _same(client, given.client_id) and _same(secret, given.client_secret)
            if self._named
            else bool(client and secret)
        )
        if not good:
            return 400, {"error": "invalid_client"}
        token = self._issue(IMS_TOKEN_SECONDS)
        return 200, {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": IMS_TOKEN_SECONDS - 1,
        }

    def _issue(self, seconds: float) -> str:
        token = secrets.token_urlsafe(24)
        self._issued[token] = self._clock() + seconds
        return token

    def admit(self, request: SignedRequest, resource: str) -> None:
        """Let a request in.

        Raises:
            ApiError: it may not use the resource.
        """
        scheme, _, value = request.authorization.partition(" ")
        if scheme.lower() == "bearer" and self._accepts(value.strip()):
            return
        if scheme.lower() == "oauth" and self._edition is Edition.PAAS:
            self._check_signature(request)
            return
        raise ApiError(
            401, "The consumer isn't authorized to access %resources.", {"resources": resource}
        )

    def _accepts(self, token: str) -> bool:
        # An integration's token has been no bearer token since release 2.4.4.
        if not token or _same(token, self._credentials.access_token):
            return False
        expiry = self._issued.get(token)
        if expiry is not None:
            return expiry > self._clock()
        if self._token is not None and _same(token, self._token):
            return True
        return not self._strict

    def _check_signature(self, request: SignedRequest) -> None:
        given = parse_header(request.authorization)
        missing = [name for name in _REQUIRED if name not in given]
        if missing:
            message = '"%fieldName" is required. Enter and try again.'
            errors = [{"message": message, "parameters": {"fieldName": name}} for name in missing]
            if len(missing) == 1:
                raise ApiError(400, message, {"fieldName": missing[0]})
            raise ApiError(400, "One or more input exceptions have occurred.", errors=errors)
        if given["oauth_signature_method"] not in SIGNATURE_METHODS:
            method = given["oauth_signature_method"]
            raise ApiError(400, "Signature method %1 is not supported", [method])
        known = self._credentials
        if not _same(given["oauth_consumer_key"], known.consumer_key):
            raise ApiError(401, "A consumer with the ID %1 does not exist.", ["unknown"])
        if not _same(given["oauth_token"], known.access_token):
            raise ApiError(401, "Specified token does not exist")
        self._check_nonce(given["oauth_nonce"], given["oauth_timestamp"])
        expected = signature(
            method=request.method,
            address=request.address,
            query=request.query,
            parameters=given,
            consumer_secret=known.consumer_secret,
            token_secret=known.access_token_secret,
        )
        if not _same(expected, given["oauth_signature"]):
            raise ApiError(401, "The signature is invalid. Verify and try again.")

    def _check_nonce(self, nonce: str, moment: str) -> None:
        now = self._clock()
        if not (moment.isascii() and moment.isdecimal() and len(moment) < 12):  # noqa: PLR2004
            raise ApiError(400, "Incorrect timestamp value in the oauth_timestamp parameter.")
        if abs(int(moment) - now) > _CLOCK_SECONDS:
            raise ApiError(401, "Incorrect timestamp value in the oauth_timestamp parameter.")
        if len(self._nonces) > 10_000:  # noqa: PLR2004 - old ones are dropped before there are many
            self._nonces = {
                key: seen for key, seen in self._nonces.items() if now - seen < 2 * _CLOCK_SECONDS
            }
        if (nonce, moment) in self._nonces:
            raise ApiError(401, "The nonce is already being used by the consumer with ID %1.", [1])
        self._nonces[nonce, moment] = now


def _same(left: str, right: str) -> bool:
    return compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def _token_in(path: Path) -> str:
    """Return the token in a file, which is written with a new one if it is not there."""
    if not path.exists():
        _write(path, f"{secrets.token_urlsafe(24)}\n")
    return path.read_text(encoding="utf-8").strip()


def _credentials_in(path: Path) -> Credentials:
    """Return the credentials in a file, which is written with new ones if it is not there."""
    if not path.exists():
        made = Credentials(
            password=secrets.token_urlsafe(16),
            consumer_key=secrets.token_hex(16),
            consumer_secret=secrets.token_hex(16),
            access_token=secrets.token_hex(16),
            access_token_secret=secrets.token_hex(16),
            client_id=secrets.token_hex(16),
            client_secret=secrets.token_urlsafe(24),
        )
        _write(path, json.dumps(asdict(made), indent=2) + "\n")
    try:
        return Credentials(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        names = ", ".join(Credentials.__slots__)
        raise ConfigurationError(
            f"{path} must be a JSON object with the keys {names} only."
        ) from error


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
