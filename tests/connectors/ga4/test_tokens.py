"""Access tokens: asked for with a signed assertion, shared, and renewed before they expire."""

import asyncio
from base64 import urlsafe_b64decode

import httpx
import pytest
from google.auth import crypt, jwt

from steward.errors import CredentialsRejected
from tests.connectors.ga4.fakes import (
    NOON,
    REQUEST,
    FakeGoogle,
    json_response,
    key_file,
    page,
    private_key,
)


class NumberedGrants:
    """Gives another token each time, for so many seconds."""

    def __init__(self, expires_in: int = 3600) -> None:
        self.expires_in = expires_in
        self.given = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.given += 1
        return json_response({"access_token": f"token-{self.given}", "expires_in": self.expires_in})


class Taking:
    """An API that answers those whose token is among these."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = tokens
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.headers["authorization"].removeprefix("Bearer "))
        if self.seen[-1] not in self.tokens:
            return json_response({"error": {"code": 401, "message": "Expired"}}, 401)
        return json_response(page([("a", "1")]))


async def test_the_assertion_is_signed_for_reading_only() -> None:
    """With the key's own id, for the token endpoint, for less than an hour, and no more."""
    google = FakeGoogle(Taking("token-1"), NumberedGrants())
    await google.reader.read(REQUEST)

    sent = google.calls[0]
    assert sent.url == "https://oauth2.googleapis.com/token"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(httpx.QueryParams(sent.content.decode()))
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    header = jwt.decode_header(form["assertion"])  # type: ignore[no-untyped-call]
    assert header == {"typ": "JWT", "alg": "RS256", "kid": "4711"}
    signer = crypt.RSASigner.from_string(private_key())  # type: ignore[no-untyped-call]
    public = signer._impl._key.public_key()  # noqa: SLF001 - the library shows it nowhere else
    verifier = crypt.RSAVerifier(public)  # type: ignore[no-untyped-call]
    signed, _, signature = form["assertion"].rpartition(".")
    padded = signature + "=" * (-len(signature) % 4)
    assert verifier.verify(signed.encode(), urlsafe_b64decode(padded))
    claims = jwt.decode(form["assertion"], verify=False)  # type: ignore[no-untyped-call]
    assert claims == {
        "iss": "reader@acme.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/analytics.readonly",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": NOON.timestamp() - 10,
        "exp": NOON.timestamp() - 10 + 55 * 60,
    }


async def test_calls_at_the_same_time_share_one_token() -> None:
    """Twenty calls, one assertion."""
    grants = NumberedGrants()
    google = FakeGoogle(Taking("token-1"), grants)
    await asyncio.gather(*(google.reader.read(REQUEST) for _ in range(20)))
    assert grants.given == 1


@pytest.mark.parametrize(("expires_in", "renewed_after"), [(3600, 3300), (100, 90)])
async def test_a_token_is_renewed_before_it_expires(expires_in: int, renewed_after: int) -> None:
    """Five minutes before, or a tenth of a short life."""
    grants = NumberedGrants(expires_in)
    api = Taking("token-1", "token-2")
    google = FakeGoogle(api, grants)
    await google.reader.read(REQUEST)
    google.clock.advance(seconds=renewed_after - 1)
    await google.reader.read(REQUEST)
    assert grants.given == 1
    google.clock.advance(seconds=1)
    await google.reader.read(REQUEST)
    assert grants.given == 2
    assert api.seen == ["token-1", "token-1", "token-2"]


async def test_a_refused_token_is_replaced_once() -> None:
    """It may have been revoked; the call succeeds with the new one."""
    api = Taking("token-2")
    google = FakeGoogle(api, NumberedGrants())
    report = await google.reader.read(REQUEST)
    assert len(report.rows) == 1
    assert api.seen == ["token-1", "token-2"]


async def test_a_new_token_that_is_refused_ends_it() -> None:
    """Somebody took the account's rights away: asking on and on would not help."""
    api = Taking()
    with pytest.raises(CredentialsRejected):
        await FakeGoogle(api, NumberedGrants()).reader.read(REQUEST)
    assert api.seen == ["token-1", "token-2"]


async def test_the_assertion_goes_where_the_key_says() -> None:
    """A key names its own token endpoint."""
    key = key_file(token_uri="https://tokens.example.org/oauth/token")
    google = FakeGoogle(Taking("token-1"), NumberedGrants(), key=key)
    await google.reader.read(REQUEST)
    assert google.calls[0].url == "https://tokens.example.org/oauth/token"
