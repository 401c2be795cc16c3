"""The dimensions and metrics that the property knows, and how they are read from facts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.ga4.problems import invalid
from sandbox.ga4.traffic import EVENT_AMOUNTS, ITEM_AMOUNTS, Fact

HUNDREDTHS = 100
"""Amounts of money are summed in hundredths."""


class Scope(StrEnum):
    """What a field speaks of; a field of items does not go with one of events."""

    ANY = "any"
    EVENT = "event"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension; `thresholded` ones may give away who somebody is."""

    name: str
    ui_name: str
    category: str
    scope: Scope
    read: Callable[[Any], str]
    thresholded: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, computed from the summed amounts of a group."""

    name: str
    ui_name: str
    category: str
    type: str
    scope: Scope
    compute: Callable[[Mapping[str, float]], float]
    needs: tuple[str, ...] = ()


def _item(read: Callable[[Fact], str]) -> Callable[[Fact], str]:
    return lambda fact: "(not set)" if fact.item is None else read(fact)


def _item_value(name: str) -> Callable[[Fact], str]:
    return _item(lambda fact: str(getattr(fact.item, name)))


def _weekday(fact: Fact) -> int:
    return fact.day.isoweekday() % 7


_DIMENSIONS = (
    Dimension("date", "Date", "Time", Scope.ANY, lambda fact: fact.day.strftime("%Y%m%d")),
    Dimension("year", "Year", "Time", Scope.ANY, lambda fact: fact.day.strftime("%Y")),
    Dimension("month", "Month", "Time", Scope.ANY, lambda fact: fact.day.strftime("%m")),
    Dimension("day", "Day", "Time", Scope.ANY, lambda fact: fact.day.strftime("%d")),
    Dimension("yearMonth", "Year month", "Time", Scope.ANY, lambda fact: fact.day.strftime("%Y%m")),
    Dimension("isoWeek", "ISO week", "Time", Scope.ANY, lambda fact: fact.day.strftime("%V")),
    Dimension("dayOfWeek", "Day of week", "Time", Scope.ANY, lambda fact: str(_weekday(fact))),
    Dimension(
        "dayOfWeekName", "Day of week name", "Time", Scope.ANY, lambda fact: f"{fact.day:%A}"
    ),
    Dimension(
        "deviceCategory",
        "Device category",
        "Platform / Device",
        Scope.ANY,
        lambda fact: fact.segment.device,
    ),
    Dimension("country", "Country", "Geography", Scope.ANY, lambda fact: fact.segment.country),
    Dimension(
        "countryId", "Country ID", "Geography", Scope.ANY, lambda fact: fact.segment.country_id
    ),
    Dimension(
        "sessionDefaultChannelGroup",
        "Session default channel group",
        "Traffic Source",
        Scope.ANY,
        lambda fact: fact.segment.channel,
    ),
    Dimension(
        "sessionSource",
        "Session source",
        "Traffic Source",
        Scope.ANY,
        lambda fact: fact.segment.source,
    ),
    Dimension(
        "sessionMedium",
        "Session medium",
        "Traffic Source",
        Scope.ANY,
        lambda fact: fact.segment.medium,
    ),
    Dimension(
        "userAgeBracket",
        "Age",
        "Demographics",
        Scope.ANY,
        lambda fact: fact.segment.age,
        thresholded=True,
    ),
    Dimension("itemId", "Item ID", "Ecommerce", Scope.ITEM, _item_value("id")),
    Dimension("itemName", "Item name", "Ecommerce", Scope.ITEM, _item_value("name")),
    Dimension("itemBrand", "Item brand", "Ecommerce", Scope.ITEM, _item_value("brand")),
    Dimension("itemCategory", "Item category", "Ecommerce", Scope.ITEM, _item_value("category")),
)


def _sum(name: str, ui_name: str, category: str, type_: str, scope: Scope) -> Metric:
    def compute(amounts: Mapping[str, float]) -> float:
        amount = amounts.get(name, 0)
        return amount / HUNDREDTHS if type_ == "TYPE_CURRENCY" else amount

    return Metric(name, ui_name, category, type_, scope, compute, (name,))


def _ratio(name: str, ui_name: str, above: str, below: str, type_: str = "TYPE_FLOAT") -> Metric:
    def compute(amounts: Mapping[str, float]) -> float:
        whole = amounts.get(below, 0)
        part = amounts.get(above, 0) / (HUNDREDTHS if type_ == "TYPE_CURRENCY" else 1)
        return part / whole if whole else 0.0

    return Metric(name, ui_name, "Session", type_, Scope.EVENT, compute, (above, below))


_REALTIME_NAMES = {"deviceCategory", "country", "countryId"}
_INTEGER, _CURRENCY = "TYPE_INTEGER", "TYPE_CURRENCY"
_METRICS = (
    _sum("sessions", "Sessions", "Session", _INTEGER, Scope.EVENT),
    _sum("activeUsers", "Active users", "User", _INTEGER, Scope.EVENT),
    _sum("newUsers", "New users", "User", _INTEGER, Scope.EVENT),
    _sum("engagedSessions", "Engaged sessions", "Session", _INTEGER, Scope.EVENT),
    _sum("screenPageViews", "Views", "Page / Screen", _INTEGER, Scope.EVENT),
    _sum("eventCount", "Event count", "Event", _INTEGER, Scope.EVENT),
    _sum("addToCarts", "Add to carts", "Ecommerce", _INTEGER, Scope.EVENT),
    _sum("checkouts", "Checkouts", "Ecommerce", _INTEGER, Scope.EVENT),
    _sum("ecommercePurchases", "Ecommerce purchases", "Ecommerce", _INTEGER, Scope.EVENT),
    _sum("purchaseRevenue", "Purchase revenue", "Ecommerce", _CURRENCY, Scope.EVENT),
    _ratio("engagementRate", "Engagement rate", "engagedSessions", "sessions"),
    _ratio("sessionsPerUser", "Sessions per user", "sessions", "activeUsers"),
    _ratio(
        "averagePurchaseRevenue",
        "Average purchase revenue",
        "purchaseRevenue",
        "ecommercePurchases",
        _CURRENCY,
    ),
    _sum("itemsViewed", "Items viewed", "Ecommerce", _INTEGER, Scope.ITEM),
    _sum("itemsAddedToCart", "Items added to cart", "Ecommerce", _INTEGER, Scope.ITEM),
    _sum("itemsCheckedOut", "Items checked out", "Ecommerce", _INTEGER, Scope.ITEM),
    _sum("itemsPurchased", "Items purchased", "Ecommerce", _INTEGER, Scope.ITEM),
    _sum("itemRevenue", "Item revenue", "Ecommerce", _CURRENCY, Scope.ITEM),
)


class Fields:
    """What one kind of report knows."""

    def __init__(self, dimensions: Iterable[Dimension], metrics: Iterable[Metric]) -> None:
        self.dimensions = {dimension.name: dimension for dimension in dimensions}
        self.metrics = {metric.name: metric for metric in metrics}

    def dimension(self, name: str) -> Dimension:
        """Return a dimension by its name.

        Raises:
            Problem: there is none.
        """
        if name not in self.dimensions:
            raise invalid(f"Field {name} is not a valid dimension.")
        return self.dimensions[name]

    def metric(self, name: str) -> Metric:
        """Return a metric by its name.

        Raises:
            Problem: there is none.
        """
        if name not in self.metrics:
            raise invalid(f"Field {name} is not a valid metric.")
        return self.metrics[name]


CORE = Fields(_DIMENSIONS, _METRICS)
REALTIME_AMOUNTS = ("activeUsers", "screenPageViews", "eventCount", "keyEvents")
REALTIME = Fields(
    [
        Dimension(
            "minutesAgo",
            "Realtime minutes ago",
            "Time",
            Scope.ANY,
            lambda fact: f"{fact.minutes_ago:02}",
        ),
        *(dimension for dimension in _DIMENSIONS if dimension.name in _REALTIME_NAMES),
    ],
    [_sum(name, name, "User", _INTEGER, Scope.EVENT) for name in REALTIME_AMOUNTS],
)
AMOUNTS = {Scope.EVENT: EVENT_AMOUNTS, Scope.ITEM: ITEM_AMOUNTS}

METRIC_TYPES = {
    "TYPE_INTEGER": 1,
    "TYPE_FLOAT": 2,
    "TYPE_STANDARD": 8,
    "TYPE_CURRENCY": 9,
}
"""The numbers of the types, for clients that ask for numbers instead of names."""
