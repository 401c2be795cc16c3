"""`steward watch`: a run as it goes on, and how the command ends with it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from starter.progress import ProgressMeter
from steward.changes import Outcome
from steward.errors import ExitCode
from steward.runs import RunStatus, Stage
from steward.waits import NotedWait
from tests.starter.fakes import RUN_ID, FakeLedger, Office, Run, a_run, drifted, record


def a_life(office: Office, *, status: RunStatus, exit_code: ExitCode, reason: str = "") -> Run:
    """Add a run that is planned, waits, is executed, and ends."""
    run = office.add(a_run(300, outcome=Outcome.APPLIED))
    digest = run.script[0].digest
    run.script = [
        record(stage=Stage.PLAN),
        record(stage=Stage.PLAN),
        record(stage=Stage.APPROVE, digest=digest),
        record(stage=Stage.EXECUTE, digest=digest),
        record(stage=Stage.VERIFY, digest=digest),
        record(stage=Stage.DONE, status=status, exit_code=exit_code, reason=reason, digest=digest),
    ]
    return run


def test_watch_stops_where_somebody_has_to_decide(office: Office) -> None:
    """By default watching ends when the run waits, with the command to go on with."""
    a_life(office, status=RunStatus.COMPLETED, exit_code=ExitCode.OK)
    called = office.steward("watch", RUN_ID)
    assert called.code == ExitCode.OK
    assert called.out.splitlines()[0] == "plan"
    assert "waits for approval of 300 changes" in called.out
    assert f"steward approve {RUN_ID}" in called.out


def test_watch_until_done_writes_a_line_for_each_stage(office: Office) -> None:
    """Without a terminal each change of stage is a line, and the last tells the outcomes."""
    a_life(office, status=RunStatus.COMPLETED, exit_code=ExitCode.OK)
    called = office.steward("watch", RUN_ID, "--until", "done")
    assert called.out.splitlines() == [
        "plan",
        "wait for approval",
        "execute, wave 4 of 4: 300 of 300 (100 %)",
        "verify, wave 4 of 4: 300 of 300 (100 %)",
        f"Run {RUN_ID} has ended, completed: 300 applied.",
    ]


def test_watch_ends_with_the_exit_code_of_the_run(office: Office) -> None:
    """A run that fails makes watching it fail in the same way, with its reason."""
    a_life(
        office,
        status=RunStatus.FAILED,
        exit_code=ExitCode.STORE_ERROR,
        reason="The store answers garbage.",
    )
    called = office.steward("watch", RUN_ID, "--until", "done")
    assert called.code == ExitCode.STORE_ERROR
    assert "Error: The store answers garbage." in called.err


def test_watch_as_json_is_a_line_for_each_state(office: Office) -> None:
    """A script reads one JSON object a line; the last one holds the exit code."""
    a_life(office, status=RunStatus.COMPLETED, exit_code=ExitCode.OK)
    called = office.steward("watch", RUN_ID, "--until", "done", "--json")
    states = [json.loads(line) for line in called.out.splitlines()]
    assert [state["stage"] for state in states] == ["plan", "approve", "execute", "verify", "done"]
    assert states[-1]["exit_code"] == 0
    assert states[-1]["outcomes"]["applied"] == 300
    assert {state["exit_code"] for state in states[:-1]} == {None}


def test_watch_on_a_terminal_ends_with_the_same_words(office: Office) -> None:
    """The moving bar leaves nothing behind but how the run ended."""
    a_life(office, status=RunStatus.COMPLETED, exit_code=ExitCode.OK)
    called = office.steward("watch", RUN_ID, "--until", "done", answers="")
    assert called.code == ExitCode.OK
    assert called.out.endswith(f"Run {RUN_ID} has ended, completed: 300 applied.\n")


def test_watch_of_an_unknown_run_fails_at_once(office: Office) -> None:
    """A mistyped id is not waited for."""
    called = office.steward("watch", "nothing-here-1")
    assert called.code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("settled", [0, 1, 17, 18, 92, 299, 300])
async def test_progress_names_the_wave_under_way(settled: int) -> None:
    """The wave is the first that still has open changes, and the last one at the end."""
    run = a_run(300, stage=Stage.EXECUTE)
    run.outcomes[:settled] = [Outcome.APPLIED] * settled
    progress = await ProgressMeter(FakeLedger({RUN_ID: run}), RUN_ID).measure(run.script[0])
    sizes = [wave.size for wave in run.simulation.plan.waves]
    begun = sum(sizes[: progress.wave - 1])
    assert progress.waves == len(sizes) > 1
    assert begun <= settled
    assert settled < begun + sizes[progress.wave - 1] or progress.wave == progress.waves
    assert (progress.settled, progress.total) == (settled, 300)


async def test_progress_knows_no_rate_while_nothing_moves() -> None:
    """Before anything is settled, neither rate nor time left are made up."""
    run = a_run(300, stage=Stage.EXECUTE)
    meter = ProgressMeter(FakeLedger({RUN_ID: run}), RUN_ID)
    progress = await meter.measure(run.script[0])
    assert (progress.rate, progress.seconds_left) == (None, None)
    run.outcomes[:100] = [Outcome.APPLIED] * 100
    progress = await meter.measure(run.script[0])
    assert progress.rate is not None
    assert progress.seconds_left == pytest.approx(200 / progress.rate)


async def test_a_wait_is_told_beside_the_stage() -> None:
    """Somebody who watches sees that the run waits, and no longer once that is over."""
    run = a_run(stage=Stage.EXECUTE)
    ledger = FakeLedger({RUN_ID: run})
    now = datetime.now(UTC)
    run.wait = NotedWait(until=now + timedelta(seconds=60), reason="Shopify's allowance")
    waiting = await ProgressMeter(ledger, RUN_ID).measure(run.script[0])
    assert "for Shopify's allowance)" in waiting.sentence()
    assert "Shopify's allowance" in waiting.data()["waiting"]
    run.wait = NotedWait(until=now - timedelta(seconds=1), reason="Shopify's allowance")
    over = await ProgressMeter(ledger, RUN_ID).measure(run.script[0])
    assert "allowance" not in over.sentence()
    assert over.data()["waiting"] is None


def test_watch_tells_what_drifts(office: Office) -> None:
    """An alarm is a line as soon as it comes, and the last words name the command to see it."""
    run = a_life(office, status=RunStatus.COMPLETED, exit_code=ExitCode.OK)
    run.script[4:4] = [record(stage=Stage.WATCH, digest=run.script[2].digest)]
    run.drifted.append(drifted(7, "0-1"))
    called = office.steward("watch", RUN_ID, "--until", "done")
    assert called.code == ExitCode.OK
    assert "watch, 2 values drifted" in called.out.splitlines()
    assert called.out.splitlines()[-1] == (
        f"DRIFT: 2 values not as written any more; see: steward show {RUN_ID}"
    )
    script = office.steward("watch", RUN_ID, "--until", "done", "--json")
    assert json.loads(script.out.splitlines()[-1])["drifted"] == 2
