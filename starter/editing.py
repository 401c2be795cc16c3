"""`steward edit`: making the changes smaller that a run waits to have approved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from starter.choices import one_of
from starter.deciding import FIRST_CHANGES, require_answers, require_waiting, whole_digest
from starter.difference import print_changes
from starter.edits import read_edits
from starter.identity import acting_person
from starter.listed import ListedChange
from starter.refusals import recording_refusals
from starter.running import print_simulated
from starter.screen import Screen
from starter.services import RunReader
from starter.session import Session
from starter.showing import find_run, simulation_of
from starter.views import SHORT_DIGEST, counted, is_undo, run_data
from steward.changes import Change, ChangeSet, FieldName, Outcome
from steward.edit_requests import Edited, EditRequest
from steward.editing import Cap, CapUnit, Edit, edited
from steward.errors import InvalidInput, RunNotActive
from steward.runs import Attempt, RunRecord

_MOST_NAMED = 5
_PAGE = 1_000


def edit_wanted(
    *,
    exclude: Sequence[str],
    exclude_fields: Sequence[str],
    cap: str | None,
    cap_fields: Sequence[str],
) -> Edit:
    """Return the edit that the options mean; raises `InvalidInput`."""
    if not exclude and not exclude_fields and cap is None:
        raise InvalidInput(
            "Nothing is said about how to edit the changes.",
            remedy="Name what to leave out with --exclude or --exclude-field, or a --cap.",
        )
    if cap_fields and cap is None:
        raise InvalidInput(
            "--cap-field needs a cap.", remedy="Add one, such as --cap 10% or --cap 2.50."
        )
    try:
        return Edit(
            exclude=tuple(exclude),
            exclude_fields=_fields(exclude_fields),
            cap=None if cap is None else _cap(cap),
            cap_fields=_fields(cap_fields),
        )
    except ValidationError:
        raise InvalidInput(
            "An item is named by nothing, or there are too many of them.",
            remedy="Name up to 200 items by an id or by whole words of their names.",
        ) from None


def _fields(names: Sequence[str]) -> tuple[FieldName, ...]:
    return tuple(FieldName(one_of(FieldName, name, "field")) for name in names)


def _cap(text: str) -> Cap:
    number = text.strip().removesuffix("%").strip()
    unit = CapUnit.PERCENT if text.strip().endswith("%") else CapUnit.AMOUNT
    try:
        return Cap(limit=Decimal(number), unit=unit)
    except (InvalidOperation, ValidationError):
        raise InvalidInput(
            f"'{text}' is no cap.",
            remedy="Write a percentage such as 10%, or an amount such as 2.50, above zero and with "
            "up to three decimal places.",
        ) from None


def edit_run(
    session: Session,
    run_id: str,
    edit: Edit,
    *,
    digest: str | None,
    person: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what the edit leaves, ask unless `yes`, have it simulated, and show what came of it.

    Raises `EditRefused`, `RunNotActive`, `UnknownRun`, `EmptySelection` where the edit leaves or
    changes nothing, and `InvalidInput` where nobody can be asked.
    """
    screen = session.screen
    if not yes:
        require_answers(screen, as_json=as_json)
    by = acting_person(session.services, person)
    record = asyncio.run(_show_edit(session, run_id, edit, by, as_json=as_json))
    if not yes and not screen.confirm(f"Ask for these changes instead, as {by}?"):
        screen.note(f"Nothing is edited; run {run_id} waits as it did.")
        return
    request = EditRequest(run_id=run_id, digest=whole_digest(record, digest), by=by, edit=edit)
    asyncio.run(_send_and_show(session, request, as_json=as_json))


async def _show_edit(
    session: Session, run_id: str, edit: Edit, by: str, *, as_json: bool
) -> RunRecord:
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        if is_undo(record):
            raise InvalidInput(
                "An undo is not edited.",
                remedy=f"Say no to it with `steward reject {run_id}`, and undo a part with "
                f"`steward rollback {record.start.undoes} --item TEXT --field FIELD`.",
            )
        async with recording_refusals(session, run_id, Attempt.EDIT, by):
            require_waiting(record)
        whole = await _change_set(reader, record)
        left = edited(whole, edit)
        if not as_json:
            await _print_edit(session.screen, record, edit, whole, left)
        return record


async def _change_set(reader: RunReader, record: RunRecord) -> ChangeSet:
    run_id = record.start.run_id
    if record.digest is None:
        raise RunNotActive(
            f"Run {run_id} has simulated no changes.",
            remedy=f"`steward show {run_id}` says where it is.",
        )
    changes: list[Change] = []
    while page := await reader.changes(run_id, record.digest, len(changes), _PAGE):
        changes += [entry.change for entry in page]
    return ChangeSet(store=record.start.store, changes=tuple(changes))


async def _print_edit(
    screen: Screen, record: RunRecord, edit: Edit, whole: ChangeSet, left: ChangeSet
) -> None:
    former = {change.target: change.after for change in whole.changes}
    capped = [change for change in left.changes if change.after != former[change.target]]
    stays = {change.target for change in left.changes}
    out = [change.label for change in whole.changes if change.target not in stays]
    screen.facts(
        [
            ("Run", record.start.run_id),
            ("Store", record.start.store),
            ("Edit", str(edit)),
            ("Left out", _left_out(out)),
            ("Capped", counted(len(capped), "change") if capped else ""),
            ("Left", f"{len(left.changes):,} of {counted(len(whole.changes), 'change')}"),
        ]
    )
    screen.say()
    # What was capped is what nobody has seen yet.
    shown = await print_changes(
        screen, _listed(capped or left.changes), limit=FIRST_CHANGES, undo=False
    )
    more = len(capped or left.changes) - shown
    if more:
        screen.say(f"and {more:,} more")
    screen.say()


async def _listed(changes: Sequence[Change]) -> AsyncIterator[ListedChange]:
    for ordinal, change in enumerate(changes):
        yield ListedChange(
            ordinal=ordinal,
            change=change,
            outcome=Outcome.PENDING,
            reason="",
            predicted=None,
            predicted_reason="",
        )


async def _send_and_show(session: Session, request: EditRequest, *, as_json: bool) -> None:
    screen = session.screen
    recording = recording_refusals(session, request.run_id, Attempt.EDIT, request.by)
    with screen.busy("Simulating and judging what is left"):
        async with recording, session.services.engine() as engine:
            answer: Edited = await engine.edit(request)
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, request.run_id)
        simulation = await simulation_of(reader, record)
        edits = await read_edits(reader, request.run_id)
    if as_json:
        screen.data(
            run_data(record, simulation)
            | {"former_digest": request.digest, "edited_digest": answer.digest}
        )
        return
    screen.say(
        f"Edited: {request.digest[:SHORT_DIGEST]} -> {answer.digest[:SHORT_DIGEST]}, "
        f"{counted(answer.changes, 'change')}. Approvals given before do not count."
    )
    print_simulated(screen, record, simulation, edits=edits, as_json=False)


def _left_out(labels: Sequence[str]) -> str:
    """Return how many changes are left out, and of which things the first ones are."""
    if not labels:
        return ""
    things = list(dict.fromkeys(labels))
    more = len(things) - _MOST_NAMED
    named = "; ".join(things[:_MOST_NAMED]) + (f"; and {more:,} more" if more > 0 else "")
    return f"{counted(len(labels), 'change')}: {named}"
