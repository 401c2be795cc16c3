"""Waits in words, and for as long as they last."""

from datetime import timedelta

import pytest

from steward.waits import Wait, wait_for
from tests.core.strategies import NOON


def test_a_wait_is_told_in_whole_seconds() -> None:
    """Rounded up, since nobody is glad of a wait that is over too late."""
    assert str(Wait(seconds=3.2, reason="Shopify's allowance")) == (
        "waiting 4 s for Shopify's allowance"
    )
    assert str(Wait(seconds=3_601, reason="x")) == "waiting 1 h 1 min for x"
    assert str(Wait(seconds=121, reason="x")) == "waiting 3 min for x"


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, False), (0.9, False), (1.0, True)])
def test_a_short_wait_is_not_shown(*, seconds: float, shown: bool) -> None:
    """What is over before it could be read would only flicker."""
    assert (wait_for("x", seconds) is not None) == shown


def test_a_noted_wait_ends_by_itself() -> None:
    """Nobody has to remove it: once its time has come it is over."""
    noted = Wait(seconds=5, reason="x").from_now(NOON)
    assert noted.left(NOON + timedelta(seconds=2)) == Wait(seconds=3, reason="x")
    assert noted.left(NOON + timedelta(seconds=5)) is None
