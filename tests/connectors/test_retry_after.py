"""The header Retry-After, in both of its forms and in none."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.http import Answered
from connectors.retry_after import advised_wait

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def waiting(text: str, **headers: str) -> timedelta | None:
    """Return the wait that an answer with this header means."""
    return advised_wait(Answered(503, {"retry-after": text, **headers}, b""))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("7.5", 7.5), ("0", 0.1), ("-3", 0.1), ("99999", 3600.0), ("inf", 3600.0)],
)
def test_seconds_count_within_reason(text: str, seconds: float) -> None:
    """At least a tenth of a second, at most an hour."""
    assert waiting(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("later", "seconds"), [(90, 90.0), (0, 0.1), (-90, 0.1), (9_000, 3600.0)])
def test_a_date_counts_by_the_other_side_s_clock(later: float, seconds: float) -> None:
    """Ours may be wrong by more than the wait."""
    text = format_datetime(NOON + timedelta(seconds=later), usegmt=True)
    assert waiting(text, date=format_datetime(NOON, usegmt=True)) == timedelta(seconds=seconds)


def test_a_date_without_a_clock_counts_by_ours() -> None:
    """An answer need not tell its time."""
    text = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    assert timedelta(minutes=4) < (waiting(text) or timedelta()) <= timedelta(minutes=5)


@pytest.mark.parametrize("text", ["", "soon", "nan", "Wed, 99 Jul 2026 12:00:00 GMT"])
def test_what_says_nothing_is_nothing(text: str) -> None:
    """Whoever tries again then finds a time."""
    assert waiting(text) is None
