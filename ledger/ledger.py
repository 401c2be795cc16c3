"""The ledger that the steps write to: the port `steward.ports.Ledger` on a SQL database."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import (
    approver_rows,
    audit_rows,
    change_rows,
    fidelity_rows,
    holder_rows,
    run_rows,
    wait_rows,
    watch_rows,
)
from ledger.claim_rows import claim_fields
from ledger.engine import Database
from ledger.statements import insert_new, insert_or_replace
from ledger.tables import CONTROLS, SNAPSHOTS
from steward.approvals import DecisionRecord
from steward.approvers import Approver, Registration
from steward.audit import INSTALLATION, AuditEvent, AuditHead, AuditKind, end_key
from steward.audit_facts import SettingFacts, answered
from steward.catalog import Snapshot
from steward.changes import ChangeSet, Outcome, Target, digest_of
from steward.claims import ClaimAnswer, ClaimOrder, Hold
from steward.errors import ChangeSetTampered, RunNotActive
from steward.execution import OutcomeRecord, RecordedChange
from steward.fidelity import NO_DIGESTS, Fidelity
from steward.intents import Intent
from steward.runs import (
    ChunkReference,
    Control,
    OutcomeCounts,
    RunEnd,
    RunKey,
    RunRecord,
    RunStart,
    Stage,
)
from steward.simulation import Prediction, Simulation
from steward.values import Value
from steward.waits import NotedWait


class SqlLedger:
    """The ledger on SQLite or PostgreSQL; `ledger.database.open_ledger` opens one.

    Each method is one transaction, and may raise `LedgerUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        """Take a database whose tables are those of this version."""
        self._database = database

    async def open_run(self, start: RunStart) -> None:
        """Record that a run exists; keeps the first record where there is one.

        Raises `RunNotActive` where the trail tells that it has ended without one.
        """
        await self._database.write(_open_run, start)

    async def enter_stage(self, run_id: str, stage: Stage) -> None:
        """Record the stage that the run is in, unless it has ended; raises `UnknownRun`."""
        await self._database.write(run_rows.update_stage, run_id, stage)

    async def close_run(self, end: RunEnd, stage: Stage | None = None) -> None:
        """Record how the run ended, and give its claims back; raises `UnknownRun`.

        It is one write, with the stage where one is given, so that no reader finds a run that is
        done and still goes on. Of several ends the first is kept. Where a write of a lost step may
        still arrive, the claims stay until somebody who wants them has seen that none does.
        """
        await self._database.write(_close_run, end, stage)

    async def load_run(self, run_id: str) -> RunRecord:
        """Return the run; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_run, run_id)

    async def save_intent(self, run_id: str, intent: Intent) -> None:
        """Record what the agent proposes; the newest proposal counts; raises `UnknownRun`."""
        await self._database.write(run_rows.insert_intent, run_id, intent)

    async def load_intent(self, run_id: str) -> Intent:
        """Return what the agent proposes; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_intent, run_id)

    async def save_simulation(
        self,
        simulation: Simulation,
        change_set: ChangeSet,
        predictions: Sequence[Prediction],
        snapshot: Snapshot | None,
        *,
        undoes_own_run: bool = False,
        takes_effect: bool = True,
    ) -> None:
        """Record a simulated change set under its run and digest, all or nothing.

        The run's record then names it as what the run executes or, with `undoes_own_run`, as that
        by which the run compensates; of several simulations the newest counts. One that does not
        take effect yet is named once it is adopted. Raises
        `UnknownRun`, `RunNotActive` where another change set of the run has begun to be written,
        and `ChangeSetTampered` where the simulation is about other changes.
        """
        digest = await asyncio.to_thread(lambda: change_set.digest)
        if digest != simulation.plan.digest:
            raise ChangeSetTampered(
                f"The simulation of run '{simulation.run_id}' is not about these changes.",
                remedy="Simulate them again.",
            )
        snapshot_row = (
            None if snapshot is None else await asyncio.to_thread(run_rows.snapshot_row, snapshot)
        )
        await self._database.write(
            _insert_simulation,
            simulation,
            change_set,
            predictions,
            snapshot_row,
            undoes_own_run=undoes_own_run,
            takes_effect=takes_effect,
        )

    async def adopt_change_set(self, run_id: str, digest: str, entry: AuditEvent) -> None:
        """Let the run's record name a recorded change set as what the run executes.

        The entry goes into the audit trail with it. Raises `UnknownRun`, and `RunNotActive` where
        another change set of the run has begun to be written.
        """
        await self._database.write(_adopt_change_set, run_id, digest, entry)

    async def load_change_set(self, run_id: str, digest: str) -> ChangeSet:
        """Return a recorded change set; raises `UnknownRun`, and `ChangeSetTampered` if altered."""
        simulation = await self.load_simulation(run_id, digest)
        changes = await self._database.read(change_rows.read_change_set, run_id, digest)
        found = await asyncio.to_thread(digest_of, changes, store=simulation.store)
        if found != digest:
            raise ChangeSetTampered(
                f"The stored changes of run '{run_id}' are not those that were simulated.",
                remedy="Find out who edits the ledger's database, and start the run again.",
            )
        return await asyncio.to_thread(ChangeSet, store=simulation.store, changes=changes)

    async def load_snapshot(self, run_id: str, digest: str) -> Snapshot | None:
        """Return the catalogue from which a change set was made, or None where there is none."""
        content = await self._database.read(run_rows.read_snapshot_content, run_id, digest)
        return (
            None if content is None else await asyncio.to_thread(run_rows.parse_snapshot, content)
        )

    async def load_simulation(self, run_id: str, digest: str) -> Simulation:
        """Return the simulation of a change set; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_simulation, run_id, digest)

    async def registration_of(self, name: str) -> Registration:
        """Return what the register of approvers says about a person now."""
        return await self._database.read(approver_rows.read_registration, name)

    async def save_approver(self, approver: Approver, event: AuditEvent) -> None:
        """Register or revoke a person, and record who did it."""
        await self._database.write(approver_rows.save_approver, approver, event)

    async def record_decision(self, record: DecisionRecord, entry: AuditEvent) -> None:
        """Record a decision, counted or refused, and its entry in the audit trail."""
        await self._database.write(_insert_decision, record, entry)

    async def load_chunk(self, chunk: ChunkReference) -> Sequence[RecordedChange]:
        """Return the chunk's changes and their outcomes, in order; raises `ChangeSetTampered`."""
        return await self._database.read(change_rows.read_chunk, chunk)

    async def claim(self, order: ClaimOrder, now: datetime) -> ClaimAnswer:
        """Claim the fields of a change set, or say which runs are in the way.

        Raises `RunNotActive` where the run has ended, or names another change set.
        """
        return await self._database.write(_claim, order, now)

    async def renew_lease(self, hold: Hold, now: datetime) -> None:
        """Record that a step is alive."""
        await self._database.write(holder_rows.renew_lease, hold, now)

    async def end_lease(self, hold: Hold, now: datetime) -> None:
        """Record that no write of a step is on its way any more, nor of its lost attempts."""
        await self._database.write(holder_rows.end_lease, hold, now)

    async def writes_until(self, run_id: str) -> datetime | None:
        """Return until when writes of the run's steps may arrive, None where none is on its way."""
        return await self._database.read(holder_rows.read_last_lapse, run_id)

    async def lost_work(self, run_id: str, now: datetime) -> Sequence[str]:
        """Return the origins of the run's steps that were lost, and whose leases have lapsed."""
        return await self._database.read(holder_rows.read_lost_work, run_id, now)

    async def forget_lost_work(self, run_id: str, now: datetime) -> None:
        """Record that nothing of those steps is under way any more."""
        await self._database.write(holder_rows.delete_lost_work, run_id, now)

    async def free_claims(self, run_id: str) -> bool:
        """Give back what a run holds that writes no more; return whether anything was given back.

        Nothing is while a write of it may be on its way.
        """
        return await self._database.write(holder_rows.end_holding, run_id)

    async def mark_attempting(
        self,
        chunk: ChunkReference,
        ordinals: Sequence[int],
        hold: Hold,
        entry: AuditEvent,
        digests: Mapping[int, str] = NO_DIGESTS,
    ) -> None:
        """Record, before anything is sent, that these changes are about to be written.

        `digests` has, by ordinal, those of the requests that carry them; the first one of a change
        stays. The entry goes into the audit trail with it. Raises `FieldsClaimed` where the run no
        longer holds what it claimed, or makes way for an undo, and `ChangeSetTampered` where a
        change is missing.
        """
        await self._database.write(_mark_changes, chunk, ordinals, hold, entry, digests)

    async def record_outcomes(
        self, chunk: ChunkReference, outcomes: Sequence[OutcomeRecord], entry: AuditEvent
    ) -> None:
        """Record what became of these changes; raises `ChangeSetTampered` where one is missing.

        The entry goes into the audit trail with it, completed by facts that bind what is recorded;
        where it is there already, so are the outcomes, and nothing is done. A change that was
        attempted or applied and is then found *unchanged* was applied by us.
        """
        with suppress(_RecordedBefore):
            # Only what an earlier attempt did says whether a change was unchanged before us.
            if all(record.outcome is not Outcome.UNCHANGED for record in outcomes):
                with suppress(ChangeSetTampered):
                    await self._database.write(_update_outcomes, chunk, outcomes, entry, first=True)
                    return
            await self._database.write(_update_outcomes, chunk, outcomes, entry, first=False)

    async def load_changes(
        self, run_id: str, digest: str, ordinals: Sequence[int]
    ) -> Sequence[RecordedChange]:
        """Return these changes of a change set, given in order, and their outcomes."""
        return await self._database.read(watch_rows.read_listed, run_id, digest, ordinals)

    async def load_written_by_others(
        self, run: RunKey, targets: Sequence[Target], since: datetime
    ) -> Mapping[Target, Collection[Value]]:
        """Return what runs that ended later, or go on, wrote to these fields or found there.

        That reads every change of these runs.
        """
        return await self._database.read(watch_rows.read_written_by_others, run, targets, since)

    async def load_drifted(self, run: RunKey) -> AbstractSet[int]:
        """Return the numbers of the run's changes that the trail tells to have drifted."""
        return await self._database.read(watch_rows.read_drifted, run)

    async def load_written(self, run_id: str) -> Sequence[RecordedChange]:
        """Return the changes of a run that were, or may have been, written, in order.

        So is all that was sent, whatever came of it: also what the platform refused. Those of the
        change set that the run executes, not of its compensation; raises `UnknownRun`.
        """
        return await self._database.read(_read_written, run_id)

    async def load_moved(self, run_id: str) -> Sequence[RecordedChange]:
        """Return the changes of a run that were left alone, in order; raises `UnknownRun`."""
        return await self._database.read(_read_moved, run_id)

    async def count_outcomes(self, run_id: str, digest: str) -> OutcomeCounts:
        """Return how many changes of the change set have which outcome."""
        return await self._database.read(change_rows.read_counts, run_id, digest)

    async def fidelity(self, run_id: str, digest: str) -> Fidelity | None:
        """Return how much of what was sent is as predicted; None where it was not kept."""
        return await self._database.read(fidelity_rows.read_fidelity, run_id, digest)

    async def set_control(self, run_id: str, control: Control) -> None:
        """Record whether the run may go on, shall pause, or shall stop."""
        row = {"run_id": run_id, "control": control}
        await self._database.write(insert_or_replace, CONTROLS, row, columns=["control"])

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on; it may where nobody has said otherwise."""
        return await self._database.read(run_rows.read_control, run_id)

    async def note_wait(self, run_id: str, wait: NotedWait) -> None:
        """Note what a run waits for, in place of an earlier wait."""
        await self._database.write(wait_rows.save_wait, run_id, wait)

    async def append_audit(self, events: Sequence[AuditEvent]) -> None:
        """Append to each store's trail; an event whose key is there in its store is left out."""
        await self._database.write(audit_rows.append_events, events)

    async def audit_head(self, store: str) -> AuditHead:
        """Return where the store's trail ends; its length is 0 where there is none."""
        return await self._database.read(audit_rows.read_head, store)

    async def audit_head_at(self, store: str, key: str) -> AuditHead | None:
        """Return where the store's trail ended when the event with this key was appended."""
        return await self._database.read(audit_rows.read_head_at, store, key)

    async def note_setting(
        self, facts: SettingFacts, *, by: str, at: datetime, store: str = INSTALLATION
    ) -> bool:
        """Append to a trail that a setting is not what it was; return whether it was not.

        Nothing is appended where the setting is as the trail last tells.
        """
        return await self._database.write(_append_setting, facts, by=by, at=at, store=store)


class _RecordedBefore(Exception):
    """Undoes a transaction whose entry in the audit trail is there already."""


async def _insert_decision(
    connection: AsyncConnection, record: DecisionRecord, entry: AuditEvent
) -> None:
    await run_rows.insert_decision(connection, record)
    await audit_rows.append_event(connection, entry)


async def _close_run(connection: AsyncConnection, end: RunEnd, stage: Stage | None) -> None:
    await run_rows.update_end(connection, end, stage)
    await holder_rows.end_holding(connection, end.run_id)


async def _claim(connection: AsyncConnection, order: ClaimOrder, now: datetime) -> ClaimAnswer:
    # Locked in the order of `_close_run`, so that a run cannot claim behind its own end.
    await run_rows.require_running(connection, order.chunk.run_id)
    await run_rows.require_named(connection, order.chunk.run_id, order.chunk.digest)
    return await claim_fields(connection, order, now)


async def _open_run(connection: AsyncConnection, start: RunStart) -> None:
    if await run_rows.insert_run(connection, start):
        ended = await audit_rows.read_head_at(connection, start.store, end_key(start.run_id))
        if ended is not None:
            raise RunNotActive(
                f"Run {start.run_id} has ended before its record was begun.",
                remedy="Start another one.",
            )


async def _mark_changes(
    connection: AsyncConnection,
    chunk: ChunkReference,
    ordinals: Sequence[int],
    hold: Hold,
    entry: AuditEvent,
    digests: Mapping[int, str],
) -> None:
    await holder_rows.require_hold(connection, hold, entry.at)
    await audit_rows.append_event(connection, entry)
    await change_rows.mark_changes(connection, chunk, ordinals, digests)


async def _update_outcomes(
    connection: AsyncConnection,
    chunk: ChunkReference,
    outcomes: Sequence[OutcomeRecord],
    entry: AuditEvent,
    *,
    first: bool,
) -> None:
    # First, so that nobody else records an outcome between the look at the earlier ones and ours.
    head = await audit_rows.lock_head(connection, chunk.store)
    recorded, replaced = await change_rows.update_outcomes(connection, chunk, outcomes, first=first)
    completed = answered(entry, chunk.digest, recorded, replaced)
    if not await audit_rows.append_event(connection, completed, head):
        raise _RecordedBefore


async def _append_setting(
    connection: AsyncConnection, facts: SettingFacts, *, by: str, at: datetime, store: str
) -> bool:
    head = await audit_rows.lock_head(connection, store)
    keys = f"{AuditKind.CHANGED_SETTING}:{facts.setting}:"
    last = await audit_rows.read_last_event(connection, store, keys)
    if last is not None and SettingFacts.of(last) == facts:
        return False
    event = AuditEvent(
        key=f"{keys}{head.length + 1}",
        store=store,
        run_id="",
        kind=AuditKind.CHANGED_SETTING,
        actor=by,
        at=at,
        detail=f"{facts.setting} has the digest {facts.digest}",
        facts=facts.data(),
    )
    return await audit_rows.append_event(connection, event)


async def _insert_simulation(
    connection: AsyncConnection,
    simulation: Simulation,
    change_set: ChangeSet,
    predictions: Sequence[Prediction],
    snapshot_row: Mapping[str, Any] | None,
    *,
    undoes_own_run: bool,
    takes_effect: bool,
) -> None:
    run_id, digest = simulation.run_id, simulation.plan.digest
    if takes_effect:
        await run_rows.name_change_set(connection, run_id, digest, undoes_own_run=undoes_own_run)
    if snapshot_row is not None:
        await insert_new(connection, SNAPSHOTS, snapshot_row)
    snapshot_digest = None if snapshot_row is None else snapshot_row["snapshot_digest"]
    if await run_rows.insert_change_set(connection, simulation, snapshot_digest):
        await change_rows.insert_changes(
            connection, run_id, digest, change_set.changes, predictions
        )


async def _adopt_change_set(
    connection: AsyncConnection, run_id: str, digest: str, entry: AuditEvent
) -> None:
    await run_rows.name_change_set(connection, run_id, digest, undoes_own_run=False)
    await audit_rows.append_event(connection, entry)


async def _read_moved(connection: AsyncConnection, run_id: str) -> Sequence[RecordedChange]:
    run = await run_rows.read_run(connection, run_id)
    if run.digest is None:
        return ()
    return await change_rows.read_moved(connection, run_id, run.digest)


async def _read_written(connection: AsyncConnection, run_id: str) -> Sequence[RecordedChange]:
    run = await run_rows.read_run(connection, run_id)
    if run.digest is None:
        return ()
    return await change_rows.read_written(connection, run_id, run.digest)
