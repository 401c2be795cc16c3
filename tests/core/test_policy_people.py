"""Whom the parts of a policy file ask together: never more people than each asks by itself."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.changes import FieldName, Outcome
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import judge
from steward.policy import Allow, ApprovalTier, Escalation, NeedsApproval, Policy, Verdict
from steward.policy_book import PolicyBook, PolicyPart, policy_digest
from tests.core.strategies import change_of, usd

CHEAPER = change_of(1, 1, FieldName.PRICE, usd(20), usd(15))
# One role is in all of them, so that most books leave somebody to decide.
ROLES = st.sets(st.sampled_from(("intern", "pricing")), max_size=2).map(
    lambda some: ("management", *sorted(some))
)
TIERS = st.builds(
    ApprovalTier,
    over_changes=st.none() | st.integers(0, 2),
    over_move_percent=st.none() | st.integers(20, 30).map(Decimal),
    quorum=st.integers(1, 3),
    roles=st.just(()) | ROLES | st.just(("intern",)),
)
PARTS = st.builds(
    PolicyPart,
    automatic_changes=st.none() | st.integers(0, 3),
    roles=st.none() | ROLES,
    quorum=st.none() | st.integers(1, 3),
    tiers=st.none() | st.lists(TIERS, max_size=2).map(tuple),
    escalation=st.none()
    | st.builds(
        Escalation,
        after=st.timedeltas(timedelta(seconds=1), timedelta(hours=9)),
        role=st.sampled_from(("management", "intern")),
    ),
)


def verdict_on(policy: Policy) -> Verdict:
    """Return the verdict on one price that falls by a quarter."""
    estimate = CallEstimate(calls=1, points=1, seconds=Decimal(0))
    return judge(measure_impact([CHEAPER], [Outcome.APPLIED], estimate), policy, [CHEAPER])


def book_of(**parts: Mapping[str, Any]) -> PolicyBook:
    """Return the file that says this."""
    return PolicyBook.model_validate(parts)


def require_as_strict(held: Verdict, alone: Verdict) -> None:
    """Fail where the one lets pass what the other does not, or asks more people or fewer times."""
    if isinstance(alone, Allow):
        return
    assert isinstance(alone, NeedsApproval)
    assert isinstance(held, NeedsApproval)
    assert held.quorum >= alone.quorum
    if alone.roles:
        assert held.roles
        assert set(held.roles) <= set(alone.roles)
    if held.escalation is not None and alone.roles:
        assert alone.escalation is not None
        assert held.escalation.role == alone.escalation.role
        assert held.escalation.after >= alone.escalation.after


@given(PARTS, PARTS, PARTS)
def test_no_part_asks_others_than_everybodys(
    everybody: PolicyPart, store: PolicyPart, agent: PolicyPart
) -> None:
    """A verdict by all parts is at least as strict as one by everybody's, or by the defaults."""
    try:
        book = PolicyBook(everybody=everybody, stores={"demo": store}, agents={"pricing": agent})
    except ValidationError:
        reject()
    held = verdict_on(book.policy_for("demo", "pricing"))
    require_as_strict(held, verdict_on(book.policy_for("other", "another")))
    require_as_strict(held, verdict_on(book.policy_for("demo", "another")))
    if not everybody.rules():
        require_as_strict(held, verdict_on(Policy()))


@pytest.mark.parametrize("kind", ["stores", "agents"])
def test_nothing_is_automatic_where_only_a_store_or_agent_says_so(kind: str) -> None:
    """The built-in rule that everything is asked about holds until everybody's part loosens it."""
    part = {kind: {"pricing": {"automatic_changes": 500}}}
    policy = book_of(**part).policy_for("pricing", "pricing")
    assert policy.automatic_changes == 0
    assert "automatic_changes" not in policy.origins
    loosened = book_of(everybody={"automatic_changes": 1_000}, **part)
    assert loosened.policy_for("pricing", "pricing").automatic_changes == 500


def test_a_further_tier_only_narrows_the_roles() -> None:
    """Of the roles that an agent's tier names, those count that everybody's part asks for too."""
    book = book_of(
        everybody={
            "roles": ["pricing", "management"],
            "tiers": [{"over_changes": 0, "roles": ["management"]}],
        },
        agents={"pricing": {"tiers": [{"over_changes": 0, "roles": ["intern", "management"]}]}},
    )
    verdict = verdict_on(book.policy_for("demo", "pricing"))
    assert isinstance(verdict, NeedsApproval)
    assert verdict.roles == ("management",)


def test_within_a_part_the_last_tier_says_the_roles() -> None:
    """A part's own tiers take the place of its roles, as far as they are reached."""
    tiers = [
        {"over_changes": 0, "roles": ["pricing"]},
        {"over_move_percent": 20, "roles": ["management"]},
        {"over_move_percent": 30, "roles": ["board"]},
    ]
    book = book_of(everybody={"roles": ["intern"], "tiers": tiers})
    verdict = verdict_on(book.policy_for("demo", "any"))
    assert isinstance(verdict, NeedsApproval)
    assert verdict.roles == ("management",)


def test_parts_whose_roles_have_none_in_common_are_an_error_in_the_file() -> None:
    """A tier that would leave nobody to decide is told when the file is read."""
    with pytest.raises(ValidationError, match=r"nobody is left .*management.*intern"):
        book_of(
            everybody={"roles": ["management"]},
            agents={"pricing": {"tiers": [{"over_changes": 0, "roles": ["intern"]}]}},
        )


@pytest.mark.parametrize(
    "everybody",
    [{"roles": ["management"]}, {"escalation": {"after": "PT4H", "role": "management"}}],
)
@pytest.mark.parametrize("kind", ["stores", "agents"])
def test_a_store_or_agent_escalates_to_nobody_else(everybody: dict[str, Any], kind: str) -> None:
    """An escalation to a role that everybody's part does not escalate to is refused."""
    with pytest.raises(ValidationError, match=rf"{kind}\.demo has an escalation to 'intern'"):
        book_of(
            everybody=everybody,
            **{kind: {"demo": {"escalation": {"after": "PT5H", "role": "intern"}}}},
        )


@pytest.mark.parametrize(("hours", "held"), [(3, 4), (5, 5)])
def test_a_store_may_let_others_decide_later(hours: int, held: int) -> None:
    """Of two times for the same role the longer one counts."""
    book = book_of(
        everybody={"escalation": {"after": "PT4H", "role": "management"}},
        stores={"demo": {"escalation": {"after": f"PT{hours}H", "role": "management"}}},
    )
    found = book.policy_for("demo", "any").escalation
    assert found == Escalation(after=timedelta(hours=held), role="management")


def test_rules_of_one_part_keep_their_digest() -> None:
    """What is noted of several parts is left out where one alone asks for roles."""
    policy = book_of(
        everybody={"roles": ["management"]}, stores={"demo": {"max_changes": 5}}
    ).policy_for("demo", "any")
    assert policy_digest(policy) == policy_digest(Policy(roles=("management",), max_changes=5))
