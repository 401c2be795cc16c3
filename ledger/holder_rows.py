"""Runs that hold claims, as rows: the leases of their steps, and whom they make way for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.statements import insert_or_replace
from ledger.tables import CLAIM_HOLDERS, CLAIM_LEASES, CLAIMS, CONTROLS
from steward.claims import LEASE, WISH, ClaimOrder, Hold, Holder
from steward.errors import FieldsClaimed
from steward.runs import Control

_AGAIN = timedelta(seconds=1)


async def lock_holder(connection: AsyncConnection, run_id: str) -> Row[Any] | None:
    """Return what a run holds, if anything, locked: it begins no write and does not end now."""
    return next(iter(await _lock_holders(connection, [run_id])), None)


async def _lock_holders(connection: AsyncConnection, run_ids: Sequence[str]) -> Sequence[Row[Any]]:
    # Always in the same order, so that two transactions never wait for each other's rows.
    rows = select(CLAIM_HOLDERS).where(CLAIM_HOLDERS.c.run_id.in_(run_ids))
    ordered = rows.order_by(CLAIM_HOLDERS.c.run_id).with_for_update()
    return (await connection.execute(ordered)).all()


async def is_alone(connection: AsyncConnection, store: str, run_id: str) -> bool:
    """Return whether no other run holds anything in the store."""
    others = select(CLAIM_HOLDERS.c.run_id).where(
        CLAIM_HOLDERS.c.store == store, CLAIM_HOLDERS.c.run_id != run_id
    )
    return (await connection.execute(others.limit(1))).first() is None


async def describe_holders(connection: AsyncConnection, run_ids: Sequence[str]) -> Sequence[Holder]:
    """Return how runs stand, locked; one that has ended meanwhile is left out."""
    holders = await _lock_holders(connection, run_ids)
    # Not before they are locked: until then a step may begin to write.
    last = select(CLAIM_LEASES.c.run_id, func.max(CLAIM_LEASES.c.lapses_at).label("lapses_at"))
    of_them = last.where(CLAIM_LEASES.c.run_id.in_(run_ids)).group_by(CLAIM_LEASES.c.run_id)
    until = {row.run_id: row.lapses_at for row in await connection.execute(of_them)}
    paused = select(CONTROLS.c.run_id).where(
        CONTROLS.c.run_id.in_(run_ids), CONTROLS.c.control == Control.PAUSE
    )
    are_paused = set(await connection.scalars(paused))
    return [
        Holder(
            run_id=row.run_id,
            undo=row.undo,
            writes_until=until.get(row.run_id),
            is_paused=row.run_id in are_paused,
        )
        for row in holders
    ]


async def save_holder(
    connection: AsyncConnection, order: ClaimOrder, now: datetime, *, is_complete: bool
) -> Hold:
    """Record that a run holds what it claimed and makes way for nobody, and begin a lease."""
    chunk = order.chunk
    row = {
        "run_id": chunk.run_id,
        "store": chunk.store,
        "digest": chunk.digest,
        "is_complete": is_complete,
        "undo": order.undo,
        "makes_way_for": None,
        "makes_way_until": None,
    }
    columns = [name for name in row if name != "run_id"]
    await insert_or_replace(connection, CLAIM_HOLDERS, row, columns=columns)
    hold = Hold(run_id=chunk.run_id, digest=chunk.digest, origin=chunk.origin, lease=uuid4().hex)
    lease = {"run_id": hold.run_id, "lease": hold.lease, "origin": hold.origin}
    await connection.execute(CLAIM_LEASES.insert().values(**lease, lapses_at=now + LEASE))
    return hold


def undo_that_asked(holder: Row[Any], now: datetime) -> Holder | None:
    """Return the undo that a run makes way for, if there is one."""
    if holder.makes_way_until is None or holder.makes_way_until <= now:
        return None
    return Holder(run_id=holder.makes_way_for, undo=True, writes_until=holder.makes_way_until)


async def ask_to_make_way(
    connection: AsyncConnection, holders: Sequence[Holder], undo: str, now: datetime
) -> None:
    """Keep runs from further writes for a while, as an undo wants fields of theirs."""
    run_ids = [holder.run_id for holder in holders]
    wish = {"makes_way_for": undo, "makes_way_until": now + WISH}
    await connection.execute(
        update(CLAIM_HOLDERS).where(CLAIM_HOLDERS.c.run_id.in_(run_ids)).values(wish)
    )


async def note_loss(connection: AsyncConnection, run_id: str) -> None:
    """Record that a run has lost claims: it has to claim again, and its leases are void."""
    lost = {"is_complete": False, "makes_way_for": None, "makes_way_until": None}
    await connection.execute(
        update(CLAIM_HOLDERS).where(CLAIM_HOLDERS.c.run_id == run_id).values(lost)
    )
    await connection.execute(delete(CLAIM_LEASES).where(CLAIM_LEASES.c.run_id == run_id))


async def require_hold(connection: AsyncConnection, hold: Hold, now: datetime) -> None:
    """Let a step begin a write; raises `FieldsClaimed` where its run lost claims or makes way."""
    holder = await lock_holder(connection, hold.run_id)
    if (
        holder is None
        or holder.digest != hold.digest
        or undo_that_asked(holder, now) is not None
        or not await renew_lease(connection, hold, now)
    ):
        raise FieldsClaimed(
            f"Run {hold.run_id} lost its claim on these fields, or makes way for an undo.",
            remedy="It claims them again by itself.",
            retry_after=_AGAIN,
        )


async def renew_lease(connection: AsyncConnection, hold: Hold, now: datetime) -> bool:
    """Record that a step is alive; return whether its lease is valid."""
    renewed = update(CLAIM_LEASES).where(_lease_of(hold)).values(lapses_at=now + LEASE)
    return (await connection.execute(renewed)).rowcount == 1


async def end_lease(connection: AsyncConnection, hold: Hold, now: datetime) -> None:
    """Record that nothing of a step is on its way any more, nor of earlier attempts at it."""
    own = _lease_of(hold)
    earlier = _lapsed(hold.run_id, now) & (CLAIM_LEASES.c.origin == hold.origin)
    await connection.execute(delete(CLAIM_LEASES).where(own | earlier))


def _lease_of(hold: Hold) -> ColumnElement[bool]:
    return (CLAIM_LEASES.c.run_id == hold.run_id) & (CLAIM_LEASES.c.lease == hold.lease)


async def read_last_lapse(connection: AsyncConnection, run_id: str) -> datetime | None:
    """Return when the last lease of a run's steps lapses or has lapsed, where there is one."""
    last = select(func.max(CLAIM_LEASES.c.lapses_at)).where(CLAIM_LEASES.c.run_id == run_id)
    lapses_at: datetime | None = await connection.scalar(last)
    return lapses_at


