"""Bulk operations: what their ends and their rows say about each change, and what is left open."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.stores.shopify import bulk_requests, writing
from connectors.stores.shopify.bulk_operations import identifier_of
from steward.changes import FieldName
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import Text
from tests.connectors.shopify.changes import product_change
from tests.connectors.shopify.fakes import COST, TOKEN, JumpingTime, json_response, store_that

LINES = bulk_requests.LEAST_LINES
OPERATION = "gid://shopify/BulkOperation/1"
UPLOAD = "https://files.example/upload?signature=abc"
RESULT = "https://files.example/result?signature=def"
PARAMETERS = [
    {"name": "Content-Type", "value": "text/jsonl"},
    {"name": "key", "value": "tmp/1/bulk/x/changes.jsonl"},
    {"name": "policy", "value": "p"},
]
ORIGIN = "run-1:digest:0"
(REQUEST,) = writing.requests_for(
    [
        product_change(number, FieldName.TITLE, Text(text=f"Title {number}"))
        for number in range(LINES)
    ]
)
THE_REQUEST = REQUEST.model_copy(update={"origin": ORIGIN})
Row = dict[str, Any]


def row(number: int, **said: Any) -> Row:  # noqa: ANN401 - any JSON value
    """Return what a line is answered: that its product was written, unless told."""
    product = {"id": f"gid://shopify/Product/{number}"}
    data = {"productUpdate": {"product": product, "userErrors": []}}
    return {"__lineNumber": number, **(said or {"data": data})}


def all_rows() -> list[Row]:
    """Return a row for each line."""
    return [row(number) for number in range(LINES)]


class FakeBulk:
    """Runs one operation: `states` are shown one after the other, the last one for ever."""

    def __init__(self, **parts: Any) -> None:  # noqa: ANN401 - parts of answers
        self.states: list[Mapping[str, Any]] = parts.get("states", [ended()])
        self.content: bytes = parts.get("content", rows_of(all_rows()))
        self.running: list[Mapping[str, Any]] = parts.get("running", [])
        self.start_errors: list[Mapping[str, Any]] = parts.get("start_errors", [])
        self.instead: Mapping[str, Callable[[], httpx.Response]] = parts.get("instead", {})
        self.target: Mapping[str, Any] = {
            "url": UPLOAD,
            "parameters": PARAMETERS,
            **parts.get("target", {}),
        }
        self.calls: list[str] = []
        self.requests: list[httpx.Request] = []
        self.variables: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a call to the API, an upload, or the fetching of a result."""
        self.requests.append(request)
        if request.url.host == "files.example":
            name = "upload" if request.method == "POST" else "fetch"
        else:
            call = json.loads(request.content)
            name = call["operationName"]
            self.variables[name] = call["variables"]
        self.calls.append(name)
        if name in self.instead:
            return self.instead[name]()
        if name == "upload":
            return httpx.Response(201, content=b"<PostResponse/>")
        if name == "fetch":
            return httpx.Response(200, content=self.content)
        return json_response({"data": self._data(name), "extensions": {"cost": COST}})

    def _data(self, name: str) -> Mapping[str, Any]:
        match name:
            case "RunningBulkOperations":
                return {"bulkOperations": {"nodes": self.running}}
            case "StageUpload":
                staged = {"stagedTargets": [self.target], "userErrors": []}
                return {"stagedUploadsCreate": staged}
            case "RunInBulk":
                operation = None if self.start_errors else {"id": OPERATION}
                begun = {"bulkOperation": operation, "userErrors": self.start_errors}
                return {"bulkOperationRunMutation": begun}
            case "BulkOperationState":
                state = self.states[0] if len(self.states) == 1 else self.states.pop(0)
                return {"bulkOperation": state or None}
            case "CancelBulkOperation":
                return {"bulkOperationCancel": {"userErrors": []}}
            case _:
                raise AssertionError(name)


