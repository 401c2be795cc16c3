"""The names that a property knows, so that a report with a wrong one is never asked for."""

import asyncio
import difflib
from datetime import datetime, timedelta

from connectors.analytics.ga4.answers import MetadataAnswer
from connectors.analytics.ga4.data_api import DataApi
from steward.analytics import ReportRequest
from steward.analytics_fields import AnalyticsFields
from steward.errors import CredentialsRejected, InvalidInput

_VALID_FOR = timedelta(hours=1)
# A custom dimension that was just made may be asked for soon after.
_REFRESHED_AFTER = timedelta(minutes=1)


class FieldNames:
    """Reads the property's metadata when it is needed, and keeps it for an hour."""

    def __init__(self, api: DataApi) -> None:
        """Take the API."""
        self._api = api
        self._lock = asyncio.Lock()
        self._known: tuple[datetime, AnalyticsFields] | None = None

    async def read(self) -> AnalyticsFields:
        """Return the names, at most an hour old."""
        return (await self._not_older_than(_VALID_FOR))[1]

    async def check(self, request: ReportRequest) -> None:
        """Let pass what the property can answer.

        Raises `InvalidInput` for a name that it does not know, and `CredentialsRejected` for a
        filter by a metric that the credentials may not see.
        """
        fields = await self.read()
        if fields.unknown_in(request):
            fields = (await self._not_older_than(_REFRESHED_AFTER))[1]
        unknown = fields.unknown_in(request)
        if unknown:
            every = fields.dimension_names | fields.metric_names
            near = difflib.get_close_matches(unknown[0], sorted(every), n=3)
            raise InvalidInput(
                f"Analytics property '{self._api.source.name}' has no {', '.join(unknown)}, or not "
                "in this place.",
                remedy=f"Near are: {', '.join(near)}." if near else "Ask for one that it lists.",
            )
        blocked = fields.blocked_filters_of(request)
        if blocked:
            raise CredentialsRejected(
                f"The service account of analytics property '{self._api.source.name}' may not see "
                f"{', '.join(blocked)}, so no report can be filtered by it.",
                remedy="Leave out the filter, or lift the account's data restriction.",
            )

    async def _not_older_than(self, age: timedelta) -> tuple[datetime, AnalyticsFields]:
        async with self._lock:
            now = self._api.clock.now()
            if self._known is None or now - self._known[0] > age:
                answer = await self._api.get("metadata", MetadataAnswer)
                self._known = now, answer.fields()
            return self._known
