"""Changes as rows: writing a change set, reading stretches of it, and marking outcomes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.tables import CHANGES
from steward.changes import Change, Outcome, Target, digest_of
from steward.errors import ChangeSetTampered
from steward.execution import OutcomeRecord, RecordedChange
from steward.runs import ChunkReference, OutcomeCounts
from steward.simulation import Prediction
from steward.values import Value

# Bounds the memory of a large change set, and lets other tasks of the process have their turn.
_ROWS_AT_ONCE = 1_000

_CHANGE_COLUMNS = (
    CHANGES.c.ordinal,
    CHANGES.c.resource_kind,
    CHANGES.c.resource_id,
    CHANGES.c.field,
    CHANGES.c.key,
    CHANGES.c.key_label,
    CHANGES.c.product_id,
    CHANGES.c.label,
    CHANGES.c.before,
    CHANGES.c.after,
    CHANGES.c.outcome,
    CHANGES.c.reason,
)

# What may be in the store because of us, or is.
WRITTEN = frozenset({Outcome.ATTEMPTING, Outcome.APPLIED, Outcome.UNKNOWN})


async def insert_changes(
    connection: AsyncConnection,
    run_id: str,
    digest: str,
    changes: Sequence[Change],
    predictions: Sequence[Prediction],
) -> None:
    """Insert a change set's changes, each with what is predicted for it."""
    predicted = {prediction.ordinal: prediction for prediction in predictions}
    statement = CHANGES.insert()
    for start in range(0, len(changes), _ROWS_AT_ONCE):
        rows = [
            _row(run_id, digest, ordinal, change, predicted.get(ordinal))
            for ordinal, change in enumerate(changes[start : start + _ROWS_AT_ONCE], start)
        ]
        await connection.execute(statement, rows)


def _row(
    run_id: str, digest: str, ordinal: int, change: Change, prediction: Prediction | None
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "digest": digest,
        "ordinal": ordinal,
        "resource_kind": change.target.resource_kind,
        "resource_id": change.target.resource_id,
        "field": change.target.field,
        "key": change.target.key,
        "key_label": change.key_label,
        "product_id": change.product_id,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "predicted_outcome": prediction.outcome if prediction else None,
        "predicted_reason": prediction.reason if prediction else "",
        "predicted_request": prediction.request if prediction else None,
        "predicted_digest": prediction.request_digest if prediction else None,
        "outcome": Outcome.PENDING,
        "reason": "",
    }


async def read_chunk(
    connection: AsyncConnection, chunk: ChunkReference
) -> Sequence[RecordedChange]:
    """Return exactly the chunk's changes, in order; raises `ChangeSetTampered`."""
    statement = (
        changes_of(chunk.run_id, chunk.digest)
        .where(CHANGES.c.ordinal.between(chunk.first, chunk.last))
        .order_by(CHANGES.c.ordinal)
    )
    recorded = [recorded_change(row) for row in await connection.execute(statement)]
    # Without the numbers, a chunk that lost its last change and one that ends earlier look alike.
    if [entry.ordinal for entry in recorded] != list(range(chunk.first, chunk.last + 1)):
        raise _tampered(chunk, "changes are missing")
    if digest_of([entry.change for entry in recorded], store=chunk.store) != chunk.content:
        raise _tampered(chunk, "changes are not those that were approved")
    return recorded


def changes_of(run_id: str, digest: str) -> Select[Any]:
    """Return the query for the changes of a change set, in no order yet."""
    return select(*_CHANGE_COLUMNS).where(
        and_(CHANGES.c.run_id == run_id, CHANGES.c.digest == digest)
    )


def recorded_change(row: Row[Any]) -> RecordedChange:
    """Return the change that the row holds."""
    target = Target(
        resource_kind=row.resource_kind, resource_id=row.resource_id, field=row.field, key=row.key
    )
    change = Change(
        target=target,
        product_id=row.product_id,
        label=row.label,
        before=row.before,
        after=row.after,
        key_label=row.key_label,
    )
    return RecordedChange(
        ordinal=row.ordinal, change=change, outcome=row.outcome, reason=row.reason
    )


_LISTED = and_(
    CHANGES.c.run_id == bindparam("of_run"),
    CHANGES.c.digest == bindparam("of_digest"),
    # PostgreSQL, before it has counted the rows of a new change set, would read all of it for the
    # list alone; the stretch sends it to the index.
    CHANGES.c.ordinal.between(bindparam("first"), bindparam("last")),
    CHANGES.c.ordinal.in_(bindparam("ordinals", expanding=True)),
)

# A repetition must not take an outcome back that was found in the meantime. The request that is
# first sent counts: a later one carries only what an earlier one left open.
_MARK_ATTEMPTING = (
    update(CHANGES)
    .where(_LISTED)
    .values(
        outcome=case(
            (CHANGES.c.outcome == Outcome.PENDING, Outcome.ATTEMPTING), else_=CHANGES.c.outcome
        ),
        sent_digest=func.coalesce(CHANGES.c.sent_digest, bindparam("sent", type_=String())),
    )
)


