"""`steward approver`: registering, revoking and listing the people who may decide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from starter.identity import acting_person
from starter.screen import Column
from starter.views import moment
from steward.approvers import Approver, same_person
from steward.audit import INSTALLATION, AuditEvent, AuditKind
from steward.audit_facts import RegisteredFacts
from steward.errors import InvalidInput, UnknownApprover
from steward.identity import identity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starter.session import Session


async def list_approvers(session: Session, *, as_json: bool) -> None:
    """Print everybody who was ever registered."""
    async with session.services.ledger() as reader:
        known = await reader.approvers()
    screen = session.screen
    if as_json:
        screen.data([approver.model_dump(mode="json") for approver in known])
    elif not known:
        screen.note("Nobody is registered, so everybody may decide but whoever requested a run.")
    else:
        screen.table(
            (Column("name", width=24), Column("roles", width=32), Column("since")),
            [
                (
                    one.name,
                    ", ".join(one.roles) or "-",
                    f"revoked {moment(one.revoked_at)}" if one.revoked_at else moment(one.added_at),
                )
                for one in known
            ],
        )


async def add_approver(
    session: Session, name: str, roles: Sequence[str], *, person: str | None
) -> None:
    """Register the person; raises `InvalidInput` for a name or role that cannot be."""
    by = acting_person(session.services, person)
    try:
        approver = Approver(
            name=name, roles=tuple(dict.fromkeys(roles)), added_by=by, added_at=datetime.now(UTC)
        )
    except ValidationError:
        raise InvalidInput(
            "The name or a role cannot be used.",
            remedy="A role has small letters, digits and hyphens, as in head-of-pricing.",
        ) from None
    detail = f"added {approver.name}, roles: {', '.join(approver.roles) or 'none'}"
    async with session.services.register() as register:
        await register.save_approver(approver, _event(approver, by, detail))
    session.screen.say(f"{approver.name} may decide.")


async def revoke_approver(session: Session, name: str, *, person: str | None) -> None:
    """Revoke the person; raises `UnknownApprover`."""
    by = acting_person(session.services, person)
    async with session.services.ledger() as reader:
        known = [one for one in await reader.approvers() if same_person(one.name, name)]
    if not known:
        raise UnknownApprover(
            f"Nobody called '{name}' is registered.", remedy="`steward approver` lists the people."
        )
    revoked = known[0].model_copy(update={"revoked_by": by, "revoked_at": datetime.now(UTC)})
    async with session.services.register() as register:
        await register.save_approver(revoked, _event(revoked, by, f"revoked {revoked.name}"))
    session.screen.say(f"{revoked.name} may no longer decide.")


def _event(approver: Approver, by: str, detail: str) -> AuditEvent:
    at = approver.revoked_at or approver.added_at
    return AuditEvent(
        key=f"approver:{approver.name}:{at.isoformat()}",
        store=INSTALLATION,
        run_id="",
        kind=AuditKind.REGISTERED,
        actor=by,
        at=at,
        detail=detail,
        facts=RegisteredFacts(
            identity=identity_of(approver.name), record=approver.fingerprint
        ).data(),
    )
