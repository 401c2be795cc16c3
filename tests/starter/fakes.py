"""Runs in memory, in place of the ledger and the engine, and a way to call the command."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Never

from ledger.database import default_url
from ledger.reader import LedgerReader, open_reader
from starter.main import run
from starter.screen import Screen
from starter.session import Pace, Session
from steward.approvals import Decision, DecisionRecord, Standing
from steward.approvers import Approver
from steward.audit import AuditEntry, AuditEvent, AuditKind, NotedHead
from steward.audit_facts import DriftedFacts
from steward.catalog import Snapshot
from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.edit_requests import Edited, EditRequest
from steward.errors import DecisionRefused, EditRefused, ExitCode, ServerUnreachable, UnknownRun
from steward.execution import CallEstimate, RecordedChange
from steward.fidelity import Differing, Fidelity
from steward.impact import measure_impact
from steward.judging import judge, risk_of
from steward.money import Money
from steward.policy import Policy, Verdict
from steward.policy_book import NO_FILE
from steward.ports import Policies
from steward.runs import (
    Control,
    ControlRequest,
    OutcomeCounts,
    RefusedAttempt,
    RollbackRequest,
    RunKind,
    RunRecord,
    RunRequest,
    RunStart,
    RunStatus,
    Stage,
)
from steward.simulation import Prediction, Simulation
from steward.waits import NotedWait
from steward.waves import plan_waves
from tests.starter.fake_analytics import FakeAnalytics, FakeAnalyticsDirectory, Property

RUN_ID = "bulk-price-demo-7f3k2c"
_IMPATIENT = Pace(between_looks=0.001, until_picked_up=0.05, until_confirmed=0.05)


@dataclass(frozen=True)
class Store:
    """A configured store."""

    platform: str = "shopify"
    address: str = "http://127.0.0.1:8801"
    access_token: str = "env:DEMO_TOKEN"


def changes_of_prices(count: int, *, after: str = "17.00") -> tuple[Change, ...]:
    """Return changes of as many prices from 20.00 USD, two variants a product."""
    return tuple(
        Change(
            target=Target(
                resource_kind=ResourceKind.VARIANT,
                resource_id=f"gid://shopify/ProductVariant/{number}",
                field=FieldName.PRICE,
            ),
            product_id=f"gid://shopify/Product/{number // 2}",
            label=f"Linen Shirt {number}",
            before=Money(amount=Decimal("20.00"), currency="USD"),
            after=Money(amount=Decimal(after), currency="USD"),
        )
        for number in range(count)
    )


@dataclass
class Run:
    """A run in memory; each look at it returns the next record of `script`, then the last."""

    script: list[RunRecord]
    changes: tuple[Change, ...] = ()
    outcomes: list[Outcome] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    predicted: dict[int, Outcome] = field(default_factory=dict)
    decisions: list[DecisionRecord] = field(default_factory=list)
    refused: list[AuditEntry] = field(default_factory=list)
    edits: list[AuditEntry] = field(default_factory=list)
    drifted: list[AuditEntry] = field(default_factory=list)
    control: Control = Control.RUN
    wait: NotedWait | None = None
    fidelity: Fidelity | None = None
    differing: tuple[Differing, ...] = ()
    verdict: Verdict | None = None

    @property
    def simulation(self) -> Simulation:
        """What its simulation found out."""
        start = self.script[0].start
        policy = Policy()
        impact = measure_impact(
            self.changes,
            [self.predicted.get(n, Outcome.APPLIED) for n in range(len(self.changes))],
            CallEstimate(calls=6, points=60, seconds=Decimal(3)),
        )
        return Simulation(
            run_id=start.run_id,
            store=start.store,
            intent="collection 'summer'",
            plan=plan_waves(start.run_id, ChangeSet(store=start.store, changes=self.changes)),
            impact=impact,
            verdict=self.verdict or judge(impact, policy),
            risk=risk_of(impact, policy),
            simulated_at=datetime.now(UTC),
        )


def drifted(sequence: int, ordinals: str) -> AuditEntry:
    """Return the entry by which a watch tells that these changes drifted."""
    facts = DriftedFacts(digest="d", ordinals=ordinals, look=sequence, live={})
    event = AuditEvent(
        key=f"k{sequence}",
        store="demo",
        run_id=RUN_ID,
        kind=AuditKind.DRIFTED,
        actor="steward",
        at=datetime.now(UTC),
        detail=f"not as written any more: changes {ordinals}",
        facts=facts.data(),
    )
    return AuditEntry(sequence=sequence, event=event, previous_hash="p", hash="h")


def record(  # noqa: PLR0913 each test names the few that it is about
    run_id: str = RUN_ID,
    *,
    stage: Stage = Stage.APPROVE,
    status: RunStatus = RunStatus.RUNNING,
    kind: RunKind = RunKind.AGENT_RUN,
    reason: str = "",
    exit_code: ExitCode = ExitCode.OK,
    digest: str | None = None,
    undoes: str | None = None,
    minutes_ago: int = 0,
) -> RunRecord:
    """Return a run's record."""
    started = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return RunRecord(
        start=RunStart(
            run_id=run_id,
            kind=kind,
            store="demo",
            agent="pricing-manager",
            template="bulk-price",
            parameters={"collection": "summer", "percent": "-15"},
            requested_by="tom",
            started_at=started,
            undoes=undoes,
        ),
        stage=stage,
        status=status,
        reason=reason,
        exit_code=exit_code,
        ended_at=None if status is RunStatus.RUNNING else started + timedelta(seconds=75),
        digest=digest,
    )


