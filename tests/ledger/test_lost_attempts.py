"""What was being written when its worker was lost comes to an outcome before it is taken back."""

from temporalio.testing import ActivityEnvironment

from activities.compensate import CompensateStep
from activities.engine_clock import EngineClock
from ledger.database import SqlLedger
from ledger.reader import LedgerReader
from steward.audit import AuditKind
from steward.audit_facts import sent_facts, simulated_facts
from steward.changes import Outcome
from steward.execution import OutcomeRecord
from steward.policy import Policy
from steward.steps import CompensationOrder, Simulated
from tests.ledger.examples import (
    NOON,
    STORE,
    change_set,
    held,
    simulated,
    simulation,
    usd,
)
from tests.ledger.test_audit_evidence import told
from tests.workflows.fakes import FakeShop, OnePolicy, OneShop

LANDED, NEVER_SENT, MOVED, GONE, UNTOUCHED = range(5)


async def test_lost_attempts_come_to_an_outcome(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Read from the store: what landed was applied and is taken back, what did not is pending."""
    changes = change_set(5)
    (chunk,) = await simulated(ledger, changes)
    await ledger.append_audit([told(AuditKind.SIMULATED, simulated_facts(simulation(changes)))])
    hold = await held(ledger, chunk)
    lost = [LANDED, NEVER_SENT, MOVED, GONE]
    sent = told(AuditKind.WRITING, sent_facts(chunk.digest, lost, []))
    await ledger.mark_attempting(chunk, lost, hold, sent)
    await ledger.end_lease(hold, NOON)
    shop = FakeShop()
    shop.name = STORE
    targets = [change.target for change in changes.changes]
    shop.values |= {
        targets[LANDED]: changes.changes[LANDED].after,
        targets[NEVER_SENT]: changes.changes[NEVER_SENT].before,
        targets[MOVED]: usd("99.00"),
    }
    step = CompensateStep(
        ledger, OneShop(shop), EngineClock(), policies=OnePolicy(Policy()), parallel_requests=4
    )
    order = CompensationOrder(run_id="run-1", store=STORE, undoes="run-1", headline="undo")
    undo: Simulated | None = await ActivityEnvironment().run(step.compensate, order)
    recorded = {one.ordinal: one for one in await reader.changes("run-1", changes.digest)}
    assert {ordinal: one.outcome for ordinal, one in recorded.items()} == {
        LANDED: Outcome.APPLIED,
        NEVER_SENT: Outcome.PENDING,
        MOVED: Outcome.UNKNOWN,
        GONE: Outcome.UNKNOWN,
        UNTOUCHED: Outcome.PENDING,
    }
    assert "99.00" in recorded[MOVED].reason
    assert undo is not None
    assert undo.plan.changes == 3
    assert (await reader.verify_audit(STORE)).broken is None


async def test_what_arrives_after_it_was_found_moved_is_taken_back(ledger: SqlLedger) -> None:
    """A later attempt found another value; the call of a lost one overwrites it all the same."""
    changes = change_set(1)
    (chunk,) = await simulated(ledger, changes)
    hold = await held(ledger, chunk)
    sent = told(AuditKind.WRITING, sent_facts(chunk.digest, [0], []))
    await ledger.mark_attempting(chunk, [0], hold, sent, {0: "sent"})
    moved = OutcomeRecord(ordinal=0, outcome=Outcome.MOVED, live=usd("99.00"))
    await ledger.record_outcomes(chunk, [moved], told(AuditKind.WRITTEN))
    await ledger.end_lease(hold, NOON)
    shop = FakeShop()
    shop.name = STORE
    (change,) = changes.changes
    shop.values[change.target] = change.after
    step = CompensateStep(
        ledger, OneShop(shop), EngineClock(), policies=OnePolicy(Policy()), parallel_requests=4
    )
    order = CompensationOrder(run_id="run-1", store=STORE, undoes="run-1", headline="undo")
    undo: Simulated | None = await ActivityEnvironment().run(step.compensate, order)
    assert undo is not None
    assert (await ledger.load_run("run-1")).undo_digest == changes.inverse().digest
