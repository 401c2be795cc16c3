"""The error table: each thing that can go wrong, while reading and while writing."""

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from connectors.stores.bigcommerce import BigCommerceConnection, BigCommerceStore
from steward.catalog import EveryProduct
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    InvalidSettings,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)
from tests.connectors.bigcommerce.fakes import TOKEN, Handler, json_response, sale, store_that
from tests.connectors.bigcommerce.test_writing import request


def status(code: int, title: str = "Nope", **headers: str) -> Handler:
    """Answer with an HTTP status and a title."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _: json_response({"status": code, "title": title}, code, named)


def content(text: bytes, code: int = 200) -> Handler:
    """Answer with this body."""
    return lambda _: httpx.Response(code, content=text)


def failing(error: type[httpx.HTTPError]) -> Handler:
    """Fail as httpx does, with a text that repeats the token, as a careless library might."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error(f"failed: {request.headers}{TOKEN}", request=request)  # type: ignore[call-arg]

    return handler


QUOTA = {
    "x_rate_limit_time_reset_ms": "14500",
    "x_rate_limit_time_window_ms": "30000",
    "x_rate_limit_requests_left": "0",
    "x_rate_limit_requests_quota": "150",
}
Expected = type[StewardError]
# What happens, the error while reading, the error while writing, and a part of the message.
TABLE: list[tuple[str, Handler, Expected, Expected, str]] = [
    ("400", status(400), StoreError, StoreError, "does not understand"),
    ("401", status(401), CredentialsRejected, CredentialsRejected, "refuses the access token"),
    ("403", status(403, "No scope"), CredentialsRejected, CredentialsRejected, "No scope"),
    ("404 page", content(b"<html>", 404), StoreError, StoreError, "does not exist"),
    ("405", status(405), StoreError, StoreError, "no such operation"),
    ("413", status(413), StoreError, StoreError, "too large"),
    ("415", status(415), StoreError, StoreError, "media type"),
    ("423", status(423), StoreError, StoreError, "locked"),
    ("418", status(418), StoreError, StoreError, "HTTP 418: Nope"),
    ("301", status(301, location="https://elsewhere"), StoreError, StoreError, "another address"),
    ("429", status(429, **QUOTA), StoreThrottled, StoreThrottled, "rate limit"),
    ("429 overload", status(429), StoreUnreachable, StoreUnreachable, "overloaded"),
    ("500", status(500), StoreUnreachable, AnswerLost, "out of order"),
    ("503", content(b"<html>", 503), StoreUnreachable, AnswerLost, "HTTP 503"),
    ("408", status(408), StoreUnreachable, AnswerLost, "gave up"),
    ("page", content(b"<html>Be right back"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("nothing", content(b""), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("deep", content(b"[" * 100_000), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("bytes", content(b"\xff\xfe{}"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("list", content(b"[]"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("no number", content(b'{"data": NaN}'), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("204", content(b"", 204), StoreError, StoreError, "HTTP 204"),
    (
        "echo",
        content(f'{{"data": "{TOKEN}"}}'.encode()),
        StoreAnswerInvalid,
        AnswerLost,
        "unusable",
    ),
    ("echoed", status(400, f"bad {TOKEN}"), StoreError, StoreError, "[access token]"),
    ("connect", failing(httpx.ConnectError), StoreUnreachable, StoreUnreachable, "not accepted"),
    ("pool", failing(httpx.PoolTimeout), StoreUnreachable, StoreUnreachable, "exchange failed"),
    ("read timeout", failing(httpx.ReadTimeout), StoreUnreachable, AnswerLost, "within 30 s"),
    ("write timeout", failing(httpx.WriteTimeout), StoreUnreachable, AnswerLost, "within 30 s"),
    ("broken", failing(httpx.ReadError), StoreUnreachable, AnswerLost, "broke off"),
    ("dropped", failing(httpx.RemoteProtocolError), StoreUnreachable, AnswerLost, "broke off"),
    ("decoding", failing(httpx.DecodingError), StoreUnreachable, AnswerLost, "exchange failed"),
]
by_name = pytest.mark.parametrize(
    ("handler", "reading", "writing", "words"),
    [entry[1:] for entry in TABLE],
    ids=[entry[0] for entry in TABLE],
)


async def failure_of(store: BigCommerceStore, *, writing: bool) -> StewardError:
    """Read or write, and return the error."""
    call = store.send(request(*sale(1))) if writing else store.read_catalog(EveryProduct())
    with pytest.raises(StewardError) as caught:
        await call
    return caught.value


@by_name
async def test_each_failure_is_told_apart(
    handler: Handler, reading: Expected, writing: Expected, words: str
) -> None:
    """A write that may have been applied is unknown; every message names the store and a remedy."""
    for is_write, expected in ((False, reading), (True, writing)):
        failure = await failure_of(store_that(handler), writing=is_write)
        assert type(failure) is expected
        assert words in failure.message
        assert "'acme'" in failure.message
        assert failure.remedy


@pytest.mark.parametrize("code", [404, 409, 422])
async def test_a_read_that_is_refused_is_an_error(code: int) -> None:
    """Only for a write these speak of single items."""
    failure = await failure_of(store_that(status(code)), writing=False)
    assert type(failure) is StoreError
    assert f"HTTP {code}: Nope" in failure.message


def linked(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and everything that hangs on it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@by_name
async def test_no_failure_gives_the_token_away(
    handler: Handler,
    reading: Expected,
    writing: Expected,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the message nor the log, nor anything that hangs on the exception, holds it."""
    del reading, writing, words
    caplog.set_level(logging.DEBUG)
    for is_write in (False, True):
        store = store_that(handler)
        failure = await failure_of(store, writing=is_write)
        assert TOKEN not in f"{store!r} {vars(store)}"
        for error in linked(failure):
            assert TOKEN not in f"{error} {error!r} {error.args} {vars(error)}"
            assert not isinstance(error, httpx.HTTPError)
        assert TOKEN not in "".join(traceback.format_exception(failure))
    assert TOKEN not in caplog.text


async def test_a_refusal_that_repeats_the_token_does_not_pass_it_on() -> None:
    """A reason goes into the ledger."""
    (answer, _) = await store_that(status(422, f"bad {TOKEN}")).send(request(*sale(1)))
    assert getattr(answer, "reason", "") == "bad [access token]"


@pytest.mark.parametrize(
    ("header", "seconds"), [("14500", 14.5), ("0", 0.1), ("999999999999", 3600)]
)
async def test_a_429_says_when_the_next_window_begins(header: str, seconds: float) -> None:
    """As its header says, within reason."""
    headers = QUOTA | {"x_rate_limit_time_reset_ms": header}
    failure = await failure_of(store_that(status(429, **headers)), writing=True)
    assert failure.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize("headers", [{}, {"x_rate_limit_time_reset_ms": "soon"}])
async def test_a_429_of_overload_leaves_the_pause_to_whoever_tries_again(
    headers: dict[str, str],
) -> None:
    """Its pauses grow, since nothing says how long the overload lasts."""
    failure = await failure_of(store_that(status(429, **headers)), writing=True)
    assert type(failure) is StoreUnreachable
    assert failure.retry_after is None


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("writing", [False, True])
async def test_overload_may_say_when_to_come_back(code: int, *, writing: bool) -> None:
    """What stands in front of the platform sometimes does."""
    failure = await failure_of(store_that(status(code, retry_after="7")), writing=writing)
    assert failure.retry_after == timedelta(seconds=7)


async def test_nothing_is_tried_twice() -> None:
    """Retries belong to the workflow engine."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    await failure_of(store_that(handler), writing=True)
    assert len(calls) == 1


async def test_the_token_goes_into_its_header() -> None:
    """And the call goes to the store's path, asking for JSON."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(404)

    await failure_of(store_that(handler), writing=True)
    assert calls[0].headers["X-Auth-Token"] == TOKEN
    assert calls[0].headers["Accept"] == "application/json"
    assert calls[0].headers["Content-Type"] == "application/json"
    assert calls[0].url == "https://api.bigcommerce.com/stores/abc123/v3/catalog/products"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "umläut"])
def test_a_token_that_no_header_can_carry_is_refused_at_once(token: str) -> None:
    """It is not repeated in the refusal."""
    with pytest.raises(CredentialsRejected) as caught:
        store_that(status(200), token=token)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.bigcommerce.com",
        "https://api.bigcommerce.com/stores/",
        "https://api.bigcommerce.com/stores/abc123/v3",
        "https://api.bigcommerce.com/stores/abc?token=secret",
        "https://api.bigcommerce.com/other/stores/abc123",
        "ftp://api.bigcommerce.com/stores/abc123",
        "https:///stores/abc123",
        "https://user:secret@api.bigcommerce.com/stores/abc123",
        "http://api.bigcommerce.com/stores/abc123",
        "https://[/stores/abc123",
    ],
)
def test_an_unusable_address_is_refused(address: str) -> None:
    """Also one that would send the token in the clear; what it holds of secrets is not repeated."""
    with pytest.raises(
        InvalidSettings, match=r"like https://api\.bigcommerce\.com/stores/"
    ) as caught:
        BigCommerceConnection("acme", address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "api.bigcommerce.com/stores/abc123",
        "https://api.bigcommerce.com/stores/abc123/",
        "http://127.0.0.1:81/stores/abc123",
        "http://shop/stores/acme-west",
    ],
)
async def test_usable_addresses_are_taken(address: str) -> None:
    """A bare host means https; plain http is for this machine and its neighbours."""
    await BigCommerceConnection("acme", address).aclose()
