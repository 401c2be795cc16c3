"""What the rows of changes say about predicted requests and those that were sent."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.tables import CHANGES
from steward.changes import Outcome
from steward.fidelity import Difference, Differing, Fidelity

_OPEN = (Outcome.PENDING, Outcome.ATTEMPTING)
_NOT_SENT = CHANGES.c.sent_digest.is_(None)
_UNFORESEEN = and_(
    CHANGES.c.predicted_outcome.is_not(None),
    CHANGES.c.predicted_request.is_(None),
    CHANGES.c.sent_digest.is_not(None),
)


def _of(run_id: str, digest: str) -> ColumnElement[bool]:
    return and_(CHANGES.c.run_id == run_id, CHANGES.c.digest == digest)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


async def read_fidelity(connection: AsyncConnection, run_id: str, digest: str) -> Fidelity | None:
    """Return how much of a change set was sent as predicted.

    None where it was simulated by a version that did not keep what the requests were.
    """
    by_request = (
        select(
            func.count().label("planned"),
            func.count(CHANGES.c.predicted_digest).label("known"),
            func.count(CHANGES.c.sent_digest).label("sent"),
            _number(CHANGES.c.sent_digest == CHANGES.c.predicted_digest).label("identical"),
            _number(and_(_NOT_SENT, CHANGES.c.outcome.not_in(_OPEN))).label("left_out"),
        )
        .where(_of(run_id, digest), CHANGES.c.predicted_request.is_not(None))
        .group_by(CHANGES.c.predicted_request)
        .subquery()
    )
    of = by_request.c
    other = of.sent - of.identical
    sums = select(
        func.coalesce(func.sum(of.planned - of.known), 0).label("unknown"),
        func.coalesce(func.sum(of.sent), 0).label("sent"),
        func.coalesce(func.sum(of.identical), 0).label("identical"),
        func.coalesce(func.sum(case((of.sent < of.planned, other), else_=0)), 0).label("smaller"),
        func.coalesce(func.sum(case((of.sent < of.planned, 0), else_=other)), 0).label("otherwise"),
        func.coalesce(func.sum(of.left_out), 0).label("left_out"),
    )
    total = (await connection.execute(sums)).one()
    if total.unknown:
        return None
    count = select(func.count()).select_from(CHANGES).where(_of(run_id, digest), _UNFORESEEN)
    unforeseen = (await connection.execute(count)).scalar_one()
    return Fidelity(
        sent=int(total.sent) + unforeseen,
        identical=int(total.identical),
        neighbour_left_out=int(total.smaller),
        unforeseen=unforeseen,
        otherwise=int(total.otherwise),
        left_out=int(total.left_out),
    )


async def read_differing(
    connection: AsyncConnection, run_id: str, digest: str, *, limit: int
) -> Sequence[Differing]:
    """Return the first changes that were not carried by the request predicted for them."""
    c = CHANGES.c
    differs = or_(c.sent_digest != c.predicted_digest, _UNFORESEEN)
    statement = (
        select(c.ordinal, c.label, c.predicted_request, c.predicted_digest, c.sent_digest)
        .where(_of(run_id, digest), differs)
        .order_by(c.ordinal)
        .limit(limit)
    )
    rows = (await connection.execute(statement)).all()
    requests = {row.predicted_request for row in rows} - {None}
    beside = select(c.predicted_request, c.ordinal).where(
        _of(run_id, digest), c.predicted_request.in_(requests) if requests else false(), _NOT_SENT
    )
    left_out: defaultdict[int, list[int]] = defaultdict(list)
    for row in await connection.execute(beside.order_by(c.ordinal)):
        left_out[row.predicted_request].append(row.ordinal)
    return [_differing(row, tuple(left_out.get(row.predicted_request, ()))) for row in rows]


def _differing(row: Row[*tuple[Any, ...]], neighbours: tuple[int, ...]) -> Differing:
    if row.predicted_request is None:
        why = Difference.UNFORESEEN
    elif neighbours:
        why = Difference.NEIGHBOUR_LEFT_OUT
    else:
        why = Difference.OTHERWISE
    return Differing(
        ordinal=row.ordinal,
        label=row.label,
        why=why,
        predicted=row.predicted_digest or "",
        sent=row.sent_digest,
        neighbours=neighbours,
    )
