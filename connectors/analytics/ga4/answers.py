"""The shapes in which Google answers, as far as they are read; everything else is let through."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from steward.analytics import PropertyQuota, QuotaLevel


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


def _number(text: object) -> object:
    """Take only text: a number would have gone through binary floating point on its way."""
    if not isinstance(text, str):
        raise ValueError("a metric's value is text")  # noqa: TRY004 - pydantic reports it
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a metric's value is a number") from None
    if not number.is_finite():
        raise ValueError("a metric's value is finite")
    return number


def _count(value: object) -> object:
    """Take 64-bit numbers as the API writes them: as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # noqa: PLR2004
        return int(value)
    return value


Number = Annotated[Decimal, BeforeValidator(_number)]
Count = Annotated[int, BeforeValidator(_count), Field(ge=0)]


class Problem(_Part):
    """What an error says of itself; a body without one gives an empty problem."""

    message: str = ""
    status: str = ""


class _ErrorAnswer(_Part):
    error: Problem


class GrantRefusal(_Part):
    """Why the token endpoint gives no token."""

    error: str = ""
    error_description: str = ""


class Grant(_Part):
    """An access token; `expires_in` is in seconds."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(gt=0)


class Header(_Part):
    """A column."""

    name: str


class DimensionValue(_Part):
    """A dimension's value; an empty one may be left out."""

    value: str = ""


class MetricValue(_Part):
    """A metric's value."""

    value: Number


class Row(_Part):
    """One row."""

    dimension_values: list[DimensionValue] = Field(alias="dimensionValues", default=[])
    metric_values: list[MetricValue] = Field(alias="metricValues", default=[])


class SamplingMetadata(_Part):
    """From how much a sampled report was estimated."""

    samples_read: Count = Field(alias="samplesReadCount", default=0)
    space_size: Count = Field(alias="samplingSpaceSize", default=0)


class _Restriction(_Part):
    metric_name: str = Field(alias="metricName", default="")


class _Restrictions(_Part):
    metrics: list[_Restriction] = Field(alias="activeMetricRestrictions", default=[])


class Metadata(_Part):
    """What qualifies a report."""

    currency_code: str = Field(alias="currencyCode", pattern=r"^[A-Z]{3}$")
    time_zone: str = Field(alias="timeZone")
    subject_to_thresholding: bool = Field(alias="subjectToThresholding", default=False)
    data_loss_from_other_row: bool = Field(alias="dataLossFromOtherRow", default=False)
    sampling: list[SamplingMetadata] = Field(alias="samplingMetadatas", default=[])
    truncation: list[Any] = Field(alias="dataTruncationReasons", default=[])
    restrictions: _Restrictions | None = Field(alias="schemaRestrictionResponse", default=None)

    @property
    def restricted_metrics(self) -> tuple[str, ...]:
        """The metrics that the credentials may not see."""
        if self.restrictions is None:
            return ()
        return tuple(restriction.metric_name for restriction in self.restrictions.metrics)


class ReportPage(_Part):
    """One page of a report; what is zero or empty may be left out."""

    dimension_headers: list[Header] = Field(alias="dimensionHeaders", default=[])
    metric_headers: list[Header] = Field(alias="metricHeaders", default=[])
    rows: list[Row] = []
    row_count: int = Field(alias="rowCount", default=0, ge=0)
    metadata: Metadata


class BatchAnswer(_Part):
    """The first pages of several reports."""

    reports: list[ReportPage] = []


class FieldEntry(_Part):
    """A dimension or a metric that can be asked for, by its name or an older one."""

    name: str = Field(alias="apiName")
    older_names: list[str] = Field(alias="deprecatedApiNames", default=[])

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that is taken."""
        return self.name, *self.older_names


class MetadataAnswer(_Part):
    """Everything that can be asked for."""

    dimensions: list[FieldEntry] = []
    metrics: list[FieldEntry] = []


def problem_of(payload: dict[str, Any] | None) -> Problem:
    """Return what an error's body says; nothing where it is of another form."""
    try:
        return _ErrorAnswer.model_validate(payload).error
    except ValidationError:
        return Problem()


class _Level(_Part):
    """One allowance; what is zero may be left out."""

    consumed: int = 0
    remaining: int = 0


class _Quota(_Part):
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


def first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the answer"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
