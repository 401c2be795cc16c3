"""Claims as rows: which run holds which fields, claimed together and given back together.

A transaction locks the rows of the holders that it is about before anything of theirs, so that on
PostgreSQL too a claim changes hands only between two writes of its holder.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.holder_rows import (
    ask_to_make_way,
    describe_holders,
    is_alone,
    lock_holder,
    note_loss,
    save_holder,
    undo_that_asked,
)
from ledger.tables import CHANGES, CLAIMS
from steward.changes import Outcome
from steward.claims import (
    Claim,
    ClaimAnswer,
    ClaimOrder,
    Conflict,
    Holder,
    Overlap,
    Precedence,
    Refusal,
    WhenClaimed,
    precedence,
)
from steward.runs import ChunkReference

_FIELD = ("resource_kind", "resource_id", "field", "key")


async def claim_fields(
    connection: AsyncConnection, order: ClaimOrder, now: datetime
) -> ClaimAnswer:
    """Claim the fields of a change set, or say who is in the way.

    A run claims all of them or none. One that does not wait is refused where others hold any; once
    it has begun, it leaves alone what an undo took from it, and claims again what of the chunk at
    hand has become free.
    """
    chunk = order.chunk
    await _one_claim_at_a_time(connection, chunk.store)
    own = await lock_holder(connection, chunk.run_id)
    if own is not None:
        asked = None if order.undo else undo_that_asked(own, now)
        if asked is not None:
            return Conflict(others=(asked,))
        if own.digest == chunk.digest and own.is_complete:
            return Claim(hold=await save_holder(connection, order, now, is_complete=True))
    others = await _in_the_way(connection, chunk)
    if others and order.when_claimed is WhenClaimed.REFUSE:
        if own is None or own.digest != chunk.digest:
            return Refusal(others=tuple(others), overlap=await _overlap(connection, chunk))
        return await _claim_what_is_free(connection, order, others, now)
    return await _claim_all(connection, order, others, now)


async def _one_claim_at_a_time(connection: AsyncConnection, store: str) -> None:
    # On SQLite a transaction that writes is alone anyway.
    if connection.dialect.name != "sqlite":
        number = func.hashtextextended(f"steward claims {store}", 0)
        await connection.execute(select(func.pg_advisory_xact_lock(number)))


async def _in_the_way(connection: AsyncConnection, chunk: ChunkReference) -> Sequence[Holder]:
    if await is_alone(connection, chunk.store, chunk.run_id):
        return ()
    holding = _held_by_others(chunk, CLAIMS.c.run_id).distinct()
    run_ids = list(await connection.scalars(holding))
    return await describe_holders(connection, run_ids) if run_ids else ()


async def _claim_all(
    connection: AsyncConnection, order: ClaimOrder, others: Sequence[Holder], now: datetime
) -> ClaimAnswer:
    rights = {other: precedence(other, undo=order.undo) for other in others}
    awaited = [other for other in others if rights[other] is not Precedence.TAKE]
    if awaited:
        # Nobody is asked to stop for an undo that has to wait for another undo all the same.
        if Precedence.WAIT not in rights.values():
            await ask_to_make_way(connection, others, order.chunk.run_id, now)
        return Conflict(
            others=tuple(awaited), overlap=await _overlap(connection, order.chunk, awaited)
        )
    for other in others:
        await _take_from(connection, other.run_id, order.chunk)
    await _insert_claims(connection, order.chunk)
    hold = await save_holder(connection, order, now, is_complete=True)
    return Claim(hold=hold, taken_from=tuple(other.run_id for other in others))


async def _claim_what_is_free(
    connection: AsyncConnection, order: ClaimOrder, others: Sequence[Holder], now: datetime
) -> ClaimAnswer:
    chunk = order.chunk
    of_chunk = CHANGES.c.ordinal.between(chunk.first, chunk.last)
    columns = CHANGES.c.ordinal, CHANGES.c.outcome, CLAIMS.c.run_id
    open_ones = CHANGES.c.outcome.in_((Outcome.PENDING, Outcome.ATTEMPTING))
    held = _held_by_others(chunk, *columns).where(of_chunk, open_ones)
    elsewhere = (await connection.execute(held)).all()
    if any(row.outcome is Outcome.ATTEMPTING for row in elsewhere):
        # A write of ours may have arrived. Whether it did can be read once the other is done.
        return Conflict(others=tuple(others), overlap=await _overlap(connection, chunk))
    await _insert_claims(connection, chunk, of_chunk)
    return Claim(
        hold=await save_holder(connection, order, now, is_complete=False),
        others=tuple(others),
        elsewhere={row.ordinal: row.run_id for row in elsewhere},
    )


def _changes(chunk: ChunkReference) -> ColumnElement[bool]:
    return and_(CHANGES.c.run_id == chunk.run_id, CHANGES.c.digest == chunk.digest)


def _claim_of_change(chunk: ChunkReference) -> ColumnElement[bool]:
    same_field = (CLAIMS.c[name] == CHANGES.c[name] for name in _FIELD)
    return and_(CLAIMS.c.store == chunk.store, *same_field)


def _held_by_others(chunk: ChunkReference, *columns: ColumnElement[Any]) -> Select[Any]:
    held = select(*columns).join_from(CHANGES, CLAIMS, _claim_of_change(chunk))
    return held.where(_changes(chunk), CLAIMS.c.run_id != chunk.run_id)


async def _overlap(
    connection: AsyncConnection, chunk: ChunkReference, others: Sequence[Holder] = ()
) -> Overlap:
    """Return what others hold of the change set, at least one field; of them all, or of some."""
    of_them = [CLAIMS.c.run_id.in_([other.run_id for other in others])] if others else []
    first = _held_by_others(chunk, CHANGES.c.field, CHANGES.c.label).where(*of_them)
    row = (await connection.execute(first.order_by(CHANGES.c.ordinal).limit(1))).one()
    count = _held_by_others(chunk, func.count()).where(*of_them)
    fields = (await connection.execute(count)).scalar_one()
    return Overlap(fields=fields, field=row.field, label=row.label)


async def _insert_claims(
    connection: AsyncConnection, chunk: ChunkReference, *of_them: ColumnElement[bool]
) -> None:
    """Claim the fields of the change set, or some of them, that nobody holds."""
    fields = select(
        literal(chunk.store), *(CHANGES.c[name] for name in _FIELD), literal(chunk.run_id)
    ).where(_changes(chunk), *of_them)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    into = insert(CLAIMS).from_select(["store", *_FIELD, "run_id"], fields)
    await connection.execute(into.on_conflict_do_nothing())


async def _take_from(connection: AsyncConnection, run_id: str, chunk: ChunkReference) -> None:
    wanted = select(*(CHANGES.c[name] for name in _FIELD)).where(_changes(chunk))
    await connection.execute(
        delete(CLAIMS).where(
            CLAIMS.c.store == chunk.store,
            CLAIMS.c.run_id == run_id,
            tuple_(*(CLAIMS.c[name] for name in _FIELD)).in_(wanted),
        )
    )
    await note_loss(connection, run_id)
