"""The shapes in which Google answers, as far as they are read; everything else is let through."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from steward.analytics import MetricKind
from steward.analytics_fields import AnalyticsField, AnalyticsFields, AnalyticsMetric


class Part(BaseModel):
    """A part of an answer: of its type exactly, and with fields that are not read."""

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


_KINDS = {"TYPE_INTEGER": MetricKind.COUNT, "TYPE_CURRENCY": MetricKind.MONEY}

Number = Annotated[Decimal, BeforeValidator(_number)]
Count = Annotated[int, BeforeValidator(_count), Field(ge=0)]


def kind_of(type_: str) -> MetricKind:
    """Return what a metric of this type counts; a type that is new counts something."""
    return _KINDS.get(type_, MetricKind.NUMBER)


class Problem(Part):
    """What an error says of itself; a body without one gives an empty problem."""

    message: str = ""
    status: str = ""


class _ErrorAnswer(Part):
    error: Problem


class GrantRefusal(Part):
    """Why the token endpoint gives no token."""

    error: str = ""
    error_description: str = ""


class Grant(Part):
    """An access token; `expires_in` is in seconds."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(gt=0)


class Header(Part):
    """A column; only a metric's has a type."""

    name: str
    type: str = ""

    @property
    def kind(self) -> MetricKind:
        """What the column counts."""
        return kind_of(self.type)


class DimensionValue(Part):
    """A dimension's value; an empty one may be left out."""

    value: str = ""


class MetricValue(Part):
    """A metric's value."""

    value: Number


class Row(Part):
    """One row."""

    dimension_values: list[DimensionValue] = Field(alias="dimensionValues", default=[])
    metric_values: list[MetricValue] = Field(alias="metricValues", default=[])


class SamplingMetadata(Part):
    """From how much a sampled report was estimated."""

    samples_read: Count = Field(alias="samplesReadCount", default=0)
    space_size: Count = Field(alias="samplingSpaceSize", default=0)


class _Restriction(Part):
    metric_name: str = Field(alias="metricName", default="")


class _Restrictions(Part):
    metrics: list[_Restriction] = Field(alias="activeMetricRestrictions", default=[])


class Metadata(Part):
    """What qualifies a report."""

    currency_code: str = Field(alias="currencyCode", pattern=r"^[A-Z]{3}$")
    time_zone: str = Field(alias="timeZone")
    subject_to_thresholding: bool = Field(alias="subjectToThresholding", default=False)
    data_loss_from_other_row: bool = Field(alias="dataLossFromOtherRow", default=False)
    sampling: list[SamplingMetadata] = Field(alias="samplingMetadatas", default=[])
    truncation: list[Any] = Field(alias="dataTruncationReasons", default=[])
    restrictions: _Restrictions | None = Field(alias="schemaRestrictionResponse", default=None)
    empty_reason: str = Field(alias="emptyReason", default="")

    @property
    def units(self) -> tuple[str, str]:
        """In what amounts and days are counted: the currency and the time zone."""
        return self.currency_code, self.time_zone

    @property
    def restricted_metrics(self) -> tuple[str, ...]:
        """The metrics that the credentials may not see."""
        if self.restrictions is None:
            return ()
        return tuple(restriction.metric_name for restriction in self.restrictions.metrics)


class Table(Part):
    """Rows under their headers; what is zero or empty may be left out.

    A realtime report is no more than this.
    """

    dimension_headers: list[Header] = Field(alias="dimensionHeaders", default=[])
    metric_headers: list[Header] = Field(alias="metricHeaders", default=[])
    rows: list[Row] = []
    row_count: int = Field(alias="rowCount", default=0, ge=0)

    def has_columns(self, dimensions: Sequence[str], metrics: Sequence[str]) -> bool:
        """Return whether headers and rows have these columns; without a row nothing is asked."""
        if not self.rows:
            return True
        told = [header.name for header in self.dimension_headers]
        counted = [header.name for header in self.metric_headers]
        widths = {(len(row.dimension_values), len(row.metric_values)) for row in self.rows}
        fits = told == list(dimensions) and counted == list(metrics)
        return fits and widths == {(len(dimensions), len(metrics))}

    @property
    def kinds(self) -> tuple[MetricKind, ...]:
        """What each metric counts."""
        return tuple(header.kind for header in self.metric_headers)


class ReportPage(Table):
    """One page of a report."""

    metadata: Metadata


class BatchAnswer(Part):
    """The first pages of several reports."""

    reports: list[ReportPage] = []


class _FieldEntry(Part):
    name: str = Field(alias="apiName")
    older_names: list[str] = Field(alias="deprecatedApiNames", default=[])
    title: str = Field(alias="uiName", default="")
    description: str = ""
    category: str = ""
    custom: bool = Field(alias="customDefinition", default=False)


class DimensionEntry(_FieldEntry):
    """A dimension that can be asked for."""

    def field(self) -> AnalyticsField:
        """Return it in Steward's words."""
        return AnalyticsField.model_validate(self.model_dump())


class MetricEntry(_FieldEntry):
    """A metric that can be asked for; where reasons block it, it reads zero."""

    type: str = ""
    blocked_reasons: list[str] = Field(alias="blockedReasons", default=[])

    def field(self) -> AnalyticsMetric:
        """Return it in Steward's words."""
        told = self.model_dump(exclude={"type", "blocked_reasons"})
        return AnalyticsMetric(**told, kind=kind_of(self.type), blocked=bool(self.blocked_reasons))


class MetadataAnswer(Part):
    """Everything that can be asked for."""

    dimensions: list[DimensionEntry] = []
    metrics: list[MetricEntry] = []

    def fields(self) -> AnalyticsFields:
        """Return them in Steward's words."""
        return AnalyticsFields(
            dimensions=tuple(each.field() for each in self.dimensions),
            metrics=tuple(each.field() for each in self.metrics),
        )


def problem_of(payload: dict[str, Any] | None) -> Problem:
    """Return what an error's body says; nothing where it is of another form."""
    try:
        return _ErrorAnswer.model_validate(payload).error
    except ValidationError:
        return Problem()


def first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the answer"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
