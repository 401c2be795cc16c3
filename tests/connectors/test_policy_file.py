"""The policy file is read anew when it changes, and a bad one is told in one sentence."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.policy_file import PolicyFile
from steward.errors import InvalidSettings
from steward.policy import Policy


def test_a_change_counts_for_the_next_question(tmp_path: Path) -> None:
    """Nobody has to restart a worker."""
    file = tmp_path / "policy.yaml"
    file.write_text("everybody: {max_move_percent: 20}\n")
    policies = PolicyFile(file)
    assert policies.policy_for("demo", "any").max_move_percent == Decimal(20)
    file.write_text("everybody: {max_move_percent: 10}\n")
    os.utime(file, ns=(1, 1))
    assert policies.policy_for("demo", "any").max_move_percent == Decimal(10)


def test_without_a_file_the_built_in_rules_hold() -> None:
    """The same as those of an empty file."""
    assert PolicyFile(None).policy_for("demo", "any") == Policy()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("everybody: [", "cannot be used"),
        ("everybody: {quorom: 3}", "everybody.quorom is no rule, perhaps 'quorum' is meant"),
        ("nobody: {quorum: 3}", "nobody is no rule"),
        ("everybody: {min_margin: 120%}", "everybody.min_margin: Input should be less than 100"),
        ("everybody: {unknown_cost: ask}", "everybody.unknown_cost: Input should be 'deny' or"),
        (
            "everybody: {watch: {for: P2D, every: PT10M, sample: 50}}",
            "everybody.watch: a watch for 2 days, 0:00:00 that looks every 0:10:00 looks 288 times",
        ),
        (
            "{everybody: {watch: {for: P1D, every: PT10M, sample: 5}}, "  # noqa: ISC004
            "agents: {a: {watch: {for: PT1H, every: PT1M, sample: 5}}}}",
            "looks 1,440 times, and at most 200 are possible",
        ),
        ("stores: {demo: {quiet_hours: [{start: '9:00', end: '21:00'}]}}", "quiet_hours"),
        ("stores: {demo: {quorum: 0}}", "greater than or equal to 1"),
        ("- a", "cannot be used"),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(text: str, problem: str, tmp_path: Path) -> None:
    """The file, the place and the reason are named, and where the rules are listed."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(InvalidSettings, match=problem) as raised:
        PolicyFile(file).policy_for("demo", "any")
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A rule that cannot be read must not be taken for no rule."""
    with pytest.raises(InvalidSettings, match="cannot be read"):
        PolicyFile(tmp_path / "none.yaml").policy_for("demo", "any")
