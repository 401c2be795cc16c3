"""Whom an undo needs that overwrites what somebody changed since, or that undoes an undo."""

from decimal import Decimal
from typing import Any

import pytest

from steward.changes import FieldName, Outcome
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import NOTHING_KNOWN
from steward.policy import Allow, ApprovalTier, Deny, NeedsApproval, Policy, Verdict
from steward.undo_verdict import UndoReach, verdict_on_undo
from steward.undoing import applies_again
from tests.core.strategies import change_of, usd

DEARER = change_of(1, 1, FieldName.PRICE, usd(10), usd(15))
TIERS = (
    ApprovalTier(over_move_percent=Decimal(30), quorum=2, roles=("pricing",)),
    ApprovalTier(over_total_move=Decimal(50_000), quorum=3, roles=("management",)),
)


def verdict_of(policy: Policy, *, newer: int = 0, applies_again: bool = False) -> Verdict:
    """Return the verdict on an undo by which one price rises by half."""
    estimate = CallEstimate(calls=1, points=1, seconds=Decimal(0))
    impact = measure_impact([DEARER], [Outcome.APPLIED], estimate)
    reach = UndoReach(newer=newer, applies_again=applies_again)
    return verdict_on_undo(impact, policy, [DEARER], NOTHING_KNOWN, reach)


def verdict_by(policy: Policy) -> NeedsApproval:
    """Return the verdict on one value that would be overwritten."""
    verdict = verdict_of(policy, newer=1)
    assert isinstance(verdict, NeedsApproval)
    return verdict


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


def test_an_undo_of_an_undo_is_judged_like_a_run() -> None:
    """It applies the changes again, so that it is automatic, asked about or denied as they are."""
    calm = Policy(automatic_changes=10, high_risk_move_percent=Decimal(60))
    assert isinstance(verdict_of(calm, applies_again=True), Allow)
    asked = verdict_of(Policy(tiers=TIERS), applies_again=True)
    assert isinstance(asked, NeedsApproval)
    assert (asked.quorum, asked.requester_may_decide) == (2, False)
    assert "undoes an undo" in asked.reasons[0]
    assert isinstance(verdict_of(Policy(max_move_percent=Decimal(20)), applies_again=True), Deny)


def test_an_undo_of_an_undo_that_overwrites_is_never_automatic() -> None:
    """Of both reasons to ask somebody each counts."""
    calm = Policy(automatic_changes=10, high_risk_move_percent=Decimal(60))
    assert isinstance(verdict_of(calm, newer=1, applies_again=True), NeedsApproval)


@pytest.mark.parametrize(("undone", "again"), [(1, False), (2, True), (3, False), (4, True)])
def test_every_second_undo_applies_again(undone: int, *, again: bool) -> None:
    """The undo of an undo brings the changes back, and the undo of that takes them back."""
    assert applies_again(undone) is again
