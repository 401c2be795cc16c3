"""Verifying a chain of the audit trail: each entry against its hash, and against noted heads."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, String, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_rows import entries_after, read_head
from ledger.tables import AUDIT
from steward.audit import (
    GENESIS,
    AuditBreak,
    AuditEvent,
    AuditHead,
    AuditVerification,
    NotedHead,
    chained_hash,
)

_ROWS_AT_ONCE = 1_000
_RawRow = Row[*tuple[Any, ...]]


async def verify_chain(
    connection: AsyncConnection, store: str, noted: Sequence[NotedHead] = ()
) -> AuditVerification:
    """Recompute the store's chain from its first entry to the end that the ledger claims.

    Where entries are missing at the end, or the whole chain was made anew, only the noted heads
    show it; those of other trails are left out.
    """
    noted = [one for one in noted if one.head.store == store]
    head = await read_head(connection, store)
    expected = _by_sequence(noted)
    previous, reached = GENESIS, 0
    last_read: int | None = None
    while rows := await _following_rows(connection, store, last_read):
        for row in rows:
            reason = _problem(row, reached + 1, previous, expected)
            if reason is not None:
                return AuditVerification(
                    head=head, broken=AuditBreak(sequence=reached + 1, reason=reason)
                )
            reached, previous = row.sequence, row.hash
        last_read = reached
    return AuditVerification(head=head, broken=_problem_at_end(head, reached, previous, expected))


def _by_sequence(noted: Sequence[NotedHead]) -> Mapping[int, Sequence[NotedHead]]:
    expected: defaultdict[int, list[NotedHead]] = defaultdict(list)
    for one in noted:
        expected[one.head.length].append(one)
    return expected


async def _following_rows(
    connection: AsyncConnection, store: str, last_read: int | None
) -> Sequence[_RawRow]:
    # What was altered may be no value of its column any more, so nothing is converted here.
    raw = [type_coerce(AUDIT.c[name], String).label(name) for name in ("kind", "at", "facts")]
    page = entries_after(store, last_read).with_only_columns(
        AUDIT.c.sequence,
        AUDIT.c.key,
        AUDIT.c.store,
        AUDIT.c.run_id,
        AUDIT.c.actor,
        AUDIT.c.detail,
        AUDIT.c.previous_hash,
        AUDIT.c.hash,
        *raw,
    )
    return (await connection.execute(page.limit(_ROWS_AT_ONCE))).all()


def _problem(
    row: _RawRow,
    expected: int,
    previous: str,
    noted: Mapping[int, Sequence[NotedHead]],
) -> str | None:
    if row.sequence != expected:
        return f"it is missing, entry {row.sequence} follows"
    if row.previous_hash != previous:
        return "it does not follow the one before it"
    event = _event(row)
    if event is None or row.hash != chained_hash(previous, event):
        return "it was altered"
    for one in noted.get(expected, ()):
        if one.head.hash != row.hash:
            return (
                f"it is not the one with which run {one.run_id} ended: "
                "the trail was written anew up to here"
            )
    return None


def _event(row: _RawRow) -> AuditEvent | None:
    content = {name: getattr(row, name) for name in AuditEvent.model_fields}
    try:
        at = row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at)
        content["at"] = at.replace(tzinfo=at.tzinfo or UTC)
        content["facts"] = json.loads(row.facts or "{}")
        return AuditEvent(**content)
    except ValueError:
        return None


def _problem_at_end(
    head: AuditHead, reached: int, last: str, noted: Mapping[int, Sequence[NotedHead]]
) -> AuditBreak | None:
    if reached != head.length or last != head.hash:
        reason = f"the trail ends at entry {reached}, the ledger claims {head.length}"
        return AuditBreak(sequence=min(reached, head.length) + 1, reason=reason)
    longest = max(noted, default=0)
    if longest <= reached:
        return None
    run_id = noted[longest][0].run_id
    reason = f"the trail ends at entry {reached}, but run {run_id} ended with entry {longest}"
    return AuditBreak(sequence=reached + 1, reason=reason)
