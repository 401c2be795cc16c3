"""Runs: how one is asked for, the stages it goes through, its waves, and how it ends."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from steward.audit import AuditHead
from steward.changes import Outcome
from steward.errors import ExitCode
from steward.model import Frozen
from steward.undoing import WHOLE_RUN, UndoScope
from steward.wording import storable

RunId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,119}$")]
# What people type is cleaned rather than refused: a signal that is refused leaves no trace at all.
_Storable = BeforeValidator(lambda typed: storable(typed) if isinstance(typed, str) else typed)
Person = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    _Storable,
]
Remark = Annotated[str, StringConstraints(max_length=2_000), _Storable]
# A run or a change set as somebody names it, who may be wrong.
Named = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128), _Storable]


class Stage(StrEnum):
    """Where a run is: the verbs of the product, in their order."""

    PLAN = "plan"
    SIMULATE = "simulate"
    APPROVE = "approve"
    EXECUTE = "execute"
    VERIFY = "verify"
    WATCH = "watch"
    COMPENSATE = "compensate"
    DONE = "done"


class RunKind(StrEnum):
    """Which workflow carries the run."""

    AGENT_RUN = "agent_run"
    ROLLBACK = "rollback"


class RunRequest(Frozen):
    """What a person asks an agent to do; the argument of the workflow `agent_run`."""

    run_id: RunId
    store: str
    agent: str
    template: str
    parameters: Mapping[str, str]
    requested_by: Person


class RollbackRequest(Frozen):
    """Asks to undo a run; the argument of the workflow `rollback`.

    With `confirm` the undo waits, after its simulation, for somebody to approve the preview;
    whoever asked for the undo may do that. `scope` is the part of the run to undo.
    """

    run_id: RunId
    store: str
    undoes: RunId
    requested_by: Person
    confirm: bool
    scope: UndoScope = Field(default=WHOLE_RUN, exclude_if=lambda scope: scope == WHOLE_RUN)


class RunStart(Frozen):
    """A run as it begins."""

    run_id: str
    kind: RunKind
    store: str
    agent: str
    template: str
    parameters: Mapping[str, str]
    requested_by: str
    started_at: AwareDatetime
    undoes: str | None = None


class RunStatus(StrEnum):
    """How a run ended; `RUNNING` until it does.

    `INVALID`: it could not be planned or simulated. `DENIED`: the policy forbids it. `REJECTED`
    and `EXPIRED`: nobody approved. `COMPENSATED`: it stopped under way and what it had written
    was taken back. `REFUSED`: another run held fields of it, and its template does not wait; it
    wrote nothing. `FAILED`: it stopped and something is left to look at.
    """

    RUNNING = "running"
    COMPLETED = "completed"
    INVALID = "invalid"
    DENIED = "denied"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPENSATED = "compensated"
    REFUSED = "refused"
    FAILED = "failed"


class OutcomeCounts(Frozen):
    """How many changes of a change set have which outcome."""

    pending: int = Field(default=0, ge=0)
    attempting: int = Field(default=0, ge=0)
    applied: int = Field(default=0, ge=0)
    unchanged: int = Field(default=0, ge=0)
    moved: int = Field(default=0, ge=0)
    refused: int = Field(default=0, ge=0)
    unknown: int = Field(default=0, ge=0)

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "OutcomeCounts":
        """Count the outcomes."""
        return cls(**{outcome.value: outcomes.count(outcome) for outcome in Outcome})

    def __add__(self, other: "OutcomeCounts") -> "OutcomeCounts":
        """Return the sums."""
        return OutcomeCounts(
            **{
                outcome.value: getattr(self, outcome.value) + getattr(other, outcome.value)
                for outcome in Outcome
            }
        )

    @property
    def total(self) -> int:
        """How many changes there are."""
        return sum(getattr(self, outcome.value) for outcome in Outcome)

    @property
    def settled(self) -> int:
        """How many changes have come to an outcome."""
        return self.total - self.pending - self.attempting


class Watched(Frozen):
    """What a run saw of its values after its last wave.

    It looked `looks` times, of which `failed` came to nothing, since the store did not answer;
    `checked` values were read. `drifted` is how many different changes were not as written any
    more, `examples` tells some of them, and `ended_early` who ended the watch and why.
    """

    looks: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    checked: int = Field(default=0, ge=0)
    drifted: int = Field(default=0, ge=0)
    examples: tuple[str, ...] = ()
    ended_early: str = ""


class RunEnd(Frozen):
    """How a run ended, in one sentence, and what that means for the shell."""

    run_id: str
    status: RunStatus
    reason: str
    exit_code: ExitCode
    ended_at: AwareDatetime


class RunResult(Frozen):
    """What a workflow returns: how it ended, and what became of its changes.

    `audit_head` is where the store's audit trail ended then, and `installation_head` that of what
    concerns every store, such as who may approve. Kept here, outside the ledger, they show later
    whether a trail was cut or rewritten. A run that fails names them in its failure.
    """

    run_id: str
    status: RunStatus
    reason: str
    digest: str | None = None
    outcomes: OutcomeCounts = OutcomeCounts()
    undone: OutcomeCounts | None = None
    # Left out where there is none, as in the results of runs of old.
    audit_head: AuditHead | None = Field(default=None, exclude_if=lambda head: head is None)
    installation_head: AuditHead | None = Field(default=None, exclude_if=lambda head: head is None)
    watched: Watched | None = Field(default=None, exclude_if=lambda watched: watched is None)


class RunRecord(Frozen):
    """A run as the ledger holds it.

    `digest` names the change set that the run executes, once it is simulated; `undo_digest` the
    one by which it compensated.
    """

    start: RunStart
    stage: Stage
    status: RunStatus
    reason: str = ""
    exit_code: ExitCode = ExitCode.OK
    ended_at: AwareDatetime | None = None
    digest: str | None = None
    undo_digest: str | None = None


class Control(StrEnum):
    """Whether a run may write; asked in front of every write."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


class ControlRequest(Frozen):
    """Somebody asks a run to pause, go on or stop; the argument of those signals."""

    by: Person = "unknown"
    reason: Remark = ""


class Attempt(StrEnum):
    """What a person may ask of a run in vain."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    ROLLBACK = "rollback"
    EDIT = "edit"
    START = "start"


class RefusedAttempt(Frozen):
    """Somebody asked something of a run of a store in vain; `reason` is one sentence."""

    run_id: str
    store: str
    attempt: Attempt
    by: Person
    reason: Remark


class ChunkReference(Frozen):
    """A stretch of a change set, `first` to `last` inclusive, bound to its content.

    `content` is the digest over exactly these changes: what is loaded from the ledger must have
    it before anything is written.
    """

    run_id: str
    store: str
    digest: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    content: str

    @property
    def origin(self) -> str:
        """What names the piece of work in calls to the store, the same at every attempt."""
        return f"{self.run_id}:{self.digest}:{self.first}"


class Wave(Frozen):
    """Chunks that are executed together and then verified before the next wave starts."""

    chunks: tuple[ChunkReference, ...]

    @property
    def size(self) -> int:
        """How many changes the wave holds."""
        return sum(chunk.last - chunk.first + 1 for chunk in self.chunks)


class ExecutionPlan(Frozen):
    """What a run executes: references only, the changes themselves stay in the ledger."""

    digest: str
    changes: int
    waves: tuple[Wave, ...]


class RunKey(Frozen):
    """Names a run and its store: the argument of the steps that need nothing else."""

    kind: Literal["run_key"] = "run_key"
    run_id: str
    store: str
