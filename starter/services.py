"""What the commands work on: the ledger for reading, the engine for asking, and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from steward.approvals import Decision, DecisionRecord, Standing
    from steward.approvers import Approver
    from steward.audit import AuditEvent
    from steward.catalog import Snapshot
    from steward.changes import Outcome
    from steward.execution import RecordedChange
    from steward.ports import AnalyticsDirectory, Policies
    from steward.runs import (
        Control,
        ControlRequest,
        OutcomeCounts,
        RollbackRequest,
        RunRecord,
        RunRequest,
        RunStatus,
        Stage,
    )
    from steward.simulation import Prediction, Simulation


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

    async def decisions(self, run_id: str) -> Sequence[DecisionRecord]:
        """Return every decision about the run, counted or refused, oldest first."""

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on."""

    async def approvers(self) -> Sequence[Approver]:
        """Return everybody who was ever registered as an approver, by name."""


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

    async def steer(self, run_id: str, wanted: Control, request: ControlRequest) -> None:
        """Ask a run to pause, go on or stop; raises `RunNotActive` or `UnknownRun`."""


class Services(Protocol):
    """Opens what a command needs, when it needs it."""

    def ledger(self) -> AbstractAsyncContextManager[RunReader]:
        """Return the ledger, ready to be read."""

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