class FakeRegister:
    """Keeps approvers in memory."""

    def __init__(self, registered: dict[str, Approver], audited: list[AuditEvent]) -> None:
        """Take what is kept."""
        self._registered = registered
        self._audited = audited

    async def save_approver(self, approver: Approver, event: AuditEvent) -> None:
        """Keep the person and the event."""
        self._registered[approver.name] = approver
        self._audited.append(event)


class FakeLedger:
    """Reads runs from memory."""

    def __init__(self, runs: dict[str, Run], approvers: Sequence[Approver] = ()) -> None:
        """Take the runs by id, and the register of approvers."""
        self._runs = runs
        self._approvers = approvers

    def _find(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise UnknownRun(f"No run is known as '{run_id}'.", remedy="See `steward runs`.")
        return self._runs[run_id]

    async def runs(
        self,
        limit: int = 50,
        store: str | None = None,
        status: RunStatus | None = None,
        stage: Stage | None = None,
    ) -> Sequence[RunRecord]:
        """Return the runs that match."""
        latest = [run.script[-1] for run in self._runs.values()]
        return [
            one
            for one in latest
            if store in {None, one.start.store}
            and status in {None, one.status}
            and stage in {None, one.stage}
        ][:limit]

    async def undoing(self, run_id: str) -> Sequence[RunRecord]:
        """Return the rollbacks of the run."""
        return [one for one in await self.runs() if one.start.undoes == run_id]

    async def run(self, run_id: str) -> RunRecord:
        """Return the next record of the run's script."""
        script = self._find(run_id).script
        return script.pop(0) if len(script) > 1 else script[0]

    async def snapshot(self, run_id: str, digest: str) -> Snapshot | None:
        """Return that no catalogue was recorded."""
        self._find(run_id)
        assert digest
        return None

    async def wait(self, run_id: str) -> NotedWait | None:
        """Return what the run waits for."""
        return self._find(run_id).wait

    async def approvers(self) -> Sequence[Approver]:
        """Return the register."""
        return self._approvers

    async def simulation(self, run_id: str, digest: str) -> Simulation:
        """Return the simulation, whatever the digest."""
        assert digest
        return self._find(run_id).simulation

    async def changes(
        self,
        run_id: str,
        digest: str,
        offset: int = 0,
        limit: int = 50,
        outcomes: frozenset[Outcome] | None = None,
    ) -> Sequence[RecordedChange]:
        """Return a page of the changes."""
        assert digest
        run = self._find(run_id)
        recorded = [
            RecordedChange(
                ordinal=number,
                change=change,
                outcome=run.outcomes[number] if run.outcomes else Outcome.PENDING,
                reason=run.reasons.get(number, ""),
            )
            for number, change in enumerate(run.changes)
        ]
        matching = [one for one in recorded if outcomes is None or one.outcome in outcomes]
        return matching[offset : offset + limit]

    async def predictions(
        self, run_id: str, digest: str, offset: int = 0, limit: int = 50
    ) -> Sequence[Prediction]:
        """Return a page of the predictions."""
        assert digest
        run = self._find(run_id)
        predictions = [
            Prediction(ordinal=number, outcome=run.predicted.get(number, Outcome.APPLIED))
            for number in range(len(run.changes))
        ]
        return predictions[offset : offset + limit]

    async def outcomes(self, run_id: str, digest: str) -> OutcomeCounts:
        """Count the outcomes."""
        assert digest
        run = self._find(run_id)
        return OutcomeCounts.of(run.outcomes or [Outcome.PENDING] * len(run.changes))

    async def fidelity(self, run_id: str, digest: str) -> Fidelity | None:
        """Return what the test says."""
        assert digest
        return self._find(run_id).fidelity

    async def differing(self, run_id: str, digest: str, limit: int = 20) -> Sequence[Differing]:
        """Return what the test says."""
        assert digest
        return self._find(run_id).differing[:limit]

    async def decisions(self, run_id: str) -> Sequence[DecisionRecord]:
        """Return the decisions."""
        return self._find(run_id).decisions

    async def control(self, run_id: str) -> Control:
        """Return whether the run may go on."""
        return self._find(run_id).control

    async def audit(
        self,
        store: str | None = None,
        run_id: str | None = None,
        kind: AuditKind | None = None,
        limit: int = 100,
    ) -> Sequence[AuditEntry]:
        """Return what the run's part of the trail holds."""
        assert store is None
        run = self._find(run_id or "")
        kinds = {
            AuditKind.REFUSED: run.refused,
            AuditKind.EDITED: run.edits,
            AuditKind.DRIFTED: run.drifted,
        }
        return kinds[kind or AuditKind.REFUSED][:limit]


@dataclass
class FakeEngine:
    """Writes down what it is asked; `on_start` and `on_decide` say what that leads to."""

    runs: dict[str, Run]
    started: list[RunRequest | RollbackRequest] = field(default_factory=list)
    decided: list[Decision] = field(default_factory=list)
    steered: list[tuple[Control, ControlRequest]] = field(default_factory=list)
    on_start: Callable[[str], Run] | None = None
    on_decide: Callable[[Decision], None] | None = None
    refusal: DecisionRefused | None = None
    edited: list[EditRequest] = field(default_factory=list)
    on_edit: Callable[[EditRequest], Edited] | None = None
    edit_refusal: EditRefused | None = None
    standing: Standing = Standing.APPROVED
    known: set[str] = field(default_factory=set)
    confirms: bool = True
    refused: list[RefusedAttempt] = field(default_factory=list)
    unreachable: ServerUnreachable | None = None
    heads: list[NotedHead] = field(default_factory=list)

    async def start_run(self, request: RunRequest) -> None:
        """Start."""
        self._start(request)

    async def start_rollback(self, request: RollbackRequest, agent: str) -> None:
        """Start."""
        assert agent
        self._start(request)

    def _start(self, request: RunRequest | RollbackRequest) -> None:
        self.started.append(request)
        if self.on_start is not None:
            self.runs[request.run_id] = self.on_start(request.run_id)

    async def has_run(self, run_id: str) -> bool:
        """Say whether the run was started."""
        return run_id in self.known

    async def goes_on(self, run_id: str) -> bool:
        """Say whether the run goes on; in these tests none was terminated."""
        return run_id in self.runs

    async def decide(self, decision: Decision) -> Standing:
        """Decide, or refuse."""
        if self.refusal is not None:
            raise self.refusal
        self.decided.append(decision)
        if self.on_decide is not None:
            self.on_decide(decision)
        return self.standing

    async def edit(self, request: EditRequest) -> Edited:
        """Edit, or refuse."""
        if self.edit_refusal is not None:
            raise self.edit_refusal
        self.edited.append(request)
        assert self.on_edit is not None
        return self.on_edit(request)

    async def steer(self, run_id: str, wanted: Control, request: ControlRequest) -> None:
        """Steer."""
        self.steered.append((wanted, request))
        if self.confirms:
            self.runs[run_id].control = wanted

    async def record_refusal(self, refused: RefusedAttempt) -> None:
        """Write the attempt down."""
        if self.unreachable is not None:
            raise self.unreachable
        self.refused.append(refused)

    async def noted_heads(self) -> Sequence[NotedHead]:
        """Return what runs noted."""
        if self.unreachable is not None:
            raise self.unreachable
        return self.heads


class Called(NamedTuple):
    """How a call ended, and what it wrote."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says that a person is there."""

    def isatty(self) -> bool:
        """Return true."""
        return True


class Interrupting(Terminal):
    """A person who presses Ctrl-C instead of answering."""

    def readline(self, _size: int | None = -1, /) -> Never:
        """Interrupt."""
        raise KeyboardInterrupt


class Office:
    """The services over memory, and the `steward` command over them."""

    def __init__(self, folder: Path) -> None:
        """Take a folder for log files."""
        self._folder = folder
        self.configured: dict[str, Store] = {"demo": Store(), "outlet": Store()}
        self.properties: dict[str, Property] = {"visits": Property()}
        self.visited = FakeAnalytics()
        self.runs: dict[str, Run] = {}
        self.engine_calls = FakeEngine(self.runs)
        self.ledger_failure: Exception | None = None
        self.trail_url = default_url(folder / "ledger.db")
        self.interrupted = False
        self.book = NO_FILE
        self.registered: dict[str, Approver] = {}
        self.audited: list[AuditEvent] = []

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[FakeLedger]:
        """Return the ledger."""
        if self.ledger_failure is not None:
            raise self.ledger_failure
        yield FakeLedger(self.runs, list(self.registered.values()))

    @asynccontextmanager
    async def register(self) -> AsyncIterator[FakeRegister]:
        """Return the register of approvers."""
        yield FakeRegister(self.registered, self.audited)

    @asynccontextmanager
    async def trail(self) -> AsyncIterator[LedgerReader]:
        """Return the audit trail of a real ledger, which a test that reads it makes."""
        async with open_reader(self.trail_url) as reader:
            yield reader

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[FakeEngine]:
        """Return the engine."""
        yield self.engine_calls

    def stores(self) -> Mapping[str, Store]:
        """Return the stores."""
        return self.configured

    def analytics_properties(self) -> Mapping[str, Property]:
        """Return the analytics properties."""
        return self.properties

    @asynccontextmanager
    async def analytics(self) -> AsyncIterator[FakeAnalyticsDirectory]:
        """Return what opens them."""
        yield FakeAnalyticsDirectory(self.visited)

    def policies(self) -> Policies:
        """Return the rules."""
        return self.book

    def user(self) -> str:
        """Return who is logged in."""
        return "tom"

    def data_folder(self) -> Path:
        """Return the folder for log files."""
        return self._folder

    def web_ui_address(self, run_id: str) -> str | None:
        """Return an address."""
        return f"http://127.0.0.1:8233/namespaces/default/workflows/{run_id}"

    def add(self, run_: Run) -> Run:
        """Add a run under the id of its record."""
        self.runs[run_.script[0].start.run_id] = run_
        return run_

    def steward(
        self,
        *arguments: str,
        answers: str | None = None,
        width: int = 80,
    ) -> Called:
        """Call the command: on a terminal where there are answers, else as a script does."""
        kind = io.StringIO if answers is None else Terminal
        out, err = kind(), kind()
        person = Interrupting() if self.interrupted else kind(answers or "")
        screen = Screen(out, err, person, width=width)
        code = run(arguments, Session(screen, self, _IMPATIENT))
        return Called(int(code), out.getvalue(), err.getvalue())


def a_run(  # noqa: PLR0913 each test names the few that it is about
    changes: int = 4,
    *,
    run_id: str = RUN_ID,
    stage: Stage = Stage.APPROVE,
    status: RunStatus = RunStatus.RUNNING,
    kind: RunKind = RunKind.AGENT_RUN,
    exit_code: ExitCode = ExitCode.OK,
    reason: str = "",
    outcome: Outcome = Outcome.PENDING,
) -> Run:
    """Return a simulated run of as many changes, by default one that waits for approval."""
    proposed = changes_of_prices(changes)
    digest = ChangeSet(store="demo", changes=proposed).digest
    latest = record(
        run_id,
        stage=stage,
        status=status,
        kind=kind,
        exit_code=exit_code,
        reason=reason,
        digest=digest,
        undoes=RUN_ID if kind is RunKind.ROLLBACK else None,
    )
    return Run([latest], changes=proposed, outcomes=[outcome] * changes)
