"""The policy file: the stricter rule wins, whoever states it, and every verdict names its rule."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.catalog import EveryProduct, Product, Snapshot, Variant
from steward.changes import Change, FieldName, Outcome, ResourceKind, Target
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import judge, surroundings_of
from steward.policy import (
    Allow,
    ApprovalTier,
    Deny,
    Escalation,
    NeedsApproval,
    Policy,
    Protected,
    WhenTripped,
)
from steward.policy_book import PolicyBook, PolicyPart, policy_digest
from steward.quiet_hours import Day, QuietHours, quiet_until
from steward.values import ABSENT, PRESENT, Quantity
from tests.core.strategies import NOON, change_of, usd

LIMITS = ("automatic_changes", "max_changes", "max_stock_move", "high_risk_changes")
SHARES = ("max_failed_share", "max_mismatched_share", "max_unknown_share")
RULES = (
    *LIMITS,
    *SHARES,
    *("max_move_percent", "floor_price", "quorum", "never", "deadline", "when_tripped"),
)
PARTS = st.builds(
    PolicyPart,
    **{name: st.none() | st.integers(int(name != "automatic_changes"), 1000) for name in LIMITS},
    **{name: st.none() | st.decimals(0, 1, places=2) for name in SHARES},
    max_move_percent=st.none() | st.decimals(0, 200, places=1),
    floor_price=st.none() | st.decimals(0, 50, places=2),
    quorum=st.none() | st.integers(1, 4),
    never=st.none() | st.frozensets(st.sampled_from(FieldName), max_size=3),
    deadline=st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=9)),
    when_tripped=st.none() | st.sampled_from(WhenTripped),
)


@given(PARTS, PARTS, PARTS)
def test_no_part_makes_another_laxer(
    everybody: PolicyPart, store: PolicyPart, agent: PolicyPart
) -> None:
    """Whatever a part states holds at least so strictly, and so do the defaults that are left."""
    book = PolicyBook(everybody=everybody, stores={"demo": store}, agents={"pricing": agent})
    policy = book.policy_for("demo", "pricing")
    built_in = {
        rule: value
        for rule in RULES
        if getattr(everybody, rule) is None and (value := getattr(Policy(), rule)) is not None
    }
    for rules in (built_in, everybody.rules(), store.rules(), agent.rules()):
        for name, stated in rules.items():
            held = getattr(policy, name)
            if name in {"quorum", "floor_price"} or name == "never":
                assert held >= stated
            elif name == "when_tripped":
                assert held is WhenTripped.COMPENSATE or stated is not WhenTripped.COMPENSATE
            else:
                assert held <= stated


@given(PARTS, PARTS)
def test_a_part_for_others_changes_nothing(everybody: PolicyPart, store: PolicyPart) -> None:
    """A store's or agent's own rules hold for no other."""
    book = PolicyBook(everybody=everybody, stores={"demo": store}, agents={"pricing": store})
    alone = PolicyBook(everybody=everybody)
    assert book.policy_for("other", "another") == alone.policy_for("other", "another")


def test_a_store_cannot_loosen_a_built_in_limit() -> None:
    """The defaults hold where nobody speaks for everybody; only that part may loosen them."""
    store = PolicyBook(stores={"demo": PolicyPart(max_move_percent=Decimal(500))})
    assert store.policy_for("demo", "any").max_move_percent == 90
    everybody = PolicyBook(everybody=PolicyPart(max_move_percent=Decimal(500)))
    assert everybody.policy_for("demo", "any").max_move_percent == 500


def test_a_rule_tells_where_it_comes_from() -> None:
    """The origin is the part that makes the rule as strict as it is."""
    book = PolicyBook(
        everybody=PolicyPart(max_changes=100, quorum=2),
        stores={"demo": PolicyPart(max_changes=50, quorum=1)},
    )
    policy = book.policy_for("demo", "any")
    assert policy.origins == {"max_changes": "stores.demo", "quorum": "everybody"}


def test_nobody_left_to_approve_is_an_error_in_the_file() -> None:
    """Approvers that two parts name must leave somebody."""
    with pytest.raises(ValidationError, match="nobody is left among the approvers"):
        PolicyBook(
            everybody=PolicyPart(approvers=("ann",)),
            stores={"demo": PolicyPart(approvers=("bob",))},
        )


@given(PARTS)
def test_the_digest_is_of_the_rules_alone(part: PolicyPart) -> None:
    """The same rules have the same digest wherever they are stated, and others another one."""
    one = PolicyBook(everybody=part).policy_for("demo", "any")
    other = one.model_copy(update={"origins": {}})
    assert policy_digest(one) == policy_digest(other)
    stricter = one.model_copy(update={"max_changes": one.max_changes + 1})
    assert policy_digest(stricter) != policy_digest(one)


ESTIMATE = CallEstimate(calls=1, points=1, seconds=Decimal(0))


def verdict_on(
    *changes: Change, policy: Policy, tags: tuple[str, ...] = (), sku: str = "SHO-1"
) -> Allow | NeedsApproval | Deny:
    """Return the policy's verdict on the changes, of a product with these tags."""
    snapshot = Snapshot(
        store="demo",
        currency="USD",
        selection=EveryProduct(),
        taken_at=NOON,
        products=(
            Product(
                id="p1",
                title="Product 1",
                vendor="",
                tags=tags,
                variants=(
                    Variant(id="v1-1", title="M", sku=sku, price=usd(20), compare_at_price=None),
                ),
            ),
        ),
    )
    impact = measure_impact(changes, [Outcome.APPLIED] * len(changes), ESTIMATE)
    return judge(impact, policy, changes, surroundings_of(snapshot))


