"""Waits as rows: what a run's steps wait for, the last one that was noted."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.statements import insert_or_replace
from ledger.tables import WAITS
from steward.waits import NotedWait


async def save_wait(connection: AsyncConnection, run_id: str, wait: NotedWait) -> None:
    """Note what the run waits for, in place of an earlier wait."""
    row = {"run_id": run_id, **dict(wait)}
    await insert_or_replace(connection, WAITS, row, columns=["until", "reason"])


async def read_wait(connection: AsyncConnection, run_id: str) -> NotedWait | None:
    """Return the last wait that was noted, which may be over, or None."""
    row = (await connection.execute(select(WAITS).where(WAITS.c.run_id == run_id))).first()
    return None if row is None else NotedWait(until=row.until, reason=row.reason)
