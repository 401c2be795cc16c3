"""Judging: what a policy says to a simulated change set, naming the rule and the item."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from fnmatch import fnmatchcase

from steward.catalog import Snapshot
from steward.changes import Change, FieldName, ResourceKind
from steward.impact import Impact, exact_percent, in_effect, moved_units
from steward.margin import margin_fault
from steward.money import Money
from steward.policy import (
    Allow,
    ApprovalTier,
    Deny,
    NeedsApproval,
    Policy,
    Risk,
    RoleDemand,
    Verdict,
)
from steward.values import Value

# A denial names the first items that break a rule, and counts the others.
_ITEMS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the changed products beside the changes, folded for comparing."""

    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    skus: Mapping[str, frozenset[str]] = field(default_factory=dict)
    costs: Mapping[tuple[ResourceKind, str], Money] = field(default_factory=dict)


NOTHING_KNOWN = Surroundings()


def surroundings_of(snapshot: Snapshot) -> Surroundings:
    """Return what is known of each product, and the SKUs and costs of what is sold of it."""
    skus: dict[str, set[str]] = {}
    costs: dict[tuple[ResourceKind, str], Money] = {}
    for product in snapshot.products:
        listed = [one.variant for one in product.list_prices]
        for variant in (*product.variants, *listed):
            if variant.cost is not None:
                costs[variant.resource_kind, variant.id] = variant.cost
            for name in (product.id, variant.id):
                skus.setdefault(name, set()).add((variant.sku or "").casefold())
        for level in product.stock:
            for name in (product.id, level.resource_id):
                skus.setdefault(name, set()).add((level.sku or "").casefold())
    return Surroundings(
        tags={one.id: _folded(one.tags) for one in snapshot.products},
        categories={
            one.id: _folded(
                text for category in one.categories for text in (category.name, category.id)
            )
            for one in snapshot.products
        },
        skus={name: frozenset(own) for name, own in skus.items()},
        costs=costs,
    )


def judge(
    impact: Impact,
    policy: Policy,
    changes: Sequence[Change] = (),
    known: Surroundings = NOTHING_KNOWN,
) -> Verdict:
    """Return the verdict on a simulated change set, with every reason that led to it.

    A denial's reasons each begin with the rule, say where it comes from, and name items.
    """
    denials = tuple(_denials(impact, policy, changes, known))
    if denials:
        return Deny(reasons=denials)
    tiers = [tier for tier in policy.tiers if _reaches(tier, impact, changes)]
    if not tiers and impact.refused == 0 and risk_of(impact, policy, changes) is Risk.LOW:
        return Allow(reasons=(f"{impact.changes} change(s), {policy.automatic_changes} allowed",))
    return approval_asked(policy, tiers, tuple(_reasons(impact, policy, tiers, changes)))


def approval_asked(
    policy: Policy, tiers: Sequence[ApprovalTier], reasons: tuple[str, ...]
) -> NeedsApproval:
    """Return whom the policy asks where these of its tiers are reached."""
    return NeedsApproval(
        reasons=reasons,
        approvers=policy.approvers,
        roles=_roles(policy, tiers),
        quorum=max([policy.quorum, *(tier.quorum for tier in tiers)]),
        escalation=policy.escalation,
        deadline=policy.deadline,
    )


def _denials(
    impact: Impact, policy: Policy, changes: Sequence[Change], known: Surroundings
) -> Iterator[str]:
    if impact.changes > policy.max_changes:
        yield _denial(
            policy,
            "max_changes",
            f"{impact.changes:,} changes are more than the {policy.max_changes:,} allowed",
        )
    if impact.largest_move_percent > policy.max_move_percent and not changes:
        yield _denial(
            policy,
            "max_move_percent",
            f"the price of {impact.largest_move_label} would move by "
            f"{impact.largest_move_percent} %, at most {policy.max_move_percent} % is allowed",
        )
    total = total_move(changes)
    if policy.max_total_move is not None and total > policy.max_total_move:
        yield _denial(
            policy,
            "max_total_move",
            f"prices would move by {total:,} in all, at most {policy.max_total_move:,} is allowed",
        )
    percent = total_move_percent(changes)
    if policy.max_total_move_percent is not None and percent > policy.max_total_move_percent:
        yield _denial(
            policy,
            "max_total_move_percent",
            f"prices would move by {_told(percent)} % in all, "
            f"at most {policy.max_total_move_percent} % is allowed",
        )
    for rule, broken in _broken_by_items(policy, changes, known).items():
        yield _denial(policy, rule, _listed(broken))


def _broken_by_items(
    policy: Policy, changes: Sequence[Change], known: Surroundings
) -> Mapping[str, Sequence[str]]:
    broken: dict[str, list[str]] = {}
    for change in changes:
        for rule, what in _violations(policy, change, known):
            broken.setdefault(rule, []).append(f"{change.label} {what}")
    return broken


def _violations(policy: Policy, change: Change, known: Surroundings) -> Iterator[tuple[str, str]]:
    if change.target.field in policy.never:
        yield "never", f"would get another {change.target.field}, which is never changed"
    if change.target.field is FieldName.PRICE:
        yield from _price_violations(policy, change)
        cost = known.costs.get((change.target.resource_kind, change.target.resource_id))
        if fault := margin_fault(policy, change, cost):
            yield "min_margin", fault
    units = abs(moved_units(change))
    if policy.max_stock_move is not None and units > policy.max_stock_move:
        yield (
            "max_stock_move",
            f"would move by {units:,} units, at most {policy.max_stock_move:,} are allowed",
        )
    yield from _protections(policy, change, known)


