"""Bulk operations whose process ends in the middle: gone on with, each line done once."""

import json
import os
import signal
from pathlib import Path

import pytest

from sandbox.shopify.bulk.progress import line_id, next_line
from tests.sandbox.running import running_store
from tests.sandbox.shopify_bulk_client import (
    ADD_TAGS,
    BulkClient,
    rows_at,
    tag_lines,
    wait_for,
)
from tests.sandbox.test_sandbox_durability import sandbox_process

SETTINGS = {"products": 30, "variants": 60}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_operation_goes_on_after_a_restart(tmp_path: Path, number: signal.Signals) -> None:
    """Whenever the process ends, each line is applied once and has one row in the end."""
    with sandbox_process(tmp_path, **SETTINGS, bulk_lines_per_second=200) as (process, store):
        bulk = BulkClient(store)
        products = bulk.products(30)
        identifier = bulk.start(ADD_TAGS, tag_lines(products))
        wait_for(lambda: int(bulk.read(identifier)["objectCount"]) > 3, "the third line")
        os.kill(process.pid, number)
        process.wait(10)
    with sandbox_process(tmp_path, **SETTINGS, bulk_lines_per_second=1000) as (_, store):
        bulk = BulkClient(store)
        operation = bulk.ended(identifier)
        assert (operation["status"], operation["objectCount"]) == ("COMPLETED", "30")
        assert [row["__lineNumber"] for row in rows_at(operation["url"])] == list(range(30))
        assert [entry["resource_id"] for entry in store.journal()] == products
        assert bulk.tagged("bulk") == products


def test_an_operation_that_was_canceled_stays_canceled(tmp_path: Path) -> None:
    """An operation that was stopping when the process ended runs no further line."""
    with running_store(tmp_path, **SETTINGS, bulk_lines_per_second=1000) as store:
        bulk = BulkClient(store)
        products = bulk.products(5)
        store.fault("hold_after", match={"kind": "bulk_item"}, skip=1)
        identifier = bulk.start(ADD_TAGS, tag_lines(products))
        wait_for(lambda: bulk.tagged("bulk") == products[:2], "the second line")
        bulk.cancel(identifier)
    with running_store(tmp_path, **SETTINGS, bulk_lines_per_second=1000) as store:
        bulk = BulkClient(store)
        assert bulk.ended(identifier)["status"] == "CANCELED"
        assert bulk.tagged("bulk") == products[:2]


def test_ended_operations_and_their_results_survive(tmp_path: Path) -> None:
    """What had ended is read as before, and its rows too."""
    with running_store(tmp_path, **SETTINGS, bulk_lines_per_second=1000) as store:
        bulk = BulkClient(store)
        identifier = bulk.start(ADD_TAGS, tag_lines(bulk.products(3)))
        before = bulk.ended(identifier)
        rows = rows_at(before["url"])
    with running_store(tmp_path, **SETTINGS) as store:
        after = BulkClient(store).read(identifier)
        assert rows_at(after["url"]) == rows
        assert {**after, "url": None} == {**before, "url": None}


def _rows(*numbers: int) -> str:
    return "".join(json.dumps({"data": {}, "__lineNumber": number}) + "\n" for number in numbers)


@pytest.mark.parametrize(
    ("rows", "journaled", "following", "kept"),
    [
        ("", [], 0, ""),
        (_rows(0, 1), [0, 1], 2, _rows(0, 1)),
        (_rows(0, 1), [0], 1, _rows(0)),
        (_rows(0, 1) + '{"data": {}, "__line', [0, 1], 2, _rows(0, 1)),
        (_rows(0), [0, 1], 2, _rows(0)),
        (_rows(0) + "<html>\n", [0, 1], 2, _rows(0) + "<html>\n"),
        (_rows(0, 1, 2), [0], 2, _rows(0, 1)),
    ],
    ids=[
        "nothing was done",
        "everything was done",
        "killed between row and journal",
        "killed within a row",
        "the last answer was lost",
        "the last row is unreadable",
        "lines that write nothing",
    ],
)
def test_the_next_line_follows_from_rows_and_journal(
    tmp_path: Path, rows: str, journaled: list[int], following: int, kept: str
) -> None:
    """A line is done if the journal has it, or if the row after it is there."""
    result = tmp_path / "result.jsonl"
    result.write_text(rows)
    known = {line_id(7, number) for number in journaled} | {line_id(77, 50), "external"}
    assert next_line(7, result, known) == following
    assert result.read_text() == kept
