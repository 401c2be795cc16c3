"""The rows of a run are held against what the audit trail tells of them."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Executable, Update, delete, insert, update
from temporalio.testing import ActivityEnvironment

from activities.approve import ApproveStep
from activities.guard import ended_event
from ledger.database import SqlLedger
from ledger.reader import LedgerReader
from ledger.tables import APPROVERS, CHANGES, DECISIONS, RUNS
from steward.approvals import DecisionRefusal, Door
from steward.approvers import Approver
from steward.audit import INSTALLATION, AuditEvent, AuditKind
from steward.audit_facts import (
    DecisionFacts,
    Facts,
    RefusedFacts,
    RegisteredFacts,
    sent_facts,
    simulated_facts,
)
from steward.changes import Outcome
from steward.errors import ExitCode
from steward.execution import OutcomeRecord
from steward.runs import ChunkReference, RunEnd, RunKey, RunStatus
from steward.steps import DecisionOrder
from tests.ledger.examples import (
    NOON,
    STORE,
    change_set,
    decision_record,
    entry,
    held,
    run_start,
    simulated,
    simulation,
    usd,
)
from tests.ledger.processes import run_at_once
from tests.ledger.tampering import tamper

SIMULATED, DECIDED, FIRST_WRITTEN, SECOND_WRITTEN, CORRECTED, ENDED = 2, 3, 5, 7, 8, 9


def told(kind: AuditKind, facts: Facts | None = None, *, run_id: str = "run-1") -> AuditEvent:
    """Return an entry with facts."""
    return entry(kind, run_id).model_copy(update={"facts": facts.data() if facts else {}})


async def write(ledger: SqlLedger, chunk: ChunkReference, *records: OutcomeRecord) -> None:
    """Mark changes and record what became of them, as the executor does with one batch."""
    ordinals = [record.ordinal for record in records]
    sent = told(AuditKind.WRITING, sent_facts(chunk.digest, ordinals, []))
    await ledger.mark_attempting(chunk, ordinals, await held(ledger, chunk), sent)
    await ledger.record_outcomes(chunk, records, entry())


def applied(*ordinals: int) -> Sequence[OutcomeRecord]:
    """Return that these changes were applied."""
    return [OutcomeRecord(ordinal=ordinal, outcome=Outcome.APPLIED) for ordinal in ordinals]


@pytest.fixture
async def run(ledger: SqlLedger) -> None:
    """A run of eight changes, of which six are written in two batches and one is corrected."""
    changes = change_set(8)
    await ledger.open_run(run_start())
    await ledger.append_audit([told(AuditKind.REQUESTED)])
    chunk = (await simulated(ledger, changes))[0]
    await ledger.append_audit([told(AuditKind.SIMULATED, simulated_facts(simulation(changes)))])
    decision = decision_record()
    await ledger.record_decision(
        decision, told(AuditKind.DECIDED, DecisionFacts(record=decision.fingerprint))
    )
    await write(ledger, chunk, *applied(0, 1, 2))
    refused = OutcomeRecord(ordinal=5, outcome=Outcome.REFUSED, reason="No. [NO]")
    await write(ledger, chunk, *applied(3, 4), refused)
    moved = OutcomeRecord(ordinal=1, outcome=Outcome.MOVED, reason="is 1.00 USD", live=usd("1"))
    await ledger.record_outcomes(chunk, [moved], entry(AuditKind.VERIFIED))
    end = RunEnd(
        run_id="run-1",
        status=RunStatus.FAILED,
        reason="Some were refused.",
        exit_code=ExitCode.RUN_FAILED,
        ended_at=NOON,
    )
    await ledger.close_run(end)
    await ledger.append_audit([ended_event(STORE, end)])


@pytest.mark.usefixtures("run")
async def test_honest_run_agrees_with_its_trail(reader: LedgerReader) -> None:
    """Outcomes that were recorded, and then corrected, are what the trail tells."""
    verification = await reader.verify_audit(STORE)
    assert (verification.broken, verification.head.length) == (None, ENDED)


def _change(ordinal: int) -> Update:
    return update(CHANGES).where(CHANGES.c.ordinal == ordinal)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("statement", "sequence", "reason"),
    [
        (_change(7).values(after=usd("1")), SIMULATED, "not those that were simulated"),
        (delete(CHANGES).where(CHANGES.c.ordinal == 7), SIMULATED, "not those"),
        (_change(0).values(outcome=Outcome.UNCHANGED), FIRST_WRITTEN, "0-2 of run run-1"),
        (_change(2).values(outcome=Outcome.PENDING), FIRST_WRITTEN, "other ones"),
        (_change(5).values(reason="Yes."), SECOND_WRITTEN, "3-5"),
        (_change(3).values(live=usd("7")), SECOND_WRITTEN, "3-5"),
        (_change(1).values(outcome=Outcome.APPLIED, reason="", live=None), CORRECTED, "changes 1"),
        (_change(6).values(outcome=Outcome.APPLIED), None, "change 6 of run run-1 is applied"),
        (_change(6).values(outcome=Outcome.ATTEMPTING), None, "is attempting"),
        (update(RUNS).values(status=RunStatus.COMPLETED), ENDED, "is completed"),
        (update(RUNS).values(exit_code=0), ENDED, "in the ledger"),
        (update(DECISIONS).values(decided_by="mallory"), DECIDED, "lack this one"),
        (delete(DECISIONS), DECIDED, "lack this one"),
    ],
    ids=[
        *("after", "deleted", "outcome", "taken-back", "reason", "live", "corrected"),
        *("untold", "unsent", "status", "exit-code", "decision", "decision-deleted"),
    ],
)
async def test_altered_rows_are_found(
    url: str, reader: LedgerReader, statement: Executable, sequence: int | None, reason: str
) -> None:
    """The first entry that a row contradicts is named, or that no entry tells of the row."""
    await tamper(url, statement)
    broken = (await reader.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence == sequence
    assert reason in broken.reason


@pytest.mark.usefixtures("run")
async def test_forged_decision_is_found(url: str, reader: LedgerReader) -> None:
    """A decision that somebody wrote into the ledger, and into no trail, is found."""
    forged = decision_record(by="mallory")
    decision = forged.decision.model_dump(exclude={"by"}) | {"decided_by": forged.decision.by}
    row = decision | {"fingerprint": "f", "door": forged.door, "decided_at": forged.at}
    await tamper(url, insert(DECISIONS).values(**row))
    broken = (await reader.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence is None
    assert "a decision by mallory about run run-1" in broken.reason


@pytest.mark.usefixtures("run")
async def test_forged_run_is_found(url: str, ledger: SqlLedger, reader: LedgerReader) -> None:
    """A run that has ended, of which the trail tells nothing, is found; one that begins is not."""
    await ledger.open_run(run_start("run-2"))
    assert (await reader.verify_audit(STORE)).intact
    await tamper(url, _run("run-2").values(status=RunStatus.COMPLETED))
    broken = (await reader.verify_audit(STORE)).broken
    assert broken is not None
    assert "no entry tells of run run-2" in broken.reason


def _run(run_id: str) -> Update:
    return update(RUNS).where(RUNS.c.run_id == run_id)


async def test_unfinished_batch_is_no_contradiction(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """While changes are under way, or after a crash, some are attempting, which the trail tells."""
    changes = change_set(3)
    (chunk,) = await simulated(ledger, changes)
    await ledger.append_audit([told(AuditKind.SIMULATED, simulated_facts(simulation(changes)))])
    sent = told(AuditKind.WRITING, sent_facts(chunk.digest, [0, 1], []))
    await ledger.mark_attempting(chunk, [0, 1], await held(ledger, chunk), sent)
    assert (await reader.verify_audit(STORE)).intact
    await ledger.record_outcomes(chunk, applied(0), entry())
    assert (await reader.verify_audit(STORE)).intact


async def test_decision_that_names_another_run_contradicts_neither(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """A decision that was sent to one run and names another is told where it was sent."""
    for run_id in ("run-1", "run-2"):
        await ledger.open_run(run_start(run_id))
        await ledger.append_audit([told(AuditKind.REQUESTED, run_id=run_id)])
    misled = decision_record("run-2").model_copy(update={"refusal": DecisionRefusal.WRONG_RUN})
    facts = DecisionFacts(record=misled.fingerprint)
    await ledger.record_decision(misled, told(AuditKind.REFUSED, facts))
    assert (await reader.verify_audit(STORE)).intact


async def test_decisions_of_the_same_moment_are_all_told(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Decisions in vain of one person that arrive together each have an entry, repeated or not."""
    await ledger.open_run(run_start())
    await ledger.append_audit([told(AuditKind.REQUESTED)])
    late = decision_record().model_copy(update={"refusal": DecisionRefusal.NOT_WAITING})
    run, step = RunKey(run_id="run-1", store=STORE), ApproveStep(ledger)
    for door in (Door.SIGNAL, Door.UPDATE, Door.UPDATE):
        order = DecisionOrder(run=run, record=late.model_copy(update={"door": door}))
        await ActivityEnvironment().run(step.record_decision, order)
    assert len(await reader.audit(STORE)) == 3
    assert (await reader.verify_audit(STORE)).intact


