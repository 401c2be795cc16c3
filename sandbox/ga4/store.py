"""One analytics property: its traffic, its quota, who may read it, and its API."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.routing import BaseRoute

from sandbox.configuration import ConfigurationError, StoreConfiguration
from sandbox.faults import Faults
from sandbox.ga4.access import Access
from sandbox.ga4.endpoint import Endpoint
from sandbox.ga4.quota import LIMITS, PER_PROJECT, Charge, Quota
from sandbox.ga4.reports import Quality, Reports
from sandbox.ga4.shop_items import items_of
from sandbox.ga4.traffic import Item, Traffic, make_items
from sandbox.journal import Entry
from sandbox.statistics import Statistics
from sandbox.store import EditError, Store

_FIRST_NUMBER = 300_000_000
_SECONDS_AN_HOUR = 3600
_DAYS_SHOWN = 14
_PERCENT = range(1, 101)


class AnalyticsPropertyStore:
    """A stand-in property; nothing can be written to it, so that its journal stays empty.

    Its clock, its quotas and what spoils its reports can be set by edits. Its items are its own, or
    the products of one of the shops that were opened before.
    """

    def __init__(self, configuration: StoreConfiguration, shops: Sequence[Store] = ()) -> None:
        self._configuration = configuration
        self.name = configuration.name
        self.platform = "ga4"
        self.faults = Faults()
        self.seed = configuration.seed
        self.number = configuration.property_number or str(_FIRST_NUMBER + configuration.seed)
        self.token_uri = f"http://127.0.0.1:{configuration.port}/token"
        self.access = Access(configuration.credentials_file, self.token_uri, time.time)
        self._ahead_seconds = 0.0
        items = _items(configuration, shops)
        self.traffic = Traffic(items, configuration.seed, _zone(configuration))
        self._begin()
        self._endpoint = Endpoint(self, configuration)

    def _begin(self) -> None:
        self._ahead_seconds = 0.0
        self.quality = Quality()
        self.reports = Reports(self.traffic, self._configuration.currency, self.quality)
        self.core_quota = Quota(self.now)
        self.realtime_quota = Quota(self.now)
        project_tokens = LIMITS[PER_PROJECT]
        self.counters = Statistics(project_tokens, project_tokens / _SECONDS_AN_HOUR)

    def now(self) -> float:
        """Return the property's own time, in seconds since 1970."""
        return time.time() + self._ahead_seconds

    def quota_of(self, name: str) -> Quota:
        """Return the quota that a call counts against."""
        return self.realtime_quota if name == "runRealtimeReport" else self.core_quota

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the Data API and of the token endpoint."""
        return self._endpoint.routes()

    def journal_entries(self, after: int) -> Sequence[Entry]:  # noqa: ARG002 - there are none
        """Return nothing: the API has no way to write."""
        return ()

    def catalogue(self) -> dict[str, Any]:
        """Return the items, and what they were counted on each of the last days."""
        now = self.now()
        today = self.traffic.today(now)
        days: dict[str, dict[str, list[int]]] = {}
        for fact in self.traffic.facts(today - timedelta(days=_DAYS_SHOWN - 1), today, now):
            if fact.item is None:
                continue
            sums = days.setdefault(fact.day.isoformat(), {}).setdefault(fact.item.id, [0] * 5)
            for place, amount in enumerate(fact.amounts):
                sums[place] += amount
        return {
            "property": self.number,
            "currency": self._configuration.currency,
            "timeZone": self.traffic.time_zone.key,
            "now": datetime.fromtimestamp(now, self.traffic.time_zone).isoformat(),
            "items": {item.id: asdict(item) for item in self.traffic.items},
            "days": days,
        }

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start; points are tokens."""
        return {
            **self.counters.summary(),
            "propertyQuota": self.core_quota.describe(Charge()),
        }

    def reset(self) -> None:
        """Go back to the present time, full quotas and unspoiled reports."""
        self._begin()
        self.access.revoke_all()

    def edit(self, resource_id: str, field: str, value: Any) -> Entry:  # noqa: ANN401 - any JSON
        """Set the clock, a quota, or what spoils the reports; not journalled.

        The fields of the resource `property`: `now` (ISO 8601 with offset), `thresholded`,
        `sampling_percent`, `most_combinations`, `token_lifetime_seconds`, `tokens_valid` (false
        revokes all), and the quotas by their own names (what remains of them).

        Raises:
            EditError: there is no such resource or field, or it cannot hold the value.
        """
        if resource_id not in {"property", f"properties/{self.number}"}:
            raise EditError(f"There is no resource {resource_id!r}; edit 'property'.")
        try:
            self._set(field, value)
        except KeyError:
            raise EditError(f"A property has no field {field!r}.") from None
        except (ValueError, TypeError, OverflowError):
            raise EditError(f"{field} cannot be {json.dumps(value)[:100]}.") from None
        return Entry(
            sequence=0,
            time=time.time(),
            store=self.name,
            operation="external_edit",
            request_id="external",
            resource_id=resource_id,
            field=field,
            before=None,
            after=value,
            applied=True,
            reason=None,
        )

    def _set(self, field: str, value: Any) -> None:  # noqa: ANN401
        match field:
            case "now":
                moment = datetime.fromisoformat(value)
                if moment.tzinfo is None:
                    raise ValueError(value)
                self._ahead_seconds = moment.timestamp() - time.time()
            case "thresholded":
                self.quality.thresholded = bool(value)
            case "sampling_percent":
                if value is not None and int(value) not in _PERCENT:
                    raise ValueError(value)
                self.quality.sampling_percent = None if value is None else int(value)
            case "most_combinations":
                self.quality.most_combinations = max(1, int(value))
            case "token_lifetime_seconds":
                self.access.lifetime_seconds = int(value)
            case "tokens_valid":
                if not value:
                    self.access.revoke_all()
            case _:
                self.core_quota.set_remaining(field, int(value))

    def close(self) -> None:
        """Hold nothing open."""


def _items(configuration: StoreConfiguration, shops: Sequence[Store]) -> tuple[Item, ...]:
    if configuration.items_of is not None:
        shop = next(shop for shop in shops if shop.name == configuration.items_of)
        return items_of(shop, configuration.seed)
    numbers = range(1, configuration.products + 1)
    ids = configuration.product_ids or [str(8_000_000_000_000 + number) for number in numbers]
    return make_items(ids, configuration.seed)


def _zone(configuration: StoreConfiguration) -> ZoneInfo:
    try:
        return ZoneInfo(configuration.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(
            f"Store {configuration.name!r}: there is no time zone {configuration.time_zone!r}."
        ) from None
