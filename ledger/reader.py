"""Reading the ledger, for the command line: nothing is created, migrated or written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from ledger import (
    approver_rows,
    audit_chain,
    audit_evidence,
    audit_rows,
    change_rows,
    fidelity_rows,
    run_rows,
    wait_rows,
)
from ledger.engine import Access, Database, parse_url
from ledger.schema import require_current_schema
from steward.approvals import DecisionRecord
from steward.approvers import Approver
from steward.audit import (
    INSTALLATION,
    AuditEntry,
    AuditHead,
    AuditKind,
    AuditVerification,
    NotedHead,
)
from steward.catalog import Snapshot
from steward.changes import Outcome
from steward.execution import RecordedChange
from steward.fidelity import Differing, Fidelity
from steward.intents import Intent
from steward.runs import Control, OutcomeCounts, RunRecord, RunStatus, Stage
from steward.simulation import Prediction, Simulation
from steward.waits import NotedWait


class LedgerReader:
    """What the ledger holds, for people; `open_reader` opens one."""

    def __init__(self, database: Database) -> None:
        """Take a database whose tables are those of this version."""
        self._database = database

    async def runs(
        self,
        limit: int = 50,
        store: str | None = None,
        status: RunStatus | None = None,
        stage: Stage | None = None,
    ) -> Sequence[RunRecord]:
        """Return the runs that match, newest first."""
        return await self._database.read(
            run_rows.read_runs, limit=limit, store=store, status=status, stage=stage
        )

    async def run(self, run_id: str) -> RunRecord:
        """Return the run; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_run, run_id)

    async def undoing(self, run_id: str) -> Sequence[RunRecord]:
        """Return the rollbacks of a run, in the order they began."""
        return await self._database.read(run_rows.read_undoing, run_id)

    async def intent(self, run_id: str) -> Intent:
        """Return what the run's agent proposes; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_intent, run_id)

    async def simulation(self, run_id: str, digest: str) -> Simulation:
        """Return the simulation of a change set; raises `UnknownRun`."""
        return await self._database.read(run_rows.read_simulation, run_id, digest)

    async def snapshot(self, run_id: str, digest: str) -> Snapshot | None:
        """Return the catalogue from which a change set was made, where it was recorded."""
        content = await self._database.read(run_rows.read_snapshot_content, run_id, digest)
        if content is None:
            return None
        return await asyncio.to_thread(run_rows.parse_snapshot, content)

    async def changes(
        self,
        run_id: str,
        digest: str,
        offset: int = 0,
        limit: int = 50,
        outcomes: frozenset[Outcome] | None = None,
    ) -> Sequence[RecordedChange]:
        """Return a page of a change set's changes, in order, of these outcomes or of any."""
        return await self._database.read(
            change_rows.read_changes, run_id, digest, offset=offset, limit=limit, outcomes=outcomes
        )

    async def predictions(
        self, run_id: str, digest: str, offset: int = 0, limit: int = 50
    ) -> Sequence[Prediction]:
        """Return a page of what the simulation predicted for the changes, in order."""
        return await self._database.read(
            change_rows.read_predictions, run_id, digest, offset=offset, limit=limit
        )

    async def outcomes(self, run_id: str, digest: str) -> OutcomeCounts:
        """Return how many changes of the change set have which outcome."""
        return await self._database.read(change_rows.read_counts, run_id, digest)

    async def fidelity(self, run_id: str, digest: str) -> Fidelity | None:
        """Return how much of what was sent is as predicted; None where it was not kept."""
        return await self._database.read(fidelity_rows.read_fidelity, run_id, digest)

    async def differing(self, run_id: str, digest: str, limit: int = 20) -> Sequence[Differing]:
        """Return the first changes that another request carried than was predicted, in order."""
        return await self._database.read(fidelity_rows.read_differing, run_id, digest, limit=limit)

    async def decisions(self, run_id: str) -> Sequence[DecisionRecord]:
        """Return the decisions about a run, counted or refused, in the order they came."""
        return await self._database.read(run_rows.read_decisions, run_id)

    async def wait(self, run_id: str) -> NotedWait | None:
        """Return what the run last waited for, which may be over."""
        return await self._database.read(wait_rows.read_wait, run_id)

    async def approvers(self) -> Sequence[Approver]:
        """Return everybody who was ever registered as an approver, by name."""
        return await self._database.read(approver_rows.read_approvers)

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on; it may where nobody has said otherwise."""
        return await self._database.read(run_rows.read_control, run_id)

    async def audit(
        self,
        store: str | None = None,
        run_id: str | None = None,
        kind: AuditKind | None = None,
        limit: int = 100,
    ) -> Sequence[AuditEntry]:
        """Return the newest entries of the audit trail that match, newest first."""
        return await self._database.read(
            audit_rows.read_newest, store=store, run_id=run_id, kind=kind, limit=limit
        )

    async def audit_stores(self) -> Sequence[str]:
        """Return the stores that have an audit trail, in order."""
        return await self._database.read(audit_rows.read_stores)

    async def audit_after(
        self, store: str, sequence: int, limit: int = 1_000
    ) -> Sequence[AuditEntry]:
        """Return the entries of a store's trail that follow the one with this number, in order."""
        return await self._database.read(
            audit_rows.read_following, store, after=sequence, limit=limit
        )

    async def audit_since(self, store: str, since: datetime) -> int | None:
        """Return the number of the first entry of that time or later in a store's trail."""
        return await self._database.read(audit_rows.read_first_since, store, since)

    async def audit_head(self, store: str) -> AuditHead:
        """Return where the store's audit trail ends."""
        return await self._database.read(audit_rows.read_head, store)

    async def verify_audit(self, store: str, noted: Sequence[NotedHead] = ()) -> AuditVerification:
        """Say whether a store's audit trail, and what it tells of, is as it was written.

        The trail is computed again and compared with the noted heads; then the rows of its runs
        are held against it.
        """
        verification = await self._database.read(audit_chain.verify_chain, store, noted)
        if not verification.intact:
            return verification
        if store == INSTALLATION:
            broken = await self._database.read(audit_evidence.check_register)
            if broken is not None:
                return verification.model_copy(update={"broken": broken})
        for run_id in await self._database.read(audit_evidence.read_runs_of, store):
            broken = await self._database.read(audit_evidence.check_run, store, run_id)
            if broken is not None:
                return verification.model_copy(update={"broken": broken})
        return verification


@asynccontextmanager
async def open_reader(url: str) -> AsyncIterator[LedgerReader]:
    """Open the ledger at `url` for reading, such as `sqlite:////path/ledger.db`.

    Raises `InvalidSettings` for another address, `LedgerUnavailable` where no database answers
    and `LedgerUnusable` where its tables are not those of this version.
    """
    database = Database(parse_url(url), Access.READ)
    try:
        await require_current_schema(database)
        yield LedgerReader(database)
    finally:
        await database.close()