CHEAPER = change_of(1, 1, FieldName.PRICE, usd(20), usd(15))
RESTOCKED = Change(
    target=Target(
        resource_kind=ResourceKind.VARIANT,
        resource_id="v1-1",
        field=FieldName.INVENTORY_QUANTITY,
        key="1",
    ),
    product_id="p1",
    label="Product 1",
    before=Quantity(units=5),
    after=Quantity(units=50),
)
TAGGED = Change(
    target=Target(
        resource_kind=ResourceKind.PRODUCT, resource_id="p1", field=FieldName.TAG, key="new"
    ),
    product_id="p1",
    label="Product 1",
    before=ABSENT,
    after=PRESENT,
)


@pytest.mark.parametrize(
    ("rules", "change", "reason"),
    [
        ({"max_move_percent": Decimal("24.9")}, CHEAPER, r"max_move_percent .*25\.0 %"),
        ({"max_move": Decimal("4.99")}, CHEAPER, r"max_move .*move by 5\.00"),
        ({"max_total_move": Decimal("4.99")}, CHEAPER, r"max_total_move .*5\.00 in all"),
        ({"max_total_move_percent": Decimal("24.9")}, CHEAPER, r"max_total_move_percent .*25\.0 %"),
        ({"floor_price": Decimal("15.01")}, CHEAPER, r"floor_price .*15\.00 USD"),
        ({"max_stock_move": 44}, RESTOCKED, "max_stock_move .*45 units"),
        ({"never": frozenset({FieldName.TAG})}, TAGGED, "never .*another tag"),
        ({"protected": Protected(tags=frozenset({"VIP"}))}, TAGGED, "protected.tags .*'vip'"),
        ({"protected": Protected(skus=frozenset({"sho-*"}))}, CHEAPER, "protected.skus .*'sho-"),
    ],
)
def test_a_denial_names_rule_origin_and_item(
    rules: dict[str, Any], change: Change, reason: str
) -> None:
    """A change beyond a limit is denied; one at the limit is not."""
    policy = Policy(**rules, origins=dict.fromkeys(rules, "stores.demo"))
    verdict = verdict_on(change, policy=policy, tags=("vip",))
    assert isinstance(verdict, Deny)
    (told,) = verdict.reasons
    assert "Product 1" in told or "in all" in told
    assert "(stores.demo)" in told
    assert re.search(reason, told), told


@pytest.mark.parametrize(
    "rules",
    [
        {"max_move_percent": Decimal(25)},
        {"max_move": Decimal(5)},
        {"max_total_move": Decimal(5)},
        {"max_total_move_percent": Decimal(25)},
        {"floor_price": Decimal(15)},
        {"never": frozenset({FieldName.TITLE})},
        {"protected": Protected(tags=frozenset({"other"}), skus=frozenset({"SHO-2*"}))},
    ],
)
def test_what_is_at_the_limit_is_let_through(rules: dict[str, Any]) -> None:
    """A limit is what is still allowed."""
    assert not isinstance(verdict_on(CHEAPER, policy=Policy(**rules), tags=("vip",)), Deny)


@pytest.mark.parametrize(
    ("protected", "sku", "verdict"),
    [
        ("KIT[RED]", "kit[red]", Deny),
        ("KIT[RED]", "KITR", NeedsApproval),
        ("KIT[*]", "KIT[BLUE]", Deny),
        ("KIT?", "KIT?", Deny),
        ("KIT?", "KIT1", NeedsApproval),
        ("[!K]*", "SHO-1", NeedsApproval),
    ],
)
def test_only_a_star_stands_for_other_characters(
    protected: str, sku: str, verdict: type[Deny | NeedsApproval]
) -> None:
    """Whatever else a protected SKU holds stands for itself."""
    policy = Policy(protected=Protected(skus=frozenset({protected})))
    assert isinstance(verdict_on(CHEAPER, policy=policy, sku=sku), verdict)


