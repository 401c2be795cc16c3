"""What people type and the ledger cannot take never ends a run."""

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ledger.failures import LedgerUnusable
from steward.approvals import Standing
from steward.audit import AuditEvent, AuditKind
from steward.policy import Policy
from steward.runs import Control, RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.test_control import some_written
from workflows.names import DECIDE, PAUSE, RESUME


@pytest.fixture
def policy() -> Policy:
    """One person has to agree."""
    return Policy()


@pytest.fixture
def takes_nothing_from_eve(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that fails for good wherever Eve is to be recorded."""
    record_decision, append_audit = house.ledger.record_decision, house.ledger.append_audit

    def refuse(actor: str) -> None:
        if actor == "eve":
            raise LedgerUnusable("The ledger cannot hold this.", remedy="Look.")

    async def record(record: object, event: AuditEvent) -> None:
        refuse(event.actor)
        await record_decision(record, event)  # type: ignore[arg-type]

    async def append(events: list[AuditEvent]) -> None:
        for event in events:
            refuse(event.actor)
        await append_audit(events)

    monkeypatch.setattr(house.ledger, "record_decision", record)
    monkeypatch.setattr(house.ledger, "append_audit", append)


async def test_control_characters_in_a_signal_are_left_out(house: House) -> None:
    """A comment with NUL, as PostgreSQL cannot hold it, counts without it; lines stay lines."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    decision = {
        "run_id": run.id,
        "digest": f" {record.digest}\n",
        "verdict": "approve",
        "by": "am\0ir",
        "comment": "fi\0ne\n\tby me\x1b[2J",
    }
    await run.signal(DECIDE, decision)
    assert (await run.result()).status is RunStatus.COMPLETED
    (recorded,) = await house.reader.decisions(run.id)
    assert recorded.decision.by == "amir"
    assert recorded.decision.digest == record.digest
    assert recorded.decision.comment == "fine\n\tby me[2J"


@pytest.mark.usefixtures("takes_nothing_from_eve")
async def test_a_signal_that_cannot_be_recorded_ends_no_run_that_writes(house: House) -> None:
    """Refused decisions and pauses in the middle of the writes: the run finishes all the same."""
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    await house.decide(run)
    await some_written(house, 10)
    decision = {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": "eve"}
    await run.signal(DECIDE, decision)
    await run.signal(RESUME, {"by": "eve"})
    await run.signal(PAUSE, {"by": "eve"})
    await house.gate(run.id, Control.PAUSE)
    await run.signal(RESUME, {"by": "amir"})
    result = await run.result()
    assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 200)


@pytest.mark.usefixtures("takes_nothing_from_eve")
async def test_an_approval_that_cannot_be_recorded_does_not_count(house: House) -> None:
    """Eve's approval by either door leaves the run waiting, and Amir's is the one that counts."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    decision = {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": "eve"}
    await run.signal(DECIDE, decision)
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(run, by="eve")
    assert house.shop.written == []
    assert await house.decide(run, by="amir") is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED
    assert [one.decision.by for one in await house.reader.decisions(run.id)] == ["amir"]


@pytest.mark.usefixtures("takes_nothing_from_eve")
async def test_a_resume_that_cannot_be_recorded_leaves_the_run_paused(house: House) -> None:
    """Writes go on only by what the trail tells of."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    await run.signal(PAUSE, {"by": "amir"})
    await run.signal(RESUME, {"by": "eve"})
    await house.decide(run, by="amir")
    assert (await house.ledger.load_run(run.id)).stage is Stage.APPROVE
    await run.signal(RESUME, {"by": "amir"})
    assert (await run.result()).status is RunStatus.COMPLETED
    controls = await house.reader.audit("demo", run.id, AuditKind.CONTROLLED)
    assert [entry.event.actor for entry in controls] == ["amir", "amir"]
