"""Faults that meet uploads, results, and the lines of bulk operations."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.running import RunningStore, running_store
from tests.sandbox.shopify_bulk_client import (
    ADD_TAGS,
    BulkClient,
    form_of,
    rows_at,
    tag_lines,
    wait_for,
)


@pytest.fixture(scope="module")
def fast_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a store of 20 products that runs a thousand lines a second."""
    folder = tmp_path_factory.mktemp("fast")
    with running_store(folder, products=20, variants=40, bulk_lines_per_second=1000) as store:
        yield store


@pytest.fixture
def bulk(fast_store: RunningStore) -> BulkClient:
    """Return a client of the fast store in its first state."""
    fast_store.control("DELETE", "faults")
    fast_store.control("POST", "reset")
    return BulkClient(fast_store)


def _ids(bulk: BulkClient) -> list[str]:
    query = "{ bulkOperations(first: 50, reverse: true) { nodes { id } } }"
    return [node["id"] for node in bulk.store.data(query)["bulkOperations"]["nodes"]]


def test_a_lost_answer_leaves_the_operation_running(bulk: BulkClient) -> None:
    """The client hears nothing of an operation that has begun, and finds it among the others."""
    path = bulk.upload(tag_lines(bulk.products(2)))
    bulk.store.fault("lost_answer", match={"operation": "bulkOperationRunMutation"})
    with pytest.raises(httpx.RemoteProtocolError):
        bulk.run(ADD_TAGS, path)
    (identifier,) = _ids(bulk)
    assert bulk.ended(identifier)["status"] == "COMPLETED"
    assert bulk.tagged("bulk") == bulk.products(2)


def test_an_operation_breaks_off(bulk: BulkClient) -> None:
    """After a disconnected line the operation has failed; the rows before it can be read."""
    products = bulk.products(6)
    bulk.store.fault("disconnect", match={"kind": "bulk_item"}, skip=3)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "INTERNAL_SERVER_ERROR")
    assert (operation["url"], operation["completedAt"]) == (None, None)
    assert [row["__lineNumber"] for row in rows_at(operation["partialDataUrl"])] == [0, 1, 2]
    assert bulk.tagged("bulk") == products[:3]
    assert [entry["reason"] for entry in bulk.store.journal()][-1] == "disconnect"


def test_an_operation_breaks_off_after_a_line(bulk: BulkClient) -> None:
    """The last line may have been applied although there is no row for it."""
    products = bulk.products(4)
    bulk.store.fault("disconnect", match={"resource_id": products[1]}, apply_anyway=True)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    assert [row["__lineNumber"] for row in rows_at(operation["partialDataUrl"])] == [0]
    assert bulk.tagged("bulk") == products[:2]


@pytest.mark.parametrize("apply_anyway", [False, True])
def test_a_line_fails_by_itself(bulk: BulkClient, *, apply_anyway: bool) -> None:
    """A failing line has an error in its row, applied or not, and the others go on."""
    products = bulk.products(3)
    bulk.store.fault("server_error", match={"resource_id": products[1]}, apply_anyway=apply_anyway)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    assert operation["status"] == "COMPLETED"
    rows = rows_at(operation["url"])
    assert rows[1]["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "data" in rows[2]
    applied = products if apply_anyway else [products[0], products[2]]
    assert bulk.tagged("bulk") == applied


def test_a_row_is_missing(bulk: BulkClient) -> None:
    """A line whose answer is lost was applied, and the result has no row for it."""
    products = bulk.products(3)
    bulk.store.fault("lost_answer", match={"kind": "bulk_item"}, skip=1)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    assert [row["__lineNumber"] for row in rows_at(operation["url"])] == [0, 2]
    assert operation["objectCount"] == "3"
    assert bulk.tagged("bulk") == products


def test_a_row_is_unreadable(bulk: BulkClient) -> None:
    """A garbled line is no JSON in the result, and was not applied."""
    products = bulk.products(3)
    bulk.store.fault("garbage", match={"kind": "bulk_item"}, skip=1)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    lines = httpx.get(operation["url"]).text.splitlines()
    assert [line.startswith("{") for line in lines] == [True, False, True]
    assert bulk.tagged("bulk") == [products[0], products[2]]


@pytest.mark.parametrize(("kind", "applied"), [("hold_before", 1), ("hold_after", 2)])
def test_a_line_is_held(bulk: BulkClient, kind: str, applied: int) -> None:
    """An operation stands still at a held line, before or after it is applied."""
    products = bulk.products(4)
    number = bulk.store.fault(kind, match={"kind": "bulk_item"}, skip=1)
    identifier = bulk.start(ADD_TAGS, tag_lines(products))
    wait_for(lambda: bulk.store.control("GET", f"faults/{number}")["held"] == 1, "the hold")
    assert bulk.tagged("bulk") == products[:applied]
    assert bulk.read(identifier)["status"] == "RUNNING"
    bulk.store.control("POST", f"faults/{number}/release")
    assert bulk.ended(identifier)["objectCount"] == "4"


def test_lines_are_slowed_down_and_never_refused_for_the_rate(bulk: BulkClient) -> None:
    """A throttled line is only later."""
    products = bulk.products(2)
    bulk.store.fault("throttle", match={"kind": "bulk_item"}, seconds=0.01)
    operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))
    assert operation["status"] == "COMPLETED"
    assert bulk.tagged("bulk") == products


def test_faults_of_direct_mutations_spare_lines(bulk: BulkClient) -> None:
    """The kind `mutation` is what a client sends itself; without a kind lines are met too."""
    products = bulk.products(2)
    number = bulk.store.fault("server_error", match={"kind": "mutation", "operation": "tagsAdd"})
    assert bulk.ended(bulk.start(ADD_TAGS, tag_lines(products)))["status"] == "COMPLETED"
    assert bulk.store.control("GET", f"faults/{number}")["matched"] == 0
    number = bulk.store.fault("server_error", match={"operation": "tagsAdd"})
    bulk.ended(bulk.start(ADD_TAGS, tag_lines(products, "again")))
    assert bulk.store.control("GET", f"faults/{number}")["used"] == 1


def test_an_upload_fails(bulk: BulkClient) -> None:
    """A failed upload leaves no file; one whose answer is lost leaves it."""
    target = bulk.target()
    fields = form_of(target)

    def send() -> httpx.Response:
        return httpx.post(target["url"], data=fields, files={"file": b"{}\n"}, timeout=20)

    bulk.store.fault("server_error", match={"operation": "stagedUpload"}, status=503)
    assert send().status_code == 503
    assert bulk.run(ADD_TAGS, fields["key"])["userErrors"][0]["code"] == "NO_SUCH_FILE"
    bulk.store.fault("lost_answer", match={"kind": "upload"})
    with pytest.raises(httpx.RemoteProtocolError):
        send()
    assert bulk.run(ADD_TAGS, fields["key"])["userErrors"] == []


def test_a_download_fails(bulk: BulkClient) -> None:
    """A result that could not be read once can be read again."""
    url = bulk.ended(bulk.start(ADD_TAGS, tag_lines(bulk.products(1))))["url"]
    bulk.store.fault("server_error", match={"operation": "bulkOperationResult"}, status=502)
    assert httpx.get(url).status_code == 502
    bulk.store.fault("disconnect", match={"kind": "download"})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    assert len(rows_at(url)) == 1
