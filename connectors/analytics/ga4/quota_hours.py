"""When Google refills a property's allowances."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_PACIFIC = ZoneInfo("America/Los_Angeles")
# The other side's clock may be a little behind.
_MARGIN = timedelta(seconds=1)


def hour_of(now: datetime) -> datetime:
    """Return the beginning of the hour for which the hourly allowances count."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_of(now: datetime) -> datetime:
    """Return the beginning of the day for which the daily allowance counts; midnight Pacific."""
    day = now.astimezone(_PACIFIC).date()
    return datetime.combine(day, time(), _PACIFIC).astimezone(UTC)


def until_next_hour(now: datetime) -> timedelta:
    """Return how long until the hourly allowances are refilled."""
    return hour_of(now) + timedelta(hours=1) - now + _MARGIN


def until_next_day(now: datetime) -> timedelta:
    """Return how long until the daily allowance is refilled."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _PACIFIC).astimezone(UTC) - now + _MARGIN
