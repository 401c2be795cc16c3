"""The state of a property's quotas, as answers tell it."""

from pydantic import Field, ValidationError

from connectors.analytics.ga4.answers import Part
from steward.analytics import PropertyQuota, QuotaLevel


class _Level(Part):
    """One allowance; what is zero may be left out."""

    consumed: int = 0
    remaining: int = 0


class _Quota(Part):
    day: _Level | None = Field(alias="tokensPerDay", default=None)
    hour: _Level | None = Field(alias="tokensPerHour", default=None)
    project: _Level | None = Field(alias="tokensPerProjectPerHour", default=None)
    concurrent: _Level | None = Field(alias="concurrentRequests", default=None)
    server_errors: _Level | None = Field(alias="serverErrorsPerProjectPerHour", default=None)
    thresholded: _Level | None = Field(alias="potentiallyThresholdedRequestsPerHour", default=None)


def quota_of(content: object) -> PropertyQuota | None:
    """Return a reported quota; it only steers the pace, so a strange one is passed over."""
    if content is None:
        return None
    try:
        quota = _Quota.model_validate(content)
    except ValidationError:
        return None
    return PropertyQuota(
        tokens_per_day=_told(quota.day),
        tokens_per_hour=_told(quota.hour),
        tokens_per_project_per_hour=_told(quota.project),
        concurrent_requests=_told(quota.concurrent),
        server_errors_per_project_per_hour=_told(quota.server_errors),
        potentially_thresholded_requests_per_hour=_told(quota.thresholded),
    )


def _told(level: _Level | None) -> QuotaLevel | None:
    if level is None:
        return None
    return QuotaLevel(consumed=level.consumed, remaining=level.remaining)
