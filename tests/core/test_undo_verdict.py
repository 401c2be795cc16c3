"""Whom an undo needs that overwrites what somebody changed since."""

from decimal import Decimal
from typing import Any

import pytest

from steward.changes import FieldName, Outcome
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import NOTHING_KNOWN
from steward.policy import ApprovalTier, NeedsApproval, Policy
from steward.undo_verdict import verdict_on_overwriting
from tests.core.strategies import change_of, usd

DEARER = change_of(1, 1, FieldName.PRICE, usd(10), usd(15))
TIERS = (
    ApprovalTier(over_move_percent=Decimal(30), quorum=2, roles=("pricing",)),
    ApprovalTier(over_total_move=Decimal(50_000), quorum=3, roles=("management",)),
)


def verdict_by(policy: Policy) -> NeedsApproval:
    """Return the verdict on one value that would be overwritten."""
    estimate = CallEstimate(calls=1, points=1, seconds=Decimal(0))
    impact = measure_impact([DEARER], [Outcome.APPLIED], estimate)
    return verdict_on_overwriting(impact, policy, [DEARER], NOTHING_KNOWN, 1)


def test_what_would_be_automatic_is_asked_about() -> None:
    """Somebody agrees to overwriting, even where a run would go ahead by itself."""
    policy = Policy(automatic_changes=10, high_risk_move_percent=Decimal(60), roles=("pricing",))
    verdict = verdict_by(policy)
    assert (verdict.quorum, verdict.roles) == (1, ("pricing",))
    (reason,) = verdict.reasons
    assert reason.startswith("1 value(s) that somebody changed")


def test_a_tier_that_is_reached_asks_its_people() -> None:
    """A price that moves far needs the quorum and the roles that it would need in a run."""
    verdict = verdict_by(Policy(tiers=TIERS))
    assert (verdict.quorum, verdict.roles) == (2, ("pricing",))


@pytest.mark.parametrize(
    "limits", [{"max_move_percent": Decimal(20)}, {"never": frozenset({FieldName.PRICE})}]
)
def test_beyond_a_limit_all_tiers_ask(limits: dict[str, Any]) -> None:
    """What a run would be denied stays possible, with all people that any tier asks for."""
    verdict = verdict_by(Policy(tiers=TIERS, **limits))
    assert (verdict.quorum, verdict.roles) == (3, ("management",))
    assert next(iter(limits)) in verdict.reasons[1]
    assert not verdict.requester_may_decide
