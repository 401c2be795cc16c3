"""Paging: a report is complete, or the reader says that rows have moved."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.errors import DataMoved, StoreAnswerInvalid
from tests.connectors.ga4.fakes import METADATA, REQUEST, FakeGoogle, json_response, page

NAME = st.integers(0, 40).map(lambda number: f"item{number:02}")
ITEMS = st.sets(NAME, max_size=25)


class MovingRows:
    """Holds items in the order of their names, and changes them after some of the pages."""

    def __init__(self, versions: list[set[str]]) -> None:
        self.versions = versions
        self.served = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        items = sorted(self.versions[min(self.served, len(self.versions) - 1)])
        self.served += 1
        start = int(body["offset"])
        shown = items[start : start + int(body["limit"])]
        return json_response(page([(item, "1") for item in shown], rowCount=len(items)))


@given(items=ITEMS, page_rows=st.integers(2, 9))
async def test_every_page_size_gives_the_whole_report(items: set[str], page_rows: int) -> None:
    """Each row once, in order, and no page is asked for in vain."""
    rows = MovingRows([items])
    report = await FakeGoogle(rows, page_rows=page_rows).reader.read(REQUEST)

    assert [row.dimensions[0] for row in report.rows] == sorted(items)
    assert report.row_count == len(items)
    # The first page brings its whole size, each further one a row less, the repeated one.
    further = max(0, len(items) - page_rows)
    assert rows.served == 1 + -(-further // (page_rows - 1))


# As many passing rows in each version, since a count that changes gives the movement away.
PASSING = st.integers(1, 3).flatmap(
    lambda size: st.lists(
        st.sets(NAME.map(lambda name: f"{name}x"), min_size=size, max_size=size),
        min_size=2,
        max_size=6,
    )
)


@given(versions=PASSING, constant=st.sets(NAME, min_size=6), page_rows=st.integers(2, 4))
async def test_no_row_that_was_always_there_is_lost(
    versions: list[set[str]], constant: set[str], page_rows: int
) -> None:
    """However rows come and go between pages: the report has them all once, or is given up."""
    moving = MovingRows([version | constant for version in versions])
    try:
        report = await FakeGoogle(moving, page_rows=page_rows).reader.read(REQUEST)
    except DataMoved:
        return
    found = [row.dimensions[0] for row in report.rows]
    assert len(set(found)) == len(found)
    assert constant <= set(found)


async def test_a_shift_that_leaves_the_count_alone_is_noticed() -> None:
    """One row goes and another comes, so that a row would fall between two pages."""
    first = {"a", "b", "c", "d", "e"}
    moving = MovingRows([first, first - {"a"} | {"f"}])
    with pytest.raises(DataMoved, match="changed while a report was read") as caught:
        await FakeGoogle(moving, page_rows=3).reader.read(REQUEST)
    assert not caught.value.permanent


async def test_pages_that_end_early_are_given_up() -> None:
    """A count that promises more than comes does not go on for ever."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(json.loads(request.content)["offset"])
        return json_response(page([("a", "1"), ("b", "1")][start:], rowCount=9))

    with pytest.raises(DataMoved):
        await FakeGoogle(answer, page_rows=2).reader.read(REQUEST)


async def test_pages_in_two_currencies_do_not_fit() -> None:
    """The property's currency was changed between them."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(json.loads(request.content)["offset"])
        currency = "EUR" if start else "USD"
        shown = [("a", "1"), ("b", "1"), ("c", "1")][start : start + 2]
        metadata = METADATA | {"currencyCode": currency}
        return json_response(page(shown, rowCount=3, metadata=metadata))

    with pytest.raises(DataMoved):
        await FakeGoogle(answer, page_rows=2).reader.read(REQUEST)


async def test_the_same_row_twice_on_a_page_is_no_report() -> None:
    """Neither are more rows than are counted."""
    with pytest.raises(DataMoved):
        await FakeGoogle(lambda _: json_response(page([("a", "1"), ("a", "1")]))).reader.read(
            REQUEST
        )
    with pytest.raises(StoreAnswerInvalid, match="more rows than it counts"):
        await FakeGoogle(
            lambda _: json_response(page([("a", "1"), ("b", "1")], rowCount=1))
        ).reader.read(REQUEST)


async def test_what_is_zero_or_empty_may_be_left_out() -> None:
    """Google leaves out an empty list, a count of zero, and the value of an empty dimension."""
    empty = {"metadata": METADATA, "kind": "analyticsData#runReport"}
    report = await FakeGoogle(lambda _: json_response(empty)).reader.read(REQUEST)
    assert report.rows == ()

    nameless = page([("a", "1")])
    nameless["rows"][0]["dimensionValues"] = [{}]
    report = await FakeGoogle(lambda _: json_response(nameless)).reader.read(REQUEST)
    assert report.rows[0].dimensions == ("",)


async def test_a_limit_is_asked_for_and_kept() -> None:
    """Also over several pages; the count is still that of all rows."""
    moving = MovingRows([{f"item{number:02}" for number in range(30)}])
    google = FakeGoogle(moving, page_rows=4)
    report = await google.reader.read(REQUEST.model_copy(update={"limit": 10}))
    assert len(report.rows) == 10
    assert report.row_count == 30
    asked = [(int(body["offset"]), int(body["limit"])) for body in google.asked()]
    assert asked == [(0, 4), (3, 4), (6, 4)]
