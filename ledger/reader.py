"""Reading the ledger, for the command line: nothing is created, migrated or written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ledger import approver_rows, audit_rows, change_rows, run_rows
from ledger.audit_rows import AuditEntry, AuditHead, AuditVerification
from ledger.engine import Access, Database, parse_url
from ledger.schema import require_current_schema
from steward.approvals import DecisionRecord
from steward.approvers import Approver
from steward.catalog import Snapshot
from steward.changes import Outcome
from steward.execution import RecordedChange
from steward.intents import Intent
from steward.runs import Control, OutcomeCounts, RunRecord, RunStatus, Stage
from steward.simulation import Prediction, Simulation


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

    async def decisions(self, run_id: str) -> Sequence[DecisionRecord]:
        """Return the decisions about a run, counted or refused, in the order they came."""
        return await self._database.read(run_rows.read_decisions, run_id)

    async def approvers(self) -> Sequence[Approver]:
        """Return everybody who was ever registered as an approver, by name."""
        return await self._database.read(approver_rows.read_approvers)

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on; it may where nobody has said otherwise."""
        return await self._database.read(run_rows.read_control, run_id)

    async def audit(
        self, store: str, run_id: str | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        """Return the newest entries of a store's audit trail, or of one run's, newest first."""
        return await self._database.read(audit_rows.read_entries, store, run_id=run_id, limit=limit)

    async def audit_head(self, store: str) -> AuditHead:
        """Return where the store's audit trail ends."""
        return await self._database.read(audit_rows.read_head, store)

    async def verify_audit(self, store: str) -> AuditVerification:
        """Recompute the store's audit trail and say whether it is as it was written."""
        return await self._database.read(audit_rows.verify_chain, store)


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
