"""Policy: the rules that judge a change set, and their verdict. Never a model's opinion."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Discriminator, Field

from steward.impact import Impact
from steward.model import Frozen


class Risk(StrEnum):
    """How much harm a change set could do, judged by rules."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Allow(Frozen):
    """The change set may be executed without asking anybody."""

    kind: Literal["allow"] = "allow"
    reasons: tuple[str, ...]


class NeedsApproval(Frozen):
    """The change set waits for people.

    An empty `approvers` means anybody but the requester; `quorum` counts distinct people.
    """

    kind: Literal["needs_approval"] = "needs_approval"
    reasons: tuple[str, ...]
    approvers: tuple[str, ...] = ()
    quorum: int = Field(default=1, ge=1)
    deadline: timedelta
    requester_may_decide: bool = False


class Deny(Frozen):
    """The change set is never executed."""

    kind: Literal["deny"] = "deny"
    reasons: tuple[str, ...]


Verdict = Annotated[Allow | NeedsApproval | Deny, Discriminator("kind")]


class WhenTripped(StrEnum):
    """What a run does when a wave is over its limits."""

    COMPENSATE = "compensate"
    HOLD = "hold"


class Policy(Frozen):
    """Limits, and from where on people are asked; shares are between 0 and 1.

    Up to `automatic_changes` go ahead without asking, unless their risk is high or the platform
    is expected to refuse one.
    """

    automatic_changes: int = Field(default=0, ge=0)
    approvers: tuple[str, ...] = ()
    quorum: int = Field(default=1, ge=1)
    deadline: timedelta = Field(default=timedelta(days=3), gt=timedelta(0))
    max_changes: int = Field(default=100_000, ge=1)
    max_move_percent: Decimal = Field(default=Decimal(90), ge=0)
    high_risk_move_percent: Decimal = Field(default=Decimal(30), ge=0)
    high_risk_changes: int = Field(default=5_000, ge=1)
    max_failed_share: Decimal = Field(default=Decimal("0.05"), ge=0, le=1)
    max_mismatched_share: Decimal = Field(default=Decimal("0.01"), ge=0, le=1)
    when_tripped: WhenTripped = WhenTripped.COMPENSATE


def judge(impact: Impact, policy: Policy) -> Verdict:
    """Return the verdict on a simulated change set, with every reason that led to it."""
    denials = _denials(impact, policy)
    if denials:
        return Deny(reasons=denials)
    if risk_of(impact, policy) is Risk.LOW and impact.refused == 0:
        return Allow(reasons=(f"{impact.changes} change(s), {policy.automatic_changes} allowed",))
    return NeedsApproval(
        reasons=_reasons(impact, policy),
        approvers=policy.approvers,
        quorum=policy.quorum,
        deadline=policy.deadline,
    )


def _denials(impact: Impact, policy: Policy) -> tuple[str, ...]:
    denials = []
    if impact.changes > policy.max_changes:
        denials.append(f"{impact.changes} changes are more than the {policy.max_changes} allowed")
    if impact.largest_move_percent > policy.max_move_percent:
        denials.append(
            f"the price of {impact.largest_move_label} would move by "
            f"{impact.largest_move_percent} %, at most {policy.max_move_percent} % is allowed"
        )
    return tuple(denials)


def _reasons(impact: Impact, policy: Policy) -> tuple[str, ...]:
    reasons = [f"{impact.changes} changes on {impact.products} product(s)"]
    if impact.largest_move_percent > policy.high_risk_move_percent:
        reasons.append(f"a price moves by {impact.largest_move_percent} %")
    if impact.refused:
        reasons.append(f"the platform is expected to refuse {impact.refused} change(s)")
    return tuple(reasons)


def risk_of(impact: Impact, policy: Policy) -> Risk:
    """Return the risk that lists and search attributes show."""
    if (
        impact.changes > policy.high_risk_changes
        or impact.largest_move_percent > policy.high_risk_move_percent
    ):
        return Risk.HIGH
    return Risk.LOW if impact.changes <= policy.automatic_changes else Risk.MEDIUM
