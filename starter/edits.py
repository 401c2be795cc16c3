"""Who edited what a run waits for, as the audit trail tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.views import SHORT_DIGEST, moment
from steward.audit import AuditKind
from steward.audit_facts import EditedFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starter.services import RunReader
    from steward.audit import AuditEntry
    from steward.runs import RunRecord

_MOST_EDITS = 100


async def read_edits(reader: RunReader, run_id: str) -> Sequence[AuditEntry]:
    """Return the edits of a run's change set, oldest first."""
    newest_first = await reader.audit(run_id=run_id, kind=AuditKind.EDITED, limit=_MOST_EDITS)
    return list(reversed(newest_first))


def edit_facts(edits: Sequence[AuditEntry]) -> list[tuple[str, str]]:
    """Return each edit as a line."""
    return [("Edited", _sentence(entry)) for entry in edits]


def edit_data(edits: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Return the edits as a script reads them."""
    return [
        {"by": entry.event.actor, "at": entry.event.at.isoformat(), **entry.event.facts}
        for entry in edits
    ]


def proposers(record: RunRecord, edits: Sequence[AuditEntry]) -> str:
    """Return those who may not decide about the run: who requested it, and who edited it."""
    return ", ".join(
        dict.fromkeys([record.start.requested_by, *(entry.event.actor for entry in edits)])
    )


def _sentence(entry: AuditEntry) -> str:
    facts = EditedFacts.of(entry.event)
    told = entry.event.detail
    if facts is not None:
        digests = f"{facts.former[:SHORT_DIGEST]} -> {facts.digest[:SHORT_DIGEST]}"
        told = f"{facts.edit}; {digests}"
    return f"by {entry.event.actor}, {moment(entry.event.at)}: {told}"
