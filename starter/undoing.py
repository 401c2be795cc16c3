"""`steward rollback`: undoing a run, previewed, confirmed, and reported value by value."""

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from starter.choices import one_of
from starter.deciding import print_question, require_answers, send_decision
from starter.failures import RunEndedBadly
from starter.following import until_ended, until_simulated, waits_for_approval
from starter.identity import acting_person, new_undo_id
from starter.refusals import recording_refusals
from starter.screen import Screen
from starter.services import RunEngine
from starter.session import Session
from starter.showing import find_run, simulation_of
from starter.views import run_data, state_of
from starter.watching import follow, leaving_alone
from steward.approvals import Decision, DecisionVerdict
from steward.changes import FieldName
from steward.errors import ExitCode, InvalidInput, RunNotActive
from steward.outcome_words import undo_counts
from steward.policy import NeedsApproval
from steward.runs import Attempt, OutcomeCounts, RollbackRequest, RunRecord, RunStatus
from steward.undoing import UndoScope


def undo_scope(*, items: Sequence[str], fields: Sequence[str], force: bool) -> UndoScope:
    """Return the part of a run that the options name; raises `InvalidInput`."""
    wanted = [FieldName(one_of(FieldName, field, "field")) for field in fields]
    try:
        return UndoScope(items=tuple(items), fields=tuple(wanted), force=force)
    except ValidationError:
        raise InvalidInput(
            "An item is named by nothing, or there are too many of them.",
            remedy="Name up to 1,000 items by an id or by whole words of their names.",
        ) from None


def undo_run(
    session: Session,
    run_id: str,
    scope: UndoScope,
    *,
    person: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Simulate the undo, show it, ask unless `yes`, carry it out, and report what became of it.

    Raises `UnknownRun`, `RunNotActive` where the run still goes on or never got to write,
    `RunEndedBadly` where something could not be restored, and `InvalidInput` where nobody can be
    asked.
    """
    if not yes:
        require_answers(session.screen, as_json=as_json)
    by = acting_person(session.services, person)
    record = asyncio.run(_start(session, run_id, by, scope, confirm=not yes, as_json=as_json))
    if waits_for_approval(record) and asyncio.run(_needs_others(session, record)):
        undo_id = record.start.run_id
        session.screen.note(
            f"Undo {undo_id} does more than to restore what the run changed, so somebody else has "
            f"to agree: steward approve {undo_id}"
        )
        return
    if waits_for_approval(record):
        verdict = _ask(session.screen, record)
        decision = Decision(
            run_id=record.start.run_id, digest=record.digest or "", verdict=verdict, by=by
        )
        asyncio.run(send_decision(session, decision))
        if verdict is DecisionVerdict.REJECT:
            session.screen.note("Nothing is undone.")
            return
    asyncio.run(_finish(session, record.start.run_id, as_json=as_json))


async def _needs_others(session: Session, record: RunRecord) -> bool:
    async with session.services.ledger() as reader:
        simulation = await simulation_of(reader, record)
    return simulation is not None and isinstance(simulation.verdict, NeedsApproval)


def _ask(screen: Screen, record: RunRecord) -> DecisionVerdict:
    undo_id = record.start.run_id
    try:
        agreed = screen.confirm("Undo these changes?")
    except KeyboardInterrupt:
        screen.note(f"Nothing is undone; the preview waits: steward approve {undo_id}")
        raise
    return DecisionVerdict.APPROVE if agreed else DecisionVerdict.REJECT


async def _start(
    session: Session, run_id: str, by: str, scope: UndoScope, *, confirm: bool, as_json: bool
) -> RunRecord:
    """Start the undo, and return its record once it waits, goes on or has ended."""
    screen = session.screen
    async with session.services.ledger() as reader:
        undone = await find_run(session, reader, run_id)
        request = RollbackRequest(
            run_id=new_undo_id(run_id),
            store=undone.start.store,
            undoes=run_id,
            requested_by=by,
            confirm=confirm,
            scope=scope,
        )
        async with session.services.engine() as engine:
            async with recording_refusals(session, run_id, Attempt.ROLLBACK, by):
                await _require_undoable(undone, engine)
            await engine.start_rollback(request, undone.start.agent)
        tell = screen.note if as_json else screen.say
        tell(f"Undo {request.run_id} is started.")
        with (
            leaving_alone(screen, request.run_id),
            screen.busy("Reading what the store holds now"),
        ):
            record = await until_simulated(reader, request.run_id, session.pace)
        simulation = await simulation_of(reader, record)
        if simulation is not None and not as_json:
            await print_question(screen, reader, record, simulation)
        return record


async def _require_undoable(record: RunRecord, engine: RunEngine) -> None:
    run_id = record.start.run_id
    if record.status is RunStatus.RUNNING and await engine.goes_on(run_id):
        raise RunNotActive(
            f"Run {run_id} still goes on.",
            remedy=f"Stop it with `steward cancel {run_id}`, which takes back what it has written.",
        )
    if record.digest is None:
        raise RunNotActive(
            f"Run {run_id} wrote nothing, so nothing can be undone: {record.reason}",
            remedy=f"`steward show {run_id}` says how it ended.",
        )


async def _finish(session: Session, undo_id: str, *, as_json: bool) -> None:
    screen = session.screen
    async with session.services.ledger() as reader:
        # While the script waits for one JSON document, progress would be in its way.
        if as_json:
            record = await until_ended(reader, undo_id, session.pace)
        else:
            record = (
                await follow(session, reader, undo_id, past_approval=True, as_json=False)
            ).record
        counts = (
            OutcomeCounts()
            if record.digest is None
            else await reader.outcomes(undo_id, record.digest)
        )
    if as_json:
        screen.data(run_data(record) | {"undone": undo_counts(counts)})
    elif record.digest is None:
        screen.say(record.reason)
    else:
        words = ", ".join(f"{number:,} {word}" for word, number in undo_counts(counts).items())
        screen.say(f"Undo {undo_id} has ended, {state_of(record)}: {words}.")
        if counts.moved:
            screen.say(f"See what was kept: steward diff {undo_id} --outcome kept_newer")
    if record.exit_code is not ExitCode.OK:
        raise RunEndedBadly(record)
