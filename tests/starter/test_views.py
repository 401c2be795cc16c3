"""The figures of an impact, as a person reads them."""

from decimal import Decimal

from starter.views import impact_facts
from steward.execution import BulkEstimate, CallEstimate
from steward.impact import measure_impact


def facts(estimate: CallEstimate) -> dict[str, str]:
    """Return the figures of an impact that costs this, by their names."""
    return dict(impact_facts(measure_impact([], [], estimate)))


def test_bulk_operations_are_told_with_what_they_mean_for_others() -> None:
    """How many calls they replace, how long they take, and how long the gap becomes."""
    bulk = BulkEstimate(
        operations=4, calls=6900, seconds=Decimal("375.0"), longest_seconds=Decimal("375.0")
    )
    told = facts(CallEstimate(calls=171, points=320, seconds=Decimal("375.0"), bulk=bulk))
    assert told["Cost"] == "171 calls, 320 rate-limit points, about 6 min 15 s"
    assert told["In bulk"] == (
        "6,900 calls as 4 bulk operations, about 6 min 15 s; what others change in up to "
        "6 min 15 s is overwritten"
    )


def test_single_calls_are_told_without_bulk() -> None:
    """An empty figure is left out where figures are shown."""
    told = facts(CallEstimate(calls=6, points=60, seconds=Decimal(3)))
    assert told["Cost"] == "6 calls, 60 rate-limit points, at least 3 s"
    assert told["In bulk"] == ""
