"""`steward approve` and `steward reject`: seeing a change set, and deciding about it."""

import asyncio

from starter.change_table import ChangeTable
from starter.difference import print_changes
from starter.edits import edit_facts, proposers, read_edits
from starter.following import waits_for_approval
from starter.identity import acting_person
from starter.listed import listed_changes
from starter.refusals import recording_refusals
from starter.screen import Screen
from starter.services import RunReader
from starter.session import Session
from starter.showing import find_run, simulation_of
from starter.views import SHORT_DIGEST, counted, impact_facts, is_undo, verdict_facts
from steward.approvals import Decision, DecisionVerdict, Standing
from steward.changes import Outcome
from steward.errors import InvalidInput, RunNotActive
from steward.policy import NeedsApproval
from steward.runs import Attempt, RunRecord, RunStatus
from steward.simulation import Simulation

FIRST_CHANGES = 8
_LONGEST_COMMENT = 2_000


def decide(
    session: Session,
    run_id: str,
    verdict: DecisionVerdict,
    *,
    digest: str | None,
    person: str | None,
    comment: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what is decided about, ask unless `yes`, and decide.

    Raises `DecisionRefused`, `RunNotActive`, `UnknownRun`, or `InvalidInput` where nobody can be
    asked.
    """
    screen = session.screen
    by = acting_person(session.services, person)
    if len(comment) > _LONGEST_COMMENT:
        raise InvalidInput(
            f"The comment is longer than {_LONGEST_COMMENT:,} characters.", remedy="Shorten it."
        )
    record = asyncio.run(_show_question(session, run_id, verdict, by, as_json=as_json))
    if not yes:
        require_answers(screen, as_json=as_json)
        # Outside the event loop, where Ctrl-C ends the question at once.
        if not screen.confirm(f"Approve these changes on {record.start.store}, as {by}?"):
            screen.note(f"Nothing is decided; run {run_id} still waits.")
            return
    decision = Decision(
        run_id=run_id,
        digest=whole_digest(record, digest),
        verdict=verdict,
        by=by,
        comment=comment,
    )
    standing = asyncio.run(send_decision(session, decision))
    if as_json:
        screen.data(decision.model_dump(mode="json") | {"standing": standing.value})
    else:
        _print_standing(screen, run_id, standing)


def take_back(
    session: Session, run_id: str, *, person: str | None, comment: str, as_json: bool
) -> None:
    """Withdraw the person's approval; raises `DecisionRefused`, `RunNotActive`, `UnknownRun`."""
    by = acting_person(session.services, person)
    record = asyncio.run(_record_of(session, run_id))
    decision = Decision(
        run_id=run_id,
        digest=record.digest or "",
        verdict=DecisionVerdict.WITHDRAW,
        by=by,
        comment=comment[:_LONGEST_COMMENT],
    )
    standing = asyncio.run(send_decision(session, decision))
    if as_json:
        session.screen.data(decision.model_dump(mode="json") | {"standing": standing.value})
    else:
        session.screen.say(f"Withdrawn. Run {run_id} does not go on with this approval.")


async def _record_of(session: Session, run_id: str) -> RunRecord:
    async with session.services.ledger() as reader:
        return await find_run(session, reader, run_id)


async def send_decision(session: Session, decision: Decision) -> Standing:
    """Decide, and return where that leaves the run."""
    attempt = Attempt(decision.verdict.value)
    recording = recording_refusals(session, decision.run_id, attempt, decision.by)
    async with recording, session.services.engine() as engine:
        return await engine.decide(decision)


async def _show_question(
    session: Session, run_id: str, verdict: DecisionVerdict, by: str, *, as_json: bool
) -> RunRecord:
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        async with recording_refusals(session, run_id, Attempt(verdict.value), by):
            require_waiting(record)
        simulation = await simulation_of(reader, record)
        if simulation is not None and not as_json:
            await print_question(session.screen, reader, record, simulation)
        return record


def require_answers(screen: Screen, *, as_json: bool) -> None:
    """Raise `InvalidInput` where nobody is there to answer a question."""
    if as_json or not screen.can_ask:
        raise InvalidInput(
            "This needs a yes, and there is nobody to ask.",
            remedy="Run it in a terminal, or add --yes.",
        )


def require_waiting(record: RunRecord) -> None:
    """Raise `RunNotActive` where the run is not waiting for people."""
    run_id = record.start.run_id
    if waits_for_approval(record):
        return
    if record.status is RunStatus.RUNNING:
        raise RunNotActive(
            f"Run {run_id} is not waiting for a decision: it is in stage {record.stage.value}.",
            remedy=f"Follow it with `steward watch {run_id}`.",
        )
    raise RunNotActive(
        f"Run {run_id} is not waiting for a decision: it has ended ({record.status.value}).",
        remedy=f"`steward show {run_id}` says how.",
    )


def whole_digest(record: RunRecord, given: str | None) -> str:
    """Return the digest to decide about: the one given, completed where its beginning fits."""
    simulated = record.digest or ""
    if given is None or (len(given) >= SHORT_DIGEST and simulated.startswith(given)):
        return simulated
    return given


async def print_question(
    screen: Screen, reader: RunReader, record: RunRecord, simulation: Simulation
) -> None:
    """Print what is decided about: store, impact, digest, risk, reasons and first changes."""
    start = record.start
    digest = simulation.plan.digest
    edits = await read_edits(reader, start.run_id)
    screen.facts(
        [
            ("Run", start.run_id),
            ("Store", start.store),
            ("Job", start.template if start.undoes is None else f"undo of {start.undoes}"),
            ("Asked by", start.requested_by),
            *impact_facts(simulation.impact),
            *(
                []
                if is_undo(record) and not isinstance(simulation.verdict, NeedsApproval)
                else verdict_facts(simulation, requested_by=proposers(record, edits))
            ),
            *edit_facts(edits),
            ("Digest", digest),
        ]
    )
    screen.say()
    shown = await print_changes(
        screen,
        listed_changes(reader, start.run_id, digest),
        limit=FIRST_CHANGES,
        undo=is_undo(record),
    )
    if shown < simulation.plan.changes:
        screen.say(f"{simulation.plan.changes - shown:,} more: steward diff {start.run_id} --all")
    if is_undo(record):
        await _print_kept(screen, reader, start.run_id, simulation)
    screen.say()


async def _print_kept(
    screen: Screen, reader: RunReader, undo_id: str, simulation: Simulation
) -> None:
    """Print what an undo would leave alone, since somebody changed it after the run."""
    moved = frozenset({Outcome.MOVED})
    digest = simulation.plan.digest
    kept = [one async for one in listed_changes(reader, undo_id, digest, wanted=moved)]
    if not kept:
        # One that needs an approval overwrites such values, which its reasons say.
        if not isinstance(simulation.verdict, NeedsApproval):
            screen.say("Nothing was changed since; everything would be restored.")
        return
    screen.say()
    screen.say(f"Kept, since somebody changed it after the run: {counted(len(kept), 'value')}")
    table = ChangeTable(screen, undo=True)
    table.add(kept[:FIRST_CHANGES])
    table.explain()
    if len(kept) > FIRST_CHANGES:
        screen.say(f"All of them: steward diff {undo_id} --all --outcome kept_newer")


def _print_standing(screen: Screen, run_id: str, standing: Standing) -> None:
    match standing:
        case Standing.APPROVED:
            screen.say(f"Approved. Run {run_id} goes on.", style="green")
            screen.say(f"Follow it with: steward watch {run_id}")
        case Standing.OPEN:
            screen.say(f"Counted. Run {run_id} waits for more decisions.")
        case Standing.REJECTED:
            screen.say(f"Rejected. Run {run_id} ends and writes nothing.")