def _new(column: str) -> ColumnElement[Any]:
    return bindparam(f"new_{column}", type_=CHANGES.c[column].type)


_BEGUN_RECORDS = select(
    CHANGES.c.ordinal, CHANGES.c.outcome, CHANGES.c.reason, CHANGES.c.live
).where(_LISTED, CHANGES.c.outcome != Outcome.PENDING)

_RECORD_OUTCOME = (
    update(CHANGES)
    .where(_LISTED)
    .values(outcome=_new("outcome"), reason=_new("reason"), live=_new("live"))
)
_RECORD_FIRST_OUTCOME = _RECORD_OUTCOME.where(
    CHANGES.c.outcome.in_((Outcome.PENDING, Outcome.ATTEMPTING))
)


async def mark_changes(
    connection: AsyncConnection,
    chunk: ChunkReference,
    ordinals: Sequence[int],
    digests: Mapping[int, str],
) -> None:
    """Mark pending changes as being attempted; raises `ChangeSetTampered` where one is missing.

    `digests` has those of the requests that carry them, where they are known.
    """
    by_digest: defaultdict[str | None, list[int]] = defaultdict(list)
    for ordinal in ordinals:
        by_digest[digests.get(ordinal)].append(ordinal)
    for digest, carried in by_digest.items():
        for some in _batches(carried):
            result = await connection.execute(
                _MARK_ATTEMPTING, _listed(chunk, some) | {"sent": digest}
            )
            _require_rows(chunk, result.rowcount, some)


async def update_outcomes(
    connection: AsyncConnection,
    chunk: ChunkReference,
    outcomes: Sequence[OutcomeRecord],
    *,
    first: bool,
) -> tuple[Sequence[OutcomeRecord], Sequence[OutcomeRecord]]:
    """Record outcomes; return what is recorded now, and before where there was an outcome already.

    With `first`, which costs less, none may have one. The caller keeps others from recording
    outcomes meanwhile. Raises `ChangeSetTampered` where a change is missing, or is not as `first`
    says. A change that was attempted or applied and is then found *unchanged* was applied by us.
    """
    earlier = {} if first else await _earlier_records(connection, chunk, outcomes)
    statement = _RECORD_FIRST_OUTCOME if first else _RECORD_OUTCOME
    records = {record.ordinal: _settled(record, earlier.get(record.ordinal)) for record in outcomes}
    alike: defaultdict[tuple[Outcome, str, Value | None], list[int]] = defaultdict(list)
    for record in records.values():
        alike[record.outcome, record.reason, record.live].append(record.ordinal)
    for (outcome, reason, live), ordinals in alike.items():
        new = {"new_outcome": outcome, "new_reason": reason, "new_live": live}
        for some in _batches(ordinals):
            result = await connection.execute(statement, _listed(chunk, some) | new)
            _require_rows(chunk, result.rowcount, some)
    replaced = [record for record in earlier.values() if not record.outcome.is_open]
    return list(records.values()), replaced


async def _earlier_records(
    connection: AsyncConnection, chunk: ChunkReference, outcomes: Sequence[OutcomeRecord]
) -> Mapping[int, OutcomeRecord]:
    records: dict[int, OutcomeRecord] = {}
    for some in _batches([record.ordinal for record in outcomes]):
        rows = await connection.execute(_BEGUN_RECORDS, _listed(chunk, some))
        records |= {row.ordinal: outcome_record(row) for row in rows}
    return records


def outcome_record(row: Row[*tuple[Any, ...]]) -> OutcomeRecord:
    """Return what became of the change that the row holds."""
    return OutcomeRecord(ordinal=row.ordinal, outcome=row.outcome, reason=row.reason, live=row.live)


def _settled(record: OutcomeRecord, earlier: OutcomeRecord | None) -> OutcomeRecord:
    # Two attempts of one activity may overlap for a while. One that read the change before the
    # other marked it finds the other's value in the store and takes it for somebody else's:
    # "unchanged". Believing it would mean never to undo a value that we wrote.
    ours = earlier is not None and earlier.outcome in {Outcome.ATTEMPTING, Outcome.APPLIED}
    if record.outcome is Outcome.UNCHANGED and ours:
        return record.model_copy(update={"outcome": Outcome.APPLIED})
    return record


def _batches(ordinals: Sequence[int]) -> Iterator[Sequence[int]]:
    once_each = sorted(set(ordinals))
    for start in range(0, len(once_each), _ROWS_AT_ONCE):
        yield once_each[start : start + _ROWS_AT_ONCE]


def _listed(chunk: ChunkReference, ordinals: Sequence[int]) -> dict[str, Any]:
    return {
        "of_run": chunk.run_id,
        "of_digest": chunk.digest,
        "first": ordinals[0],
        "last": ordinals[-1],
        "ordinals": list(ordinals),
    }


