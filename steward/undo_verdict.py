"""The verdict on an undo that does more than to restore what still is as a run wrote it."""

from collections.abc import Sequence
from typing import assert_never

from pydantic import Field

from steward.changes import Change
from steward.impact import Impact
from steward.judging import Surroundings, approval_asked, judge
from steward.model import Frozen
from steward.policy import Allow, Deny, NeedsApproval, Policy, Verdict


class UndoReach(Frozen):
    """What an undo does beyond restoring: it overwrites `newer` values, or is the undo of an undo.

    The latter applies again what a run had changed.
    """

    newer: int = Field(ge=0)
    applies_again: bool

    @property
    def is_judged(self) -> bool:
        """Whether the policy has a say in it."""
        return self.applies_again or self.newer > 0


def verdict_on_undo(
    impact: Impact, policy: Policy, changes: Sequence[Change], known: Surroundings, reach: UndoReach
) -> Verdict:
    """Return what an undo needs that does more than to restore: never less than a run would.

    Overwriting always needs somebody's approval. Taking back has to stay possible, so where a limit
    denies it, all that any tier asks for is asked for instead; applying again is denied like a run.
    """
    verdict = judge(impact, policy, changes, known)
    why = _reasons(reach)
    match verdict:
        case Allow():
            return approval_asked(policy, (), why) if reach.newer else verdict
        case NeedsApproval(reasons=reasons):
            return verdict.model_copy(update={"reasons": (*why, *reasons)})
        case Deny(reasons=reasons):
            if reach.applies_again:
                return verdict
            return approval_asked(policy, policy.tiers, (*why, *reasons))
        case _:
            assert_never(verdict)


def _reasons(reach: UndoReach) -> tuple[str, ...]:
    newer = f"{reach.newer} value(s) that somebody changed after the run would be overwritten"
    again = "it undoes an undo, which applies the run's changes again"
    return (*([newer] if reach.newer else ()), *([again] if reach.applies_again else ()))
