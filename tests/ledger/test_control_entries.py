"""What the trail tells of pauses and resumes, whichever execution of a run they reached."""

from dataclasses import replace

from temporalio.testing import ActivityEnvironment

from activities.engine_clock import EngineClock
from activities.guard import GuardStep
from ledger.database import SqlLedger
from ledger.reader import LedgerReader
from steward.audit import AuditKind
from steward.runs import Control
from steward.steps import ControlOrder
from tests.ledger.examples import STORE


async def test_each_execution_of_a_run_has_its_own_entries(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """After a reset by the engine the steps are numbered anew, and no pause is lost by that."""
    order = ControlOrder(run_id="run-1", store=STORE, control=Control.PAUSE, by="amir")
    step, engine = GuardStep(ledger, EngineClock()), ActivityEnvironment()
    for execution in ("first", "first", "reset"):
        engine.info = replace(
            engine.info, workflow_id="run-1", workflow_run_id=execution, activity_id="5"
        )
        await engine.run(step.control, order)
    told = await reader.audit(STORE, kind=AuditKind.CONTROLLED)
    assert [entry.event.detail for entry in told] == ["pause", "pause"]
