"""Transactions: how they begin, wait for each other, and end when somebody is cancelled."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.engine import Access, Database, parse_url
from ledger.run_rows import insert_run, read_run, read_runs
from tests.ledger.examples import run_start


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database of an empty ledger."""
    opened = Database(parse_url(url), Access.WRITE)
    yield opened
    await opened.close()


async def run_count(connection: AsyncConnection) -> int:
    """Return how many runs there are."""
    return len(
        await read_runs(connection, limit=100, store=None, status=None, stage=None),
    )


async def test_transactions_that_read_first_wait_for_each_other(database: Database) -> None:
    """Of two that read and then write at the same time, neither fails for the other's sake."""

    async def read_then_write(connection: AsyncConnection, run_id: str) -> None:
        await run_count(connection)
        await asyncio.sleep(0.05)
        await insert_run(connection, run_start(run_id))

    await asyncio.gather(*(database.write(read_then_write, f"run-{n}") for n in range(4)))
    assert await database.read(run_count) == 4


async def test_cancellation_waits_for_the_transaction(database: Database) -> None:
    """Somebody who is cancelled within a transaction leaves after it was committed."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def write_slowly(connection: AsyncConnection) -> None:
        await insert_run(connection, run_start("run-1"))
        begun.set()
        await go_on.wait()
        await insert_run(connection, run_start("run-2"))

    writing = asyncio.create_task(database.write(write_slowly))
    await begun.wait()
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.read(run_count) == 2


async def test_failed_transaction_leaves_nothing(database: Database) -> None:
    """What a transaction wrote before it failed is gone, and the next one finds no lock."""

    async def write_and_fail(connection: AsyncConnection) -> None:
        await insert_run(connection, run_start("run-1"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(write_and_fail)
    assert await database.read(run_count) == 0
    await database.write(insert_run, run_start("run-1"))
    assert (await database.read(read_run, "run-1")).start == run_start("run-1")
