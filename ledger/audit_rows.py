"""The audit trail as rows: appending to a store's chain, and reading it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Insert, Row, Select, bindparam, func, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.statements import insert_new
from ledger.tables import AUDIT, AUDIT_HEADS
from steward.audit import GENESIS, AuditEntry, AuditEvent, AuditHead, AuditKind, chained_hash

# Two entries for each batch of requests go through these, so they are made once. The head moves on
# by a trigger, which costs no statement more, and which refuses what does not follow the head.
_OF_STORE = AUDIT_HEADS.c.store == bindparam("of_store")
_LOCK_HEAD = select(AUDIT_HEADS.c.length, AUDIT_HEADS.c.hash).where(_OF_STORE).with_for_update()
# Only the key may be there: a place that is taken means that the head is not the end.
_KEY = ["store", "key"]
_INSERT: Mapping[str, Insert] = {
    "sqlite": sqlite.insert(AUDIT).on_conflict_do_nothing(index_elements=_KEY),
    "postgresql": postgresql.insert(AUDIT).on_conflict_do_nothing(index_elements=_KEY),
}


async def append_events(connection: AsyncConnection, events: Sequence[AuditEvent]) -> None:
    """Append the events to their stores' chains, leaving out those whose key is there."""
    # Always in the same order, so that two writers never wait for each other's stores.
    for event in sorted(events, key=attrgetter("store")):
        await append_event(connection, event)


async def append_event(
    connection: AsyncConnection, event: AuditEvent, head: AuditHead | None = None
) -> bool:
    """Append the event to its store's chain unless its key is there; return whether it was new.

    `head` is what `lock_head` returned, where it was called before. Other writers to the chain wait
    from then on until the transaction has ended.
    """
    head = head or await lock_head(connection, event.store)
    # The hash is over the text of the time, so it must be the one that reading gives back.
    in_utc = event.model_copy(update={"at": event.at.astimezone(UTC)})
    length, following = head.length + 1, chained_hash(head.hash, in_utc)
    row = dict(in_utc) | {"sequence": length, "previous_hash": head.hash, "hash": following}
    row["facts"] = in_utc.facts or None
    inserted = await connection.execute(_INSERT[connection.dialect.name], row)
    return inserted.rowcount == 1


async def lock_head(connection: AsyncConnection, store: str) -> AuditHead:
    """Return the end of the store's trail, which stays so until this transaction has ended."""
    row = (await connection.execute(_LOCK_HEAD, {"of_store": store})).first()
    if row is None:
        await insert_new(connection, AUDIT_HEADS, {"store": store, "length": 0, "hash": GENESIS})
        row = (await connection.execute(_LOCK_HEAD, {"of_store": store})).one()
    return AuditHead(store=store, length=row.length, hash=row.hash)


async def read_head(connection: AsyncConnection, store: str) -> AuditHead:
    """Return the end of the store's trail."""
    row = (
        await connection.execute(select(AUDIT_HEADS).where(AUDIT_HEADS.c.store == store))
    ).first()
    if row is None:
        return AuditHead(store=store, length=0, hash=GENESIS)
    return AuditHead(store=store, length=row.length, hash=row.hash)


async def read_head_at(connection: AsyncConnection, store: str, key: str) -> AuditHead | None:
    """Return where the store's trail ended when the event with this key was appended."""
    statement = select(AUDIT).where(AUDIT.c.store == store, AUDIT.c.key == key)
    row = (await connection.execute(statement)).first()
    return None if row is None else AuditHead(store=store, length=row.sequence, hash=row.hash)


async def read_last_event(
    connection: AsyncConnection, store: str, beginning: str
) -> AuditEvent | None:
    """Return the last event of the store's trail whose key begins so, or None."""
    statement = select(AUDIT).where(
        AUDIT.c.store == store, AUDIT.c.key.startswith(beginning, autoescape=True)
    )
    row = (await connection.execute(statement.order_by(AUDIT.c.sequence.desc()).limit(1))).first()
    return None if row is None else audit_event(row)


async def read_stores(connection: AsyncConnection) -> Sequence[str]:
    """Return the stores that have a trail, or a head that claims one, in order."""
    stores = union(select(AUDIT_HEADS.c.store), select(AUDIT.c.store))
    return sorted((await connection.scalars(stores)).all())


async def read_newest(
    connection: AsyncConnection,
    *,
    store: str | None,
    run_id: str | None,
    kind: AuditKind | None,
    limit: int,
) -> Sequence[AuditEntry]:
    """Return the newest entries that match, newest first."""
    statement = select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.store, AUDIT.c.sequence.desc())
    wanted = ((AUDIT.c.store, store), (AUDIT.c.run_id, run_id), (AUDIT.c.kind, kind))
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    return [audit_entry(row) for row in await connection.execute(statement.limit(limit))]


async def read_following(
    connection: AsyncConnection, store: str, *, after: int, limit: int
) -> Sequence[AuditEntry]:
    """Return the entries of the store's trail that follow the one with this number, in order."""
    rows = await connection.execute(entries_after(store, after).limit(limit))
    return [audit_entry(row) for row in rows]


async def read_first_since(connection: AsyncConnection, store: str, since: datetime) -> int | None:
    """Return the number of the store's first entry of that time or later."""
    statement = select(func.min(AUDIT.c.sequence)).where(AUDIT.c.store == store)
    first: int | None = await connection.scalar(statement.where(AUDIT.c.at >= since))
    return first


def entries_after(store: str, after: int | None) -> Select[Any]:
    """Return the query for what follows an entry in a store's trail, or for all of it, in order."""
    statement = select(AUDIT).where(AUDIT.c.store == store).order_by(AUDIT.c.sequence)
    return statement if after is None else statement.where(AUDIT.c.sequence > after)


def audit_entry(row: Row[Any]) -> AuditEntry:
    """Return the entry that the row holds."""
    return AuditEntry(
        sequence=row.sequence,
        event=audit_event(row),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def audit_event(row: Row[Any]) -> AuditEvent:
    """Return what happened, as the row holds it."""
    content = {name: getattr(row, name) for name in AuditEvent.model_fields}
    return AuditEvent(**content | {"facts": row.facts or {}})
