"""Every failure is told apart, with its remedy and without a secret."""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.analytics.ga4 import GA4Connection
from connectors.analytics.ga4.service_account import ServiceAccount
from steward.errors import (
    CredentialsRejected,
    InvalidSettings,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)
from tests.connectors.ga4.fakes import (
    METADATA,
    REQUEST,
    TOKEN,
    FakeGoogle,
    Handler,
    answering_with,
    granting,
    key_file,
    page,
    private_key,
)

KEY_CANARY = private_key().splitlines()[5]


def status(code: int, message: str = "Nope", **headers: str) -> Handler:
    """Answer with an HTTP status and Google's form of an error."""
    content = {"error": {"code": code, "message": message, "status": "SOME_STATUS"}}
    return answering_with(content, code, **headers)


def content(text: bytes) -> Handler:
    """Answer 200 with this body."""
    return lambda _: httpx.Response(200, content=text)


def failing(error: type[httpx.HTTPError]) -> Handler:
    """Fail as httpx does, with a text that repeats the secrets, as a careless library might."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error(  # type: ignore[call-arg]
            f"failed: {request.headers} {request.content!r} {TOKEN}", request=request
        )

    return handler


def report(**changes: object) -> Handler:
    """Answer with a report of one row, changed."""
    return answering_with(page([("a", "1")], **changes))


Expected = type[StewardError]
API_FAILURES: list[tuple[str, Handler, Expected, str]] = [
    ("400", status(400, "Field x is not a valid metric."), StoreError, "Field x is not"),
    ("401", status(401), CredentialsRejected, "refuses the access token"),
    ("403", status(403), CredentialsRejected, "closed to this service account"),
    ("404", status(404), StoreError, "does not exist"),
    ("408", status(408), StoreUnreachable, "gave up"),
    ("413", status(413), StoreError, "too large"),
    ("418", status(418, ""), StoreError, "HTTP 418"),
    ("301", status(301), StoreError, "another address"),
    ("429", status(429, "Exhausted"), StoreThrottled, "quota"),
    ("500", status(500), StoreUnreachable, "out of order"),
    ("503", status(503), StoreUnreachable, "out of order"),
    ("page", content(b"<html>Be right back"), StoreAnswerInvalid, "no JSON"),
    ("nothing", content(b""), StoreAnswerInvalid, "no JSON"),
    ("deep", content(b"[" * 100_000), StoreAnswerInvalid, "no JSON"),
    ("bytes", content(b"\xff\xfe{}"), StoreAnswerInvalid, "no JSON"),
    ("list", content(b"[]"), StoreAnswerInvalid, "no JSON"),
    ("echo", content(f'{{"metadata": "{TOKEN}"}}'.encode()), StoreAnswerInvalid, "'metadata'"),
    ("echoed error", status(400, f"bad {TOKEN}"), StoreError, "[access token]"),
    ("odd error", answering_with({"error": TOKEN}, 400), StoreError, "HTTP 400"),
    ("no zone", report(metadata={"currencyCode": "USD"}), StoreAnswerInvalid, "timeZone"),
    ("zone", report(metadata=METADATA | {"timeZone": "../Mars"}), StoreAnswerInvalid, "time zone"),
    ("currency", report(metadata=METADATA | {"currencyCode": "?"}), StoreAnswerInvalid, "currency"),
    ("columns", report(metricHeaders=[{"name": "sessions"}]), StoreAnswerInvalid, "columns"),
    ("width", report(rows=[{"metricValues": [{"value": "1"}]}]), StoreAnswerInvalid, "columns"),
    (
        "number",
        report(rows=[{"dimensionValues": [{"value": "a"}], "metricValues": [{"value": 1.5}]}]),
        StoreAnswerInvalid,
        "value error",
    ),
    ("NaN", answering_with(page([("a", "NaN")])), StoreAnswerInvalid, "value error"),
    ("connect", failing(httpx.ConnectError), StoreUnreachable, "not accepted"),
    ("connect timeout", failing(httpx.ConnectTimeout), StoreUnreachable, "within 5 s"),
    ("read timeout", failing(httpx.ReadTimeout), StoreUnreachable, "within 30 s"),
    ("broken", failing(httpx.ReadError), StoreUnreachable, "broke off"),
    ("decoding", failing(httpx.DecodingError), StoreUnreachable, "exchange failed"),
]
GRANT_FAILURES: list[tuple[str, Handler, Expected, str]] = [
    (
        "invalid grant",
        answering_with({"error": "invalid_grant", "error_description": "Invalid signature."}, 400),
        CredentialsRejected,
        "invalid_grant: Invalid signature",
    ),
    (
        "401",
        answering_with({"error": "invalid_client"}, 401),
        CredentialsRejected,
        "invalid_client",
    ),
    ("403", answering_with({}, 403), CredentialsRejected, "HTTP 403"),
    ("429", status(429, "Rate Limit Exceeded"), StoreThrottled, "no further access token"),
    ("500", status(500), StoreUnreachable, "out of order"),
    ("page", content(b"<html>"), StoreAnswerInvalid, "unusable"),
    ("no token", answering_with({"expires_in": 3599}), StoreAnswerInvalid, "access_token"),
    (
        "odd token",
        answering_with({"access_token": f"{TOKEN}\n", "expires_in": 9}),
        StoreAnswerInvalid,
        "characters",
    ),
    ("connect", failing(httpx.ConnectError), StoreUnreachable, "not accepted"),
    ("read timeout", failing(httpx.ReadTimeout), StoreUnreachable, "within 30 s"),
]
CASES = [
    *(pytest.param(handler, granting, *rest, id=name) for name, handler, *rest in API_FAILURES),
    *(
        pytest.param(report(), handler, *rest, id=f"token {name}")
        for name, handler, *rest in GRANT_FAILURES
    ),
]


def linked(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and everything that hangs on it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(("answers", "grants", "expected", "words"), CASES)
async def test_each_failure_is_told_apart_and_gives_nothing_away(
    answers: Handler,
    grants: Handler,
    expected: Expected,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The message names the property and a remedy; neither key, assertion nor token show up.

    Not in what hangs on the exception either, nor in the log or in the objects.
    """
    caplog.set_level(logging.DEBUG)
    google = FakeGoogle(answers, grants)
    with pytest.raises(StewardError) as caught:
        await google.reader.read(REQUEST)
    failure = caught.value

    assert type(failure) is expected
    assert words in failure.message
    assert "'acme'" in failure.message
    assert failure.remedy
    assertions = [
        dict(httpx.QueryParams(call.content.decode()))["assertion"]
        for call in google.calls
        if call.url.path == "/token"
    ]
    told = [traceback.format_exception(failure), caplog.text]
    for error in linked(failure):
        assert not isinstance(error, httpx.HTTPError)
        told.append(f"{error} {error!r} {error.args} {vars(error)}")
    told.append(f"{google.analytics!r} {vars(google.tokens)} {vars(google.reader)}")
    for secret in (TOKEN, KEY_CANARY, *assertions):
        assert secret not in str(told)


