"""What a watch asks the ledger: a sample of changes, other runs' values, and drift told before."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_rows import audit_event
from ledger.change_rows import WRITTEN, changes_of, recorded_change
from ledger.tables import AUDIT, CHANGES, RUNS
from steward.audit import AuditKind
from steward.audit_facts import drifted_in
from steward.changes import Outcome, Target
from steward.execution import RecordedChange
from steward.runs import RunKey
from steward.values import Value

# What a run left unchanged it found as it was approved to be.
_VOUCHED_FOR = WRITTEN | {Outcome.UNCHANGED}


async def read_listed(
    connection: AsyncConnection, run_id: str, digest: str, ordinals: Sequence[int]
) -> Sequence[RecordedChange]:
    """Return the changes with these numbers, which are in order."""
    if not ordinals:
        return ()
    statement = changes_of(run_id, digest).where(
        # Sends PostgreSQL to the index, see `ledger.change_rows`.
        CHANGES.c.ordinal.between(ordinals[0], ordinals[-1]),
        CHANGES.c.ordinal.in_(ordinals),
    )
    rows = await connection.execute(statement.order_by(CHANGES.c.ordinal))
    return [recorded_change(row) for row in rows]


async def read_written_by_others(
    connection: AsyncConnection, run: RunKey, targets: Sequence[Target], since: datetime
) -> Mapping[Target, Collection[Value]]:
    """Return what other runs of the store that had not ended by then wrote to the fields."""
    others = select(RUNS.c.run_id).where(
        RUNS.c.store == run.store,
        RUNS.c.run_id != run.run_id,
        or_(RUNS.c.ended_at.is_(None), RUNS.c.ended_at >= since),
    )
    statement = select(
        CHANGES.c.resource_kind,
        CHANGES.c.resource_id,
        CHANGES.c.field,
        CHANGES.c.key,
        CHANGES.c.after,
    ).where(
        CHANGES.c.run_id.in_(others),
        CHANGES.c.resource_id.in_({target.resource_id for target in targets}),
        CHANGES.c.outcome.in_(_VOUCHED_FOR),
    )
    wanted = set(targets)
    written: defaultdict[Target, list[Value]] = defaultdict(list)
    for row in await connection.execute(statement):
        target = Target(
            resource_kind=row.resource_kind,
            resource_id=row.resource_id,
            field=row.field,
            key=row.key,
        )
        if target in wanted:
            written[target].append(row.after)
    return written


async def read_drifted(connection: AsyncConnection, run: RunKey) -> AbstractSet[int]:
    """Return the numbers of the run's changes that entries of the trail tell to have drifted."""
    statement = select(AUDIT).where(
        AUDIT.c.store == run.store,
        AUDIT.c.run_id == run.run_id,
        AUDIT.c.kind == AuditKind.DRIFTED,
    )
    return drifted_in([audit_event(row) for row in await connection.execute(statement)])
