"""Names that outlive a release: they stand in histories, in clients and in scripts."""

from datetime import timedelta
from typing import Final

from temporalio.common import SearchAttributeKey

AGENT_RUN: Final = "agent_run"
ROLLBACK: Final = "rollback"

DECIDE: Final = "decide"
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

# Lower is served earlier; the engine's default is 3.
UNDO_PRIORITY: Final = 1

# An undo that waits for somebody to confirm its preview is dropped after this time.
CONFIRMATION_DEADLINE = timedelta(hours=1)
