"""Several processes on one ledger, and processes that are killed while they write."""

import asyncio
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from ledger.database import SqlLedger, migrate, open_ledger
from ledger.reader import LedgerReader, open_reader
from steward.changes import Outcome
from steward.runs import OutcomeCounts
from tests.ledger.examples import STORE, change_set, simulated
from tests.ledger.processes import go, run_at_once, started

WRITE = """
from steward.audit import AuditKind
from steward.changes import Outcome
from steward.execution import OutcomeRecord

async def write():
    run_id = sys.argv[2]
    async with open_ledger(url) as ledger:
        for chunk in await examples.simulated(ledger, examples.change_set(300), run_id):
            hold = await examples.held(ledger, chunk)
            for entry in (await ledger.load_chunk(chunk))[::4]:
                some = range(entry.ordinal, min(entry.ordinal + 4, chunk.last + 1))
                sent = examples.entry(AuditKind.WRITING, run_id)
                await ledger.mark_attempting(chunk, some, hold, sent)
                await ledger.record_outcomes(
                    chunk,
                    [OutcomeRecord(ordinal=n, outcome=Outcome.APPLIED) for n in some],
                    examples.entry(AuditKind.WRITTEN, run_id),
                )
                print(chunk.last, some[-1], flush=True)
asyncio.run(write())
"""


async def test_processes_write_at_the_same_time(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Two processes that execute two runs at once lose and mix up nothing, and never deadlock."""
    program = WRITE.replace("::4", "::20").replace("+ 4", "+ 20")
    program = program.replace("change_set(300)", "change_set(300, of=run_id)")
    run_at_once(program, (url, "left"), (url, "right"))
    for run_id in ("left", "right"):
        counts = await ledger.count_outcomes(run_id, change_set(300, of=run_id).digest)
        assert counts == OutcomeCounts(applied=300)
    assert (await reader.verify_audit(STORE)).intact


@pytest.mark.parametrize("lines", [1, 30])
def test_killed_writer_leaves_a_consistent_ledger(empty_url: str, lines: int) -> None:
    """After SIGKILL everything that was reported done is there, and the next writer goes on."""
    migrate(empty_url)
    with started(WRITE, empty_url, "run-1") as process:
        go(process)
        assert process.stdout is not None
        last = 0
        for _ in range(lines):
            last = int(process.stdout.readline().split()[1])
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    asyncio.run(_consistent(empty_url, done=last + 1))


async def _consistent(url: str, *, done: int) -> None:
    changes = change_set(300)
    async with open_reader(url) as reader:
        stored = await reader.changes("run-1", changes.digest, limit=1_000)
        assert [entry.change for entry in stored] == list(changes.changes)
        outcomes = [entry.outcome for entry in stored]
        applied = outcomes.count(Outcome.APPLIED)
        attempting = outcomes.count(Outcome.ATTEMPTING)
        pending = len(changes.changes) - applied - attempting
        # The writer went on until the signal reached it; batches of four are marked as a whole.
        assert applied >= done
        assert attempting <= 4
        assert outcomes == (
            [Outcome.APPLIED] * applied
            + [Outcome.ATTEMPTING] * attempting
            + [Outcome.PENDING] * pending
        )
        assert (await reader.verify_audit(STORE)).intact
    async with open_ledger(url) as ledger:
        await simulated(ledger, change_set(5), "run-2")
        assert len(await ledger.load_written("run-1")) == applied + attempting


SAVE = """
async def save():
    async with open_ledger(url) as ledger:
        await examples.simulated(ledger, examples.change_set(8_000), "run-1")
asyncio.run(save())
"""


def test_writer_killed_while_saving_leaves_all_or_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """SIGKILL in the middle of storing a change set leaves none of it, and no lock."""
    migrate(sqlite_url)
    log = tmp_path / "ledger.db-wal"
    with started(SAVE, sqlite_url) as process:
        go(process)
        while process.poll() is None and not _at_least(log, 40 * 4_096):
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    stored = sqlite3.connect(tmp_path / "ledger.db")
    counts = stored.execute("SELECT count(*) FROM changes").fetchone()
    sets = stored.execute("SELECT count(*) FROM change_sets").fetchone()
    stored.close()
    assert (sets, counts) in {((0,), (0,)), ((1,), (8_000,))}
    asyncio.run(_saves(sqlite_url))


async def _saves(url: str) -> None:
    async with open_ledger(url) as ledger:
        await simulated(ledger, change_set(5), "run-1")
        assert len((await ledger.load_run("run-1")).digest or "") == 64


def _at_least(file: Path, size: int) -> bool:
    return file.exists() and file.stat().st_size >= size
