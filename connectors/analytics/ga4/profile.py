"""How a property counts, read from the cheapest report there is."""

from connectors.analytics.ga4.answers import ReportPage
from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.requests import profile_body
from steward.analytics import PropertyProfile, settled_until


async def read_profile(api: DataApi) -> PropertyProfile:
    """Return the property's profile. Raises the errors of `steward.ports.Analytics`.

    The Data API tells currency and time zone only beside a report's rows. It takes `yesterday` by
    the property's own clock, so that nothing need be known before.
    """
    read_at = api.clock.now()
    page, quota = await api.post("runReport", profile_body(), ReportPage)
    local = api.local_time(page.metadata.time_zone, read_at)
    return PropertyProfile(
        source=api.source,
        currency=page.metadata.currency_code,
        time_zone=page.metadata.time_zone,
        today=local.date(),
        settled_until=settled_until(local),
        read_at=read_at,
        quota=quota,
    )
