"""Calls through the platform's queue: accepted is not applied, and each has an end of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.changes import FieldName
from steward.errors import AnswerLost, StoreError, StoreThrottled
from steward.execution import Accepted, Answer, Rejected
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import (
    PatientTimer,
    json_response,
    store_that,
    text,
)

COUNT = 10
COMPLETE, RETRIABLE, FAILED, OPEN, REJECTED = 1, 2, 3, 4, 5
CHANGES = [text(f"S{number}", FieldName.TITLE, "New") for number in range(COUNT)]


@dataclass
class FakeQueue:
    """A queue whose operations come to the given ends after so many looks at them.

    `accepted` says which calls it takes; `first_id` is what it counts operations from.
    """

    ends: list[int] = field(default_factory=lambda: [COMPLETE] * COUNT)
    open_looks: int = 0
    accepted: list[bool] = field(default_factory=lambda: [True] * COUNT)
    first_id: int = 0
    receipt: httpx.Response | None = None
    look: Callable[[int], httpx.Response | None] = lambda _: None
    posts: list[list[Any]] = field(default_factory=list)
    looks: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        path = request.url.path
        if "/async/bulk/" in path:
            assert path == "/rest/all/async/bulk/V1/products/bySku"
            self.posts.append(json.loads(request.content))
            return self.receipt or json_response(self._receipt(), 202)
        if path.endswith("/detailed-status"):
            self.looks += 1
            return self.look(self.looks) or json_response({"operations_list": self._operations()})
        name = "New" if self.looks or self.receipt is not None else "Before"
        sku = path.rpartition("/")[2]
        return json_response({"sku": sku, "name": name, "status": 1, "visibility": 4})

    def _receipt(self) -> dict[str, Any]:
        items = [
            {"id": number, "data_hash": "x", "status": "accepted" if taken else "rejected"}
            for number, taken in enumerate(self.accepted)
        ]
        return {"bulk_uuid": "7-7", "request_items": items, "errors": not all(self.accepted)}

    def _operations(self) -> list[dict[str, Any]]:
        taken = [end for end, taken in zip(self.ends, self.accepted, strict=True) if taken]
        is_open = self.looks <= self.open_looks
        return [
            {
                "id": self.first_id + number,
                "status": OPEN if is_open else end,
                "result_message": f"message {end}",
                "error_code": 0,
            }
            for number, end in enumerate(taken)
        ][::-1]


async def send(store: AdobeCommerceStore) -> list[Answer]:
    """Send the ten changes, which go through the queue."""
    (request,) = store.requests_for(CHANGES)
    return list(await store.send(request))


async def test_what_is_accepted_is_waited_for() -> None:
    """Until nothing is open; the pauses grow, up to a limit."""
    timer = PatientTimer()
    queue = FakeQueue(open_looks=9)
    assert await send(store_that(queue, timer=timer)) == [Accepted()] * COUNT
    assert queue.looks == 10
    assert timer.waits == sorted(timer.waits)
    assert max(timer.waits) == 5.0
    bodies = [each["product"] for each in queue.posts[0]]
    assert bodies == [{"sku": f"S{number}", "name": "New"} for number in range(COUNT)]


@given(
    ends=st.lists(st.sampled_from([COMPLETE, FAILED, REJECTED]), min_size=COUNT, max_size=COUNT),
    accepted=st.lists(st.booleans(), min_size=COUNT, max_size=COUNT),
    first_id=st.integers(0, 1_000_000),
)
async def test_each_call_has_its_own_answer(
    ends: list[int], accepted: list[bool], first_id: int
) -> None:
    """Whatever becomes of the others, in whichever order and from which number they are told."""
    queue = FakeQueue(ends=ends, accepted=accepted, first_id=first_id)
    answers = await send(store_that(queue))
    for answer, end, taken in zip(answers, ends, accepted, strict=True):
        if not taken:
            assert answer == Rejected(
                code="PRODUCT_REFUSED", reason="the shop's queue did not take it"
            )
        elif end == COMPLETE:
            assert answer == Accepted()
        else:
            assert answer == Rejected(code="PRODUCT_REFUSED", reason=f"message {end}")


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ([COMPLETE] * 9 + [RETRIABLE], "'S9' failed for the moment: message 2"),
        ([COMPLETE] * 9 + [6], "'S9' has the status 6"),
    ],
)
async def test_what_may_succeed_later_is_resolved_by_reading(ends: list[int], told: str) -> None:
    """The others of the request were applied; the next attempt writes the rest."""
    with pytest.raises(AnswerLost, match=told):
        await send(store_that(FakeQueue(ends=ends)))


async def test_what_stays_open_is_unknown_and_nothing_is_written_over_it() -> None:
    """It may be applied any time: a second call could come before it, and an undo be undone."""
    queue = FakeQueue(open_looks=10_000)
    timer = PatientTimer()
    store = store_that(queue, timer=timer)
    with pytest.raises(AnswerLost, match=r"consumer async\.operations\.all"):
        await send(store)
    assert 300 <= sum(timer.waits) <= 305

    with pytest.raises(AnswerLost, match="still in the shop's queue"):
        await send(store)
    other = [text(f"T{number}", FieldName.TITLE, "New") for number in range(COUNT)]
    queue.open_looks = 0
    await store.send(store.requests_for(other)[0])
    assert await send(store) == [Accepted()] * COUNT
    assert len(queue.posts) == 3


async def test_a_look_that_fails_is_made_again() -> None:
    """A busy shop, or one that does not know the calls yet, says nothing about them."""
    failures = {
        1: json_response({"message": "No such entity with %1 = %2", "parameters": ["a", "b"]}, 404),
        2: json_response({"message": "Internal Error. Report ID: webapi-1"}, 500),
        3: json_response({"message": "Too Many Requests"}, 429, {"Retry-After": "1"}),
    }
    queue = FakeQueue(look=failures.get)
    assert await send(store_that(queue)) == [Accepted()] * COUNT
    assert queue.looks == 4


async def test_a_look_that_is_forbidden_leaves_it_unknown() -> None:
    """Waiting would not help; the reason says which permission is missing."""
    forbidden = json_response(
        {"message": "The consumer isn't authorized to access %resources.", "parameters": {}}, 401
    )
    queue = FakeQueue(look=lambda _: forbidden)
    with pytest.raises(AnswerLost, match=r"cannot be read: .*isn't authorized"):
        await send(store_that(queue))
    assert queue.looks == 1


async def test_operations_that_are_not_told_of_yet_are_open() -> None:
    """The list may be shorter than what was accepted, at first."""
    queue = FakeQueue(
        look=lambda looks: json_response({"operations_list": []}) if looks < 3 else None
    )
    assert await send(store_that(queue)) == [Accepted()] * COUNT
    assert queue.looks == 3


@pytest.mark.parametrize(
    ("receipt", "error"),
    [
        (json_response({"message": "Input data is empty"}, 400), StoreError),
        (json_response({"message": "Too Many Requests"}, 429), StoreThrottled),
        (json_response({"message": "Internal Error. Report ID: webapi-1"}, 500), AnswerLost),
        (httpx.Response(202, content=b"<html>"), AnswerLost),
        (json_response({"bulk_uuid": "7-7", "request_items": []}, 202), AnswerLost),
    ],
)
async def test_a_list_that_is_not_accepted_raises(
    receipt: httpx.Response, error: type[Exception]
) -> None:
    """Refused, held back, or perhaps accepted all the same."""
    queue = FakeQueue(receipt=receipt)
    with pytest.raises(error):
        await send(store_that(queue))
    assert len(queue.posts) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "throttle"}, "The operation was rejected"),
        ({"kind": "server_error"}, None),
    ],
)
async def test_a_single_call_fails_in_the_queue(
    fault: dict[str, str], expected: str | None, acme: SandboxStore, open_store: Open
) -> None:
    """Over real HTTP: the others are applied all the same."""
    store = open_store(acme)
    skus = [each["sku"] for each in acme.products()[:12]]
    changes = [text(sku, FieldName.TITLE, "New") for sku in skus]
    acme.fault(**fault, match={"kind": "bulk_item", "resource_id": skus[3]})
    (request,) = store.requests_for(changes)
    if expected is None:
        with pytest.raises(AnswerLost, match="Deadlock"):
            await store.send(request)
    else:
        answers = await store.send(request)
        refused = Rejected(code="PRODUCT_REFUSED", reason=expected)
        assert list(answers) == [refused if sku == skus[3] else Accepted() for sku in skus]
    names = {each["sku"]: each["values"]["all"]["name"] for each in acme.products()}
    assert [names[sku] == "New" for sku in skus] == [sku != skus[3] for sku in skus]
