"""The audit trail: what happened, who did it and when, each entry chained to the one before."""

import hashlib
import json
from datetime import UTC
from enum import StrEnum

from pydantic import AwareDatetime

from steward.model import Frozen

GENESIS = "0" * 64


class AuditKind(StrEnum):
    """What an entry of the audit trail is about."""

    REQUESTED = "requested"
    PROPOSED = "proposed"
    SIMULATED = "simulated"
    DECIDED = "decided"
    REFUSED = "refused"
    WRITING = "writing"
    WRITTEN = "written"
    VERIFIED = "verified"
    CONTROLLED = "controlled"
    ENDED = "ended"
    REGISTERED = "registered"


class AuditEvent(Frozen):
    """One thing that happened to a run of a store.

    `key` is made of business ids, so that an activity that runs twice writes one entry.
    """

    key: str
    store: str
    run_id: str
    kind: AuditKind
    actor: str
    at: AwareDatetime
    detail: str


def chained_hash(previous: str, event: AuditEvent) -> str:
    """Return the SHA-256 (hex) that binds an event to everything before it in its store.

    The same instant gives the same hash in whichever time zone it was written down.
    """
    in_utc = event.model_copy(update={"at": event.at.astimezone(UTC)})
    content = json.dumps(in_utc.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
