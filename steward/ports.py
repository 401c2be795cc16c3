"""What the steps need from the world outside, as protocols that adapters implement."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from steward.agents import Template
from steward.analytics import AnalyticsProperty, PropertyProfile, Report, ReportRequest
from steward.analytics_fields import AnalyticsFields
from steward.analytics_realtime import RealtimeReport, RealtimeRequest
from steward.approvals import DecisionRecord
from steward.approvers import Registration
from steward.audit import INSTALLATION, AuditEvent, AuditHead
from steward.audit_facts import SettingFacts
from steward.capabilities import Capabilities
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, ChangeSet, Target
from steward.claims import ClaimAnswer, ClaimOrder, Hold
from steward.execution import (
    Answer,
    CallEstimate,
    OutcomeRecord,
    RecordedChange,
    WriteRequest,
)
from steward.fidelity import NO_DIGESTS, Fidelity
from steward.intents import Intent
from steward.policy import Policy
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
from steward.waits import NotedWait, Wait


class Store(Protocol):
    """One merchant's shop on its platform.

    Every method that does I/O raises `CredentialsRejected`, `StoreUnreachable`,
    `StoreThrottled`, `StoreError` or `StoreAnswerInvalid`, and tries exactly once: retries belong
    to the workflow engine.
    """

    @property
    def name(self) -> str:
        """The name under which the store is configured."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        """Return the selected products with all their variants, completely.

        `detail` says what of them is wanted beyond names and prices.
        """

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live value of each field, read by id; a resource that is gone is left out."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the requests that would write the changes, in their order; pure, no I/O."""

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Return the answer that the platform's documented rules give; pure, no I/O."""

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        """Return what comparing, writing and reading back the requests will cost; pure."""

    def allowance_for(self, requests: Sequence[WriteRequest]) -> AbstractAsyncContextManager[int]:
        """Wait until the store's allowance bears comparing and writing the requests.

        That is done inside the `async with`, which tells how many of them, from the first on, are
        borne: at least one. The calls made inside wait for the allowance no longer, or hardly.
        """

    def waiting(self) -> Wait | None:
        """Return what the store's next call still waits for, or None where it hardly waits."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and return one answer for each change of the request, in order.

        Raises `AnswerLost` where the request may have been applied and no usable answer came.
        """


class StoreDirectory(Protocol):
    """Opens the configured stores by name."""

    def platform(self, store: str) -> str:
        """Return the platform that the store is on; raises `UnknownStore`."""

    def capabilities(self, store: str) -> Capabilities:
        """Return what the store's platform lacks; raises `UnknownStore`."""

    def open(self, store: str) -> AbstractAsyncContextManager[Store]:
        """Return the store, ready to use; raises `UnknownStore`."""


class Analytics(Protocol):
    """A property that reports what visitors did; nothing can be written to it.

    Every method that does I/O raises `InvalidInput` (a name that the property does not know),
    `CredentialsRejected`, `StoreUnreachable`, `StoreThrottled`, `StoreError`, `StoreAnswerInvalid`
    or `DataMoved`, and tries exactly once: retries belong to the workflow engine.
    """

    @property
    def source(self) -> AnalyticsProperty:
        """Which property it is."""

    async def profile(self) -> PropertyProfile:
        """Return how the property counts, and its present day, by one cheap call."""

    async def fields(self) -> AnalyticsFields:
        """Return the dimensions and metrics that can be asked for."""

    async def report(self, request: ReportRequest) -> Report:
        """Return one report, with all of its rows or as many as its limit allows."""

    async def reports(self, requests: Sequence[ReportRequest]) -> tuple[Report, ...]:
        """Return several reports, in the order of the requests."""

    async def realtime(self, request: RealtimeRequest) -> RealtimeReport:
        """Return what is going on now."""


class AnalyticsDirectory(Protocol):
    """Opens the configured analytics properties by name."""

    def open(self, name: str) -> AbstractAsyncContextManager[Analytics]:
        """Return the property, ready to use; raises `UnknownProperty`."""


class TemplateCatalog(Protocol):
    """The templates that this installation offers."""

    def template(self, name: str) -> Template:
        """Return one template; raises `UnknownTemplate`."""

    def templates(self) -> Sequence[Template]:
        """Return all templates, ordered by name."""


class Policies(Protocol):
    """The rules that people have set."""

    def policy_for(self, store: str, agent: str) -> Policy:
        """Return the rules that hold now for an agent on a store."""


class Clock(Protocol):
    """The time of day, apart from workflows, where it is the engine's."""

    def now(self) -> datetime:
        """Return the current time, aware of its time zone."""


