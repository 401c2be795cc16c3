"""Impact, policy, risk and the judgement of waves follow rules that are exact at their limits."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from pydantic import ValidationError

from steward.changes import ChangeSet, FieldName, Outcome
from steward.execution import CallEstimate
from steward.health import GoOn, Trip, Verification, judge_wave
from steward.impact import Impact, measure_impact, moved_percent
from steward.judging import judge, risk_of
from steward.policy import Allow, Deny, NeedsApproval, Policy, Risk
from steward.runs import OutcomeCounts
from steward.values import ABSENT
from tests.core.strategies import change_of, change_sets, usd

ESTIMATE = CallEstimate(calls=1, points=10, seconds=Decimal(1))


def impact(changes: int = 10, largest: str = "15", refused: int = 0) -> Impact:
    """Return figures of which only these matter to a policy."""
    return Impact(
        changes=changes,
        products=1,
        variants=changes,
        prices_lowered=changes,
        prices_raised=0,
        lowest_percent=-Decimal(largest),
        median_percent=-Decimal(largest),
        highest_percent=-Decimal(largest),
        largest_move_percent=Decimal(largest),
        largest_move_label="Shirt",
        refused=refused,
        estimate=ESTIMATE,
    )


@given(change_sets())
def test_impact_counts_what_is_there(change_set: ChangeSet) -> None:
    """Counts and extremes are those of the changes themselves."""
    changes = change_set.changes
    outcomes = [Outcome.REFUSED] + [Outcome.APPLIED] * (len(changes) - 1)
    found = measure_impact(changes, outcomes, ESTIMATE)
    prices = [one for one in changes if one.target.field is FieldName.PRICE]
    percents = [moved for one in prices if (moved := moved_percent(one)) is not None]
    assert found.changes == len(changes)
    assert found.refused == 1
    assert found.products == len({one.product_id for one in changes})
    assert found.prices_lowered + found.prices_raised <= len(prices)
    assert found.largest_move_percent == max(map(abs, percents), default=0)
    assert found.lowest_percent <= found.median_percent.quantize(Decimal("0.1"))
    assert found.median_percent <= found.highest_percent
    assert all(figure.is_finite() for figure in (found.lowest_percent, found.median_percent))


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        ("20", "17", "-15.0"),
        ("3", "4", "33.3"),
        ("0", "5", "100"),
        ("0.01", "9999999", None),
        ("20", "0", "-100.0"),
    ],
)
def test_percentages_are_of_the_price_before(before: str, after: str, percent: str | None) -> None:
    """A move is a percentage of the price before, to a tenth; from zero it counts as 100."""
    moved = moved_percent(change_of(1, 1, FieldName.PRICE, usd(before), usd(after)))
    assert moved == (Decimal(99999989900) if percent is None else Decimal(percent))
    assert moved_percent(change_of(1, 1, FieldName.PRICE, ABSENT, usd(after))) is None


def test_people_are_asked_unless_the_policy_says_otherwise() -> None:
    """By default every change set waits, for the policy's people, number and time."""
    policy = Policy(approvers=("ann", "bob"), quorum=2, deadline=timedelta(hours=5))
    verdict = judge(impact(), policy)
    assert isinstance(verdict, NeedsApproval)
    assert (verdict.approvers, verdict.quorum) == (("ann", "bob"), 2)
    assert verdict.deadline == timedelta(hours=5)
    assert verdict.reasons
    assert not verdict.requester_may_decide


@pytest.mark.parametrize(
    ("figures", "verdict", "risk"),
    [
        (impact(changes=10), Allow, Risk.LOW),
        (impact(changes=11), NeedsApproval, Risk.MEDIUM),
        (impact(changes=10, largest="30"), Allow, Risk.LOW),
        (impact(changes=10, largest="30.1"), NeedsApproval, Risk.HIGH),
        (impact(changes=10, refused=1), NeedsApproval, Risk.LOW),
        (impact(changes=10, largest="50"), NeedsApproval, Risk.HIGH),
        (impact(changes=10, largest="50.1"), Deny, Risk.HIGH),
        (impact(changes=100), NeedsApproval, Risk.MEDIUM),
        (impact(changes=101), NeedsApproval, Risk.HIGH),
        (impact(changes=1_000), NeedsApproval, Risk.HIGH),
        (impact(changes=1_001), Deny, Risk.HIGH),
    ],
)
def test_limits_are_inclusive(figures: Impact, verdict: type, risk: Risk) -> None:
    """Each limit is still allowed, and the next step beyond is not."""
    policy = Policy(
        automatic_changes=10, high_risk_changes=100, max_changes=1_000, max_move_percent=Decimal(50)
    )
    assert type(judge(figures, policy)) is verdict
    assert risk_of(figures, policy) is risk


def test_a_denial_gives_every_reason() -> None:
    """Somebody who is denied reads all that stands against it at once."""
    verdict = judge(impact(changes=200, largest="95"), Policy(max_changes=100))
    assert isinstance(verdict, Deny)
    assert len(verdict.reasons) == 2
    assert "Shirt would move by 95 %" in verdict.reasons[1]


def test_a_deadline_lies_ahead() -> None:
    """A policy under which nobody could ever decide in time cannot exist."""
    with pytest.raises(ValidationError):
        Policy(deadline=timedelta(0))


def wave(
    *, applied: int = 0, refused: int = 0, unknown: int = 0, mismatched: int = 0
) -> Verification:
    """Return what verifying a wave showed."""
    outcomes = OutcomeCounts(applied=applied, refused=refused, unknown=unknown)
    return Verification(checked=applied, mismatched=mismatched, outcomes=outcomes)


@pytest.mark.parametrize(
    ("verification", "reason"),
    [
        (wave(applied=95, refused=5), None),
        (wave(applied=94, refused=6), "6 of 100 changes failed, at most 5 % may"),
        (wave(applied=94, refused=5, unknown=1), "6 of 100 changes failed, at most 5 % may"),
        (wave(applied=98, unknown=2), "2 of 100 changes have an unknown outcome, at most 1 % may"),
        (wave(applied=100, mismatched=1), None),
        (
            wave(applied=100, mismatched=2),
            "2 of 100 values read back otherwise than written, at most 1 % may",
        ),
        (wave(), None),
        (wave(refused=1), "1 of 1 changes failed, at most 5 % may"),
    ],
)
def test_a_wave_is_judged_at_its_limits(verification: Verification, reason: str | None) -> None:
    """A share at its limit goes on, one above it trips, with the figures in words."""
    judgement = judge_wave(verification, Policy())
    assert judgement == (GoOn() if reason is None else Trip(reason=reason))


def test_moved_values_trip_nothing() -> None:
    """What somebody else has changed meanwhile is no failure of the run."""
    outcomes = OutcomeCounts(moved=10, unchanged=1)
    verification = Verification(checked=1, mismatched=0, outcomes=outcomes)
    assert judge_wave(verification, Policy()) == GoOn()
