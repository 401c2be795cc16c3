"""The error table: each thing that can go wrong, while reading and while writing."""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.catalog import EveryProduct
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)
from tests.connectors.adobe_commerce.fakes import (
    ADMIN,
    CANARIES,
    FakeMagento,
    Handler,
    PatientTimer,
    change,
    json_response,
    store_that,
)

SECRETS = [value for value in CANARIES.values() if "canary" in value]


def status(code: int, message: str = "Nope", parameters: object = None, **headers: str) -> Handler:
    """Answer with a refusal in the platform's form."""
    body = {"message": message, "parameters": parameters}
    return lambda _: json_response(body, code, headers)


def content(text: bytes, code: int = 200) -> Handler:
    """Answer with this body."""
    return lambda _: httpx.Response(code, content=text)


def failing(error: type[httpx.HTTPError]) -> Handler:
    """Fail as httpx does, with a text that repeats the secrets, as a careless library might."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error(f"failed: {request.headers}{SECRETS}", request=request)  # type: ignore[call-arg]

    return handler


NO_ENTITY = {"fieldName": "sku", "fieldValue": "A"}
INTERNAL = "Internal Error. Details are available in Magento log file. Report ID: webapi-65f"
Expected = type[StewardError]
# What happens, the error while reading, the error while writing, and a part of the message.
TABLE: list[tuple[str, Handler, Expected, Expected, str]] = [
    (
        "401",
        status(401, "The consumer isn't authorized to access %resources.", {"resources": "X::y"}),
        CredentialsRejected,
        CredentialsRejected,
        "to access X::y",
    ),
    ("403", status(403), CredentialsRejected, CredentialsRejected, "forbids"),
    (
        "404",
        status(404, "No such entity with %fieldName = %fieldValue", NO_ENTITY),
        StoreError,
        StoreError,
        "with sku = A",
    ),
    (
        "route",
        status(404, "Request does not match any route."),
        StoreError,
        StoreError,
        "no such API",
    ),
    ("404 page", content(b"<html>", 404), StoreError, StoreError, "no such API"),
    (
        "400 named",
        status(400, 'The "%field" is %1.', {"field": "price"}),
        StoreError,
        StoreError,
        'The "price" is %1',
    ),
    ("400 numbered", status(400, "%1 of %2", ["a", "b"]), StoreError, StoreError, "a of b"),
    ("400 list for names", status(400, "%a is %b", ["x", "y"]), StoreError, StoreError, "x is y"),
    ("301", status(301, location="https://else"), StoreError, StoreError, "another address"),
    ("408", status(408), StoreUnreachable, AnswerLost, "gave up"),
    ("413", status(413), StoreError, StoreError, "too large"),
    ("418", status(418), StoreError, StoreError, "HTTP 418"),
    ("429", status(429), StoreThrottled, StoreThrottled, "rate limit"),
    ("500", status(500, INTERNAL), StoreUnreachable, AnswerLost, "Report ID: webapi-65f"),
    ("502", content(b"<html>", 502), StoreUnreachable, AnswerLost, "HTTP 502"),
    ("503", status(503), StoreUnreachable, AnswerLost, "out of order"),
    ("page", content(b"<html>Be right back"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("nothing", content(b""), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("deep", content(b"[" * 100_000), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("bytes", content(b"\xff\xfe{}"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("nan", content(b"[NaN]"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("object", content(b'{"a": 1}'), StoreAnswerInvalid, AnswerLost, "is list type"),
    ("rows", content(b'[{"parameters": []}]'), StoreAnswerInvalid, AnswerLost, "is missing"),
    ("echo", status(400, f"bad {SECRETS}"), StoreError, StoreError, "[secret]"),
    ("connect", failing(httpx.ConnectError), StoreUnreachable, StoreUnreachable, "not accepted"),
    ("read", failing(httpx.ReadError), StoreUnreachable, AnswerLost, "broke off"),
    ("timeout", failing(httpx.ReadTimeout), StoreUnreachable, AnswerLost, "within 30 s"),
    ("protocol", failing(httpx.RemoteProtocolError), StoreUnreachable, AnswerLost, "broke off"),
]


async def read(store: AdobeCommerceStore) -> None:
    """Read something."""
    await store.read_catalog(EveryProduct())


async def write(store: AdobeCommerceStore) -> None:
    """Write a price."""
    await store.send(store.requests_for([change("A", "price", "20.00", "18.00")])[0])


def only_writes(handler: Handler) -> Handler:
    """Answer reads as a store with one product, and writes by the handler."""
    magento = FakeMagento(regular={"A": 20})
    return lambda request: (
        handler(request) if request.url.path.endswith("/base-prices") else magento(request)
    )


async def failure_of(act: Callable[[], Any]) -> StewardError:
    """Return what the act fails with."""
    with pytest.raises(StewardError) as caught:
        await act()
    return caught.value


@pytest.mark.parametrize(
    ("handler", "reading", "writing", "part"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
async def test_every_answer_has_its_error(
    handler: Handler,
    reading: Expected,
    writing: Expected,
    part: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A write that may have been applied is lost; and no secret shows up in errors or logs."""
    caplog.set_level(logging.DEBUG)
    by_reading = await failure_of(lambda: read(store_that(handler, credentials=CANARIES)))
    by_writing = await failure_of(lambda: write(store_that(only_writes(handler))))

    assert type(by_reading) is reading
    assert type(by_writing) is writing
    for failure in (by_reading, by_writing):
        told = "".join(traceback.format_exception(failure)) + caplog.text
        assert not [secret for secret in SECRETS if secret in told]
        assert failure.remedy
    assert part in str(by_reading)
    assert part in str(by_writing)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, 5.0), ("soon", 5.0), ("0", 0.1), ("nan", 5.0), ("99999", 3600.0)],
)
async def test_a_throttled_call_says_when_to_come_back(header: str | None, seconds: float) -> None:
    """By the header, and five seconds without one; further calls are held back meanwhile."""
    timer = PatientTimer()
    headers = {} if header is None else {"retry-after": header}
    store = store_that(lambda _: json_response({"message": "Slow"}, 429, headers), timer=timer)

    failure = await failure_of(lambda: read(store))
    waiting = store.pacer.waiting_seconds
    await failure_of(lambda: read(store))

    assert failure.retry_after == timedelta(seconds=seconds)
    assert waiting == min(seconds, 30.0)
    assert timer.waits == [waiting]


