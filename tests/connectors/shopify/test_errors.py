"""The error table: each thing that can go wrong, while reading and while writing."""

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.stores.shopify import ShopifyConnection, ShopifyStore
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
from tests.connectors.shopify.changes import price_change, request
from tests.connectors.shopify.fakes import COST, TOKEN, Handler, json_response, store_that

EMPTY = {"cost": {**COST, "actualQueryCost": None, "requestedQueryCost": 862}}


def problem(code: str | None, message: str = "Nope", **rest: object) -> Handler:
    """Answer with one error of this code; without `data` unless it is given."""
    error: dict[str, Any] = {"message": message}
    if code is not None:
        error["extensions"] = {"code": code}
    return lambda _: json_response({"errors": [error], **rest})


def throttled(_: httpx.Request) -> httpx.Response:
    """Answer as the platform does when the bucket is too empty."""
    status = {"maximumAvailable": 4000.0, "currentlyAvailable": 572, "restoreRate": 200.0}
    cost = {"requestedQueryCost": 862, "actualQueryCost": None, "throttleStatus": status}
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    return json_response({"errors": errors, "extensions": {"cost": cost}})


def status(code: int, body: object = None, **headers: str) -> Handler:
    """Answer with an HTTP status."""
    return lambda _: json_response({"errors": body or "[API] Nope"}, code, headers)


def content(text: bytes) -> Handler:
    """Answer 200 with this body."""
    return lambda _: httpx.Response(200, content=text)


