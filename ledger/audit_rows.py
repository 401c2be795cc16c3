"""The audit trail as rows: appending to a store's chain, verifying it, and reading it."""

from collections.abc import Sequence
from datetime import UTC
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.statements import insert_new
from ledger.tables import AUDIT, AUDIT_HEADS
from steward.audit import GENESIS, AuditEvent, chained_hash
from steward.model import Frozen

_ROWS_AT_ONCE = 1_000


class AuditHead(Frozen):
    """The end of a store's audit trail: how many entries there are, and the last one's hash.

    Noting it elsewhere is what shows later that nobody has rewritten the whole trail.
    """

    store: str
    length: int
    hash: str


class AuditEntry(Frozen):
    """An entry of the audit trail: its place, what happened, and the hashes that bind it."""

    sequence: int
    event: AuditEvent
    previous_hash: str
    hash: str


class AuditBreak(Frozen):
    """The first entry that is not as it was written, and why; sequences count from 1."""

    sequence: int
    reason: str


class AuditVerification(Frozen):
    """What recomputing a store's chain showed; `head` is the end that the ledger claims."""

    head: AuditHead
    broken: AuditBreak | None = None

    @property
    def intact(self) -> bool:
        """Whether every entry is as it was written."""
        return self.broken is None


async def append_events(connection: AsyncConnection, events: Sequence[AuditEvent]) -> None:
    """Append the events to their stores' chains, leaving out those whose key is there."""
    # Always in the same order, so that two writers never wait for each other's stores.
    by_store = sorted(events, key=attrgetter("store"))
    for store, group in groupby(by_store, key=attrgetter("store")):
        await _append_to_store(connection, store, list(group))


async def _append_to_store(
    connection: AsyncConnection, store: str, events: Sequence[AuditEvent]
) -> None:
    head = await _locked_head(connection, store)
    present = await _present_keys(connection, store, [event.key for event in events])
    rows = []
    length, previous = head.length, head.hash
    for event in events:
        if event.key in present:
            continue
        present.add(event.key)
        # The hash is over the text of the time, so it must be the one that reading gives back.
        in_utc = event.model_copy(update={"at": event.at.astimezone(UTC)})
        length += 1
        following = chained_hash(previous, in_utc)
        rows.append(
            dict(in_utc) | {"sequence": length, "previous_hash": previous, "hash": following}
        )
        previous = following
    if not rows:
        return
    await connection.execute(AUDIT.insert(), rows)
    await connection.execute(
        update(AUDIT_HEADS).where(AUDIT_HEADS.c.store == store).values(length=length, hash=previous)
    )


async def _locked_head(connection: AsyncConnection, store: str) -> AuditHead:
    await insert_new(connection, AUDIT_HEADS, {"store": store, "length": 0, "hash": GENESIS})
    return await read_head(connection, store, lock=True)


async def _present_keys(connection: AsyncConnection, store: str, keys: Sequence[str]) -> set[str]:
    present: set[str] = set()
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        some = keys[start : start + _ROWS_AT_ONCE]
        statement = select(AUDIT.c.key).where(AUDIT.c.store == store, AUDIT.c.key.in_(some))
        present.update(await connection.scalars(statement))
    return present


async def read_head(connection: AsyncConnection, store: str, *, lock: bool = False) -> AuditHead:
    """Return the end of the store's trail; with `lock` other writers wait for this transaction."""
    statement = select(AUDIT_HEADS).where(AUDIT_HEADS.c.store == store)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).first()
    if row is None:
        return AuditHead(store=store, length=0, hash=GENESIS)
    return AuditHead(store=store, length=row.length, hash=row.hash)


async def verify_chain(connection: AsyncConnection, store: str) -> AuditVerification:
    """Recompute the store's chain from its first entry to the end that the ledger claims."""
    head = await read_head(connection, store)
    previous, reached = GENESIS, 0
    last_read: int | None = None
    while rows := await _following_rows(connection, store, last_read):
        for row in rows:
            reason = _problem(row, reached + 1, previous)
            if reason is not None:
                broken = AuditBreak(sequence=reached + 1, reason=reason)
                return AuditVerification(head=head, broken=broken)
            reached, previous = row.sequence, row.hash
        last_read = reached
    if reached != head.length or previous != head.hash:
        reason = f"the trail ends at entry {reached}, the ledger claims {head.length}"
        broken = AuditBreak(sequence=min(reached, head.length) + 1, reason=reason)
        return AuditVerification(head=head, broken=broken)
    return AuditVerification(head=head)


async def _following_rows(
    connection: AsyncConnection, store: str, last_read: int | None
) -> Sequence[Row[Any]]:
    statement = select(AUDIT).where(AUDIT.c.store == store)
    if last_read is not None:
        statement = statement.where(AUDIT.c.sequence > last_read)
    page = statement.order_by(AUDIT.c.sequence).limit(_ROWS_AT_ONCE)
    return (await connection.execute(page)).all()


def _problem(row: Row[Any], expected: int, previous: str) -> str | None:
    if row.sequence != expected:
        return f"entry {expected} is missing, entry {row.sequence} follows"
    if row.previous_hash != previous:
        return f"entry {expected} does not follow the one before it"
    if row.hash != chained_hash(previous, _event(row)):
        return f"entry {expected} was altered"
    return None


async def read_entries(
    connection: AsyncConnection, store: str, *, run_id: str | None, limit: int
) -> Sequence[AuditEntry]:
    """Return the newest entries of the store's trail, or of one run's part of it, newest first."""
    statement = select(AUDIT).where(AUDIT.c.store == store)
    if run_id is not None:
        statement = statement.where(AUDIT.c.run_id == run_id)
    newest = statement.order_by(AUDIT.c.sequence.desc()).limit(limit)
    return [
        AuditEntry(
            sequence=row.sequence,
            event=_event(row),
            previous_hash=row.previous_hash,
            hash=row.hash,
        )
        for row in await connection.execute(newest)
    ]


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(**{name: getattr(row, name) for name in AuditEvent.model_fields})
