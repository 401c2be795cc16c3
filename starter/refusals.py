"""What a person asks of a run in vain, put into the audit trail by a worker."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from steward.errors import RunNotActive, StewardError
from steward.runs import RefusedAttempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starter.session import Session
    from steward.runs import Attempt


@asynccontextmanager
async def recording_refusals(
    session: Session, run_id: str, attempt: Attempt, by: str
) -> AsyncIterator[None]:
    """Have it recorded where the block raises `RunNotActive`, which is then raised on.

    A run records by itself what it refuses while it goes on; one that has ended is not asked.
    """
    try:
        yield
    except RunNotActive as refused:
        try:
            await _record(session, run_id, attempt, by, refused.message)
        except StewardError as failure:
            session.screen.note(
                f"That this was refused is not in the audit trail: {failure.message}"
            )
        raise


async def _record(session: Session, run_id: str, attempt: Attempt, by: str, reason: str) -> None:
    async with session.services.ledger() as reader:
        store = (await reader.run(run_id)).start.store
    async with session.services.engine() as engine:
        await engine.record_refusal(
            RefusedAttempt(run_id=run_id, store=store, attempt=attempt, by=by, reason=reason)
        )
