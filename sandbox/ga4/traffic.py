"""What visitors did in a shop, made up: the same for the same seed, items and day."""

import random
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY = date(2024, 1, 1)
"""Nothing was recorded before."""

LATEST_ARRIVAL_HOURS = 72.0
"""From a day's beginning until its last event has been counted: the day itself and 48 hours."""

_MOST_DAYS_KEPT = 800
_SHARE_IN_TIME = 0.7


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of visitor."""

    device: str
    country: str
    country_id: str
    channel: str
    source: str
    medium: str
    age: str


SEGMENTS = (
    Segment("mobile", "United States", "US", "Organic Search", "google", "organic", "25-34"),
    Segment("desktop", "United States", "US", "Direct", "(direct)", "(none)", "35-44"),
    Segment("mobile", "United States", "US", "Paid Social", "instagram", "paid", "18-24"),
    Segment("desktop", "United States", "US", "Email", "newsletter", "email", "45-54"),
    Segment("mobile", "Germany", "DE", "Organic Search", "google", "organic", "25-34"),
    Segment("desktop", "Germany", "DE", "Referral", "preisvergleich.example", "referral", "35-44"),
    Segment("mobile", "United Kingdom", "GB", "Direct", "(direct)", "(none)", "unknown"),
    Segment("desktop", "United Kingdom", "GB", "Paid Search", "google", "cpc", "55-64"),
    Segment("tablet", "Canada", "CA", "Organic Search", "bing", "organic", "65+"),
)
_WEIGHTS = (30, 20, 14, 8, 9, 6, 6, 4, 1)

EVENT_AMOUNTS = (
    "sessions",
    "activeUsers",
    "newUsers",
    "engagedSessions",
    "screenPageViews",
    "eventCount",
    "addToCarts",
    "checkouts",
    "ecommercePurchases",
    "purchaseRevenue",
)
"""What is counted of visits; revenue in hundredths."""

ITEM_AMOUNTS = (
    "itemsViewed",
    "itemsAddedToCart",
    "itemsCheckedOut",
    "itemsPurchased",
    "itemRevenue",
)
"""What is counted of items; revenue in hundredths."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on sale, as the shop's pages tell the property about it."""

    id: str
    name: str
    brand: str
    category: str
    price: int
    popularity: float


@dataclass(frozen=True, slots=True)
class Fact:
    """What one segment did on one day, on one item or, without one, altogether.

    `arrives` is when it has been counted, in hours since the day began.
    """

    day: date
    segment: Segment
    item: Item | None
    amounts: tuple[int, ...]
    arrives: float


def make_items(ids: Sequence[str], seed: int) -> tuple[Item, ...]:
    """Return the items of these ids."""
    chance = random.Random(f"{seed}/items")
    items = []
    for number, item_id in enumerate(ids, start=1):
        category = chance.choice(("Shirts", "Shoes", "Hats", "Bags", "Jackets"))
        items.append(
            Item(
                id=item_id,
                name=f"{category.removesuffix('s')} {number}",
                brand=chance.choice(("Acme", "Nordwind", "Lumen")),
                category=category,
                price=chance.randrange(900, 19_000, 50),
                popularity=drawn_popularity(chance),
            )
        )
    return tuple(items)


def drawn_popularity(chance: random.Random) -> float:
    """Return how much an item is looked at: most a little, a few very much."""
    return min(chance.paretovariate(1.2), 40.0)


class Traffic:
    """All facts of a property, made when they are first asked for."""

    def __init__(self, items: Sequence[Item], seed: int, time_zone: ZoneInfo) -> None:
        self.items = tuple(items)
        self.time_zone = time_zone
        self._seed = seed
        self._days: OrderedDict[date, tuple[Fact, ...]] = OrderedDict()

    def today(self, now: float) -> date:
        """Return the property's own date."""
        return datetime.fromtimestamp(now, self.time_zone).date()

    def facts(self, first: date, last: date, now: float) -> Iterator[Fact]:
        """Yield what has been counted by now of the days between, both included."""
        day = max(first, FIRST_DAY)
        last = min(last, self.today(now))
        while day <= last:
            began = datetime.combine(day, time(), self.time_zone).timestamp()
            hours = (now - began) / 3600
            facts = self._facts_of(day)
            if hours >= LATEST_ARRIVAL_HOURS:
                yield from facts
            else:
                yield from (fact for fact in facts if fact.arrives <= hours)
            day += timedelta(days=1)

    def _facts_of(self, day: date) -> tuple[Fact, ...]:
        if day in self._days:
            self._days.move_to_end(day)
        else:
            self._days[day] = tuple(self._make(day))
            if len(self._days) > _MOST_DAYS_KEPT:
                self._days.popitem(last=False)
        return self._days[day]

    def _make(self, day: date) -> Iterator[Fact]:
        chance = random.Random(f"{self._seed}/{day.isoformat()}")
        busy = (1.0, 0.9, 0.95, 1.0, 1.2, 1.5, 1.3)[day.weekday()]
        for segment, weight in zip(SEGMENTS, _WEIGHTS, strict=True):
            parts = list(self._item_facts(chance, day, segment, weight / 30 * busy))
            yield from parts
            # Visits are counted in several batches, so that a day that moves moves in steps.
            for part in range(4):
                share = parts[part::4]
                yield self._event_fact(chance, day, segment, share, weight)

    def _item_facts(
        self, chance: random.Random, day: date, segment: Segment, rate: float
    ) -> Iterator[Fact]:
        for item in self.items:
            viewed = int(item.popularity * rate * chance.uniform(0.3, 2.2))
            if not viewed:
                continue
            added = _some(chance, viewed, 0.12)
            checked_out = _some(chance, added, 0.6)
            bought = _some(chance, checked_out, 0.7)
            amounts = (viewed, added, checked_out, bought, bought * item.price)
            yield Fact(day, segment, item, amounts, _arrival(chance))

    def _event_fact(
        self,
        chance: random.Random,
        day: date,
        segment: Segment,
        parts: Sequence[Fact],
        weight: int,
    ) -> Fact:
        viewed, added, checked_out, bought, revenue = (
            (sum(column) for column in zip(*(part.amounts for part in parts), strict=True))
            if parts
            else (0, 0, 0, 0, 0)
        )
        sessions = weight // 3 + viewed // 3 + chance.randrange(1, 4)
        users = max(1, int(sessions * chance.uniform(0.7, 0.95)))
        amounts = (
            sessions,
            users,
            _some(chance, users, 0.4),
            _some(chance, sessions, 0.6),
            sessions * 2 + viewed,
            sessions * 4 + viewed + added + checked_out + bought,
            added,
            checked_out,
            bought,
            revenue,
        )
        return Fact(day, segment, None, amounts, _arrival(chance))


def _some(chance: random.Random, whole: int, share: float) -> int:
    return min(whole, int(whole * share + chance.random()))


def _arrival(chance: random.Random) -> float:
    if chance.random() < _SHARE_IN_TIME:
        return chance.uniform(0, 24)
    return chance.uniform(24, LATEST_ARRIVAL_HOURS)
