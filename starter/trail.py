"""`steward audit`: the newest entries of the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.choices import one_of
from starter.screen import WIDE_TERMINAL, Column
from starter.trail_views import entry_data, entry_facts
from steward.audit import AuditKind

if TYPE_CHECKING:
    from starter.session import Session

_AT = Column("at", width=19)
_STORE = Column("store", width=14)
_PLACE = Column("entry", width=6, right=True)
_KIND = Column("kind", width=15, styles={AuditKind.REFUSED.value: "yellow"})
_ACTOR = Column("actor", width=12)
_RUN = Column("run", width=28)
_WHAT = Column("what", whole=True)


async def list_entries(
    session: Session,
    *,
    store: str | None,
    run_id: str | None,
    kind: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Print the entries that match, newest first."""
    wanted = None if kind is None else AuditKind(one_of(AuditKind, kind, "kind of entry"))
    async with session.services.trail() as reader:
        entries = await reader.audit(store=store, run_id=run_id, kind=wanted, limit=limit)
    screen = session.screen
    if as_json:
        screen.data([entry_data(entry) for entry in entries])
    elif not entries:
        screen.note("No entry matches.")
    elif screen.is_terminal and screen.console.width < WIDE_TERMINAL:
        rows = [entry_facts(entry) for entry in entries]
        screen.table(
            (_AT, _KIND, _ACTOR, _WHAT), [(at, k, by, x) for at, _, _, k, by, _, x in rows]
        )
    else:
        columns = (_AT, _STORE, _PLACE, _KIND, _ACTOR, _RUN, _WHAT)
        screen.table(columns, [entry_facts(entry) for entry in entries])
