"""The page about policies lists the rules that there are, and its example is one that holds."""

import re

import pytest

from connectors.policy_file import read_policy_book
from steward.policy import Policy
from steward.policy_book import PolicyPart
from tests.documentation.documents import ROOT

PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def test_the_example_is_a_policy() -> None:
    """Somebody who copies it gets the rules that it states."""
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    policy = read_policy_book(found[1], "the page").policy_for("berlin", "pricing-manager")
    assert policy.max_changes == 5000
    assert policy.protected.tags == {"contract"}
    assert len(policy.tiers) == 3


@pytest.mark.parametrize("rule", PolicyPart.model_fields)
def test_every_rule_is_explained(rule: str) -> None:
    """A rule that the file may hold stands on the page."""
    assert f"`{rule}`" in PAGE or f"{rule}:" in PAGE


@pytest.mark.parametrize(
    ("rule", "told"), re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE)
)
def test_defaults_are_told_as_they_are(rule: str, told: str) -> None:
    """A number in a table is the built-in one."""
    assert str(getattr(Policy(), rule)) == told
