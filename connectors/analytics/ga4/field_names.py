"""The names that a property knows, so that a report with a wrong one is never asked for."""

import difflib
from datetime import datetime, timedelta

from connectors.analytics.ga4.answers import MetadataAnswer
from connectors.analytics.ga4.data_api import DataApi
from steward.analytics import AnalyticsFields, ReportRequest
from steward.errors import InvalidInput

_VALID_FOR = timedelta(hours=1)
# A custom dimension that was just made may be asked for soon after.
_REFRESHED_AFTER = timedelta(minutes=1)


class FieldNames:
    """Reads the property's metadata when it is needed, and keeps it for an hour."""

    def __init__(self, api: DataApi) -> None:
        """Take the API."""
        self._api = api
        self._known: tuple[datetime, AnalyticsFields] | None = None

    async def read(self) -> AnalyticsFields:
        """Return the names, at most an hour old."""
        return (await self._not_older_than(_VALID_FOR))[1]

    async def check(self, request: ReportRequest) -> None:
        """Raise `InvalidInput` for a report with a name that the property does not know."""
        fields = await self.read()
        if fields.unknown_in(request):
            fields = (await self._not_older_than(_REFRESHED_AFTER))[1]
        unknown = fields.unknown_in(request)
        if unknown:
            every = fields.dimensions | fields.metrics
            near = difflib.get_close_matches(unknown[0], sorted(every), n=3)
            raise InvalidInput(
                f"Analytics property '{self._api.source.name}' has no {', '.join(unknown)}, or not "
                "in this place.",
                remedy=f"Near are: {', '.join(near)}." if near else "Ask for one that it lists.",
            )

    async def _not_older_than(self, age: timedelta) -> tuple[datetime, AnalyticsFields]:
        now = self._api.clock.now()
        if self._known is None or now - self._known[0] > age:
            answer = await self._api.get("metadata", MetadataAnswer)
            fields = AnalyticsFields(
                dimensions=frozenset(name for each in answer.dimensions for name in each.names),
                metrics=frozenset(name for each in answer.metrics for name in each.names),
            )
            self._known = now, fields
        return self._known
