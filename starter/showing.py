"""`steward runs` and `steward show`: runs as lists and as pages."""

from collections.abc import Sequence
from datetime import UTC, datetime

from starter.choices import one_of
from starter.edits import edit_data, edit_facts, proposers, read_edits
from starter.failures import NotPickedUp
from starter.fidelities import fidelity_of
from starter.following import waits_for_approval
from starter.screen import WIDE_TERMINAL, Column, Screen
from starter.services import RunReader
from starter.session import Session
from starter.trail_views import entry_data
from starter.views import (
    STATUS_STYLES,
    age,
    duration,
    impact_facts,
    is_undo,
    moment,
    next_command,
    run_data,
    state_of,
    verdict_facts,
)
from steward.approvals import Decision, DecisionRecord, explain_refusal, with_decision
from steward.audit import AuditEntry, AuditKind
from steward.errors import StewardError, UnknownRun
from steward.outcome_words import outcome_sentence
from steward.policy import MOST_LOOKS, NeedsApproval
from steward.runs import Control, OutcomeCounts, RunRecord, RunStatus, Stage
from steward.simulation import Simulation
from steward.waits import NotedWait

_MOST_REFUSALS = 100

# An id is there to be copied, so it is never cut off.
_RUN = Column("run", whole=True)
_STORE = Column("store", width=16)
_STATE = Column("state", width=18, styles=STATUS_STYLES)
_BY = Column("by", width=10)
_STARTED = Column("started", width=19)
_AGE = Column("started", width=11)


