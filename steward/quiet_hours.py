"""Quiet hours: times of day, in a shop's own time zone, in which fields are not to be changed."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from steward.changes import FieldName
from steward.model import Frozen

_WEEK = timedelta(days=7)
# Hours begin today or on the day before; a change of clocks at midnight moves that by one.
_DAYS_AROUND = (-1, 0, 1, 2)


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Day)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is no time zone, such as Europe/Berlin") from None
    return name


class QuietHours(Frozen):
    """From `start` until `end`, which is the next day's where it is not later, on these days.

    `days` are those on which the hours begin. Without `fields` every field is quiet.
    """

    start: time
    end: time
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    days: frozenset[Day] = frozenset(Day)
    fields: frozenset[FieldName] = Field(default_factory=frozenset)

    @model_validator(mode="after")
    def _not_the_whole_day(self) -> Self:
        if self.start == self.end:
            raise ValueError("quiet hours that end when they begin would never let anything happen")
        return self

    def concern(self, fields: frozenset[FieldName]) -> bool:
        """Return whether one of the fields is quiet in these hours."""
        return not self.fields or bool(self.fields & fields)

    def end_after(self, now: datetime) -> datetime | None:
        """Return when the hours that go on now end, or None where none do; `now` is aware.

        A time that comes twice, when clocks are put back, begins them the first time and ends them
        the second. One that is left out counts as the hour before it for a beginning, and as the
        hour after it for an end, so that what is quiet is never cut short.
        """
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        for days_ago in _DAYS_AROUND:
            begun_on = today - timedelta(days=days_ago)
            if _DAYS[begun_on.weekday()] not in self.days:
                continue
            overnight = timedelta(days=self.end <= self.start)
            begin = min(self._instants(begun_on, self.start))
            end = max(self._instants(begun_on + overnight, self.end))
            if begin <= now.astimezone(UTC) < end:
                return end
        return None

    def _instants(self, day: date, clock: time) -> tuple[datetime, datetime]:
        """Return the two moments, mostly the same, that a clock on the wall can mean, in UTC."""
        local = datetime.combine(day, clock, ZoneInfo(self.time_zone))
        return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)

    def __str__(self) -> str:
        """Return the hours as a person would say them."""
        days = ", ".join(day for day in Day if day in self.days)
        on = "" if len(self.days) == len(Day) else f" on {days}"
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.time_zone}{on}"


def quiet_until(hours: tuple[QuietHours, ...], now: datetime) -> tuple[datetime, QuietHours] | None:
    """Return until when it is quiet, and by which of the hours, or None where it is not.

    Hours that follow each other are taken together, for a week at most. `now` is aware, and what
    is returned is later and in UTC.
    """
    now = now.astimezone(UTC)
    until, reason = now, None
    while until - now < _WEEK:
        ends = [(end, one) for one in hours if (end := one.end_after(until)) is not None]
        if not ends:
            break
        until, reason = max(ends, key=lambda found: found[0])
    return None if reason is None else (until, reason)
