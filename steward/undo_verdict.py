"""The verdict on an undo that does more than to restore what still is as a run wrote it."""

from collections.abc import Sequence
from typing import assert_never

from steward.changes import Change
from steward.impact import Impact
from steward.judging import Surroundings, approval_asked, judge
from steward.policy import Allow, Deny, NeedsApproval, Policy


def verdict_on_overwriting(
    impact: Impact, policy: Policy, changes: Sequence[Change], known: Surroundings, newer: int
) -> NeedsApproval:
    """Return whom an undo needs that overwrites `newer` values: never fewer than a run would.

    An undo has to stay possible, so where a limit denies the changes, all that any tier asks for is
    asked for instead.
    """
    why = f"{newer} value(s) that somebody changed after the run would be overwritten"
    verdict = judge(impact, policy, changes, known)
    match verdict:
        case Allow():
            return approval_asked(policy, (), (why,))
        case NeedsApproval(reasons=reasons):
            return verdict.model_copy(update={"reasons": (why, *reasons)})
        case Deny(reasons=reasons):
            return approval_asked(policy, policy.tiers, (why, *reasons))
        case _:
            assert_never(verdict)
