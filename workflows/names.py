"""Names that outlive a release: they stand in histories, in clients and in scripts."""

from datetime import timedelta
from hashlib import sha256
from typing import Final

from temporalio.common import SearchAttributeKey

AGENT_RUN: Final = "agent_run"
ROLLBACK: Final = "rollback"

RECORD_REFUSAL: Final = "record_refusal"

DECIDE: Final = "decide"
EDIT: Final = "edit"
EDIT_REFUSED: Final = "EditRefused"
PAUSE: Final = "pause"
RESUME: Final = "resume"
CANCEL: Final = "cancel"

# The queue of workflows and of their short steps; of planning; platforms' queues bear their names.
WORKFLOW_QUEUE: Final = "steward"
REASON_QUEUE: Final = "reason"

STAGE = SearchAttributeKey.for_keyword("StewardStage")
STORE = SearchAttributeKey.for_keyword("StewardStore")
AGENT = SearchAttributeKey.for_keyword("StewardAgent")
RISK = SearchAttributeKey.for_keyword("StewardRisk")
SEARCH_ATTRIBUTES = (STAGE, STORE, AGENT, RISK)

# An undo that waits for somebody to confirm its preview is dropped after this time.
CONFIRMATION_DEADLINE = timedelta(hours=1)

# What the engine takes.
_LONGEST_FAIRNESS_KEY_BYTES: Final = 64


def fairness_key(store: str) -> str:
    """Return the name by which the engine shares a queue out among stores.

    It is the store's own name, or where that is too long its beginning and a digest of it.
    """
    name = store.encode()
    if len(name) <= _LONGEST_FAIRNESS_KEY_BYTES:
        return store
    digest = sha256(name).hexdigest()[:16]
    beginning = name[: _LONGEST_FAIRNESS_KEY_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{beginning}-{digest}"
