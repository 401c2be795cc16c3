"""Who may read: the service account, the tokens that it is given for its signed assertions."""

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.configuration import ConfigurationError
from sandbox.ga4.problems import SERVICE, scope_missing, unauthenticated

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = frozenset(
    f"https://www.googleapis.com/auth/{name}" for name in ("analytics", "analytics.readonly")
)
"""Either of these lets a token read reports."""

GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
"""Google's own clients name this audience, whatever address the key gives for the endpoint."""

DEFAULT_LIFETIME_SECONDS = 3599
_LONGEST_ASSERTION_SECONDS = 3600
_CLOCK_TOLERANCE_SECONDS = 300
_SCOPE_PREFIX = "https://www.googleapis.com/auth/"
_MOST_TOKENS = 1000


class GrantError(Exception):
    """A token is not given; `error` is the OAuth 2 code, the text describes it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


@dataclass(frozen=True, slots=True)
class _Token:
    expires_at: float
    scopes: frozenset[str]


class Access:
    """Checks assertions and tokens; without a file it takes whatever is well-formed.

    Raises:
        ConfigurationError: the file holds no service account.
    """

    def __init__(self, path: Path | None, token_uri: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self.lifetime_seconds = DEFAULT_LIFETIME_SECONDS
        self._email: str | None = None
        self._key: rsa.RSAPublicKey | None = None
        if path is not None:
            account = _account_in(path, token_uri)
            self._email = str(account["client_email"])
            self._key = _public_key(account, path)

    def grant(self, form: dict[str, str], audiences: frozenset[str]) -> dict[str, Any]:
        """Return the answer to a token request.

        Args:
            form: the fields of the request.
            audiences: the addresses under which this token endpoint is known.

        Raises:
            GrantError: the request is not granted.
        """
        if form.get("grant_type") != GRANT:
            raise GrantError("unsupported_grant_type", "Invalid grant_type.")
        assertion = form.get("assertion", "")
        if not assertion:
            raise GrantError("invalid_request", "Missing required parameter: assertion")
        claims = self._claims(assertion)
        self._check_claims(claims, audiences)
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes or not all(scope.startswith(_SCOPE_PREFIX) for scope in scopes):
            raise GrantError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = f"ya29.c.{secrets.token_urlsafe(48)}"
        self._forget_expired()
        self._tokens[token] = _Token(self._clock() + self.lifetime_seconds, scopes)
        return {
            "access_token": token,
            "expires_in": self.lifetime_seconds,
            "token_type": "Bearer",
        }

    def check(self, token: str | None) -> None:
        """Let a request's token pass.

        Raises:
            Problem: it is missing, unknown or expired, or was issued for something else.
        """
        if not token:
            raise unauthenticated("CREDENTIALS_MISSING")
        if self._key is None:
            return
        known = self._tokens.get(token)
        if known is not None:
            if known.expires_at <= self._clock():
                raise unauthenticated("ACCESS_TOKEN_EXPIRED")
            scopes = known.scopes
        else:
            scopes = self._signed_by_itself(token)
        if not scopes & SCOPES:
            raise scope_missing()

    def revoke_all(self) -> None:
        """Forget every token."""
        self._tokens.clear()

    def _signed_by_itself(self, token: str) -> frozenset[str]:
        """Return the scopes of an assertion that is used as a token, as Google's clients may."""
        try:
            claims = self._claims(token)
            self._check_claims(claims, frozenset({f"https://{SERVICE}/"}), needs_audience=False)
        except GrantError:
            raise unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED") from None
        if claims.get("aud") == f"https://{SERVICE}/":
            return SCOPES
        return frozenset(str(claims.get("scope", "")).split())

    def _claims(self, assertion: str) -> dict[str, Any]:
        parts = assertion.split(".")
        if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
            raise GrantError("invalid_grant", "Invalid JWT: it must have three parts.")
        try:
            header, claims = (json.loads(_decoded(part)) for part in parts[:2])
            signature = _decoded(parts[2])
        except (ValueError, RecursionError):
            raise GrantError("invalid_grant", "Invalid JWT: it cannot be read.") from None
        if not isinstance(header, dict) or header.get("alg") != "RS256":
            raise GrantError("invalid_grant", "Invalid JWT: the algorithm must be RS256.")
        if not isinstance(claims, dict):
            raise GrantError("invalid_grant", "Invalid JWT: the claims must be an object.")
        if self._key is not None:
            try:
                self._key.verify(
                    signature,
                    f"{parts[0]}.{parts[1]}".encode(),
                    padding.PKCS1v15(),
                    hashes.SHA256(),
                )
            except InvalidSignature:
                raise GrantError("invalid_grant", "Invalid JWT Signature.") from None
        return claims

    def _check_claims(
        self, claims: dict[str, Any], audiences: frozenset[str], *, needs_audience: bool = True
    ) -> None:
        if self._email is not None and claims.get("iss") != self._email:
            raise GrantError("invalid_grant", "Invalid grant: account not found")
        if claims.get("sub") not in {None, "", claims.get("iss")}:
            raise GrantError(
                "unauthorized_client", "Client is unauthorized to act for another user.", 401
            )
        if needs_audience and claims.get("aud") not in audiences:
            raise GrantError("invalid_grant", "Invalid JWT: the audience is not this endpoint.")
        if not _is_timely(claims.get("iat"), claims.get("exp"), self._clock()):
            raise GrantError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            )

    def _forget_expired(self) -> None:
        if len(self._tokens) >= _MOST_TOKENS:
            now = self._clock()
            alive = {key: one for key, one in self._tokens.items() if one.expires_at > now}
            self._tokens = dict(list(alive.items())[-_MOST_TOKENS // 2 :])


def _is_timely(issued: object, expires: object, now: float) -> bool:
    """Tell whether an assertion is valid now, and not for too long."""
    match issued, expires:
        case int() | float(), int() | float():
            lasts = expires - issued
            begun = issued <= now + _CLOCK_TOLERANCE_SECONDS
            return begun and now < expires and lasts <= _LONGEST_ASSERTION_SECONDS
        case _:
            return False


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _account_in(path: Path, token_uri: str) -> dict[str, Any]:
    """Return the service account in a file, which is written with a new one if it is not there.

    The address of the token endpoint is kept up to date, since the port may be another each time.
    """
    if path.exists():
        try:
            account: Any = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(account, dict) or "client_email" not in account:
                raise ConfigurationError(f"{path} holds no service account.")
        except ValueError as error:
            raise ConfigurationError(f"{path} is not JSON: {error}.") from error
    else:
        account = _new_account()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    if account.get("token_uri") != token_uri:
        account["token_uri"] = token_uri
        path.write_text(json.dumps(account, indent=2) + "\n", encoding="utf-8")
    return dict(account)


def _new_account() -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": "reader@sandbox.iam.gserviceaccount.com",
        "client_id": str(10**20 + secrets.randbelow(10**20)),
    }


def _public_key(account: dict[str, Any], path: Path) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_private_key(str(account["private_key"]).encode(), None)
    except (KeyError, ValueError, TypeError):
        raise ConfigurationError(f"{path} holds no usable private key.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError(f"{path} holds a private key that is not RSA.")
    return key.public_key()
