"""Bulk operations over real HTTP: written by the platform itself, line by line, and found again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.bucket_pacing import BucketPacer
from connectors.conformance.trial import MemoryJournal, simulated_requests
from connectors.stores.shopify import ShopifyConnection, ShopifyStore, bulk_requests
from connectors.stores.shopify.estimating import SMALLEST_PLAN
from steward.catalog import EveryProduct
from steward.changes import Change, ChangeSet, FieldName, Outcome
from steward.compilation import compile_intent
from steward.errors import AnswerLost, StoreThrottled
from steward.execution import Accepted, Executor, RecordedChange
from steward.intents import Intent
from steward.operations import AdjustPrice, SetText, detail_for
from steward.values import Text
from tests.connectors.shopify.conftest import SandboxStore

EVERYTHING = EveryProduct()


@pytest.fixture
def many(sandbox: dict[str, SandboxStore]) -> SandboxStore:
    """The store with more than a thousand products, as it was generated."""
    store = sandbox["many"]
    store.control.post("/_sandbox/reset").raise_for_status()
    store.control.delete("/_sandbox/faults").raise_for_status()
    return store


class Impatient:
    """A timer that waits a hundredth of what it is told."""

    def seconds(self) -> float:
        return asyncio.get_running_loop().time() * 100

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        del changed
        await asyncio.sleep(seconds / 100)


@pytest.fixture
async def store(many: SandboxStore) -> AsyncIterator[ShopifyStore]:
    """The store through the connector, which looks often."""
    pacer = BucketPacer(SMALLEST_PLAN)
    connection = ShopifyConnection(many.name, many.address, timer=Impatient(), pacer=pacer)
    yield connection.store(SecretStr(many.token))
    await connection.aclose()


async def cheaper(store: ShopifyStore) -> ChangeSet:
    """Compile lower prices for every product."""
    snapshot = await store.read_catalog(EVERYTHING)
    intent = Intent(selection=EVERYTHING, operations=(AdjustPrice(percent=Decimal(-15)),))
    return compile_intent(intent, snapshot)


class Run:
    """Executes one chunk as a run does, again after each failure."""

    def __init__(self, store: ShopifyStore, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.journal = MemoryJournal()
        self._executor = Executor(store, self.journal, parallel_requests=8, origin="run-1:digest:0")

    async def execute(self) -> Counter[Outcome]:
        """Execute what is open, and count the outcomes."""
        records = self.journal.records
        await self._executor.execute(
            [
                RecordedChange(
                    ordinal=ordinal,
                    change=change,
                    outcome=records[ordinal].outcome if ordinal in records else Outcome.PENDING,
                )
                for ordinal, change in enumerate(self.changes)
            ]
        )
        return Counter(record.outcome for record in self.journal.records.values())


async def until(happened: Callable[[], bool]) -> None:
    """Wait until something is so in the sandbox, which tells nobody by itself."""
    while not happened():  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.05)


def operations(store: SandboxStore) -> list[dict[str, Any]]:
    """Return what the sandbox knows of its bulk operations."""
    found: list[dict[str, Any]] = store.statistics()["bulkOperations"]
    return found


def written(store: SandboxStore) -> Counter[tuple[str, str]]:
    """Return how often the journal has each field of each resource."""
    return Counter((entry["resource_id"], entry["field"]) for entry in store.written())


async def test_a_chunk_goes_in_bulk_and_comes_back(many: SandboxStore, store: ShopifyStore) -> None:
    """One operation for each way; each value is written once, read back, and undone exactly."""
    change_set = await cheaper(store)
    before = many.catalogue()
    (request,) = store.requests_for(change_set.changes)
    assert request.operation == bulk_requests.OPERATION

    run = Run(store, change_set.changes)
    assert await run.execute() == {Outcome.APPLIED: len(request.changes)}

    assert run.journal.carried_by == await simulated_requests(store, change_set.changes)
    targets = [change.target for change in change_set.changes]
    assert await store.read_values(targets) == {
        change.target: change.after for change in change_set.changes
    }
    assert set(written(many).values()) == {1}
    assert len(written(many)) == len(targets)
    assert all(entry["request_id"].startswith("bulk-") for entry in many.written())
    await Run(store, change_set.inverse().changes).execute()
    assert many.catalogue() == before


async def test_a_line_that_is_refused_is_told_apart(
    many: SandboxStore, store: ShopifyStore
) -> None:
    """As it was predicted; the others are written."""
    titles = (SetText(field=FieldName.TITLE, text="{title}!"),)
    snapshot = await store.read_catalog(EVERYTHING, detail_for(titles))
    intent = Intent(selection=EVERYTHING, operations=titles)
    changes = list(compile_intent(intent, snapshot).changes)
    changes[7] = changes[7].model_copy(update={"after": Text(text="x" * 300)})
    (request,) = store.requests_for(changes)

    answers = await store.send(request)

    assert answers == store.predict(request)
    assert [n for n, answer in enumerate(answers) if answer != Accepted()] == [7]
    assert len(many.written()) == len(changes) - 1


DISTURBED = [
    ("it fails half way", {"kind": "disconnect", "match": {"kind": "bulk_item"}, "skip": 400}),
    ("a row is missing", {"kind": "lost_answer", "match": {"kind": "bulk_item"}, "skip": 400}),
    ("a row is garbage", {"kind": "garbage", "match": {"kind": "bulk_item"}, "skip": 400}),
    ("a line fails", {"kind": "server_error", "match": {"kind": "bulk_item"}, "skip": 400}),
    (
        "the start is not answered",
        {"kind": "lost_answer", "match": {"operation": "bulkOperationRunMutation"}},
    ),
    ("the result is lost", {"kind": "disconnect", "match": {"kind": "download"}}),
]


@pytest.mark.parametrize("fault", [fault for _, fault in DISTURBED], ids=[n for n, _ in DISTURBED])
async def test_whatever_is_lost_each_value_is_written_once(
    fault: dict[str, object], many: SandboxStore, store: ShopifyStore
) -> None:
    """What an operation did without saying so is found by reading; only the rest is sent again."""
    run = Run(store, (await cheaper(store)).changes)
    many.fault(**fault)
    with pytest.raises(AnswerLost):
        await run.execute()
    assert await run.execute() == {Outcome.APPLIED: len(run.changes)}
    assert run.journal.carried_by == await simulated_requests(store, run.changes)
    assert set(written(many).values()) == {1}
    assert len(written(many)) == len(run.changes)


async def test_an_operation_that_nobody_waits_for_is_found_and_waited_for(
    many: SandboxStore, store: ShopifyStore
) -> None:
    """A worker died over it, or its start was not answered: none is begun beside it."""
    run = Run(store, (await cheaper(store)).changes)
    held = {"kind": "hold_before", "match": {"kind": "bulk_item"}, "skip": 400}
    fault = many.control.post("/_sandbox/faults", json=held).json()["id"]
    many.fault(kind="lost_answer", match={"operation": "bulkOperationRunMutation"})
    with pytest.raises(AnswerLost):
        await run.execute()

    waiting = asyncio.create_task(run.execute())
    looks = many.statistics()["requests"]
    await until(lambda: many.statistics()["requests"] >= looks + 20)
    assert not waiting.done()
    many.control.post(f"/_sandbox/faults/{fault}/release").raise_for_status()

    assert await waiting == {Outcome.APPLIED: len(run.changes)}
    assert len(operations(many)) == 1
    assert set(written(many).values()) == {1}


async def test_a_step_that_is_cancelled_stops_its_operation(
    many: SandboxStore, store: ShopifyStore
) -> None:
    """What was not written by then is not written behind anybody's back."""
    run = Run(store, (await cheaper(store)).changes)
    held = {"kind": "hold_before", "match": {"kind": "bulk_item"}, "skip": 400}
    fault = many.control.post("/_sandbox/faults", json=held).json()["id"]
    executing = asyncio.create_task(run.execute())
    await until(lambda: bool(operations(many)))
    executing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await executing
    many.control.post(f"/_sandbox/faults/{fault}/release").raise_for_status()
    await until(lambda: operations(many)[0]["status"] == "CANCELED")
    assert len(many.written()) < len(run.changes)

    assert await run.execute() == {Outcome.APPLIED: len(run.changes)}
    assert set(written(many).values()) == {1}


async def test_the_sixth_operation_comes_back_later(
    many: SandboxStore, store: ShopifyStore
) -> None:
    """As if throttled: it has not begun."""
    changes = (await cheaper(store)).changes
    held = {"kind": "hold_before", "match": {"kind": "bulk_item"}, "count": None}
    many.fault(**held)
    (request,) = store.requests_for(changes)
    begun = [
        asyncio.create_task(store.send(request.model_copy(update={"origin": f"run-{n}"})))
        for n in range(5)
    ]
    await until(lambda: len(operations(many)) == 5)
    with pytest.raises(StoreThrottled, match="as many bulk operations as it may"):
        await store.send(request.model_copy(update={"origin": "run-6"}))
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
    assert len(operations(many)) == 5