async def read_lost_work(connection: AsyncConnection, run_id: str, now: datetime) -> Sequence[str]:
    """Return by what the store knows the work of a run's steps whose leases have lapsed."""
    lost = select(CLAIM_LEASES.c.origin).where(_lapsed(run_id, now)).distinct()
    return list(await connection.scalars(lost.order_by(CLAIM_LEASES.c.origin)))


async def delete_lost_work(connection: AsyncConnection, run_id: str, now: datetime) -> None:
    """Forget the leases of a run's steps that have lapsed."""
    await connection.execute(delete(CLAIM_LEASES).where(_lapsed(run_id, now)))


def _lapsed(run_id: str, now: datetime) -> ColumnElement[bool]:
    return (CLAIM_LEASES.c.run_id == run_id) & (CLAIM_LEASES.c.lapses_at <= now)


async def end_holding(connection: AsyncConnection, run_id: str) -> bool:
    """Give back all that a run holds; return whether it held anything and no longer does.

    While a write of it may arrive it keeps everything, and begins no other.
    """
    holder = await lock_holder(connection, run_id)
    if holder is None:
        return False
    if await read_last_lapse(connection, run_id) is not None:
        ended = update(CLAIM_HOLDERS).where(CLAIM_HOLDERS.c.run_id == run_id)
        await connection.execute(ended.values(digest="", is_complete=False))
        return False
    theirs = (CLAIMS.c.store == holder.store) & (CLAIMS.c.run_id == run_id)
    await connection.execute(delete(CLAIMS).where(theirs))
    await connection.execute(delete(CLAIM_HOLDERS).where(CLAIM_HOLDERS.c.run_id == run_id))
    return True