def _price_violations(policy: Policy, change: Change) -> Iterator[tuple[str, str]]:
    percent = exact_percent(change)
    if percent is not None and abs(percent) > policy.max_move_percent:
        told = _told(abs(percent))
        yield (
            "max_move_percent",
            f"would move by {told} %, at most {policy.max_move_percent} % is allowed",
        )
    move = _moved_amount(change)
    if policy.max_move is not None and move > policy.max_move:
        yield "max_move", f"would move by {move:,}, at most {policy.max_move:,} is allowed"
    floor = policy.floor_price
    if floor is not None and isinstance(change.after, Money) and change.after.amount < floor:
        yield "floor_price", f"would cost {change.after}, at least {floor:,} is demanded"


def _protections(policy: Policy, change: Change, known: Surroundings) -> Iterator[tuple[str, str]]:
    protected = policy.protected
    named = (
        ("tags", known.tags, protected.tags),
        ("categories", known.categories, protected.categories),
    )
    for kind, of_products, names in named:
        for name in sorted(_folded(names) & of_products.get(change.product_id, frozenset())):
            yield f"protected.{kind}", f"is protected by '{name}'"
    own = known.skus.get(change.target.resource_id, frozenset())
    for pattern in sorted(_folded(protected.skus)):
        if any(fnmatchcase(sku, _starred(pattern)) for sku in own if sku):
            yield "protected.skus", f"is protected by '{pattern}'"


def _starred(pattern: str) -> str:
    """Return the pattern with `*` as its only wildcard; SKUs may hold the others themselves."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _told(percent: Decimal) -> Decimal:
    """Return a percentage to a tenth; rounded up, so that what is too much never looks allowed."""
    return percent.quantize(Decimal("0.1"), ROUND_UP)


def _denial(policy: Policy, rule: str, what: str) -> str:
    origin = policy.origins.get(rule.partition(".")[0], "the defaults")
    return f"{rule} ({origin}): {what}"


def _listed(broken: Sequence[str]) -> str:
    more = len(broken) - _ITEMS_NAMED
    return "; ".join(broken[:_ITEMS_NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def _reaches(tier: ApprovalTier, impact: Impact, changes: Sequence[Change]) -> bool:
    return (
        (tier.over_changes is not None and impact.changes > tier.over_changes)
        or (
            tier.over_move_percent is not None
            and _largest_move(impact, changes) > tier.over_move_percent
        )
        or (tier.over_total_move is not None and total_move(changes) > tier.over_total_move)
    )


def _roles(policy: Policy, tiers: Sequence[ApprovalTier]) -> tuple[str, ...]:
    """Return the roles of which a person needs one, given the tiers that are reached.

    A part of the policy file asks for those of its last tier that is reached and names some, else
    for its own. Where several parts ask for roles, those that suit all of them count.
    """
    demands = policy.role_demands or (RoleDemand(roles=policy.roles, tiers=policy.tiers),)
    asked = [roles for demand in demands if (roles := _roles_of(demand, tiers))]
    if not asked:
        return ()
    first, *others = asked
    return tuple(role for role in first if all(role in roles for roles in others))


def _roles_of(demand: RoleDemand, reached: Sequence[ApprovalTier]) -> tuple[str, ...]:
    tiers = [tier for tier in demand.tiers if tier in reached and tier.roles]
    return tiers[-1].roles if tiers else demand.roles


def _largest_move(impact: Impact, changes: Iterable[Change]) -> Decimal:
    """Return by how many percent the price moves that moves furthest; exact where it is known."""
    moves = (exact_percent(one) for one in changes if one.target.field is FieldName.PRICE)
    return max(
        (abs(percent) for percent in moves if percent is not None),
        default=impact.largest_move_percent,
    )


def _reasons(
    impact: Impact, policy: Policy, tiers: Sequence[ApprovalTier], changes: Sequence[Change]
) -> Iterator[str]:
    yield f"{impact.changes} changes on {impact.products} product(s)"
    largest = _largest_move(impact, changes)
    if largest > policy.high_risk_move_percent:
        yield f"a price moves by {_told(largest)} %"
    if impact.refused:
        yield f"the platform is expected to refuse {impact.refused} change(s)"
    if tiers:
        yield f"{max(tier.quorum for tier in tiers)} people are asked for so much"


def risk_of(impact: Impact, policy: Policy, changes: Iterable[Change] = ()) -> Risk:
    """Return the risk that lists and search attributes show."""
    if (
        impact.changes > policy.high_risk_changes
        or _largest_move(impact, changes) > policy.high_risk_move_percent
    ):
        return Risk.HIGH
    return Risk.LOW if impact.changes <= policy.automatic_changes else Risk.MEDIUM


def total_move(changes: Iterable[Change]) -> Decimal:
    """Return by how much all prices move together, upwards and downwards alike."""
    return sum((_moved_amount(one) for one in changes), Decimal(0))


def total_move_percent(changes: Iterable[Change]) -> Decimal:
    """Return by how many percent of their sum before the prices that change move together.

    Upwards and downwards alike, not rounded; what cost nothing and does now counts as 100 %.
    """
    prices = [one for one in changes if one.target.field is FieldName.PRICE]
    before = sum((_amount(one.before) for one in prices), Decimal(0))
    moved = total_move(prices)
    if before == 0:
        return Decimal(100 if moved else 0)
    return moved / before * 100


def _amount(value: Value) -> Decimal:
    match in_effect(value):
        case Money(amount=amount):
            return amount
        case _:
            return Decimal(0)


def _moved_amount(change: Change) -> Decimal:
    if change.target.field is not FieldName.PRICE:
        return Decimal(0)
    match in_effect(change.before), in_effect(change.after):
        case Money(amount=before), Money(amount=after):
            return abs(after - before)
        case _:
            return Decimal(0)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