def ended(status: str = "COMPLETED", **said: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Return how an operation stands: over, with a result, unless told."""
    state = {"id": OPERATION, "status": status, "errorCode": None, "url": None}
    result = {"url": RESULT} if status == "COMPLETED" else {}
    return {**state, "partialDataUrl": None, **result, **said}


def rows_of(rows: list[Row]) -> bytes:
    """Return rows as the file of results."""
    return b"\n".join(json.dumps(one).encode() for one in rows) + b"\n"


async def sent(
    shop: FakeBulk, request: WriteRequest = THE_REQUEST, time: JumpingTime | None = None
) -> tuple[Answer, ...]:
    """Send a request to the fake."""
    return await store_that(shop, timer=time or JumpingTime()).send(request)


async def test_every_line_is_answered_whatever_the_order_of_the_rows() -> None:
    """The platform does not promise the order of the lines; each row names its own."""
    refusal = {
        "productUpdate": {"product": None, "userErrors": [{"field": ["id"], "message": "x"}]}
    }
    rows = all_rows()
    rows[3] = row(3, data=refusal)
    shop = FakeBulk(
        states=[ended("CREATED"), ended("RUNNING"), ended()], content=rows_of(rows[::-1])
    )
    answers = await sent(shop)
    assert [n for n, one in enumerate(answers) if one != Accepted()] == [3]
    assert answers[3] == Rejected(code="UNKNOWN", reason="x")
    assert shop.calls == [
        "StageUpload",
        "upload",
        "RunInBulk",
        *["BulkOperationState"] * 3,
        "fetch",
    ]


async def test_the_file_goes_up_with_the_form_that_was_given_and_without_the_token() -> None:
    """All fields unchanged, in front of the file; the lines are those of the request."""
    shop = FakeBulk()
    await sent(shop)
    files = [one for one in shop.requests if one.url.host == "files.example"]
    body = files[0].content
    places = [body.index(f'name="{each["name"]}"'.encode()) for each in PARAMETERS]
    assert places == sorted(places)
    assert places[-1] < body.index(b'name="file"')
    for line in bulk_requests.variables_of_lines(THE_REQUEST):
        assert json.dumps(line, separators=(",", ":")).encode() in body
    assert all(TOKEN not in f"{request.headers}{request.content!r}" for request in files)
    assert len(files) == 2
    assert shop.variables["RunInBulk"]["path"] == "tmp/1/bulk/x/changes.jsonl"
    mutation = shop.variables["RunInBulk"]["mutation"]
    assert mutation.startswith(f"# {identifier_of(ORIGIN)}\nmutation UpdateProduct(")
    assert "run-1" not in mutation


def without(*numbers: int) -> bytes:
    """Return the rows of all lines but some."""
    return rows_of([one for one in all_rows() if one["__lineNumber"] not in numbers])


def with_row(number: int, **said: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return all rows, one of them another."""
    rows = all_rows()
    rows[number] = row(number, **said)
    return rows_of(rows)


INTERNAL = {"message": "Oops", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
NOTHING_BEGUN: Mapping[str, object] = {
    "bulkOperationRunMutation": {"bulkOperation": None, "userErrors": []}
}
LOST: Mapping[str, tuple[FakeBulk, str]] = {
    "a row is missing": (FakeBulk(content=without(5, 7)), f"2 of {LINES} lines"),
    "a row is no JSON": (FakeBulk(content=without(5) + b"<html>\n"), f"1 of {LINES} lines"),
    "a row failed inside": (FakeBulk(content=with_row(5, errors=[INTERNAL])), "1 of"),
    "a row says nothing": (FakeBulk(content=with_row(5, data={})), "1 of"),
    "a row leaves it open": (
        FakeBulk(content=with_row(5, data={"productUpdate": {"product": None, "userErrors": []}})),
        "1 of",
    ),
    "it failed half way": (
        FakeBulk(
            states=[ended("FAILED", errorCode="INTERNAL_SERVER_ERROR", partialDataUrl=RESULT)],
            content=without(5),
        ),
        "1 of",
    ),
    "it failed at once": (FakeBulk(states=[ended("FAILED", errorCode="TIMEOUT")]), f"{LINES} of"),
    "somebody cancelled it": (FakeBulk(states=[ended("CANCELED")]), f"{LINES} of"),
    "its result is gone": (FakeBulk(states=[ended("EXPIRED")]), f"{LINES} of"),
    "nobody knows it": (FakeBulk(states=[{}]), "is not known"),
    "the result is not given": (
        FakeBulk(instead={"fetch": lambda: httpx.Response(404)}),
        "does not give the results of a bulk operation \\(HTTP 404\\)",
    ),
    "the result is on the open network": (
        FakeBulk(states=[ended(url="http://files.example/result")]),
        "names no https address",
    ),
    "a look fails": (
        FakeBulk(instead={"BulkOperationState": lambda: httpx.Response(503)}),
        "out of order",
    ),
    "the start is not answered": (
        FakeBulk(instead={"RunInBulk": lambda: httpx.Response(502)}),
        "out of order",
    ),
    "the start names nothing": (
        FakeBulk(
            instead={
                "RunInBulk": lambda: json_response(
                    {
                        "data": {
                            "bulkOperationRunMutation": {"bulkOperation": None, "userErrors": []}
                        }
                    }
                )
            }
        ),
        "names no bulk operation",
    ),
}


@pytest.mark.parametrize("case", LOST)
async def test_what_is_not_told_is_left_to_reading(case: str) -> None:
    """Nothing is said of any change: those that were written are found, the others sent again."""
    shop, words = LOST[case]
    with pytest.raises(AnswerLost, match=words) as caught:
        await sent(shop)
    assert "signature" not in str(caught.value)


DENIED = {"message": "Required access: `write_products`", "extensions": {"code": "ACCESS_DENIED"}}


def refused(code: str) -> FakeBulk:
    """Return a platform that does not begin an operation."""
    return FakeBulk(start_errors=[{"code": code, "field": None, "message": "No."}])


NOT_BEGUN: Mapping[str, tuple[FakeBulk, type[StewardError], str]] = {
    "five run already": (refused("OPERATION_IN_PROGRESS"), StoreThrottled, "as many bulk"),
    "limit": (refused("LIMIT_REACHED"), StoreThrottled, "as many bulk"),
    "file not found": (refused("NO_SUCH_FILE"), StoreUnreachable, "NO_SUCH_FILE"),
    "file service": (refused("INTERNAL_FILE_SERVER_ERROR"), StoreUnreachable, "cannot read"),
    "mutation": (refused("INVALID_MUTATION"), StoreError, "INVALID_MUTATION"),
    "upload refused": (
        FakeBulk(instead={"upload": lambda: httpx.Response(403)}),
        StoreUnreachable,
        "does not take the file of changes",
    ),
    "no place": (FakeBulk(target={"parameters": []}), StoreAnswerInvalid, "no place for a file"),
    "open network": (
        FakeBulk(target={"url": "http://files.example/upload"}),
        StoreAnswerInvalid,
        "no https address",
    ),
    "scope of the operation": (
        FakeBulk(states=[ended("FAILED", errorCode="ACCESS_DENIED")]),
        CredentialsRejected,
        "denies access",
    ),
    "scope of a line": (
        FakeBulk(content=with_row(0, data=None, errors=[DENIED])),
        CredentialsRejected,
        "write_products",
    ),
}


@pytest.mark.parametrize("case", NOT_BEGUN)
async def test_what_stops_an_operation_is_told_apart(case: str) -> None:
    """What passes is tried again, what does not is told; too many operations say when."""
    shop, kind, words = NOT_BEGUN[case]
    with pytest.raises(StewardError, match=words) as caught:
        await sent(shop)
    assert type(caught.value) is kind
    assert "signature" not in str(caught.value)
    if kind is StoreThrottled:
        assert caught.value.retry_after == timedelta(seconds=30)


async def test_an_operation_that_a_dead_attempt_left_running_is_waited_for() -> None:
    """It is known by its mutation's first line, and only as long as it has not ended."""
    theirs = {"id": "gid://shopify/BulkOperation/8", "status": "RUNNING", "query": "mutation X"}
    over = {"id": "x", "status": "COMPLETED", "query": f"# {identifier_of(ORIGIN)}\nmutation"}
    ours = {**over, "id": OPERATION, "status": "RUNNING"}
    shop = FakeBulk(running=[theirs, over, ours])
    store = store_that(shop, timer=JumpingTime())

    await store.until_at_rest("run-2:digest:0")
    assert shop.calls == ["RunningBulkOperations"]

    def over_when_looked_at() -> httpx.Response:
        shop.running.remove(ours)
        return json_response({"data": {"bulkOperation": ended()}})

    shop.instead = {"BulkOperationState": over_when_looked_at}
    await store.until_at_rest(ORIGIN)
    assert shop.variables["BulkOperationState"] == {"id": OPERATION}
    assert shop.calls[-2:] == ["BulkOperationState", "RunningBulkOperations"]


async def test_an_operation_that_does_not_end_is_left_after_an_hour() -> None:
    """Looked at less and less often; the next attempt finds it and goes on waiting."""
    shop, time = FakeBulk(states=[ended("RUNNING")]), JumpingTime()
    with pytest.raises(AnswerLost, match="has not ended yet"):
        await sent(shop, time=time)
    assert 3600 <= time.now <= 3610
    assert len(shop.calls) < 400


async def test_whoever_no_longer_waits_lets_the_operation_write_nothing_more() -> None:
    """A step that is cancelled cancels its operation, so that nothing lands behind an undo."""

    class Patient(JumpingTime):
        async def wait(self, changed: asyncio.Event, seconds: float) -> None:
            del seconds
            waiting.set()
            await changed.wait()

    waiting = asyncio.Event()
    shop = FakeBulk(states=[ended("RUNNING")])
    sending = asyncio.create_task(sent(shop, time=Patient()))
    await waiting.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert shop.calls[-1] == "CancelBulkOperation"
    assert shop.variables["CancelBulkOperation"] == {"id": OPERATION}


async def test_bulk_operations_wait_for_a_place_before_anything_is_compared() -> None:
    """Five at once; single requests need none, and one in bulk is taken up by itself."""
    store = store_that(FakeBulk())
    (single,) = writing.requests_for(THE_REQUEST.changes[:1])
    entered: list[int] = []

    async def enter() -> None:
        async with store.allowance_for([THE_REQUEST, THE_REQUEST]) as borne:
            entered.append(borne)
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(enter()) for _ in range(6)]
    for _ in range(20):
        await asyncio.sleep(0)
    async with store.allowance_for([single, THE_REQUEST]) as borne:
        assert borne == 1
    assert entered == [1] * 5
    tasks[0].cancel()
    for _ in range(20):
        await asyncio.sleep(0)
    assert entered == [1] * 6
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