@pytest.mark.parametrize(
    ("message", "headers", "seconds"),
    [
        ("Exhausted concurrent requests quota.", {}, 30),
        ("Exhausted property tokens per hour.", {}, 40 * 60 + 1),
        ("Exhausted property tokens for a project per hour.", {}, 40 * 60 + 1),
        ("Exhausted property tokens per day.", {}, 18 * 3600 + 40 * 60 + 1),
        ("Quota exceeded for 'Requests per minute'.", {}, 60),
        ("Exhausted", {}, 40 * 60 + 1),
        ("Exhausted property tokens per hour.", {"retry-after": "7"}, 7),
        ("Exhausted concurrent requests quota.", {"retry-after": "soon"}, 30),
    ],
)
async def test_a_refusal_says_when_to_come_back(
    message: str, headers: dict[str, str], seconds: int
) -> None:
    """30 s for concurrency, until the hour for tokens, until midnight Pacific for the day's."""
    google = FakeGoogle(status(429, message, **headers))
    with pytest.raises(StoreThrottled) as caught:
        await google.reader.read(REQUEST)
    assert caught.value.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(("headers", "seconds"), [({}, 60), ({"retry-after": "5"}, 5)])
async def test_too_many_access_tokens_are_no_exhausted_quota(
    headers: dict[str, str], seconds: int
) -> None:
    """Google's token endpoint is soon free again, and the property itself stays open."""
    google = FakeGoogle(report(), status(429, "Rate Limit Exceeded", **headers))
    with pytest.raises(StoreThrottled) as caught:
        await google.reader.read(REQUEST)
    assert caught.value.retry_after == timedelta(seconds=seconds)
    async with google.gate.admitted():
        assert google.gate.under_way == 1


async def test_server_errors_are_not_provoked_in_haste() -> None:
    """Ten of them an hour would close the property."""
    with pytest.raises(StoreUnreachable) as caught:
        await FakeGoogle(status(500)).reader.read(REQUEST)
    assert caught.value.retry_after == timedelta(seconds=30)


async def test_a_wrong_clock_is_recognised() -> None:
    """Google says it in words only."""
    refusal = {
        "error": "invalid_grant",
        "error_description": "Invalid JWT: Check your iat and exp values.",
    }
    with pytest.raises(CredentialsRejected) as caught:
        await FakeGoogle(report(), answering_with(refusal, 400)).reader.read(REQUEST)
    assert "clock" in caught.value.remedy


@pytest.mark.parametrize(
    "key",
    [
        SecretStr("canary"),
        SecretStr('["canary"]'),
        SecretStr("[" * 100_000),
        SecretStr('{"type": "authorized_user", "client_secret": "canary"}'),
        key_file(private_key="canary"),
        key_file(private_key=private_key()[:900]),
        key_file(token_uri="http://canary.example/token"),
        key_file(token_uri="https://user:canary@example.org/token"),
    ],
    ids=["text", "list", "deep", "user", "no key", "half a key", "plain http", "user name"],
)
def test_an_unusable_key_is_refused_without_being_repeated(key: SecretStr) -> None:
    """At once, before anything is sent; also one whose assertion would go out unencrypted."""
    with pytest.raises(CredentialsRejected) as caught:
        ServiceAccount("acme", key)
    for error in linked(caught.value):
        assert "canary" not in f"{error} {error!r} {error.args}"
        assert KEY_CANARY not in f"{error} {error!r} {error.args}"
    assert caught.value.__context__ is None


def test_a_measurement_id_is_no_property_number() -> None:
    """The two are often taken for each other."""
    with pytest.raises(InvalidSettings, match="digits"):
        GA4Connection("acme", "G-12345")


def test_the_key_is_not_in_what_is_printed_of_an_account() -> None:
    """Whatever prints objects, such as a debugger's log, does not see it."""
    account = ServiceAccount("acme", key_file())
    assert KEY_CANARY not in f"{account!r} {vars(account)}"
    assert json.loads(key_file().get_secret_value())["private_key"].count(KEY_CANARY) == 1
