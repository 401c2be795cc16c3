"""The margin limit: what is left of a price, in percent of it, when the cost is paid."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.catalog import EveryProduct, Product, Snapshot, Variant
from steward.changes import FieldName, Outcome, ResourceKind
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import NOTHING_KNOWN, judge, surroundings_of
from steward.margin import margin_fault
from steward.money import Money
from steward.policy import Deny, Policy, UnknownCost
from steward.policy_book import PolicyBook, PolicyPart, policy_digest
from tests.core.strategies import NOON, change_of, usd

TWENTY = Policy(min_margin=Decimal(20))
cents = st.integers(1, 10**6).map(
    lambda number: Money(amount=Decimal(number) / 100, currency="USD")
)


def price(amount: Money) -> str | None:
    """Return what a limit of 20 % says to this price of what costs 8."""
    return margin_fault(TWENTY, change_of(1, 1, FieldName.PRICE, usd(50), amount), usd(8))


@given(cents, cents, st.integers(0, 99))
def test_a_price_that_leaves_the_margin_is_let_through(
    amount: Money, cost: Money, percent: int
) -> None:
    """Exactly the prices of which less than the margin is left have a fault."""
    policy = Policy(min_margin=Decimal(percent))
    change = change_of(1, 1, FieldName.PRICE, usd(50), amount)
    enough = (amount.amount - cost.amount) / amount.amount * 100 >= percent
    assert (margin_fault(policy, change, cost) is None) == enough


def test_the_limit_itself_is_enough() -> None:
    """What costs 8 may be sold at 10 by a limit of 20 %, and for no cent less."""
    assert price(usd(10)) is None
    assert price(usd("9.99")) == (
        "would cost 9.99 USD and have a margin of 19.9 %, at least 20 % is demanded"
    )


def test_a_price_below_cost_or_of_nothing_is_told() -> None:
    """A loss is a margin below zero, and what is given away has none."""
    assert "a margin of -60.0 %" in (price(usd(5)) or "")
    assert "have no margin" in (price(usd(0)) or "")


@pytest.mark.parametrize("cost", [usd(0), None])
def test_what_costs_nothing_has_no_margin(cost: Money | None) -> None:
    """A price of 0 is denied whatever the unit costs, and where nobody knows it."""
    policy = Policy(min_margin=Decimal(20), unknown_cost=UnknownCost.ALLOW)
    change = change_of(1, 1, FieldName.PRICE, usd(50), usd(0))
    assert "have no margin" in (margin_fault(policy, change, cost) or "")


@pytest.mark.parametrize("cost", [None, Money(amount=Decimal(1), currency="EUR")])
def test_an_unknown_cost_is_denied_unless_the_policy_allows_it(cost: Money | None) -> None:
    """Without a cost in the price's currency nobody can tell what is left."""
    change = change_of(1, 1, FieldName.PRICE, usd(50), usd(10))
    assert "its cost is not known" in (margin_fault(TWENTY, change, cost) or "")
    allowing = TWENTY.model_copy(update={"unknown_cost": UnknownCost.ALLOW})
    assert margin_fault(allowing, change, cost) is None
    assert margin_fault(allowing, change, usd("9.99")) is not None
    assert margin_fault(Policy(), change, cost) is None


def snapshot(cost: Money | None) -> Snapshot:
    """Return a catalogue of one product whose own price a variant has, at another cost."""
    rows = (
        Variant(
            resource_kind=kind, id="v1-1", title="M", sku=None, price=usd(50),
            compare_at_price=None, cost=own,
        )
        for kind, own in ((ResourceKind.VARIANT, cost), (ResourceKind.PRODUCT, usd(1)))
    )  # fmt: skip
    product = Product(id="p1", title="Product 1", vendor="", tags=(), variants=tuple(rows))
    return Snapshot(
        store="demo", currency="USD", selection=EveryProduct(), taken_at=NOON, products=(product,)
    )


def test_a_denial_names_rule_origin_and_item() -> None:
    """The cost is that of the very thing whose price changes, though ids may be alike."""
    policy = PolicyBook(stores={"demo": PolicyPart(min_margin=Decimal(20))}).policy_for("demo", "a")
    change = change_of(1, 1, FieldName.PRICE, usd(50), usd(9))
    impact = measure_impact(
        [change], [Outcome.APPLIED], CallEstimate(calls=1, points=1, seconds=Decimal(0))
    )
    for known, what in (
        (surroundings_of(snapshot(usd(8))), r"have a margin of 11\.1 %"),
        (surroundings_of(snapshot(None)), "its cost is not known"),
        (NOTHING_KNOWN, "its cost is not known"),
    ):
        verdict = judge(impact, policy, [change], known)
        assert isinstance(verdict, Deny)
        assert re.match(rf"min_margin \(stores\.demo\): Product 1.*{what}", verdict.reasons[0])
    assert not isinstance(judge(impact, policy, [change], surroundings_of(snapshot(usd(7)))), Deny)


def test_other_fields_have_no_margin() -> None:
    """A compare-at price is nobody's selling price."""
    change = change_of(1, 1, FieldName.COMPARE_AT_PRICE, usd(50), usd(1))
    impact = measure_impact(
        [change], [Outcome.APPLIED], CallEstimate(calls=1, points=1, seconds=Decimal(0))
    )
    assert not isinstance(judge(impact, TWENTY, [change]), Deny)


def test_the_higher_margin_and_the_denial_win() -> None:
    """A store or an agent can only ask for more."""
    book = PolicyBook.model_validate(
        {
            "everybody": {"min_margin": "20%", "unknown_cost": "allow"},
            "stores": {"demo": {"min_margin": 30, "unknown_cost": "deny"}},
            "agents": {"lax": {"min_margin": "5 %", "unknown_cost": "allow"}},
        }
    )
    for store, agent, margin, unknown in (
        ("other", "any", Decimal(20), UnknownCost.ALLOW),
        ("other", "lax", Decimal(20), UnknownCost.ALLOW),
        ("demo", "lax", Decimal(30), UnknownCost.DENY),
    ):
        policy = book.policy_for(store, agent)
        assert (policy.min_margin, policy.unknown_cost) == (margin, unknown)


@pytest.mark.parametrize("stated", ["100%", "-1", "much", "nan"])
def test_a_margin_is_a_share_of_the_price(stated: str) -> None:
    """Nothing that costs anything leaves all of its price."""
    with pytest.raises(ValidationError):
        PolicyPart.model_validate({"min_margin": stated})


def test_rules_without_a_margin_keep_their_digest() -> None:
    """A release that knows margins does not take older rules for changed ones."""
    policy = PolicyBook().policy_for("demo", "any")
    assert not {"min_margin", "unknown_cost"} & policy.model_dump(mode="json").keys()
    assert policy_digest(policy) != policy_digest(TWENTY)
