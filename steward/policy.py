"""Policy: the limits that hold for a change set, and the verdicts that they lead to."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    model_validator,
)

from steward.catalog import Name
from steward.changes import FieldName
from steward.model import Frozen
from steward.money import AMOUNT_LIMIT
from steward.quiet_hours import QuietHours

Role = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Percent = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


def _number_of_percent(stated: object) -> object:
    return stated.removesuffix("%").rstrip() if isinstance(stated, str) else stated


# Of the selling price, so 100 could only be met by what costs nothing.
Margin = Annotated[
    Decimal, BeforeValidator(_number_of_percent), Field(ge=0, lt=100, allow_inf_nan=False)
]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Amount = Annotated[Decimal, Field(ge=0, lt=AMOUNT_LIMIT, allow_inf_nan=False)]
Duration = Annotated[timedelta, Field(gt=timedelta(0))]


class Risk(StrEnum):
    """How much harm a change set could do, judged by rules."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Escalation(Frozen):
    """After a time without a decision, people of another role may decide too."""

    after: Duration
    role: Role


class Allow(Frozen):
    """The change set may be executed without asking anybody."""

    kind: Literal["allow"] = "allow"
    reasons: tuple[str, ...]


class NeedsApproval(Frozen):
    """The change set waits for people.

    Empty `approvers` and `roles` mean anybody but the requester; with roles, a person needs one of
    them. `quorum` counts distinct people.
    """

    kind: Literal["needs_approval"] = "needs_approval"
    reasons: tuple[str, ...]
    approvers: tuple[str, ...] = ()
    quorum: int = Field(default=1, ge=1)
    deadline: timedelta
    requester_may_decide: bool = False
    roles: tuple[Role, ...] = Field(default=(), exclude_if=lambda roles: not roles)
    escalation: Escalation | None = Field(default=None, exclude_if=lambda one: one is None)


class Deny(Frozen):
    """The change set is never executed."""

    kind: Literal["deny"] = "deny"
    reasons: tuple[str, ...]


Verdict = Annotated[Allow | NeedsApproval | Deny, Discriminator("kind")]


class WhenTripped(StrEnum):
    """What a run does when a wave is over its limits."""

    COMPENSATE = "compensate"
    HOLD = "hold"


class UnknownCost(StrEnum):
    """What a margin limit says to a price whose cost the shop does not know."""

    DENY = "deny"
    ALLOW = "allow"


class ApprovalTier(Frozen):
    """Who has to agree to a change set that is beyond one of these limits."""

    over_changes: int | None = Field(default=None, ge=0)
    over_move_percent: Percent | None = None
    over_total_move: Amount | None = None
    quorum: int = Field(default=1, ge=1)
    roles: tuple[Role, ...] = ()


class RoleDemand(Frozen):
    """The roles that one part of the policy file asks for, by itself and in its tiers."""

    roles: tuple[Role, ...] = ()
    tiers: tuple[ApprovalTier, ...] = ()


class Protected(Frozen):
    """What is never changed: products by tag or category, and what is sold by SKU.

    Names are compared without regard to case; a SKU may hold `*` for any characters.
    """

    tags: frozenset[Name] = frozenset()
    categories: frozenset[Name] = frozenset()
    skus: frozenset[Name] = frozenset()


# Each look costs the engine some events, and a run's history has to stay small.
MOST_LOOKS: Final = 200


class Watch(Frozen):
    """After its last wave a run goes on reading some of what it wrote, to find what drifts.

    For as long as `lasting`, which the policy file calls `for`, it looks `every` so often, and
    reads up to `sample` values each time. That makes at least 1 and at most 200 looks.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    lasting: Duration = Field(validation_alias="for", serialization_alias="for")
    every: Duration
    sample: int = Field(ge=1, le=500)

    @property
    def looks(self) -> int:
        """How often the run looks."""
        return self.lasting // self.every

    @model_validator(mode="after")
    def _looks_some_times(self) -> Self:
        require_looks(self.lasting, self.every)
        return self


def require_looks(lasting: timedelta, every: timedelta) -> None:
    """Raise `ValueError` where a watch would never look, or too often."""
    looks = lasting // every
    if not looks:
        raise ValueError(f"a watch for {lasting} that looks every {every} never looks")
    if looks > MOST_LOOKS:
        raise ValueError(
            f"a watch for {lasting} that looks every {every} looks {looks:,} times, "
            f"and at most {MOST_LOOKS} are possible"
        )


class Policy(Frozen):
    """The rules that hold for one agent on one store; shares are between 0 and 1.

    Amounts are in the store's currency. Up to `automatic_changes` go ahead without asking, unless
    their risk is high, a tier asks for people, or the platform is expected to refuse one.
    `min_margin` is in percent of the selling price. `origins` names the part of the policy file
    that each rule comes from. `role_demands` is there where several parts ask for roles, of which
    a person needs one that suits them all.
    """

    automatic_changes: int = Field(default=0, ge=0)
    approvers: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    quorum: int = Field(default=1, ge=1)
    tiers: tuple[ApprovalTier, ...] = ()
    role_demands: tuple[RoleDemand, ...] = Field(default=(), exclude_if=lambda all_: not all_)
    escalation: Escalation | None = None
    deadline: Duration = timedelta(days=3)
    max_changes: int = Field(default=100_000, ge=1)
    max_move_percent: Percent = Decimal(90)
    max_move: Amount | None = None
    max_total_move: Amount | None = None
    max_total_move_percent: Percent | None = Field(default=None, exclude_if=lambda one: one is None)
    floor_price: Amount | None = None
    # Left out where nobody states them, so that digests of rules without them stay what they were.
    min_margin: Margin | None = Field(default=None, exclude_if=lambda margin: margin is None)
    unknown_cost: UnknownCost = Field(
        default=UnknownCost.DENY, exclude_if=lambda rule: rule is UnknownCost.DENY
    )
    max_stock_move: int | None = Field(default=None, ge=0)
    protected: Protected = Protected()
    never: frozenset[FieldName] = frozenset()
    quiet_hours: tuple[QuietHours, ...] = ()
    high_risk_move_percent: Percent = Decimal(30)
    high_risk_changes: int = Field(default=5_000, ge=1)
    max_failed_share: Share = Decimal("0.05")
    max_mismatched_share: Share = Decimal("0.01")
    max_unknown_share: Share = Decimal("0.01")
    when_tripped: WhenTripped = WhenTripped.COMPENSATE
    watch: Watch | None = Field(default=None, exclude_if=lambda watch: watch is None)
    origins: Mapping[str, str] = {}