class Ledger(Protocol):
    """The durable record of runs, changes, decisions and the audit trail.

    Every method may raise `LedgerUnavailable`. Every write is idempotent: repeating one with the
    same arguments changes nothing, since an activity may run more than once.
    """

    async def open_run(self, start: RunStart) -> None:
        """Record that a run exists; keeps the first record where there is one.

        Raises `RunNotActive` where the trail tells that it has ended without one.
        """

    async def enter_stage(self, run_id: str, stage: Stage) -> None:
        """Record the stage that the run is in, unless it has ended."""

    async def save_intent(self, run_id: str, intent: Intent) -> None:
        """Record what the agent proposes."""

    async def load_intent(self, run_id: str) -> Intent:
        """Return what the agent proposes; raises `UnknownRun`."""

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

        The run's own digest becomes this one, or its `undo_digest` where the run compensates;
        unless it `takes_effect` only when it is adopted.
        """

    async def adopt_change_set(self, run_id: str, digest: str, entry: AuditEvent) -> None:
        """Let a recorded change set be the run's own, and append the entry to the audit trail."""

    async def load_change_set(self, run_id: str, digest: str) -> ChangeSet:
        """Return a recorded change set; raises `ChangeSetTampered` and `UnknownRun`."""

    async def load_snapshot(self, run_id: str, digest: str) -> Snapshot | None:
        """Return the catalogue from which a change set was made, where it was recorded."""

    async def load_simulation(self, run_id: str, digest: str) -> Simulation:
        """Return the simulation of a change set; raises `UnknownRun`."""

    async def registration_of(self, name: str) -> Registration:
        """Return what the register of approvers says about a person now."""

    async def record_decision(self, record: DecisionRecord, entry: AuditEvent) -> None:
        """Record a decision, counted or refused, and its entry in the audit trail."""

    async def load_chunk(self, chunk: ChunkReference) -> Sequence[RecordedChange]:
        """Return the chunk's changes and their outcomes, in order."""

    async def claim(self, order: ClaimOrder, now: datetime) -> ClaimAnswer:
        """Claim the fields of a change set, or say which runs are in the way.

        What a run holds it keeps until it ends. Raises `RunNotActive` where it has ended, or its
        record names another change set.
        """

    async def renew_lease(self, hold: Hold, now: datetime) -> None:
        """Record that a step is alive."""

    async def end_lease(self, hold: Hold, now: datetime) -> None:
        """Record that no write of a step is on its way any more, nor of its lost attempts."""

    async def writes_until(self, run_id: str) -> datetime | None:
        """Return until when writes of the run's steps may arrive, None where none is on its way."""

    async def lost_work(self, run_id: str, now: datetime) -> Sequence[str]:
        """Return the origins of the run's steps that were lost, and whose leases have lapsed."""

    async def forget_lost_work(self, run_id: str, now: datetime) -> None:
        """Record that nothing of those steps is under way any more."""

    async def free_claims(self, run_id: str) -> bool:
        """Give back what a run holds that writes no more; return whether anything was given back.

        Nothing is while a write of it may be on its way.
        """

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
        stays. The entry goes into the audit trail in the same transaction. Raises `FieldsClaimed`
        where the run no longer holds what it claimed, or makes way for an undo.
        """

    async def record_outcomes(
        self, chunk: ChunkReference, outcomes: Sequence[OutcomeRecord], entry: AuditEvent
    ) -> None:
        """Record what became of these changes.

        The entry goes into the audit trail in the same transaction, completed by facts that bind
        what is recorded.
        """

    async def load_changes(
        self, run_id: str, digest: str, ordinals: Sequence[int]
    ) -> Sequence[RecordedChange]:
        """Return these changes of a change set, given in order, and their outcomes."""

    async def load_written_by_others(
        self, run: RunKey, targets: Sequence[Target], since: datetime
    ) -> Mapping[Target, Collection[Value]]:
        """Return what runs that ended later, or go on, wrote to these fields or found there."""

    async def load_drifted(self, run: RunKey) -> AbstractSet[int]:
        """Return the numbers of the run's changes that the trail tells to have drifted."""

    async def load_written(self, run_id: str) -> Sequence[RecordedChange]:
        """Return the changes of a run that were, or may have been, written, in order.

        So is all that was sent, whatever came of it: also what the platform refused.
        """

    async def load_moved(self, run_id: str) -> Sequence[RecordedChange]:
        """Return the changes of a run that were left alone, since the store held another value."""

    async def count_outcomes(self, run_id: str, digest: str) -> OutcomeCounts:
        """Return how many changes of the change set have which outcome."""

    async def fidelity(self, run_id: str, digest: str) -> Fidelity | None:
        """Return how much of what was sent is as predicted; None where it was not kept."""

    async def set_control(self, run_id: str, control: Control) -> None:
        """Record whether the run may go on, shall pause, or shall stop."""

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on; asked in front of every write."""

    async def note_wait(self, run_id: str, wait: NotedWait) -> None:
        """Note what a run waits for, so that people see it; an earlier wait is forgotten."""

    async def load_run(self, run_id: str) -> RunRecord:
        """Return the run; raises `UnknownRun`."""

    async def close_run(self, end: RunEnd, stage: Stage | None = None) -> None:
        """Record how the run ended, and in which stage, and give its claims back.

        Keeps the first end where there is one. Without a stage the one stays that it was in, as
        for a run that was terminated.
        """

    async def append_audit(self, events: Sequence[AuditEvent]) -> None:
        """Append to the audit trail; an event whose key is already there is left out."""

    async def audit_head(self, store: str) -> AuditHead:
        """Return where the store's trail ends; its length is 0 where there is none."""

    async def audit_head_at(self, store: str, key: str) -> AuditHead | None:
        """Return where the store's trail ended when the event with this key was appended."""

    async def note_setting(
        self, facts: SettingFacts, *, by: str, at: datetime, store: str = INSTALLATION
    ) -> bool:
        """Append to a trail that a setting is not what it was; return whether it was not."""
