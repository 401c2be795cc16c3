"""The realtime report: what happens now, minute by minute."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.ga4.columns import DATE_RANGE, read_columns
from sandbox.ga4.fields import REALTIME, REALTIME_AMOUNTS
from sandbox.ga4.filters import predicate
from sandbox.ga4.problems import invalid
from sandbox.ga4.quota import Charge
from sandbox.ga4.reports import Answer
from sandbox.ga4.tables import finished_rows, table, window
from sandbox.ga4.traffic import SEGMENTS, Segment

LAST_MINUTE = 29
_MOST_RANGES = 2


@dataclass(frozen=True, slots=True)
class _Moment:
    """What one segment did in one minute."""

    minutes_ago: int
    segment: Segment
    amounts: tuple[int, ...]


def run_realtime(request: dict[str, Any], seed: int, now: float) -> Answer:
    """Return a realtime report.

    Raises:
        Problem: the request makes no sense.
    """
    columns = read_columns(request, REALTIME)
    ranges = _ranges(request.get("minuteRanges", []))
    limit, _ = window(request)
    expression = request.get("dimensionFilter")
    keeps = None if expression is None else predicate(expression, _check)
    several = len(ranges) > 1
    groups: dict[tuple[str, ...], dict[str, float]] = {}
    for name, first, last in ranges:
        for moment in _moments(seed, now, first, last):
            if keeps is not None and not keeps(_values(moment)):
                continue
            key = tuple(
                name if column.name == DATE_RANGE else column.read(moment)
                for column in columns.dimensions
            )
            if several and all(column.name != DATE_RANGE for column in columns.dimensions):
                key += (name,)
            sums = groups.setdefault(key, {})
            for amount_name, amount in zip(REALTIME_AMOUNTS, moment.amounts, strict=True):
                sums[amount_name] = sums.get(amount_name, 0) + amount
    rows = finished_rows(request, columns, groups, 1.0)
    content = table(columns, rows[:limit], len(rows), several=several)
    content["kind"] = "analyticsData#runRealtimeReport"
    return Answer(content, Charge(tokens=1))


def _check(name: str) -> None:
    REALTIME.dimension(name)


def _values(moment: _Moment) -> Any:  # noqa: ANN401 - a function of the filter's own kind
    return lambda name: REALTIME.dimension(name).read(moment)


def _ranges(contents: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    if len(contents) > _MOST_RANGES:
        raise invalid(f"Requests are limited to {_MOST_RANGES} minuteRanges.")
    ranges = []
    for number, content in enumerate(contents or [{}]):
        first = content.get("startMinutesAgo", LAST_MINUTE)
        last = content.get("endMinutesAgo", 0)
        if not 0 <= last <= first <= LAST_MINUTE:
            raise invalid("A minuteRange must start before it ends, within the last 30 minutes.")
        name = content.get("name", "")
        if name.startswith(("date_range_", "RESERVED_")):
            raise invalid(f"The minuteRange name {name} begins with a reserved prefix.")
        ranges.append((name or f"date_range_{number}", first, last))
    return ranges


def _moments(seed: int, now: float, first: int, last: int) -> Iterator[_Moment]:
    minute = int(now // 60)
    for ago in range(last, first + 1):
        chance = random.Random(f"{seed}/minute/{minute - ago}")
        for segment in SEGMENTS:
            users = chance.randrange(4)
            if users:
                views = users + chance.randrange(4)
                amounts = (users, views, views * 3, chance.randrange(2))
                yield _Moment(ago, segment, amounts)
