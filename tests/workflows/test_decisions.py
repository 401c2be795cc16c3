"""Decisions: only the right ones count, by whichever door they come."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from steward.approvals import Decision, DecisionRefusal, DecisionVerdict, Door, Standing
from steward.runs import RunResult, RunStatus, Stage
from tests.workflows.conftest import House
from workflows.names import DECIDE


def refusal_of(failure: WorkflowUpdateFailedError) -> str:
    """Return the code of a refused decision."""
    assert isinstance(failure.cause, ApplicationError)
    assert failure.cause.type == "DecisionRefused"
    return str(failure.cause.details[0])


@pytest.mark.parametrize(
    ("by", "digest", "refusal"),
    [
        ("rita", None, DecisionRefusal.OWN_RUN),
        (" Rita ", None, DecisionRefusal.OWN_RUN),
        ("amir", "0" * 64, DecisionRefusal.WRONG_DIGEST),
    ],
)
async def test_an_update_that_does_not_count_is_refused_at_once(
    house: House, by: str, digest: str | None, refusal: DecisionRefusal
) -> None:
    """The requester, and a wrong digest, are refused; the run waits on and writes nothing."""
    run = await house.start()
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await house.decide(run, by=by, digest=digest)
    assert refusal_of(failure.value) == refusal
    assert house.shop.written == []
    assert await house.decide(run) is Standing.APPROVED


async def test_a_decision_after_the_end_finds_no_run(house: House) -> None:
    """A decision for a finished run changes nothing."""
    run = await house.start()
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    decision = Decision(run_id=run.id, digest="0" * 64, verdict=DecisionVerdict.APPROVE, by="amir")
    with pytest.raises(RPCError):
        await run.execute_update(DECIDE, decision)
    assert house.shop.written == []


async def test_a_decision_counts_as_soon_as_the_run_says_that_it_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who decides in the moment in which the ledger tells of the wait is not sent away."""
    enter_stage, decided = house.ledger.enter_stage, asyncio.Event()

    async def told_and_then_busy(run_id: str, stage: Stage) -> None:
        await enter_stage(run_id, stage)
        if stage is Stage.APPROVE:
            await decided.wait()

    monkeypatch.setattr(house.ledger, "enter_stage", told_and_then_busy)
    run = await house.start()
    deciding = asyncio.create_task(house.decide(run))
    await house.reached(run.id, Stage.APPROVE)
    # The server hands the decision over with the workflow's next task.
    await asyncio.wait([deciding], timeout=15)
    decided.set()
    assert await deciding is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED


async def test_a_signal_approves_like_an_update(house: House) -> None:
    """The Web UI's way in, a signal with the same content, counts as well."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    assert record.digest is not None
    await run.signal(
        DECIDE,
        {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": "amir"},
    )
    assert (await run.result()).status is RunStatus.COMPLETED


async def test_a_signal_in_vain_is_recorded_with_its_reason(house: House) -> None:
    """A signal that does not count is kept in the ledger, and the run waits on."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    assert record.digest is not None
    await run.signal(
        DECIDE,
        Decision(run_id=run.id, digest=record.digest, verdict=DecisionVerdict.APPROVE, by="rita"),
    )
    await house.decide(run)
    await run.result()
    recorded = [
        (entry.decision.by, entry.door, entry.refusal)
        for entry in await house.reader.decisions(run.id)
    ]
    assert recorded == [
        ("rita", Door.SIGNAL, DecisionRefusal.OWN_RUN),
        ("amir", Door.UPDATE, None),
    ]


async def test_a_signal_with_nonsense_is_dropped(house: House) -> None:
    """A signal that is no decision neither approves the run nor breaks it."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    await run.signal(DECIDE, "yes please")
    await run.signal(DECIDE, {"verdict": "approve"})
    assert await house.decide(run) is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED


async def test_an_approval_withdrawn_while_it_is_recorded_is_none(
    house: House, tmp_path: Path
) -> None:
    """Taken back before the ledger has it: the run ends as if nobody had agreed, unwritten."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        approving = asyncio.create_task(house.decide(run))
        await under_way(run, 1)
        withdrawing = asyncio.create_task(house.decide(run, verdict=DecisionVerdict.WITHDRAW))
        await under_way(run, 2)
        connection.execute("ROLLBACK")
    await asyncio.gather(approving, withdrawing)
    assert (await run.result()).status is RunStatus.REJECTED
    assert house.shop.written == []


async def under_way(run: WorkflowHandle[object, RunResult], steps: int) -> None:
    """Return once so many of the run's steps are under way."""
    for _ in range(600):
        if len((await run.describe()).raw_description.pending_activities) >= steps:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the steps did not begin")


async def test_a_decision_before_the_simulation_is_refused(house: House) -> None:
    """Nobody can approve what has not been simulated."""
    run = await house.start(tag="summer")
    decision = Decision(run_id=run.id, digest="0" * 64, verdict=DecisionVerdict.APPROVE, by="amir")
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        await run.execute_update(DECIDE, decision)
    assert house.shop.written == []
