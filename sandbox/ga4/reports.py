"""The core reports: from the facts of some days to rows, as a request wants them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.ga4.columns import DATE_RANGE, Columns, DimensionColumn, read_columns
from sandbox.ga4.days import DateRange, read_ranges
from sandbox.ga4.fields import AMOUNTS, CORE, Scope
from sandbox.ga4.filters import predicate
from sandbox.ga4.money import conversion
from sandbox.ga4.problems import invalid
from sandbox.ga4.quota import Charge
from sandbox.ga4.tables import aggregates, finished_rows, table, window
from sandbox.ga4.traffic import Fact, Traffic

FEWEST_USERS = 10
"""A row of a thresholded report that counts fewer is left out."""

_UNSUPPORTED = ("cohortSpec", "comparisons")
_TOKENS_FOR_DAYS = 30
_TOKENS_FOR_COLUMNS = 4
_TOKENS_FOR_FACTS = 5_000


@dataclass(slots=True)
class Quality:
    """What spoils a property's reports; set from outside.

    Attributes:
        thresholded: every report leaves out rows of few users.
        sampling_percent: from which share of the events reports are estimated; None from all.
        most_combinations: how many rows are kept apart before the rest is lumped together.
    """

    thresholded: bool = False
    sampling_percent: int | None = None
    most_combinations: int = 50_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The content of an answer, without the quota, and what it costs."""

    content: dict[str, Any]
    charge: Charge


@dataclass(slots=True)
class _Tally:
    """What was seen while the facts were read."""

    facts: int = 0
    events: int = 0
    sampled: list[tuple[int, int]] = field(default_factory=list)


class Reports:
    """Runs the core reports of one property."""

    def __init__(self, traffic: Traffic, currency: str, quality: Quality) -> None:
        self._traffic = traffic
        self._currency = currency
        self._quality = quality

    def run(self, request: dict[str, Any], now: float) -> Answer:
        """Return a report.

        Raises:
            Problem: the request makes no sense.
        """
        for name in _UNSUPPORTED:
            if request.get(name):
                raise invalid(f"This property does not support {name}.")
        columns = read_columns(request, CORE)
        columns.check_compatible()
        ranges = read_ranges(request.get("dateRanges", []), self._traffic.today(now))
        limit, offset = window(request)
        currency, rate = conversion(self._currency, request.get("currencyCode", ""))
        tally = _Tally()
        groups = self._groups(request, columns, ranges, now, tally)
        groups, lumped = _lumped(groups, columns, self._quality.most_combinations)
        thresholded = columns.thresholded or self._quality.thresholded
        if thresholded:
            groups = {key: sums for key, sums in groups.items() if _users(sums) >= FEWEST_USERS}
        rows = finished_rows(request, columns, groups, rate)
        metadata: dict[str, Any] = {"currencyCode": currency, "timeZone": self._time_zone}
        if lumped:
            metadata["dataLossFromOtherRow"] = True
        if thresholded:
            metadata["subjectToThresholding"] = True
        if self._quality.sampling_percent is not None:
            metadata["samplingMetadatas"] = [
                {"samplesReadCount": str(read), "samplingSpaceSize": str(whole)}
                for read, whole in tally.sampled
            ]
        if not rows and not groups and tally.facts == 0:
            metadata["emptyReason"] = "No data was found for the request."
        content = table(columns, rows[offset : offset + limit], len(rows), several=_several(ranges))
        content |= aggregates(request, columns, rows, rate)
        content["metadata"] = metadata
        content["kind"] = "analyticsData#runReport"
        return Answer(content, Charge(_tokens(columns, ranges, tally), int(columns.thresholded)))

    @property
    def _time_zone(self) -> str:
        return self._traffic.time_zone.key

    def _groups(
        self,
        request: dict[str, Any],
        columns: Columns,
        ranges: list[DateRange],
        now: float,
        tally: _Tally,
    ) -> dict[tuple[str, ...], dict[str, float]]:
        keeps = _dimension_filter(request)
        readers = _readers(columns.dimensions, several=_several(ranges))
        percent = self._quality.sampling_percent
        groups: dict[tuple[str, ...], dict[str, float]] = {}
        for each in ranges:
            read, whole = 0, 0
            for fact in self._facts(columns, each, now):
                tally.facts += 1
                events = sum(fact.amounts[:-1])
                whole += events
                if percent is not None and int(fact.arrives * 1_000_000) % 100 >= percent:
                    continue
                read += events
                if not keeps(fact, each.name):
                    continue
                key = tuple(reader(fact, each.name) for reader in readers)
                sums = groups.setdefault(key, {})
                for name, amount in zip(_names(fact), fact.amounts, strict=True):
                    scaled = amount if percent is None else amount * 100 / percent
                    sums[name] = sums.get(name, 0) + scaled
            tally.sampled.append((read, whole))
        return groups

    def _facts(self, columns: Columns, dates: DateRange, now: float) -> Iterator[Fact]:
        scopes = columns.scopes
        for fact in self._traffic.facts(dates.first, dates.last, now):
            if (Scope.EVENT if fact.item is None else Scope.ITEM) in scopes:
                yield fact


def _names(fact: Fact) -> tuple[str, ...]:
    return AMOUNTS[Scope.EVENT if fact.item is None else Scope.ITEM]


def _several(ranges: list[DateRange]) -> bool:
    return len(ranges) > 1


def _users(sums: Mapping[str, float]) -> float:
    return sums.get("activeUsers", sums.get("itemsViewed", 0))


def _readers(
    dimensions: tuple[DimensionColumn, ...], *, several: bool
) -> list[Callable[[Fact, str], str]]:
    readers = [_reader(column) for column in dimensions]
    if several and all(column.name != DATE_RANGE for column in dimensions):
        readers.append(lambda _, name: name)
    return readers


def _reader(column: DimensionColumn) -> Callable[[Fact, str], str]:
    if column.name == DATE_RANGE:
        return lambda _, name: name
    return lambda fact, _: column.read(fact)


def _dimension_filter(request: dict[str, Any]) -> Callable[[Fact, str], bool]:
    expression = request.get("dimensionFilter")
    if expression is None:
        return lambda _fact, _range: True

    def check(name: str) -> None:
        if name != DATE_RANGE:
            CORE.dimension(name)

    keeps = predicate(expression, check)

    def test(fact: Fact, range_name: str) -> bool:
        return keeps(
            lambda name: range_name if name == DATE_RANGE else CORE.dimension(name).read(fact)
        )

    return test


def _lumped(
    groups: dict[tuple[str, ...], dict[str, float]], columns: Columns, most: int
) -> tuple[dict[tuple[str, ...], dict[str, float]], bool]:
    """Keep the largest combinations apart and lump the others together."""
    if len(groups) <= most or not columns.dimensions:
        return groups, False

    def size(key: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
        return -sum(groups[key].values()), key

    kept = sorted(groups, key=size)[: most - 1]
    found = {key: groups[key] for key in kept}
    for key, sums in groups.items():
        if key not in found:
            lump = found.setdefault(("(other)",) * len(key), {})
            for name, amount in sums.items():
                lump[name] = lump.get(name, 0) + amount
    return found, True


def _tokens(columns: Columns, ranges: list[DateRange], tally: _Tally) -> int:
    days = sum(each.days for each in ranges)
    width = len(columns.dimensions) + len(columns.metrics)
    return (
        1
        + min(days, 5 * _TOKENS_FOR_DAYS) // _TOKENS_FOR_DAYS
        + width // _TOKENS_FOR_COLUMNS
        + tally.facts // _TOKENS_FOR_FACTS
    )
