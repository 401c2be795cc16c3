"""What the commands work on: the ledger for reading, the engine for asking, and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from pathlib import Path

    from steward.approvals import Decision, DecisionRecord, Standing
    from steward.approvers import Approver
    from steward.audit import (
        AuditEntry,
        AuditEvent,
        AuditKind,
        AuditVerification,
        NotedHead,
    )
    from steward.catalog import Snapshot
    from steward.changes import Outcome
    from steward.edit_requests import Edited, EditRequest
    from steward.execution import RecordedChange
    from steward.fidelity import Differing, Fidelity
    from steward.ports import AnalyticsDirectory, Policies
    from steward.runs import (
        Control,
        ControlRequest,
        OutcomeCounts,
        RefusedAttempt,
        RollbackRequest,
        RunRecord,
        RunRequest,
        RunStatus,
        Stage,
    )
    from steward.simulation import Prediction, Simulation
    from steward.waits import NotedWait


class StoreEntry(Protocol):
    """What is configured about a store."""

    @property
    def platform(self) -> str:
        """The store's platform."""

    @property
    def address(self) -> str:
        """Where its programming interface is reached."""

    @property
    def access_token(self) -> object:
        """Where its secret is kept; as text, safe to show."""


class AnalyticsEntry(Protocol):
    """What is configured about an analytics property."""

    @property
    def property_id(self) -> str:
        """Its number at Google."""

    @property
    def address(self) -> str:
        """Where its programming interface is reached."""

    @property
    def credentials(self) -> object:
        """Where its key is kept; as text, safe to show."""


class RunReader(Protocol):
    """Reads runs from the ledger; every method may raise `LedgerUnavailable`."""

    async def runs(
        self,
        limit: int = ...,
        store: str | None = ...,
        status: RunStatus | None = ...,
        stage: Stage | None = ...,
    ) -> Sequence[RunRecord]:
        """Return the runs that match, newest first."""

    async def run(self, run_id: str) -> RunRecord:
        """Return one run; raises `UnknownRun`."""

    async def undoing(self, run_id: str) -> Sequence[RunRecord]:
        """Return the rollbacks of a run, in the order they began."""

    async def simulation(self, run_id: str, digest: str) -> Simulation:
        """Return what was found out about a change set; raises `UnknownRun`."""

    async def snapshot(self, run_id: str, digest: str) -> Snapshot | None:
        """Return the catalogue from which a change set was made, where it was recorded."""

    async def changes(
        self,
        run_id: str,
        digest: str,
        offset: int = ...,
        limit: int = ...,
        outcomes: frozenset[Outcome] | None = ...,
    ) -> Sequence[RecordedChange]:
        """Return a page of a change set's changes, in order, of these outcomes or of any."""

    async def predictions(
        self, run_id: str, digest: str, offset: int = ..., limit: int = ...
    ) -> Sequence[Prediction]:
        """Return a page of what was predicted for the changes, in order."""

    async def outcomes(self, run_id: str, digest: str) -> OutcomeCounts:
        """Return how many changes of the change set have which outcome."""

    async def fidelity(self, run_id: str, digest: str) -> Fidelity | None:
        """Return how much of what was sent is as predicted; None where it was not kept."""

    async def differing(self, run_id: str, digest: str, limit: int = ...) -> Sequence[Differing]:
        """Return the first changes that another request carried than was predicted, in order."""

    async def decisions(self, run_id: str) -> Sequence[DecisionRecord]:
        """Return every decision about the run, counted or refused, oldest first."""

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on."""

    async def wait(self, run_id: str) -> NotedWait | None:
        """Return what the run last waited for, which may be over."""

    async def approvers(self) -> Sequence[Approver]:
        """Return everybody who was ever registered as an approver, by name."""

    async def audit(
        self,
        store: str | None = ...,
        run_id: str | None = ...,
        kind: AuditKind | None = ...,
        limit: int = ...,
    ) -> Sequence[AuditEntry]:
        """Return the newest entries of the audit trail that match, newest first."""


class TrailReader(Protocol):
    """Reads the whole audit trail; every method may raise `LedgerUnavailable`."""

    async def audit(
        self,
        store: str | None = ...,
        run_id: str | None = ...,
        kind: AuditKind | None = ...,
        limit: int = ...,
    ) -> Sequence[AuditEntry]:
        """Return the newest entries that match, newest first."""

    async def audit_stores(self) -> Sequence[str]:
        """Return the stores that have an audit trail, in order."""

    async def audit_after(
        self, store: str, sequence: int, limit: int = ...
    ) -> Sequence[AuditEntry]:
        """Return the entries of a store's trail that follow the one with this number, in order."""

    async def audit_since(self, store: str, since: datetime) -> int | None:
        """Return the number of the first entry of that time or later in a store's trail."""

    async def verify_audit(self, store: str, noted: Sequence[NotedHead] = ...) -> AuditVerification:
        """Say whether a store's audit trail, and what it tells of, is as it was written."""


