"""What must agree after every accident: the store's journal, its catalogue, and the ledger."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from steward.approvals import DecisionRecord
from steward.audit import AuditVerification
from steward.changes import Outcome
from steward.execution import RecordedChange
from steward.runs import RunRecord
from tests.end_to_end.house import House, Run
from tests.end_to_end.shop import Shop, Written, amount_of, values_in, written_by


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the store and the ledger say once a run, and perhaps its undo, has ended.

    `writes` are those that the store applied since the time of `before`; `undo_changes` are those
    of the compensation or of the rollback, if there was one.
    """

    record: RunRecord
    changes: tuple[RecordedChange, ...]
    undo_changes: tuple[RecordedChange, ...]
    decisions: tuple[DecisionRecord, ...]
    writes: tuple[Written, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    audit: AuditVerification


async def evidence_of(
    house: House,
    shop: Shop,
    run: Run,
    before: dict[str, Any],
    *,
    undo: RunRecord | None = None,
) -> Evidence:
    """Gather the evidence about a run, the only one that has written to its shop."""
    record = await house.reader.run(run.id)
    assert record.digest is not None
    changes = await house.changes(run.id, record.digest)
    undo_run, undo_digest = (
        (run.id, record.undo_digest) if undo is None else (undo.start.run_id, undo.digest)
    )
    undo_changes = await house.changes(undo_run, undo_digest) if undo_digest else ()
    return Evidence(
        record=record,
        changes=tuple(changes),
        undo_changes=tuple(undo_changes),
        decisions=tuple(await house.reader.decisions(run.id)),
        writes=tuple(await shop.writes()),
        before=before,
        after=await shop.catalogue(),
        audit=await house.reader.verify_audit(shop.name),
    )


def assert_applied_once(evidence: Evidence) -> None:
    """Each change that the ledger calls applied stands in the journal once, and nothing else."""
    forth = _applied(evidence.changes)
    back = _applied(evidence.undo_changes)
    assert Counter(evidence.writes) == forth + back
    for written in back:
        assert evidence.writes.index(written.inverse()) < evidence.writes.index(written)


def assert_ledger_agrees_with_store(evidence: Evidence) -> None:
    """Change by change, the store holds what the ledger says that it holds."""
    expected = values_in(evidence.before)
    for recorded in (*evidence.changes, *evidence.undo_changes):
        assert recorded.outcome in {Outcome.APPLIED, Outcome.PENDING}, recorded
        if recorded.outcome is Outcome.APPLIED:
            target = recorded.change.target
            expected[target.resource_id, target.field] = amount_of(recorded.change.after)
    assert values_in(evidence.after) == expected


def assert_store_is_as_before(evidence: Evidence) -> None:
    """The whole catalogue is as it was before the run, value for value."""
    assert evidence.after == evidence.before


def assert_audit_is_whole(evidence: Evidence) -> None:
    """The audit trail's chain of hashes holds."""
    assert evidence.audit.intact, evidence.audit


def _applied(changes: tuple[RecordedChange, ...]) -> Counter[Written]:
    return written_by(
        recorded.change for recorded in changes if recorded.outcome is Outcome.APPLIED
    )
