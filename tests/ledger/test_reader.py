"""Reading the ledger for people: filters, pages, and nothing that is ever written."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger, migrate
from ledger.engine import Access, Database, parse_url
from ledger.reader import LedgerReader
from ledger.tables import RUNS
from steward.changes import Outcome
from steward.errors import ExitCode, LedgerUnavailable, UnknownRun
from steward.execution import OutcomeRecord
from steward.runs import Control, OutcomeCounts, RunEnd, RunRecord, RunStatus, Stage
from tests.ledger.examples import (
    NOON,
    STORE,
    change_set,
    entry,
    run_start,
    simulated,
    simulation,
)


def ids(records: list[RunRecord]) -> list[str]:
    """Return only the ids of the runs."""
    return [record.start.run_id for record in records]


async def test_runs_are_listed_newest_first(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Runs come newest first, limited, and narrowed down by store, status and stage."""
    for number, store in enumerate([STORE, STORE, "other", STORE]):
        started_at = NOON + timedelta(minutes=number)
        await ledger.open_run(run_start(f"run-{number}", store=store, started_at=started_at))
    await ledger.enter_stage("run-3", Stage.APPROVE)
    await ledger.close_run(
        RunEnd(
            run_id="run-0",
            status=RunStatus.COMPLETED,
            reason="",
            exit_code=ExitCode.OK,
            ended_at=NOON,
        )
    )
    assert ids([*await reader.runs()]) == ["run-3", "run-2", "run-1", "run-0"]
    assert ids([*await reader.runs(limit=2)]) == ["run-3", "run-2"]
    assert ids([*await reader.runs(store=STORE)]) == ["run-3", "run-1", "run-0"]
    assert ids([*await reader.runs(status=RunStatus.RUNNING, store=STORE)]) == ["run-3", "run-1"]
    assert ids([*await reader.runs(stage=Stage.APPROVE)]) == ["run-3"]


async def test_rollbacks_of_a_run_are_found(ledger: SqlLedger, reader: LedgerReader) -> None:
    """All that undo it, in the order they began, and no other run."""
    for name, minute, undoes in (("b", 2, "run-1"), ("a", 1, "run-1"), ("c", 3, "run-2")):
        start = run_start(name, started_at=NOON + timedelta(minutes=minute))
        await ledger.open_run(start.model_copy(update={"undoes": undoes}))
    assert ids([*await reader.undoing("run-1")]) == ["a", "b"]


async def test_changes_come_in_pages(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Pages of a change set keep its order, and can be narrowed down to some outcomes."""
    changes = change_set(5)
    (chunk,) = await simulated(ledger, changes)
    await ledger.record_outcomes(
        chunk,
        [OutcomeRecord(ordinal=n, outcome=Outcome.MOVED, reason="moved") for n in (1, 4)],
        entry(),
    )
    page = await reader.changes("run-1", changes.digest, offset=1, limit=2)
    assert [(entry.ordinal, entry.change) for entry in page] == [
        (1, changes.changes[1]),
        (2, changes.changes[2]),
    ]
    moved = await reader.changes("run-1", changes.digest, outcomes=frozenset({Outcome.MOVED}))
    assert [(entry.ordinal, entry.reason) for entry in moved] == [(1, "moved"), (4, "moved")]
    assert await reader.changes("run-1", changes.digest, outcomes=frozenset()) == []
    counts = await reader.outcomes("run-1", changes.digest)
    assert counts == OutcomeCounts(pending=3, moved=2)


async def test_reader_sees_what_was_just_written(ledger: SqlLedger, reader: LedgerReader) -> None:
    """An open reader sees each transaction that was committed before it asks."""
    changes = change_set(2)
    assert await reader.runs() == []
    await simulated(ledger, changes)
    await ledger.set_control("run-1", Control.PAUSE)
    assert (await reader.run("run-1")).digest == changes.digest
    assert await reader.simulation("run-1", changes.digest) == simulation(changes)
    assert await reader.control("run-1") is Control.PAUSE
    with pytest.raises(UnknownRun, match="run-2"):
        await reader.run("run-2")
    with pytest.raises(UnknownRun, match="simulated no change set"):
        await reader.simulation("run-1", "another")


async def test_reader_cannot_write(sqlite_url: str) -> None:
    """A SQLite file that was opened for reading refuses to be written."""
    migrate(sqlite_url)
    database = Database(parse_url(sqlite_url), Access.READ)
    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        await database.write(AsyncConnection.execute, RUNS.delete())
    await database.close()
