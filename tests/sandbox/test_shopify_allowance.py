"""The leaky bucket of a Shopify store in the sandbox."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.shopify.allowance import PLANS, Allowance


@dataclass
class Clock:
    """Time that a test moves by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def allowance(clock: Clock) -> Allowance:
    """The full allowance of a standard plan."""
    return Allowance(2000, 100, clock)


def test_bucket_starts_full(allowance: Allowance) -> None:
    """A new allowance has all that it can hold."""
    assert allowance.currently_available() == 2000


def test_admission_takes_the_requested_cost(allowance: Allowance) -> None:
    """What a request asks for is gone while it runs."""
    assert allowance.admit(900)
    assert allowance.currently_available() == 1100


def test_refused_request_takes_nothing(allowance: Allowance) -> None:
    """A request that the bucket does not bear leaves the points to the others."""
    assert allowance.admit(1500)
    assert not allowance.admit(501)
    assert allowance.currently_available() == 500


def test_request_is_admitted_with_the_last_point(allowance: Allowance) -> None:
    """Exactly enough is enough."""
    assert allowance.admit(2000)
    assert allowance.currently_available() == 0
    assert not allowance.admit(1)


def test_refused_request_fits_after_the_wait_that_the_status_implies(
    allowance: Allowance, clock: Clock
) -> None:
    """Waiting for (requested - available) / rate is enough, and no less is."""
    assert allowance.admit(1900)
    clock.now += 3.99
    assert not allowance.admit(500)
    clock.now += 0.01
    assert allowance.admit(500)


def test_settlement_gives_back_what_was_not_used(allowance: Allowance) -> None:
    """Only the actual cost stays debited."""
    allowance.admit(800)
    allowance.settle(800, 30)
    assert allowance.currently_available() == 1970


def test_settlement_never_overfills(allowance: Allowance, clock: Clock) -> None:
    """Points given back to a bucket that has refilled meanwhile are lost."""
    allowance.admit(800)
    clock.now += 60
    allowance.settle(800, 30)
    assert allowance.currently_available() == 2000


def test_status_has_the_number_types_of_the_platform(allowance: Allowance, clock: Clock) -> None:
    """Maximum and rate are decimals, the points available whole and rounded down."""
    allowance.admit(10)
    clock.now += 0.0399
    status = allowance.status()
    assert status == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 1993,
        "restoreRate": 100.0,
    }
    assert {name: type(value) for name, value in status.items()} == {
        "maximumAvailable": float,
        "currentlyAvailable": int,
        "restoreRate": float,
    }


def test_restorable_points_grow_with_time_alone(allowance: Allowance, clock: Clock) -> None:
    """What could have been restored does not depend on what was used."""
    clock.now += 7
    allowance.admit(500)
    assert allowance.restorable == 700


def test_plans_hold_twenty_seconds_of_their_rate() -> None:
    """Each plan's bucket is twenty times what it restores in a second."""
    rates = {plan: Allowance.of_plan(plan).status() for plan in PLANS}
    assert {plan: status["restoreRate"] for plan, status in rates.items()} == {
        "standard": 100.0,
        "advanced": 200.0,
        "plus": 1000.0,
        "enterprise": 2000.0,
    }
    assert all(
        status["maximumAvailable"] == 20 * status["restoreRate"] for status in rates.values()
    )


def test_unknown_plan_is_refused_with_the_known_ones() -> None:
    """A wrong plan's error names those that exist."""
    with pytest.raises(ValueError, match="use one of standard, advanced, plus, enterprise"):
        Allowance.of_plan("free")


@pytest.mark.parametrize(("maximum", "rate"), [(0, 1), (-5, 1), (5, 0), (float("nan"), 1)])
def test_impossible_allowance_is_refused(maximum: float, rate: float) -> None:
    """A bucket without room or without inflow cannot be made."""
    with pytest.raises(ValueError, match="finite and above 0"):
        Allowance(maximum, rate)


def test_negative_request_is_refused(allowance: Allowance) -> None:
    """No request can add points."""
    with pytest.raises(ValueError, match="pass 0 or more"):
        allowance.admit(-1)


@pytest.mark.parametrize("actual", [-1, 11])
def test_settlement_outside_of_the_admitted_is_refused(allowance: Allowance, actual: int) -> None:
    """A request uses between nothing and all of what it was admitted for."""
    allowance.admit(10)
    with pytest.raises(ValueError, match="from 0 to the admitted points"):
        allowance.settle(10, actual)


@st.composite
def _events(draw: st.DrawFn) -> list[tuple[float, int, int]]:
    """Requests as (seconds since the one before, requested, actual)."""
    events = []
    for _ in range(draw(st.integers(0, 30))):
        requested = draw(st.integers(0, 1200))
        wait = draw(st.floats(0, 30, allow_nan=False))
        events.append((wait, requested, draw(st.integers(0, requested))))
    return events


@given(events=_events(), maximum=st.floats(1, 5000), rate=st.floats(0.1, 2000))
def test_available_points_stay_within_the_bucket(
    events: list[tuple[float, int, int]], maximum: float, rate: float
) -> None:
    """There are never less than no points, nor more than the bucket holds."""
    clock = Clock()
    allowance = Allowance(maximum, rate, clock)
    for wait, requested, actual in events:
        clock.now += wait
        if allowance.admit(requested):
            assert 0 <= allowance.currently_available() <= maximum
            allowance.settle(requested, actual)
        assert 0 <= allowance.currently_available() <= maximum


@given(events=_events())
def test_request_is_admitted_exactly_if_enough_is_there(
    events: list[tuple[float, int, int]],
) -> None:
    """Admission depends on the points available at that moment and on nothing else."""
    clock = Clock()
    allowance = Allowance(1000, 50, clock)
    for wait, requested, _ in events:
        clock.now += wait
        enough = allowance.currently_available() >= requested
        assert allowance.admit(requested) is enough


@given(events=_events())
def test_no_more_is_used_than_the_bucket_and_time_provide(
    events: list[tuple[float, int, int]],
) -> None:
    """Over any time, the points used fit into one full bucket and what was restorable."""
    clock = Clock()
    allowance = Allowance(1000, 50, clock)
    used = 0
    for wait, requested, actual in events:
        clock.now += wait
        if allowance.admit(requested):
            allowance.settle(requested, actual)
            used += actual
    assert used <= 1000 + allowance.restorable + 1e-6
