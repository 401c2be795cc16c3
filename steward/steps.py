"""What the steps of a run are asked and what they report: references and figures only."""

from typing import Final

from pydantic import AwareDatetime, Field

from steward.approvals import DecisionRecord
from steward.edit_requests import EditRequest
from steward.health import Verification, WaveJudgement
from steward.model import Frozen
from steward.policy import Risk, Verdict, Watch, WhenTripped
from steward.quiet_hours import QuietHours
from steward.runs import (
    ChunkReference,
    Control,
    ExecutionPlan,
    OutcomeCounts,
    Person,
    RunEnd,
    RunId,
    RunKey,
    Stage,
    Wave,
)
from steward.undoing import WHOLE_RUN, UndoScope
from steward.waits import NotedWait

# The engine's priority of steps that take changes back. Lower is served earlier; its default is 3.
UNDO_PRIORITY: Final = 1


class Planned(Frozen):
    """A run that can be simulated: the queue that serves its store, and its intent in words."""

    platform: str
    headline: str


class SimulationOrder(Frozen):
    """Asks for the simulation of what a run proposes."""

    run_id: RunId
    store: str
    headline: str


class Simulated(Frozen):
    """What the workflow has to know of a simulation.

    `table` is its first changes, as Markdown; `quiet_hours` are those of the fields it changes.
    `watch` is what follows the last wave; an undo has none.
    """

    plan: ExecutionPlan
    verdict: Verdict
    risk: Risk
    headline: str
    table: str
    quiet_hours: tuple[QuietHours, ...] = ()
    watch: Watch | None = Field(default=None, exclude_if=lambda watch: watch is None)


class CompensationOrder(Frozen):
    """Asks for the inverse of what the run `undoes` wrote, to be executed by `run_id`."""

    run_id: RunId
    store: str
    undoes: RunId
    headline: str
    scope: UndoScope = WHOLE_RUN


class ExecutionOrder(Frozen):
    """Asks for one chunk to be written; an `undo` goes on though its run was cancelled."""

    chunk: ChunkReference
    undo: bool = False

    @property
    def store(self) -> str:
        """The store that is written to."""
        return self.chunk.store


class ChunkReport(Frozen):
    """What became of a chunk so far; open changes remain where the run was paused or stopped."""

    outcomes: OutcomeCounts

    @property
    def is_complete(self) -> bool:
        """Whether every change has come to an outcome."""
        return self.outcomes.settled == self.outcomes.total


class VerificationOrder(Frozen):
    """Asks for a wave to be read back; `undo` says that the run takes back what it wrote."""

    wave: Wave
    undo: bool = False

    @property
    def store(self) -> str:
        """The store that is read."""
        return self.wave.chunks[0].store


class WaveReport(Frozen):
    """What reading a wave back showed, how that is judged, and what to do when it is over."""

    verification: Verification
    judgement: WaveJudgement
    when_tripped: WhenTripped


class WatchStart(Frozen):
    """Records that a run has written everything, and watches it until then."""

    run_id: RunId
    store: str
    until: AwareDatetime


class LookOrder(Frozen):
    """Asks to read some of the written changes of a change set again, for the `look`-th time.

    `since` is when the watch began: what other runs wrote later is newer, and did not drift.
    """

    run_id: RunId
    store: str
    digest: str
    changes: int
    sample: int
    look: int
    since: AwareDatetime


class LookReport(Frozen):
    """What a look showed: how many values were read, and how many changes have drifted so far.

    `examples` tells in words of some that drifted, seen at this look.
    """

    checked: int
    drifted: int
    examples: tuple[str, ...] = ()


class ControlOrder(Frozen):
    """Records that somebody paused, resumed or stopped a run."""

    run_id: RunId
    store: str
    control: Control
    by: str
    reason: str = ""


class WaitOrder(Frozen):
    """Records that a run waits before it goes on in a stage."""

    run_id: RunId
    stage: Stage
    wait: NotedWait


class RegistrationQuestion(Frozen):
    """Asks what the register of approvers says about a person."""

    name: Person


class DecisionOrder(Frozen):
    """Records a decision about a run."""

    run: RunKey
    record: DecisionRecord


class EscalationRecord(Frozen):
    """Records that people of the `role` may decide about a run's change set from now on too."""

    run: RunKey
    digest: str
    role: str
    at: AwareDatetime


class EditOrder(Frozen):
    """Asks for an edited change set to be simulated and judged.

    `deadline` and `escalates_at` are those of the request that it takes the place of.
    """

    store: str
    headline: str
    request: EditRequest
    deadline: AwareDatetime
    escalates_at: AwareDatetime | None = None


class EditRecord(Frozen):
    """Records that an edited change set takes the place of another one.

    `digest` is the new one, and `request` names the former.
    """

    store: str
    request: EditRequest
    digest: str
    at: AwareDatetime


class EndOrder(Frozen):
    """Records how a run of a store ended."""

    store: str
    end: RunEnd


class FailureDetail(Frozen):
    """What travels with a failed step, so that interfaces can lay it out."""

    message: str
    remedy: str
    exit_code: int = Field(ge=0, le=255)
