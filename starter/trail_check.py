"""`steward audit verify`: whether the audit trail, and what it tells of, is as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.screen import Column
from starter.views import SHORT_DIGEST, counted
from steward.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starter.session import Session
    from steward.audit import AuditVerification, NotedHead

_COLUMNS = (
    Column("store", width=24),
    Column("entries", width=10, right=True),
    Column("ends with", width=14),
    Column("result", styles={"intact": "green", "broken": "bold red"}),
)


async def verify_trail(
    session: Session, *, store: str | None, offline: bool, as_json: bool
) -> bool:
    """Check every store's trail, or one's; print what was found, and return whether all is intact.

    Raises `UnknownStore` where the store has no trail and no finished run names one.
    """
    with session.screen.busy("Verifying"):
        noted = [] if offline else await _noted_heads(session)
        verified = await _verified(session, store, noted)
    intact = all(one.intact for one in verified.values())
    compared = None if offline else len({one.run_id for one in noted})
    if as_json:
        session.screen.data(
            {
                "intact": intact,
                "compared_with_runs": compared,
                "stores": [_data(name, one) for name, one in verified.items()],
            }
        )
        return intact
    _print(session, verified, compared)
    return intact


async def _noted_heads(session: Session) -> Sequence[NotedHead]:
    async with session.services.engine() as engine:
        return await engine.noted_heads()


async def _verified(
    session: Session, store: str | None, noted: Sequence[NotedHead]
) -> Mapping[str, AuditVerification]:
    async with session.services.trail() as reader:
        known = set(await reader.audit_stores()) | {one.head.store for one in noted}
        if store is not None and store not in known:
            raise UnknownStore(
                f"There is no audit trail of a store '{store}'.",
                remedy="`steward audit verify` checks every trail there is.",
            )
        return {
            name: await reader.verify_audit(name, [one for one in noted if one.head.store == name])
            for name in sorted(known if store is None else {store})
        }


def _data(name: str, verification: AuditVerification) -> dict[str, Any]:
    broken = verification.broken
    return {
        "store": name,
        "length": verification.head.length,
        "hash": verification.head.hash,
        "intact": verification.intact,
        "broken": None if broken is None else broken.model_dump(),
    }


def _print(
    session: Session, verified: Mapping[str, AuditVerification], compared: int | None
) -> None:
    screen = session.screen
    if not verified:
        screen.note("There is no audit trail yet.")
        return
    screen.table(
        _COLUMNS,
        [
            (
                name,
                f"{one.head.length:,}",
                one.head.hash[:SHORT_DIGEST],
                "intact" if one.intact else "broken",
            )
            for name, one in verified.items()
        ],
    )
    for name, one in verified.items():
        if one.broken is not None:
            entry = "no entry" if one.broken.sequence is None else f"entry {one.broken.sequence}"
            screen.say(f"{name}, {entry}: {one.broken.reason}.", style="bold red")
    if compared is None:
        screen.note("Not compared with what runs noted at their end; leave out --offline for that.")
    else:
        screen.note(f"Compared with what {counted(compared, 'finished run')} noted at the end.")