def _require_rows(chunk: ChunkReference, found: int, ordinals: Sequence[int]) -> None:
    if found != len(ordinals):
        raise _tampered(chunk, "changes are missing")


def _tampered(chunk: ChunkReference, problem: str) -> ChangeSetTampered:
    return ChangeSetTampered(
        f"The stored changes {chunk.first} to {chunk.last} of run '{chunk.run_id}' were altered: "
        f"{problem}.",
        remedy="Nothing more is written. Find out who edits the ledger's database, and start the "
        "run again.",
    )


async def read_written(
    connection: AsyncConnection, run_id: str, digest: str
) -> Sequence[RecordedChange]:
    """Return the changes that were written, or may have been, in order.

    Whatever was sent may have been, also where its outcome says otherwise: what reads back as old
    may only be shown late. Rows of earlier versions do not tell what was sent.
    """
    statement = changes_of(run_id, digest).where(
        or_(CHANGES.c.sent_digest.is_not(None), CHANGES.c.outcome.in_(WRITTEN))
    )
    rows = await connection.execute(statement.order_by(CHANGES.c.ordinal))
    return [recorded_change(row) for row in rows]


async def read_change_set(
    connection: AsyncConnection, run_id: str, digest: str
) -> tuple[Change, ...]:
    """Return all changes of a change set, in order."""
    changes: list[Change] = []
    # In stretches, between which other tasks of the process have their turn.
    while page := await read_recorded(
        connection, run_id, digest, offset=len(changes), limit=_ROWS_AT_ONCE
    ):
        changes += [change for change, _ in page]
    return tuple(changes)


async def read_moved(
    connection: AsyncConnection, run_id: str, digest: str
) -> Sequence[RecordedChange]:
    """Return the changes that were left alone, in order."""
    statement = changes_of(run_id, digest).where(CHANGES.c.outcome == Outcome.MOVED)
    rows = await connection.execute(statement.order_by(CHANGES.c.ordinal))
    return [recorded_change(row) for row in rows]


async def read_recorded(
    connection: AsyncConnection, run_id: str, digest: str, *, offset: int, limit: int
) -> Sequence[tuple[Change, OutcomeRecord]]:
    """Return a page of a change set's changes, in order, each with all that became of it."""
    statement = changes_of(run_id, digest).add_columns(CHANGES.c.live)
    # By number and not by place, so that a later page costs no more than the first.
    page = statement.where(CHANGES.c.ordinal >= offset).order_by(CHANGES.c.ordinal).limit(limit)
    return [
        (recorded_change(row).change, outcome_record(row)) for row in await connection.execute(page)
    ]


async def any_begun(connection: AsyncConnection, run_id: str, digest: str) -> bool:
    """Return whether anything of the change set went on from *pending*."""
    begun = changes_of(run_id, digest).where(CHANGES.c.outcome != Outcome.PENDING).limit(1)
    return (await connection.execute(begun)).first() is not None


async def read_counts(connection: AsyncConnection, run_id: str, digest: str) -> OutcomeCounts:
    """Return how many changes have which outcome; all zero for an unknown change set."""
    statement = (
        select(CHANGES.c.outcome, func.count().label("changes"))
        .where(CHANGES.c.run_id == run_id, CHANGES.c.digest == digest)
        .group_by(CHANGES.c.outcome)
    )
    counts = {row.outcome.value: row.changes for row in await connection.execute(statement)}
    return OutcomeCounts(**counts)


async def read_changes(
    connection: AsyncConnection,
    run_id: str,
    digest: str,
    *,
    offset: int,
    limit: int,
    outcomes: Collection[Outcome] | None,
) -> Sequence[RecordedChange]:
    """Return a page of the changes, in order, of these outcomes or of any."""
    statement = changes_of(run_id, digest)
    if outcomes is not None:
        statement = statement.where(CHANGES.c.outcome.in_(outcomes))
    page = statement.order_by(CHANGES.c.ordinal).offset(offset).limit(limit)
    return [recorded_change(row) for row in await connection.execute(page)]


async def read_predictions(
    connection: AsyncConnection, run_id: str, digest: str, *, offset: int, limit: int
) -> Sequence[Prediction]:
    """Return a page of what was predicted for the changes, in order."""
    statement = (
        select(
            CHANGES.c.ordinal,
            CHANGES.c.predicted_outcome,
            CHANGES.c.predicted_reason,
            CHANGES.c.predicted_request,
            CHANGES.c.predicted_digest,
        )
        .where(
            CHANGES.c.run_id == run_id,
            CHANGES.c.digest == digest,
            CHANGES.c.predicted_outcome.is_not(None),
        )
        .order_by(CHANGES.c.ordinal)
        .offset(offset)
        .limit(limit)
    )
    return [
        Prediction(
            ordinal=row.ordinal,
            outcome=row.predicted_outcome,
            reason=row.predicted_reason,
            request=row.predicted_request,
            request_digest=row.predicted_digest,
        )
        for row in await connection.execute(statement)
    ]
