"""The register of approvers as rows: adding, revoking, listing, and asking about one person."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_rows import append_events
from ledger.statements import insert_or_replace
from ledger.tables import APPROVERS
from steward.approvers import Approver, Registration
from steward.audit import AuditEvent
from steward.identity import identity_of


async def save_approver(connection: AsyncConnection, approver: Approver, event: AuditEvent) -> None:
    """Add the person, or set what changed about them, and record who did it."""
    columns = tuple(Approver.model_fields)
    row = dict(approver) | {"identity": identity_of(approver.name)}
    await insert_or_replace(connection, APPROVERS, row, columns=columns)
    await append_events(connection, [event])


async def read_registration(connection: AsyncConnection, name: str) -> Registration:
    """Return what the register says about a person."""
    statement = select(APPROVERS).where(APPROVERS.c.identity == identity_of(name))
    row = (await connection.execute(statement)).first()
    if row is not None:
        return Registration(in_use=True, approver=_approver(row))
    registered = await connection.scalar(select(func.count()).select_from(APPROVERS))
    return Registration(in_use=bool(registered))


async def read_register(connection: AsyncConnection) -> Mapping[str, Approver]:
    """Return everybody who was ever registered, by the identity under which they are found."""
    rows = await connection.execute(select(APPROVERS))
    return {row.identity: _approver(row) for row in rows}


async def read_approvers(connection: AsyncConnection) -> Sequence[Approver]:
    """Return everybody who was ever registered, by name."""
    rows = await connection.execute(select(APPROVERS).order_by(APPROVERS.c.identity))
    return [_approver(row) for row in rows]


def _approver(row: Row[Any]) -> Approver:
    return Approver(**{name: getattr(row, name) for name in Approver.model_fields})
