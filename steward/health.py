"""Health: pure rules that say whether a run may go on after what its last wave showed."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field

from steward.model import Frozen
from steward.policy import Policy
from steward.runs import OutcomeCounts


class Verification(Frozen):
    """What reading a wave back showed; `mismatched` of `checked` values were not as written."""

    checked: int = Field(ge=0)
    mismatched: int = Field(ge=0)
    outcomes: OutcomeCounts


class GoOn(Frozen):
    """The wave is within its limits."""

    kind: Literal["go_on"] = "go_on"


class Trip(Frozen):
    """The wave is over a limit."""

    kind: Literal["trip"] = "trip"
    reason: str


WaveJudgement = Annotated[GoOn | Trip, Discriminator("kind")]


def judge_wave(verification: Verification, policy: Policy) -> WaveJudgement:
    """Judge a wave by the share of changes that failed, and by the share that reads back wrong."""
    outcomes = verification.outcomes
    if outcomes.unknown > policy.max_unknown_share * outcomes.total:
        return Trip(
            reason=f"{outcomes.unknown} of {outcomes.total} changes have an unknown outcome, "
            f"at most {_percent(policy.max_unknown_share)} may"
        )
    failed = outcomes.refused + outcomes.unknown
    if failed > policy.max_failed_share * outcomes.total:
        return Trip(
            reason=f"{failed} of {outcomes.total} changes failed, "
            f"at most {_percent(policy.max_failed_share)} may"
        )
    if verification.mismatched > policy.max_mismatched_share * verification.checked:
        return Trip(
            reason=f"{verification.mismatched} of {verification.checked} values read back "
            f"otherwise than written, at most {_percent(policy.max_mismatched_share)} may"
        )
    return GoOn()


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
