"""Date ranges as requests name them: fixed, or counted back from the property's today."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.ga4.problems import invalid

MOST_RANGES = 4
_EARLIEST = date(2015, 8, 14)
_DAYS_AGO = re.compile(r"([0-9]{1,6})daysAgo")
_FIXED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class DateRange:
    """Whole days, both ends included."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def read_ranges(contents: list[dict[str, Any]], today: date) -> list[DateRange]:
    """Return the ranges of a request.

    Raises:
        Problem: there are none or too many, or one is none.
    """
    if not contents:
        raise invalid("A dateRange is required in the request.")
    if len(contents) > MOST_RANGES:
        raise invalid(f"Requests are limited to {MOST_RANGES} dateRanges within a nested request.")
    ranges = []
    for number, content in enumerate(contents):
        name = content.get("name", "")
        if name.startswith(("date_range_", "RESERVED_")):
            raise invalid(f"The dateRange name {name} begins with a reserved prefix.")
        first = _day(content.get("startDate", ""), "startDate", today)
        last = _day(content.get("endDate", ""), "endDate", today)
        if last < first:
            raise invalid(f"The endDate {last} cannot be before the startDate {first}.")
        ranges.append(DateRange(name or f"date_range_{number}", first, last))
    if len({each.name for each in ranges}) != len(ranges):
        raise invalid("Each dateRange must have a name of its own.")
    return ranges


def _day(text: str, which: str, today: date) -> date:
    try:
        if text == "today":
            return today
        if text == "yesterday":
            return today - timedelta(days=1)
        if ago := _DAYS_AGO.fullmatch(text):
            day = today - timedelta(days=int(ago.group(1)))
        elif _FIXED.fullmatch(text):
            day = date.fromisoformat(text)
        else:
            raise ValueError(text)  # noqa: TRY301 - one answer for everything that is no day
    except (ValueError, OverflowError):
        raise invalid(
            f"Invalid {which}: {text!r}. Use YYYY-MM-DD, NdaysAgo, yesterday or today."
        ) from None
    if day < _EARLIEST:
        raise invalid(f"Invalid {which}: {text!r} is before {_EARLIEST}.")
    return day
