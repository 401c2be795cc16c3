"""The policy file: rules for everybody, for stores and for agents, of which the stricter one wins.

A rule can be made stricter by a further part of the file and never laxer, so that whoever writes
the part for everybody need not read the others.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar

from pydantic import Field, model_validator

from steward.changes import FieldName
from steward.model import Frozen
from steward.policy import (
    Amount,
    ApprovalTier,
    Duration,
    Escalation,
    Margin,
    Percent,
    Policy,
    Protected,
    Role,
    RoleDemand,
    Share,
    UnknownCost,
    Watch,
    WhenTripped,
    require_looks,
)
from steward.quiet_hours import QuietHours

RuleT = TypeVar("RuleT")


class PolicyPart(Frozen):
    """Some rules of a policy; what is left out is said by another part, or by the defaults."""

    automatic_changes: int | None = Field(default=None, ge=0)
    approvers: tuple[str, ...] | None = None
    roles: tuple[Role, ...] | None = None
    quorum: int | None = Field(default=None, ge=1)
    tiers: tuple[ApprovalTier, ...] | None = None
    escalation: Escalation | None = None
    deadline: Duration | None = None
    max_changes: int | None = Field(default=None, ge=1)
    max_move_percent: Percent | None = None
    max_move: Amount | None = None
    max_total_move: Amount | None = None
    max_total_move_percent: Percent | None = None
    floor_price: Amount | None = None
    min_margin: Margin | None = Field(default=None, exclude_if=lambda margin: margin is None)
    unknown_cost: UnknownCost | None = Field(default=None, exclude_if=lambda rule: rule is None)
    max_stock_move: int | None = Field(default=None, ge=0)
    protected: Protected | None = None
    never: frozenset[FieldName] | None = None
    quiet_hours: tuple[QuietHours, ...] | None = None
    high_risk_move_percent: Percent | None = None
    high_risk_changes: int | None = Field(default=None, ge=1)
    max_failed_share: Share | None = None
    max_mismatched_share: Share | None = None
    max_unknown_share: Share | None = None
    when_tripped: WhenTripped | None = None
    watch: Watch | None = Field(default=None, exclude_if=lambda watch: watch is None)

    def rules(self) -> Mapping[str, Any]:
        """Return the rules that this part states."""
        return {name: rule for name, rule in dict(self).items() if rule is not None}

    def role_demand(self) -> RoleDemand | None:
        """Return the roles that this part asks for, or None where it asks for none."""
        tiers = self.tiers or ()
        if not self.roles and not any(tier.roles for tier in tiers):
            return None
        return RoleDemand(roles=self.roles or (), tiers=tiers)


def _both(one: tuple[RuleT, ...], other: tuple[RuleT, ...]) -> tuple[RuleT, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _in_both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if not one or not other:
        return one or other
    names = {name.casefold() for name in other}
    return tuple(name for name in one if name.casefold() in names)


def _more_protected(one: Protected, other: Protected) -> Protected:
    return Protected(
        tags=one.tags | other.tags,
        categories=one.categories | other.categories,
        skus=one.skus | other.skus,
    )


def _later(one: Escalation, other: Escalation) -> Escalation:
    return max(one, other, key=lambda escalation: escalation.after)


def _compensating(one: WhenTripped, other: WhenTripped) -> WhenTripped:
    return one if one is WhenTripped.COMPENSATE else other


def _denying(one: UnknownCost, other: UnknownCost) -> UnknownCost:
    return one if one is UnknownCost.DENY else other


def _longer_and_closer(one: Watch, other: Watch) -> Watch:
    lasting, every = max(one.lasting, other.lasting), min(one.every, other.every)
    require_looks(lasting, every)
    return Watch(lasting=lasting, every=every, sample=max(one.sample, other.sample))


# How two parts' rules become one; what is not here is a limit, of which the lower one is stricter.
_STRICTER: Mapping[str, Callable[[Any, Any], Any]] = {
    "approvers": _in_both,
    "roles": _in_both,
    "quorum": max,
    "floor_price": max,
    "min_margin": max,
    "unknown_cost": _denying,
    "tiers": _both,
    "quiet_hours": _both,
    "never": frozenset.union,
    "protected": _more_protected,
    "escalation": _later,
    "when_tripped": _compensating,
    "watch": _longer_and_closer,
}


class PolicyBook(Frozen):
    """The whole policy file.

    `everybody` may loosen the built-in defaults, which are there for whoever has no file; the parts
    for stores and agents only add to it. Raises `ValueError` where they leave nobody to approve, or
    let others approve after a time than everybody's part does.
    """

    everybody: PolicyPart = PolicyPart()
    stores: Mapping[str, PolicyPart] = {}
    agents: Mapping[str, PolicyPart] = {}

    @model_validator(mode="after")
    def _somebody_can_approve(self) -> Self:
        for store in (None, *self.stores):
            for agent in (None, *self.agents):
                rules, _ = self._merged(store, agent)
                for name in ("approvers", "roles"):
                    if name in rules and not rules[name]:
                        raise ValueError(
                            f"nobody is left among the {name} of agent '{agent}' on store '{store}'"
                        )
                self._require_common_roles(store, agent)
        return self

    def _require_common_roles(self, store: str | None, agent: str | None) -> None:
        """Raise `ValueError` where parts ask for roles of which none suits all of them."""
        asked = [
            {roles for roles in (demand.roles, *(tier.roles for tier in demand.tiers)) if roles}
            for demand in self._role_demands(store, agent)
        ]
        for together in itertools.product(*asked):
            if together and not set.intersection(*map(set, together)):
                raise ValueError(
                    f"nobody is left among the roles of agent '{agent}' on store '{store}': its "
                    f"parts ask for {' and for '.join(', '.join(roles) for roles in together)}, "
                    "and a tier's roles have to be among those that the other parts ask for"
                )

    @model_validator(mode="after")
    def _only_everybody_says_to_whom_it_escalates(self) -> Self:
        for_all = self.everybody.escalation
        for kind, parts in (("stores", self.stores), ("agents", self.agents)):
            for name, part in parts.items():
                own = part.escalation
                if own is not None and (for_all is None or own.role != for_all.role):
                    raise ValueError(
                        f"{kind}.{name} has an escalation to '{own.role}', which would let others "
                        "decide than everybody's part does: state it there, and here only a longer "
                        "time for the same role"
                    )
        return self

    def policy_for(self, store: str, agent: str) -> Policy:
        """Return the rules for an agent on a store, each with the part that it comes from."""
        rules, origins = self._merged(store, agent)
        demands = tuple(self._role_demands(store, agent))
        return Policy(**rules, origins=origins, role_demands=demands if len(demands) > 1 else ())

    def _parts(self, store: str | None, agent: str | None) -> Iterator[tuple[str, PolicyPart]]:
        yield "everybody", self.everybody
        for kind, named, name in (("stores", self.stores, store), ("agents", self.agents, agent)):
            if name is not None and name in named:
                yield f"{kind}.{name}", named[name]

    def _role_demands(self, store: str | None, agent: str | None) -> Iterator[RoleDemand]:
        for _, part in self._parts(store, agent):
            if demand := part.role_demand():
                yield demand

    def _merged(
        self, store: str | None, agent: str | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        defaults = Policy()
        rules: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for name, part in self._parts(store, agent):
            for rule, stated in part.rules().items():
                # What is built in is a limit too, which only the part for everybody loosens.
                built_in = None if name == "everybody" else getattr(defaults, rule)
                before = rules.get(rule, built_in)
                merged = stated if before is None else _STRICTER.get(rule, min)(before, stated)
                if before is None or merged != before:
                    origins[rule] = name
                rules[rule] = merged
        return rules, origins


def policy_digest(policy: Policy) -> str:
    """Return the SHA-256 (hex) by which a verdict names the rules that it follows."""
    return _digest(policy.model_dump(mode="json", exclude={"origins"}))


def book_digest(book: PolicyBook) -> str:
    """Return the SHA-256 (hex) by which the audit trail names a whole policy file."""
    return _digest(book.model_dump(mode="json"))


def _digest(rules: dict[str, Any]) -> str:
    content = _in_order(rules)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _in_order(content: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the content with lists of words sorted, since a set has no order of its own."""
    match content:
        case dict():
            return {name: _in_order(value) for name, value in content.items()}
        case list() if all(isinstance(value, str) for value in content):
            return sorted(content)
        case list():
            return [_in_order(value) for value in content]
        case _:
            return content


NO_FILE = PolicyBook()
