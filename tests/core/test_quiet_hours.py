"""Quiet hours on the days on which clocks are changed: what waits for their end comes to it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steward.quiet_hours import Day, QuietHours, quiet_until

# In each of these places an hour is left out or comes twice, in some of them at midnight.
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))


@st.composite
def hours_and_now(draw: st.DrawFn) -> tuple[tuple[QuietHours, ...], datetime]:
    """Draw up to three quiet hours, which may overlap, and a moment around a change of clocks."""
    zone, day = draw(st.sampled_from(CHANGES))
    days = st.just(frozenset(Day)) | st.frozensets(st.sampled_from(Day), min_size=1)
    pairs = st.tuples(TIMES, TIMES, days).filter(lambda one: one[0] != one[1])
    hours = tuple(
        QuietHours(start=start, end=end, time_zone=zone, days=on)
        for start, end, on in draw(st.lists(pairs, min_size=1, max_size=3))
    )
    minutes = draw(st.integers(-24 * 60, 48 * 60))
    return hours, datetime.combine(day, time(), UTC) + timedelta(minutes=minutes)


EARLY = QuietHours(start=time(1), end=time(2, 30), time_zone="Europe/Berlin")


@given(hours_and_now())
@example(((EARLY,), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)))
def test_whoever_waits_gets_to_the_end(drawn: tuple[tuple[QuietHours, ...], datetime]) -> None:
    """The end is later than now, and nothing is quiet then, unless it is quiet for a week."""
    hours, now = drawn
    found = quiet_until(hours, now)
    if found is None:
        assert all(one.end_after(now) is None for one in hours)
        return
    until, _ = found
    assert until > now
    if until - now < timedelta(days=7):
        assert quiet_until(hours, until) is None


@pytest.mark.parametrize(
    ("start", "end", "utc", "until"),
    [
        # 02:10 comes twice in the night to 25 October, and hours until 02:30 end with the second.
        ("01:00", "02:30", "2026-10-25T00:10", "2026-10-25T01:30"),
        ("01:00", "02:30", "2026-10-25T01:10", "2026-10-25T01:30"),
        ("01:00", "02:30", "2026-10-25T01:30", None),
        # Hours from 02:30 begin with the first, and are not interrupted.
        ("02:30", "05:00", "2026-10-25T00:20", None),
        ("02:30", "05:00", "2026-10-25T00:35", "2026-10-25T04:00"),
        ("02:30", "05:00", "2026-10-25T01:05", "2026-10-25T04:00"),
        # There is no 02:30 in the night to 29 March: what begins or ends then is quiet at 03:00.
        ("02:30", "05:00", "2026-03-29T01:00", "2026-03-29T03:00"),
        ("01:00", "02:30", "2026-03-29T00:59", "2026-03-29T01:30"),
    ],
)
def test_hours_of_the_night_in_which_clocks_are_changed(
    start: str, end: str, utc: str, until: str | None
) -> None:
    """A time that comes twice begins hours with the first and ends them with the second."""
    hours = QuietHours.model_validate({"start": start, "end": end, "time_zone": "Europe/Berlin"})
    found = quiet_until((hours,), datetime.fromisoformat(f"{utc}+00:00"))
    assert (found and found[0]) == (until and datetime.fromisoformat(f"{until}+00:00"))
