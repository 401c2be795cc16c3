"""Stock by source: every page is read, and what the store says is checked by reading."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.changes import Change
from steward.errors import AnswerLost, StoreAnswerInvalid, StoreError
from steward.execution import Accepted, Answer, Rejected, Stale
from steward.values import Quantity
from tests.connectors.adobe_commerce.fakes import json_response, stock, store_that

PAGE = "searchCriteria[currentPage]"
SIZE = "searchCriteria[pageSize]"
WRONG = {
    "message": "Validation Failed",
    "errors": [{"message": '"%field" can not be empty.', "parameters": {"field": "sku"}}],
}


@dataclass
class FakeSources:
    """Keeps source items by SKU and source; a call with a SKU in `wrong` is refused whole.

    What is in `deaf` stays as it is although the answer is 200. `grows` adds an item at each page.
    """

    items: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()
    grows: bool = False
    failing_reads_from: int = 1_000
    calls: list[list[dict[str, Any]]] = field(default_factory=list)
    reads: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        if request.method == "POST":
            return self._save(json.loads(request.content)["sourceItems"])
        self.reads += 1
        if self.reads >= self.failing_reads_from:
            return json_response({"message": "Internal Error. Report ID: webapi-1"}, 500)
        given = dict(parse_qsl(request.url.query.decode()))
        wanted = given["searchCriteria[filterGroups][0][filters][0][value]"].split(",")
        if self.grows:
            self.items["A", f"new-{self.reads}"] = (1, 1)
        found = sorted((key, item) for key, item in self.items.items() if key[0] in wanted)
        size = int(given[SIZE])
        page = min(int(given[PAGE]), max(1, -(-len(found) // size)))
        shown = found[(page - 1) * size : page * size]
        rows = [
            {"sku": sku, "source_code": source, "quantity": quantity, "status": status}
            for (sku, source), (quantity, status) in shown
        ]
        return json_response({"items": rows, "total_count": len(found)})

    def _save(self, rows: list[dict[str, Any]]) -> httpx.Response:
        self.calls.append(rows)
        if any(row["sku"] in self.wrong for row in rows):
            return json_response(WRONG, 400)
        for row in rows:
            if row["sku"] not in self.deaf:
                key = (row["sku"], row["source_code"])
                self.items[key] = (row["quantity"], row["status"])
        return json_response([])


async def send(store: AdobeCommerceStore, changes: list[Change]) -> list[Answer]:
    """Send all requests and return all answers."""
    return [
        answer for request in store.requests_for(changes) for answer in await store.send(request)
    ]


def five(sku: str) -> Change:
    """Return the change from two units to five."""
    return stock(sku, Quantity(units=2), Quantity(units=5))


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400])
async def test_every_page_of_source_items_is_read(count: int) -> None:
    """Pages behind the end repeat the last one on this platform, so the total says where it is."""
    sources = FakeSources({("A", f"s{number:03}"): (number, 1) for number in range(count)})
    targets = [
        stock("A", Quantity(units=0), Quantity(units=1), f"s{number:03}").target
        for number in range(count or 1)
    ]
    live = await store_that(sources).read_values(targets)
    assert [value for value in live.values() if isinstance(value, Quantity)] == [
        Quantity(units=number) for number in range(count)
    ]
    assert sources.reads == max(1, -(-count // 200))


async def test_items_that_move_between_pages_are_told() -> None:
    """None would be missed, or counted twice, without a word."""
    sources = FakeSources(
        {("A", f"s{number:03}"): (number, 1) for number in range(250)}, grows=True
    )
    with pytest.raises(StoreAnswerInvalid, match="do not fit together"):
        await store_that(sources).read_values([five("A").target])


@given(
    st.sets(st.integers(0, 20)),
    st.sets(st.integers(0, 20)),
    st.sets(st.integers(0, 20)),
)
async def test_each_row_has_its_own_answer(wrong: set[int], deaf: set[int], gone: set[int]) -> None:
    """A wrong row refuses the whole call; the others go out again, and are written."""
    names = [f"S{number}" for number in range(21)]
    sources = FakeSources(
        {(name, "north"): (2, 1) for name in names if int(name[1:]) not in gone},
        wrong=frozenset(f"S{number}" for number in wrong),
        deaf=frozenset(f"S{number}" for number in deaf),
    )
    answers = await send(store_that(sources), [five(name) for name in names])
    for number, answer in enumerate(answers):
        held = sources.items.get((f"S{number}", "north"))
        if number in gone:
            assert getattr(answer, "code", "") == "NO_SUCH_SOURCE_ITEM"
            assert held is None
        elif number in wrong:
            reason = 'Validation Failed "sku" can not be empty'
            assert answer == Rejected(code="STOCK_REFUSED", reason=reason)
        elif number in deaf:
            assert getattr(answer, "code", "") == "NOT_APPLIED"
        else:
            assert (answer, held) == (Accepted(), (5, 1))


async def test_what_is_there_already_is_not_sent() -> None:
    """So that repeating a write changes nothing."""
    sources = FakeSources({("A", "north"): (5, 1), ("B", "north"): (2, 1)})
    assert await send(store_that(sources), [five("A"), five("B")]) == [Accepted()] * 2
    assert [[row["sku"] for row in rows] for rows in sources.calls] == [["B"]]


async def test_what_moved_since_it_was_compared_is_not_overwritten() -> None:
    """The platform takes no condition, so it is read once more right before it is written."""
    sources = FakeSources({("A", "north"): (3, 1), ("B", "north"): (2, 1)})
    assert await send(store_that(sources), [five("A"), five("B")]) == [Stale(), Accepted()]
    assert sources.items["A", "north"] == (3, 1)


async def test_a_write_that_cannot_be_read_after_is_unknown() -> None:
    """The answer alone says nothing on this platform."""
    sources = FakeSources({("A", "north"): (2, 1)}, failing_reads_from=2)
    with pytest.raises(AnswerLost, match="reading it afterwards failed"):
        await send(store_that(sources), [five("A")])


@pytest.mark.parametrize("units", [10**8, -(10**8)])
async def test_what_does_not_fit_is_refused_without_a_call(units: int) -> None:
    """Beside one that does."""
    sources = FakeSources({("A", "north"): (2, 1), ("B", "north"): (2, 1)})
    huge = stock("A", Quantity(units=2), Quantity(units=units))
    answers = await send(store_that(sources), [huge, five("B")])
    assert [getattr(each, "code", each.kind) for each in answers] == [
        "INVALID_QUANTITY",
        "accepted",
    ]


@pytest.mark.parametrize("quantity", [2.5, 0.0001])
async def test_a_part_of_a_unit_is_not_rounded(quantity: float) -> None:
    """It could not be restored."""
    sources = FakeSources({("A", "north"): (quantity, 1)})
    with pytest.raises(StoreError, match="no whole number"):
        await store_that(sources).read_values([five("A").target])