@pytest.mark.parametrize(
    "rules", [{"max_move_percent": Decimal(90)}, {"max_total_move_percent": Decimal(90)}]
)
def test_limits_hold_before_anything_is_rounded(rules: dict[str, Any]) -> None:
    """What is beyond a limit by less than a tenth is denied, and told as beyond it."""
    limits = {"max_move_percent": Decimal(1000), **rules}
    beyond = change_of(1, 1, FieldName.PRICE, usd(1000), usd("99.60"))
    verdict = verdict_on(beyond, policy=Policy(**limits))
    assert isinstance(verdict, Deny)
    assert "by 90.1 %" in verdict.reasons[0]
    at_it = change_of(1, 1, FieldName.PRICE, usd(1000), usd(100))
    assert isinstance(verdict_on(at_it, policy=Policy(**limits)), NeedsApproval)


def test_people_are_asked_before_anything_is_rounded() -> None:
    """A tier, and the risk that stops what is automatic, begin right after their limit."""
    beyond = change_of(1, 1, FieldName.PRICE, usd(1000), usd("799.60"))
    tier = ApprovalTier(over_move_percent=Decimal(20), quorum=2)
    verdict = verdict_on(beyond, policy=Policy(automatic_changes=5, tiers=(tier,)))
    assert isinstance(verdict, NeedsApproval)
    assert verdict.quorum == 2
    risky = Policy(automatic_changes=5, high_risk_move_percent=Decimal(20))
    assert isinstance(verdict_on(beyond, policy=risky), NeedsApproval)


def test_tiers_ask_for_more_people() -> None:
    """A change set beyond a tier needs its quorum and its role, and is never automatic."""
    book = PolicyBook.model_validate(
        {
            "everybody": {
                "automatic_changes": 10,
                "tiers": [
                    {"over_move_percent": 20, "quorum": 2, "roles": ["pricing"]},
                    {"over_total_move": 1000, "quorum": 3, "roles": ["management"]},
                ],
                "escalation": {"after": "PT4H", "role": "management"},
            }
        }
    )
    policy = book.policy_for("demo", "any")
    verdict = verdict_on(CHEAPER, policy=policy)
    assert isinstance(verdict, NeedsApproval)
    assert (verdict.quorum, verdict.roles) == (2, ("pricing",))
    assert verdict.escalation == Escalation(after=timedelta(hours=4), role="management")
    small = change_of(1, 1, FieldName.PRICE, usd(20), usd(19))
    assert isinstance(verdict_on(small, policy=policy), Allow)


BERLIN_NIGHT = QuietHours.model_validate(
    {"start": "09:00", "end": "21:00", "time_zone": "Europe/Berlin", "fields": ["price"]}
)
PRICE = frozenset({FieldName.PRICE})


@pytest.mark.parametrize(
    ("utc", "until"),
    [
        ("2026-01-15T07:59:00", None),
        ("2026-01-15T08:00:00", "2026-01-15T20:00:00"),
        ("2026-07-15T07:00:00", "2026-07-15T19:00:00"),
        ("2026-01-15T20:00:00", None),
    ],
)
def test_quiet_hours_follow_the_shops_clock(utc: str, until: str | None) -> None:
    """The hours are the shop's own, summer time included; their end is no longer quiet."""
    now = datetime.fromisoformat(f"{utc}+00:00")
    found = quiet_until((BERLIN_NIGHT,), now)
    assert (found and found[0]) == (until and datetime.fromisoformat(f"{until}+00:00"))


def test_other_fields_are_not_quiet() -> None:
    """Hours for prices let stock be changed."""
    assert BERLIN_NIGHT.concern(PRICE)
    assert not BERLIN_NIGHT.concern(frozenset({FieldName.INVENTORY_QUANTITY}))


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    """Friday night ends on Saturday morning, and Saturday night is another one."""
    friday_night = QuietHours.model_validate(
        {"start": "22:00", "end": "06:00", "time_zone": "UTC", "days": [Day.FRIDAY]}
    )
    saturday_early = datetime(2026, 1, 17, 3, tzinfo=UTC)
    found = quiet_until((friday_night,), saturday_early)
    assert found is not None
    assert found[0] == datetime(2026, 1, 17, 6, tzinfo=UTC)
    assert quiet_until((friday_night,), saturday_early + timedelta(days=1)) is None


def test_hours_that_follow_each_other_are_taken_together() -> None:
    """A run waits once, for the end of the last."""
    morning, evening = (
        QuietHours.model_validate({"start": start, "end": end, "time_zone": "UTC"})
        for start, end in (("08:00", "12:00"), ("12:00", "20:00"))
    )
    found = quiet_until((morning, evening), datetime(2026, 1, 15, 9, tzinfo=UTC))
    assert found is not None
    assert found[0] == datetime(2026, 1, 15, 20, tzinfo=UTC)