def failing(error: type[httpx.HTTPError]) -> Handler:
    """Fail as httpx does, with a text that repeats the token, as a careless library might."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error(f"failed: {request.headers}{TOKEN}", request=request)  # type: ignore[call-arg]

    return handler


Expected = type[StewardError]
# What happens, the error while reading, the error while writing, and a part of the message.
TABLE: list[tuple[str, Handler, Expected, Expected, str]] = [
    ("401", status(401), CredentialsRejected, CredentialsRejected, "refuses the access token"),
    ("402", status(402), StoreError, StoreError, "frozen"),
    ("403", status(403), CredentialsRejected, CredentialsRejected, "forbids"),
    ("404", status(404, "Not Found"), StoreError, StoreError, "does not exist"),
    ("423", status(423), StoreError, StoreError, "locked"),
    ("418", status(418), StoreError, StoreError, "HTTP 418"),
    ("301", status(301, location="https://elsewhere"), StoreError, StoreError, "another address"),
    ("429", status(429), StoreThrottled, StoreThrottled, "rate limit"),
    ("500", status(500), StoreUnreachable, AnswerLost, "out of order"),
    ("502", status(502), StoreUnreachable, AnswerLost, "HTTP 502"),
    ("503", status(503), StoreUnreachable, AnswerLost, "HTTP 503"),
    ("408", status(408), StoreUnreachable, AnswerLost, "gave up"),
    ("throttled", throttled, StoreThrottled, StoreThrottled, "rate limit"),
    (
        "missing scope",
        problem("ACCESS_DENIED", "Required access: `write_products` access scope.", data=None),
        CredentialsRejected,
        CredentialsRejected,
        "`write_products`",
    ),
    ("inactive", problem("SHOP_INACTIVE"), StoreError, StoreError, "not active"),
    ("cost", problem("MAX_COST_EXCEEDED"), StoreError, StoreError, "too expensive"),
    ("input", problem("MAX_INPUT_SIZE_EXCEEDED"), StoreError, StoreError, "too long"),
    ("field", problem("undefinedField"), StoreError, StoreError, "does not know a field"),
    ("variable", problem("INVALID_VARIABLE"), StoreError, StoreError, "value of the request"),
    ("unknown, not run", problem("somethingNew"), StoreError, StoreError, "Nope"),
    ("unknown, run", problem("SOMETHING_NEW", data=None), StoreError, AnswerLost, "Nope"),
    ("no code", problem(None, data=None), StoreError, AnswerLost, "Nope"),
    (
        "internal",
        problem("INTERNAL_SERVER_ERROR", data=None),
        StoreUnreachable,
        AnswerLost,
        "failed internally",
    ),
    ("timeout", problem("TIMEOUT"), StoreUnreachable, AnswerLost, "took too long"),
    ("page", content(b"<html>Be right back"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("nothing", content(b""), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("deep", content(b"[" * 100_000), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("bytes", content(b"\xff\xfe{}"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("list", content(b"[]"), StoreAnswerInvalid, AnswerLost, "no JSON"),
    ("errors", content(b'{"errors": "oh"}'), StoreAnswerInvalid, AnswerLost, "unknown form"),
    ("echo", content(f'{{"data": "{TOKEN}"}}'.encode()), StoreAnswerInvalid, AnswerLost, "'data'"),
    ("echoed error", problem("X", f"bad {TOKEN}"), StoreError, StoreError, "[access token]"),
    ("connect", failing(httpx.ConnectError), StoreUnreachable, StoreUnreachable, "not accepted"),
    (
        "connect timeout",
        failing(httpx.ConnectTimeout),
        StoreUnreachable,
        StoreUnreachable,
        "within 5 s",
    ),
    ("pool", failing(httpx.PoolTimeout), StoreUnreachable, StoreUnreachable, "exchange failed"),
    (
        "local",
        failing(httpx.LocalProtocolError),
        StoreUnreachable,
        StoreUnreachable,
        "exchange failed",
    ),
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


async def failure_of(store: ShopifyStore, *, writing: bool) -> StewardError:
    """Read or write, and return the error."""
    call = (
        store.send(request(price_change(1, 1))) if writing else store.read_catalog(EveryProduct())
    )
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
    store = store_that(handler)
    for is_write in (False, True):
        failure = await failure_of(store, writing=is_write)
        for error in linked(failure):
            assert TOKEN not in f"{error} {error!r} {error.args} {vars(error)}"
            assert not isinstance(error, httpx.HTTPError)
        assert TOKEN not in "".join(traceback.format_exception(failure))
    assert TOKEN not in caplog.text
    assert TOKEN not in f"{store!r} {vars(store)}"


async def test_a_throttled_call_says_when_to_come_back() -> None:
    """As soon as the bucket will hold what the call costs: (862 - 572) / 200 seconds."""
    failure = await failure_of(store_that(throttled), writing=True)
    assert failure.retry_after == timedelta(seconds=1.45)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize(("header", "seconds"), [("7.5", 7.5), ("", None), ("soon", None)])
async def test_an_answer_s_own_wait_is_passed_on(
    header: str, seconds: float | None, code: int, *, writing: bool
) -> None:
    """As its header says; where that says nothing, whoever tries again finds a time."""
    store = store_that(status(code, **{"retry-after": header}))
    failure = await failure_of(store, writing=writing)
    assert failure.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_nothing_is_tried_twice() -> None:
    """Retries belong to the workflow engine."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    await failure_of(store_that(handler), writing=True)
    assert len(calls) == 1


async def test_the_token_goes_into_its_header() -> None:
    """And the call goes to the pinned version of the API."""
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(404)

    await failure_of(store_that(handler), writing=False)
    assert calls[0].headers["X-Shopify-Access-Token"] == TOKEN
    assert calls[0].url == "https://acme.myshopify.com/admin/api/2026-07/graphql.json"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "umläut"])
def test_a_token_that_no_header_can_carry_is_refused_at_once(token: str) -> None:
    """It is not repeated in the refusal."""
    with pytest.raises(CredentialsRejected) as caught:
        store_that(throttled, token=token)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://acme.example",
        "https://",
        "https://user:secret@acme.example",
        "https://acme.example/admin",
        "https://acme.example?x=1",
        "http://acme.myshopify.com",
        "https://[",
    ],
)
def test_an_unusable_address_is_refused(address: str) -> None:
    """Also one that would send the token in the clear; what it holds of secrets is not repeated."""
    with pytest.raises(InvalidSettings) as caught:
        ShopifyConnection("acme", address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["acme.myshopify.com", "https://acme.example/", "http://127.0.0.1:81", "http://shop"]
)
async def test_usable_addresses_are_taken(address: str) -> None:
    """A bare host means https; plain http is for this machine and its neighbours."""
    await ShopifyConnection("acme", address).aclose()