async def test_nothing_is_tried_twice() -> None:
    """Retries belong to the workflow engine."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    await failure_of(lambda: read(store_that(handler)))
    assert len(calls) == 1


class SignIn:
    """Gives tokens one after another, and refuses the first so many of them."""

    def __init__(self, refused: int, form: Callable[[str], object] = lambda token: token) -> None:
        self.refused = refused
        self.form = form
        self.tokens: list[str] = []
        self.magento = FakeMagento(regular={"A": 20})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            self.tokens.append(f"canary-token-{len(self.tokens)}")
            return json_response(self.form(self.tokens[-1]))
        good = request.headers["Authorization"] == f"Bearer canary-token-{self.refused}"
        if good:
            return self.magento(request)
        return json_response({"message": f"No {request.headers['Authorization']}"}, 401)


@pytest.mark.parametrize("refused", [0, 1])
async def test_an_expired_token_is_renewed_once_for_reads_and_writes(refused: int) -> None:
    """A call that was refused for its token was not served, and goes out again."""
    sign_in = SignIn(refused)
    store = store_that(sign_in, credentials=ADMIN)

    await read(store)
    sign_in.refused = len(sign_in.tokens)
    await write(store)

    assert len(sign_in.tokens) == refused + 2
    assert [name for name, _ in sign_in.magento.writes] == ["base-prices"]


async def test_a_renewed_token_that_is_refused_too_is_told() -> None:
    """Without either token."""
    sign_in = SignIn(9)
    failure = await failure_of(lambda: read(store_that(sign_in, credentials=ADMIN)))
    assert type(failure) is CredentialsRejected
    assert len(sign_in.tokens) == 2
    assert "canary" not in str(failure)


@pytest.mark.parametrize(
    ("handler", "error", "part"),
    [
        (status(401, "The account sign-in was incorrect"), CredentialsRejected, "was incorrect"),
        (status(400, "2FA canary-password"), CredentialsRejected, "2FA [secret]"),
        (status(500, INTERNAL), StoreUnreachable, "Report ID"),
        (status(404, "Request does not match any route."), StoreError, "no such API"),
        (content(b'{"token": 1}'), StoreAnswerInvalid, "holds no token"),
        (content(b'"two words"'), StoreAnswerInvalid, "holds no token"),
        (content(b"\xff"), StoreAnswerInvalid, "holds no token"),
        (failing(httpx.ReadTimeout), StoreUnreachable, "within 30 s"),
    ],
)
async def test_a_sign_in_that_fails_is_told(handler: Handler, error: Expected, part: str) -> None:
    """For a write, too: nothing of it was sent."""
    for act in (read, write):
        failure = await failure_of(lambda act=act: act(store_that(handler, credentials=ADMIN)))  # type: ignore[misc]
        assert type(failure) is error
        assert part in str(failure)
        assert "canary" not in "".join(traceback.format_exception(failure))


async def test_an_administrator_signs_in_with_name_and_password() -> None:
    """In the body, never in the address."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return json_response({"message": "No"}, 401)

    await failure_of(lambda: read(store_that(handler, credentials=ADMIN)))
    assert str(calls[0].url) == "https://shop.example/rest/V1/integration/admin/token"
    assert json.loads(calls[0].content) == {"username": "robin", "password": "canary-password"}