async def test_entries_of_old_bind_nothing(ledger: SqlLedger, reader: LedgerReader) -> None:
    """A run whose entries have no facts yet is not held against them."""
    (chunk,) = await simulated(ledger, change_set(3))
    await ledger.append_audit([told(AuditKind.REQUESTED), told(AuditKind.SIMULATED)])
    await ledger.record_decision(decision_record(), told(AuditKind.DECIDED))
    await ledger.append_audit([told(AuditKind.WRITING), told(AuditKind.WRITTEN)])
    await ledger.record_outcomes(chunk, applied(0), entry())
    assert (await reader.verify_audit(STORE)).intact


async def test_refused_attempt_on_another_store_contradicts_nothing(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Who names the wrong store for a run leaves an entry there; the run's rows are not its."""
    await ledger.open_run(run_start())
    refused = RefusedFacts(attempt="pause", reason="It has ended.")
    event = told(AuditKind.REFUSED, refused).model_copy(update={"store": "another"})
    await ledger.append_audit([told(AuditKind.REQUESTED), event])
    await ledger.record_decision(
        decision_record(),
        told(AuditKind.DECIDED, DecisionFacts(record=decision_record().fingerprint)),
    )
    assert (await reader.verify_audit("another")).intact


async def test_register_of_approvers_is_bound(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """A person or a role that was slipped into the register is found."""
    approver = Approver(name="Ann", roles=("owner",), added_by="rita", added_at=NOON)
    facts = RegisteredFacts(identity="ann", record=approver.fingerprint)
    event = told(AuditKind.REGISTERED, facts, run_id="")
    await ledger.save_approver(approver, event.model_copy(update={"store": INSTALLATION}))
    assert (await reader.verify_audit(INSTALLATION)).intact

    await tamper(url, update(APPROVERS).values(roles=("owner", "head-of-pricing")))
    broken = (await reader.verify_audit(INSTALLATION)).broken
    assert broken is not None
    assert broken.sequence == 1

    restored = update(APPROVERS).values(roles=("owner",))
    row = dict(approver.model_copy(update={"name": "Mallory"})) | {"identity": "mallory"}
    await tamper(url, restored, insert(APPROVERS).values(**row))
    broken = (await reader.verify_audit(INSTALLATION)).broken
    assert broken is not None
    assert "Mallory" in broken.reason


OVERLAP = """
from steward.audit import AuditKind
from steward.audit_facts import sent_facts
from steward.changes import Outcome
from steward.execution import OutcomeRecord
from tests.ledger.test_audit_evidence import told

async def write():
    chunk = examples.chunks(examples.change_set(40))[0]
    outcome = Outcome(sys.argv[2])
    async with open_ledger(url) as ledger:
        hold = await examples.held(ledger, chunk)
        async def batch(start):
            some = range(start, start + 4)
            sent = told(AuditKind.WRITING, sent_facts(chunk.digest, some, []))
            await ledger.mark_attempting(chunk, some, hold, sent)
            records = [OutcomeRecord(ordinal=n, outcome=outcome, reason=outcome) for n in some]
            await ledger.record_outcomes(chunk, records, examples.entry())
        for _ in range(3):
            await asyncio.gather(*(batch(start) for start in range(0, 40, 4)))
asyncio.run(write())
"""


async def test_overlapping_attempts_agree_with_the_trail(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Where two attempts record the same changes at once, each knows what the other recorded."""
    changes = change_set(40)
    await simulated(ledger, changes)
    await ledger.append_audit([told(AuditKind.SIMULATED, simulated_facts(simulation(changes)))])
    run_at_once(OVERLAP, (url, "applied"), (url, "moved"), (url, "unchanged"))
    assert (await reader.verify_audit(STORE)).broken is None


async def test_recording_again_changes_nothing(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Outcomes whose entry is there are not recorded again, so that later ones stay."""
    (chunk,) = await simulated(ledger, change_set(2))
    first = entry()
    await ledger.record_outcomes(chunk, applied(0), first)
    moved = OutcomeRecord(ordinal=0, outcome=Outcome.MOVED, reason="is 1.00 USD now")
    await ledger.record_outcomes(chunk, [moved], entry())
    await ledger.record_outcomes(chunk, applied(0), first)
    assert (await ledger.load_chunk(chunk))[0].outcome is Outcome.MOVED
    assert (await reader.audit_head(STORE)).length == 2
