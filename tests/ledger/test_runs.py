"""Runs, intents, decisions and control: first or newest counts, and a repetition is nothing."""

from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from activities.guard import ended_event
from ledger.database import SqlLedger
from ledger.reader import LedgerReader
from ledger.tables import RUNS
from steward.approvals import DecisionRefusal
from steward.catalog import ByTag
from steward.errors import ExitCode, RunNotActive, UnknownRun
from steward.intents import Intent
from steward.operations import AdjustPrice
from steward.ports import Ledger
from steward.runs import Control, RunEnd, RunRecord, RunStart, RunStatus, Stage
from tests.ledger.examples import NOON, STORE, decision_record, entry, run_start

INTENT = Intent(
    selection=ByTag(tag="Été"),
    operations=(AdjustPrice(percent=Decimal("-15.50"), ending=Decimal("0.99")),),
)


def end(status: RunStatus) -> RunEnd:
    """Return an end in the afternoon."""
    return RunEnd(
        run_id="run-1",
        status=status,
        reason="as it went",
        exit_code=ExitCode.REFUSED,
        ended_at=NOON + timedelta(hours=3),
    )


def test_ledger_implements_the_port(ledger: SqlLedger) -> None:
    """The SQL ledger is what the steps ask for; type checkers agree."""
    port: Ledger = ledger
    assert port is ledger


async def test_run_begins_once(ledger: SqlLedger) -> None:
    """A run opens in the first stage, and opening it again keeps its first record."""
    await ledger.open_run(run_start())
    await ledger.open_run(run_start(started_at=NOON + timedelta(hours=1)))
    record = await ledger.load_run("run-1")
    assert record == RunRecord(start=run_start(), stage=Stage.PLAN, status=RunStatus.RUNNING)


async def test_every_field_of_a_start_has_a_column() -> None:
    """What a run starts with, and how it ends, is stored under the fields' own names."""
    fields = {*RunStart.model_fields, *RunEnd.model_fields, *RunRecord.model_fields} - {"start"}
    assert fields == {column.name for column in RUNS.columns}


async def test_times_are_kept_in_utc(ledger: SqlLedger) -> None:
    """A time that was written in another time zone is the same instant when read."""
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await ledger.open_run(run_start(started_at=tokyo))
    started_at = (await ledger.load_run("run-1")).start.started_at
    assert (started_at, started_at.utcoffset()) == (NOON, timedelta(0))


async def test_first_end_counts(ledger: SqlLedger) -> None:
    """A run that has ended keeps its first end and its last stage."""
    await ledger.open_run(run_start())
    await ledger.enter_stage("run-1", Stage.APPROVE)
    await ledger.close_run(end(RunStatus.EXPIRED))
    await ledger.close_run(end(RunStatus.FAILED))
    await ledger.enter_stage("run-1", Stage.EXECUTE)
    record = await ledger.load_run("run-1")
    assert (record.status, record.stage) == (RunStatus.EXPIRED, Stage.APPROVE)
    assert (record.exit_code, record.reason) == (ExitCode.REFUSED, "as it went")
    assert record.ended_at == NOON + timedelta(hours=3)


async def test_a_run_that_has_ended_is_not_begun_by_a_late_plan(ledger: SqlLedger) -> None:
    """Where the trail tells of the end, no record is left behind that would go on for ever."""
    ended = ended_event(STORE, end(RunStatus.INVALID))
    await ledger.append_audit([ended])
    with pytest.raises(RunNotActive):
        await ledger.open_run(run_start())
    with pytest.raises(UnknownRun):
        await ledger.load_run("run-1")


async def test_end_and_stage_are_one(ledger: SqlLedger) -> None:
    """A run that is done has ended: the stage comes with the end, and only with the first."""
    await ledger.open_run(run_start())
    await ledger.close_run(end(RunStatus.INVALID), Stage.DONE)
    await ledger.close_run(end(RunStatus.FAILED), Stage.EXECUTE)
    record = await ledger.load_run("run-1")
    assert (record.status, record.stage) == (RunStatus.INVALID, Stage.DONE)


async def test_newest_intent_counts(ledger: SqlLedger) -> None:
    """An intent comes back as it was, and a second proposal replaces the first."""
    await ledger.open_run(run_start())
    await ledger.save_intent("run-1", INTENT.model_copy(update={"selection": ByTag(tag="x")}))
    await ledger.save_intent("run-1", INTENT)
    await ledger.save_intent("run-1", INTENT)
    assert await ledger.load_intent("run-1") == INTENT


async def test_unknown_run_is_named(ledger: SqlLedger) -> None:
    """Whatever needs a run says that there is none of this id."""
    attempts = (
        ledger.load_run("run-1"),
        ledger.enter_stage("run-1", Stage.EXECUTE),
        ledger.close_run(end(RunStatus.FAILED)),
        ledger.save_intent("run-1", INTENT),
        ledger.load_intent("run-1"),
        ledger.load_simulation("run-1", "d"),
        ledger.load_written("run-1"),
    )
    for attempt in attempts:
        with pytest.raises(UnknownRun, match="run-1"):
            await attempt


async def test_run_without_intent_says_so(ledger: SqlLedger) -> None:
    """A run that is known and has proposed nothing is told apart from an unknown one."""
    await ledger.open_run(run_start())
    with pytest.raises(UnknownRun, match="proposed nothing"):
        await ledger.load_intent("run-1")


async def test_decisions_are_kept_in_order(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Every decision is kept once, by its time: a refused one, one for no run, a changed mind."""
    counted = decision_record(by="bob")
    refused = decision_record(by="rita").model_copy(update={"refusal": DecisionRefusal.OWN_RUN})
    later = counted.model_copy(update={"at": NOON + timedelta(seconds=1)})
    for record in (counted, later, refused, counted, decision_record("nowhere")):
        await ledger.record_decision(record, entry())
    assert await reader.decisions("run-1") == [counted, refused, later]
    assert await reader.decisions("nowhere") == [decision_record("nowhere")]


async def test_control_is_run_until_somebody_says_otherwise(ledger: SqlLedger) -> None:
    """A run may go on by default; the newest word counts, also one said before the run opened."""
    assert await ledger.control("run-1") is Control.RUN
    await ledger.set_control("run-1", Control.PAUSE)
    await ledger.open_run(run_start())
    assert await ledger.control("run-1") is Control.PAUSE
    await ledger.set_control("run-1", Control.CANCEL)
    await ledger.set_control("run-1", Control.CANCEL)
    assert await ledger.control("run-1") is Control.CANCEL
    assert await ledger.control("run-2") is Control.RUN
