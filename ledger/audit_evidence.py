"""Holding the rows of a run against what the audit trail tells of them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.approver_rows import read_register
from ledger.audit_rows import audit_entry
from ledger.change_rows import read_recorded
from ledger.run_rows import read_decisions, run_record
from ledger.tables import AUDIT, RUNS
from steward.approvals import DecisionRefusal
from steward.audit import INSTALLATION, AuditBreak, AuditEntry, AuditKind
from steward.audit_facts import (
    AnsweredFacts,
    DecisionFacts,
    EndedFacts,
    Facts,
    RegisteredFacts,
    SentFacts,
    SimulatedFacts,
    digest_of_answers,
    digest_of_record,
    ordinals_in,
)
from steward.changes import ChangeSetDigest, Outcome
from steward.execution import OutcomeRecord
from steward.runs import RunRecord, RunStatus

_ROWS_AT_ONCE = 1_000
FactsT = TypeVar("FactsT", bound=Facts)
Numbered = tuple[int, FactsT]


class _Altered(Exception):
    def __init__(self, sequence: int | None, reason: str) -> None:
        super().__init__(reason)
        self.broken = AuditBreak(sequence=sequence, reason=reason)


async def read_runs_of(connection: AsyncConnection, store: str) -> Sequence[str]:
    """Return the runs of the store that its trail tells of, or that have ended, in order."""
    told = select(AUDIT.c.run_id).where(AUDIT.c.store == store, AUDIT.c.run_id != "")
    # A run is opened a moment before the trail tells of it.
    ended = select(RUNS.c.run_id).where(RUNS.c.store == store, RUNS.c.status != RunStatus.RUNNING)
    return sorted((await connection.scalars(told.union(ended))).all())


async def check_run(connection: AsyncConnection, store: str, run_id: str) -> AuditBreak | None:
    """Return the first entry about the run that its rows contradict, or None where none does.

    Looked at are its end, its decisions, its change sets, and what became of each change. Entries
    from before there were facts bind nothing.
    """
    try:
        await _check_rows(connection, store, run_id)
    except _Altered as altered:
        return altered.broken
    except (ValueError, LookupError):
        return AuditBreak(sequence=None, reason=f"the ledger's rows of run {run_id} make no sense")
    return None


async def check_register(connection: AsyncConnection) -> AuditBreak | None:
    """Return the first entry about the register of approvers that the register contradicts."""
    statement = select(AUDIT).where(AUDIT.c.store == INSTALLATION).order_by(AUDIT.c.sequence)
    of_kind = statement.where(AUDIT.c.kind == AuditKind.REGISTERED)
    entries = [audit_entry(row) for row in await connection.execute(of_kind)]
    told = {
        facts.identity: (sequence, facts.record)
        for sequence, facts in _facts(RegisteredFacts, entries, AuditKind.REGISTERED)
    }
    approvers = await read_register(connection)
    for identity, (sequence, record) in told.items():
        if identity not in approvers or approvers[identity].fingerprint != record:
            reason = "the register of approvers says something else of this person"
            return AuditBreak(sequence=sequence, reason=reason)
    if _any_without_facts(entries, AuditKind.REGISTERED):
        return None
    for identity, approver in approvers.items():
        if identity not in told:
            reason = f"no entry tells that {approver.name} was registered as an approver"
            return AuditBreak(sequence=None, reason=reason)
    return None


async def _check_rows(connection: AsyncConnection, store: str, run_id: str) -> None:
    statement = select(AUDIT).where(AUDIT.c.store == store, AUDIT.c.run_id == run_id)
    rows = await connection.execute(statement.order_by(AUDIT.c.sequence))
    entries = [audit_entry(row) for row in rows]
    if not entries:
        raise _Altered(None, f"no entry tells of run {run_id}, which the ledger holds")
    run = await _find_run(connection, run_id)
    if run is not None and run.start.store != store:
        # Somebody asked this store for something that concerns another one, in vain.
        return
    _check_end(run, entries)
    await _check_decisions(connection, run_id, entries)
    for sequence, simulated in _facts(SimulatedFacts, entries, AuditKind.SIMULATED):
        await _check_change_set(connection, store, run_id, sequence, simulated, entries)


def _facts(
    kind: type[FactsT], entries: Sequence[AuditEntry], *of: AuditKind
) -> Sequence[Numbered[FactsT]]:
    found = []
    for entry in entries:
        if entry.event.kind in of:
            try:
                facts = kind.of(entry.event)
            except ValidationError:
                continue
            if facts is not None:
                found.append((entry.sequence, facts))
    return found


async def _find_run(connection: AsyncConnection, run_id: str) -> RunRecord | None:
    row = (await connection.execute(select(RUNS).where(RUNS.c.run_id == run_id))).first()
    return None if row is None else run_record(row)


def _check_end(run: RunRecord | None, entries: Sequence[AuditEntry]) -> None:
    if run is None:
        # A run that was stopped before its plan is in the trail only.
        for entry in entries:
            if entry.event.kind is AuditKind.REQUESTED:
                raise _Altered(entry.sequence, f"the ledger holds no run {entry.event.run_id}")
        return
    for sequence, ended in _facts(EndedFacts, entries, AuditKind.ENDED):
        if (run.status.value, int(run.exit_code)) != (ended.status, ended.exit_code):
            reason = f"run {run.start.run_id} is {run.status} in the ledger"
            raise _Altered(sequence, reason)


async def _check_decisions(
    connection: AsyncConnection, run_id: str, entries: Sequence[AuditEntry]
) -> None:
    kinds = (AuditKind.DECIDED, AuditKind.REFUSED)
    told = {facts.record: at for at, facts in _facts(DecisionFacts, entries, *kinds)}
    decisions = await read_decisions(connection, run_id, or_recorded_as=list(told))
    recorded = {one.fingerprint: one for one in decisions}
    for record, sequence in told.items():
        if record not in recorded:
            raise _Altered(sequence, f"the ledger's decisions about run {run_id} lack this one")
    for record, decision in recorded.items():
        # One that names this run by mistake is told of where it was sent.
        misled = decision.refusal is DecisionRefusal.WRONG_RUN
        if record not in told and not misled and not _any_without_facts(entries, *kinds):
            by = decision.decision.by
            raise _Altered(None, f"no entry tells of a decision by {by} about run {run_id}")


def _any_without_facts(entries: Sequence[AuditEntry], *kinds: AuditKind) -> bool:
    return any(one.event.kind in kinds and not one.event.facts for one in entries)


async def _check_change_set(
    connection: AsyncConnection,
    store: str,
    run_id: str,
    sequence: int,
    simulated: SimulatedFacts,
    entries: Sequence[AuditEntry],
) -> None:
    digest = ChangeSetDigest(store)
    records: list[OutcomeRecord] = []
    while page := await read_recorded(
        connection, run_id, simulated.digest, offset=len(records), limit=_ROWS_AT_ONCE
    ):
        for change, record in page:
            digest.add(change)
            records.append(record)
    if digest.value != simulated.digest:
        raise _Altered(sequence, f"the changes of run {run_id} are not those that were simulated")
    kinds = (AuditKind.WRITTEN, AuditKind.VERIFIED)
    answered = [
        (at, facts)
        for at, facts in _facts(AnsweredFacts, entries, *kinds)
        if facts.digest == simulated.digest
    ]
    sent = chain.from_iterable(
        ordinals_in(facts.ordinals)
        for _, facts in _facts(SentFacts, entries, AuditKind.WRITING)
        if facts.digest == simulated.digest
    )
    _check_answers(run_id, records, answered)
    if not _any_without_facts(entries, AuditKind.WRITING, AuditKind.WRITTEN):
        _check_untold(run_id, records, told=_told(answered), sent=frozenset(sent))


def _told(answered: Iterable[Numbered[AnsweredFacts]]) -> frozenset[int]:
    return frozenset(chain.from_iterable(ordinals_in(facts.ordinals) for _, facts in answered))


def _check_answers(
    run_id: str,
    records: Sequence[OutcomeRecord],
    answered: Sequence[Numbered[AnsweredFacts]],
) -> None:
    """Compute the digest of each entry again, from the newest to the oldest.

    What a later entry replaced is no longer in the ledger, but its digest stands in that entry.
    """
    replaced: dict[int, str] = {}
    altered = None
    for sequence, facts in reversed(answered):
        ordinals = ordinals_in(facts.ordinals)
        digests = [replaced.get(ordinal) or _digest_at(records, ordinal) for ordinal in ordinals]
        if digest_of_answers(digests) != facts.answers:
            reason = f"the outcomes of changes {facts.ordinals} of run {run_id} are other ones"
            altered = _Altered(sequence, reason)
        replaced |= _by_ordinal(facts.replaced)
    if altered is not None:
        raise altered


def _digest_at(records: Sequence[OutcomeRecord], ordinal: int) -> str:
    return digest_of_record(records[ordinal]) if ordinal < len(records) else ""


def _by_ordinal(replaced: Mapping[str, str]) -> dict[int, str]:
    return {int(ordinal): digest for ordinal, digest in replaced.items()}


def _check_untold(
    run_id: str, records: Sequence[OutcomeRecord], *, told: frozenset[int], sent: frozenset[int]
) -> None:
    for record in records:
        word = record.outcome.value
        if record.ordinal not in told and not _is_open(record, sent):
            reason = f"no entry tells that change {record.ordinal} of run {run_id} is {word}"
            raise _Altered(None, reason)
        if record.outcome is Outcome.APPLIED and record.ordinal not in sent:
            reason = f"no entry tells that change {record.ordinal} of run {run_id} was sent"
            raise _Altered(None, reason)


def _is_open(record: OutcomeRecord, sent: frozenset[int]) -> bool:
    """Return whether the change is as one of which nothing is told yet."""
    untouched = not record.reason and record.live is None
    attempted = record.outcome is Outcome.ATTEMPTING and record.ordinal in sent
    return untouched and (record.outcome is Outcome.PENDING or attempted)
