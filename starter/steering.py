"""`steward pause`, `resume` and `cancel`: steering a run that goes on."""

import asyncio
import time

from starter.deciding import require_answers
from starter.failures import NotConfirmed
from starter.identity import acting_person
from starter.refusals import recording_refusals
from starter.services import RunReader
from starter.session import Pace, Session
from starter.showing import find_run
from starter.views import run_data, state_of
from steward.errors import RunNotActive
from steward.outcome_words import outcome_sentence
from steward.runs import Attempt, Control, ControlRequest, RunRecord, RunStatus, Stage

_ATTEMPTS = {
    Control.PAUSE: Attempt.PAUSE,
    Control.RUN: Attempt.RESUME,
    Control.CANCEL: Attempt.CANCEL,
}
_ASKED = {Control.PAUSE: "pause", Control.RUN: "go on", Control.CANCEL: "stop"}


def cancel_run(
    session: Session, run_id: str, *, person: str | None, reason: str, yes: bool, as_json: bool
) -> None:
    """Ask whether the run shall be stopped, unless `yes`, and stop it."""
    if not yes:
        require_answers(session.screen, as_json=as_json)
        by = acting_person(session.services, person)
        record = asyncio.run(_show_running(session, run_id, by))
        if not session.screen.confirm(_question(record)):
            session.screen.note(f"Run {run_id} goes on.")
            return
    asyncio.run(
        steer(session, run_id, Control.CANCEL, person=person, reason=reason, as_json=as_json)
    )


def _question(record: RunRecord) -> str:
    if _is_watching(record):
        return "End the watch? Everything is written and verified, and nothing is taken back."
    return "Stop the run, and take back what it has written?"


def _is_watching(record: RunRecord) -> bool:
    return record.status is RunStatus.RUNNING and record.stage is Stage.WATCH


async def _show_running(session: Session, run_id: str, by: str) -> RunRecord:
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        async with recording_refusals(session, run_id, Attempt.CANCEL, by):
            _require_running(record)
        await _print_progress(session, reader, record)
        return record


async def steer(
    session: Session,
    run_id: str,
    wanted: Control,
    *,
    person: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Ask the run, wait until it confirms, and say where it is.

    Raises `RunNotActive`, `UnknownRun`, or `NotConfirmed` where no worker confirms in time.
    """
    request = ControlRequest(by=acting_person(session.services, person), reason=reason)
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        async with recording_refusals(session, run_id, _ATTEMPTS[wanted], request.by):
            _require_running(record)
            async with session.services.engine() as engine:
                await engine.steer(run_id, wanted, request)
        with session.screen.busy(f"Waiting until the run confirms that it shall {_ASKED[wanted]}"):
            control = await _confirmed(reader, run_id, wanted, session.pace)
        record = await reader.run(run_id)
        if as_json:
            session.screen.data(run_data(record) | {"control": control.value})
            return
        _print_control(session, record, control)
        await _print_progress(session, reader, record)


async def _confirmed(reader: RunReader, run_id: str, wanted: Control, pace: Pace) -> Control:
    asked_at = time.monotonic()
    while True:
        control = await reader.control(run_id)
        ended = (await reader.run(run_id)).status is not RunStatus.RUNNING
        if control is wanted or ended or control is Control.CANCEL:
            return control
        if time.monotonic() - asked_at > pace.until_confirmed:
            raise NotConfirmed(run_id, _ASKED[wanted])
        await asyncio.sleep(pace.between_looks)


def _require_running(record: RunRecord) -> None:
    if record.status is not RunStatus.RUNNING:
        run_id = record.start.run_id
        raise RunNotActive(
            f"Run {run_id} has already ended: {state_of(record)}.",
            remedy=f"To undo it, use `steward rollback {run_id}`."
            if record.digest
            else f"`steward show {run_id}` says how.",
        )


def _print_control(session: Session, record: RunRecord, control: Control) -> None:
    run_id = record.start.run_id
    if record.status is not RunStatus.RUNNING:
        session.screen.say(f"Run {run_id} has ended: {state_of(record)}. {record.reason}".strip())
        return
    if control is Control.CANCEL and _is_watching(record):
        session.screen.say(
            f"Run {run_id} ends its watch, and takes nothing back; undo it after that with: "
            f"steward rollback {run_id}"
        )
        return
    said = {
        Control.PAUSE: f"Run {run_id} is paused; it goes on with: steward resume {run_id}",
        Control.RUN: f"Run {run_id} goes on; follow it with: steward watch {run_id}",
        Control.CANCEL: f"Run {run_id} stops and takes back what it has written; "
        f"follow it with: steward watch {run_id} --until done",
    }
    session.screen.say(said[control])


async def _print_progress(session: Session, reader: RunReader, record: RunRecord) -> None:
    if record.digest is None:
        session.screen.say(f"It has written nothing; it is in stage {record.stage.value}.")
        return
    counts = await reader.outcomes(record.start.run_id, record.digest)
    session.screen.say(f"It is in stage {record.stage.value}: {outcome_sentence(counts)}.")