class Register(Protocol):
    """Keeps the register of approvers; every method may raise `LedgerUnavailable`."""

    async def save_approver(self, approver: Approver, event: AuditEvent) -> None:
        """Register or revoke a person, and record who did it."""


class RunEngine(Protocol):
    """Asks the workflow engine for something; every method may raise `ServerUnreachable`."""

    async def start_run(self, request: RunRequest) -> None:
        """Start an agent's run."""

    async def start_rollback(self, request: RollbackRequest, agent: str) -> None:
        """Start undoing a run of an agent."""

    async def has_run(self, run_id: str) -> bool:
        """Return whether the engine knows the run, though the ledger may not yet."""

    async def goes_on(self, run_id: str) -> bool:
        """Return whether the engine still carries the run; one that was terminated it does not."""

    async def decide(self, decision: Decision) -> Standing:
        """Decide; raises `DecisionRefused`, `RunNotActive` or `UnknownRun`."""

    async def edit(self, request: EditRequest) -> Edited:
        """Edit what a run waits for; raises `EditRefused`, `RunNotActive` or `UnknownRun`."""

    async def steer(self, run_id: str, wanted: Control, request: ControlRequest) -> None:
        """Ask a run to pause, go on or stop; raises `RunNotActive` or `UnknownRun`."""

    async def record_refusal(self, refused: RefusedAttempt) -> None:
        """Ask for a refused attempt to be recorded, though its run has ended."""

    async def noted_heads(self) -> Sequence[NotedHead]:
        """Return where the audit trail ended when each run did that the engine still knows."""


class Services(Protocol):
    """Opens what a command needs, when it needs it."""

    def ledger(self) -> AbstractAsyncContextManager[RunReader]:
        """Return the ledger, ready to be read."""

    def trail(self) -> AbstractAsyncContextManager[TrailReader]:
        """Return the audit trail, ready to be read."""

    def register(self) -> AbstractAsyncContextManager[Register]:
        """Return the register of approvers, ready to be written."""

    def engine(self) -> AbstractAsyncContextManager[RunEngine]:
        """Return the engine, connected."""

    def stores(self) -> Mapping[str, StoreEntry]:
        """Return the configured stores by name; raises `InvalidSettings`."""

    def analytics_properties(self) -> Mapping[str, AnalyticsEntry]:
        """Return the configured analytics properties by name; raises `InvalidSettings`."""

    def analytics(self) -> AbstractAsyncContextManager[AnalyticsDirectory]:
        """Return what opens analytics properties."""

    def policies(self) -> Policies:
        """Return the rules that people have set."""

    def user(self) -> str:
        """Return the person named by the settings, by default the login name."""

    def data_folder(self) -> Path:
        """Return the folder for what is kept on this machine."""

    def web_ui_address(self, run_id: str) -> str | None:
        """Return where the run is seen in the Web UI, if that is known."""