async def list_runs(
    session: Session,
    *,
    store: str | None,
    status: str | None,
    stage: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Print the runs that match, newest first."""
    wanted_status = None if status is None else RunStatus(one_of(RunStatus, status, "status"))
    wanted_stage = None if stage is None else Stage(one_of(Stage, stage, "stage"))
    async with session.services.ledger() as reader:
        records = await reader.runs(
            limit=limit, store=store, status=wanted_status, stage=wanted_stage
        )
    screen = session.screen
    if as_json:
        screen.data([run_data(record) for record in records])
    elif records:
        _print_table(screen, records)
    else:
        screen.note("No run matches. Start one with `steward run TEMPLATE --store STORE`.")


def _print_table(screen: Screen, records: Sequence[RunRecord]) -> None:
    narrow = screen.is_terminal and screen.console.width < WIDE_TERMINAL
    if narrow:
        rows = [
            (record.start.run_id, state_of(record), record.start.requested_by, age(record))
            for record in records
        ]
        screen.table((_RUN, _STATE, _BY, _AGE), rows)
        return
    screen.table(
        (_RUN, _STORE, _STATE, _BY, _STARTED),
        [
            (
                record.start.run_id,
                record.start.store,
                state_of(record),
                record.start.requested_by,
                moment(record.start.started_at),
            )
            for record in records
        ],
    )


async def show_run(session: Session, run_id: str, *, as_json: bool) -> None:
    """Print all that is known about one run, apart from its changes."""
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        simulation = await simulation_of(reader, record)
        decisions = await reader.decisions(run_id)
        control = await reader.control(run_id)
        noted = await reader.wait(run_id)
        outcomes = await _outcomes(reader, run_id, record.digest)
        undone = await _outcomes(reader, run_id, record.undo_digest)
        undoing = await reader.undoing(run_id)
        edits = await read_edits(reader, run_id)
        fidelity = await fidelity_of(reader, run_id, record.digest)
        undo_fidelity = await fidelity_of(reader, run_id, record.undo_digest)
        refused = await reader.audit(run_id=run_id, kind=AuditKind.REFUSED, limit=_MOST_REFUSALS)
        drifted = await reader.audit(run_id=run_id, kind=AuditKind.DRIFTED, limit=2 * MOST_LOOKS)
    address = session.services.web_ui_address(run_id)
    if as_json:
        session.screen.data(
            run_data(record, simulation)
            | {
                "control": control.value,
                "decisions": [decision.model_dump(mode="json") for decision in decisions],
                "outcomes": outcomes and outcomes.model_dump(),
                "undone": undone and undone.model_dump(),
                "undone_by": [one.start.run_id for one in undoing],
                "edits": edit_data(edits),
                "fidelity": fidelity and fidelity.data(),
                "undo_fidelity": undo_fidelity and undo_fidelity.data(),
                "refused": [entry_data(entry) for entry in reversed(refused)],
                "drifted": [entry_data(entry) for entry in reversed(drifted)],
                "web_ui": address,
            }
        )
        return
    session.screen.facts(
        [
            *_run_facts(record, control),
            *(("Undone by", f"{one.start.run_id}, {state_of(one)}") for one in undoing),
            *_wait_facts(record, noted),
            *([] if simulation is None else impact_facts(simulation.impact)),
            *_verdict_facts(record, simulation, edits, decisions),
            *edit_facts(edits),
            *(("Decision", _decision_sentence(decision, record)) for decision in decisions),
            *(("Refused", told) for entry in reversed(refused) if (told := _refusal(entry))),
            *_outcome_facts(record, outcomes, undone),
            *(fidelity.facts("Fidelity") if fidelity else ()),
            *(undo_fidelity.facts("Fidelity of that") if undo_fidelity else ()),
            *(
                ("Drift", f"{moment(one.event.at)}: {one.event.detail}")
                for one in reversed(drifted)
            ),
        ]
    )
    # As lines of their own, which a terminal wraps without breaking what is copied from it.
    for name, value in (("Web UI", address), ("Next", next_command(record))):
        if value:
            session.screen.say(f"{name}: {value}")


async def find_run(session: Session, reader: RunReader, run_id: str) -> RunRecord:
    """Return the run; raises `UnknownRun`, told apart from a run that nobody has picked up yet."""
    try:
        return await reader.run(run_id)
    except UnknownRun as unknown:
        if await _engine_has(session, run_id):
            raise NotPickedUp(run_id) from unknown
        raise


async def _engine_has(session: Session, run_id: str) -> bool:
    try:
        async with session.services.engine() as engine:
            return await engine.has_run(run_id)
    except StewardError:
        # The engine was only asked to say more than the ledger could.
        return False


async def simulation_of(reader: RunReader, record: RunRecord) -> Simulation | None:
    """Return what was found out about the run's change set, where there is one."""
    if record.digest is None:
        return None
    return await reader.simulation(record.start.run_id, record.digest)


async def _outcomes(reader: RunReader, run_id: str, digest: str | None) -> OutcomeCounts | None:
    return None if digest is None else await reader.outcomes(run_id, digest)


def _run_facts(record: RunRecord, control: Control) -> list[tuple[str, str]]:
    start = record.start
    parameters = ", ".join(f"{name} {value}" for name, value in start.parameters.items())
    job = start.template if start.undoes is None else f"undo of {start.undoes}"
    paused = " (paused)" if control is Control.PAUSE and record.status is RunStatus.RUNNING else ""
    ended = record.ended_at
    took = "" if ended is None else duration((ended - start.started_at).total_seconds())
    return [
        ("Run", start.run_id),
        ("Job", f"{job} on {start.store}" + (f": {parameters}" if parameters else "")),
        ("State", f"{state_of(record)}{paused}"),
        ("Reason", record.reason),
        ("Asked by", start.requested_by),
        ("Started", moment(start.started_at)),
        ("Ended", f"{moment(ended)} (took {took})" if ended else ""),
        ("Digest", record.digest or ""),
    ]


def _wait_facts(record: RunRecord, noted: NotedWait | None) -> list[tuple[str, str]]:
    if noted is None or record.status is not RunStatus.RUNNING:
        return []
    left = noted.left(datetime.now(UTC))
    return [] if left is None else [("Waits", str(left))]


def _verdict_facts(
    record: RunRecord,
    simulation: Simulation | None,
    edits: Sequence[AuditEntry],
    decisions: Sequence[DecisionRecord],
) -> list[tuple[str, str]]:
    if simulation is None:
        return []
    # Whoever asks for an undo confirms it, unless the policy asks for somebody else.
    if is_undo(record) and not isinstance(simulation.verdict, NeedsApproval):
        return []
    facts = verdict_facts(simulation, requested_by=proposers(record, edits))
    if waits_for_approval(record):
        return [*facts, ("Agreed", _agreed(record, decisions))]
    # Who may decide, and until when, matters only while the run waits.
    return [(name, value) for name, value in facts if name not in {"Approvers", "Deadline"}]


def _agreed(record: RunRecord, decisions: Sequence[DecisionRecord]) -> str:
    """Return who has agreed to what the run waits about, and has not withdrawn that."""
    counted: tuple[Decision, ...] = ()
    for one in decisions:
        if one.refusal is None and one.decision.digest == record.digest:
            counted = with_decision(counted, one.decision)
    return ", ".join(one.by for one in counted)


def _decision_sentence(record: DecisionRecord, run: RunRecord) -> str:
    decision = record.decision
    comment = f': "{decision.comment}"' if decision.comment else ""
    said = f"{decision.verdict.value} by {decision.by}, {moment(record.at)}{comment}"
    if record.refusal is None:
        earlier = decision.digest != run.digest
        return f"{said}; about the changes before an edit" if earlier else said
    sentence, _ = explain_refusal(record.refusal, decision.run_id)
    return f"{said}; does not count: {sentence}"


def _refusal(entry: AuditEntry) -> str:
    """Return what was asked in vain; nothing for a decision, which is listed as one."""
    event = entry.event
    attempt, reason = event.facts.get("attempt"), event.facts.get("reason")
    return f"{attempt} by {event.actor}, {moment(event.at)}: {reason}" if attempt else ""


def _outcome_facts(
    record: RunRecord, outcomes: OutcomeCounts | None, undone: OutcomeCounts | None
) -> list[tuple[str, str]]:
    facts = []
    if outcomes is not None and (outcomes.settled or outcomes.attempting):
        facts.append(("Outcomes", outcome_sentence(outcomes, undo=is_undo(record))))
    if undone is not None:
        facts.append(("Taken back", outcome_sentence(undone, undo=True)))
    return facts
