"""The dimensions and metrics that an analytics property knows."""

from typing import Self

from steward.analytics import MetricCompares, MetricKind, ReportRequest
from steward.model import Frozen


class AnalyticsField(Frozen):
    """One dimension: its name in requests, and what people call it.

    `older_names` are taken too, for a while. `custom` ones were made for this property alone.
    """

    name: str
    older_names: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    category: str = ""
    custom: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that is taken."""
        return self.name, *self.older_names


class AnalyticsMetric(AnalyticsField):
    """One metric; a `blocked` one reads zero, because the credentials may not see it."""

    kind: MetricKind = MetricKind.NUMBER
    blocked: bool = False


class AnalyticsFields(Frozen):
    """Everything that a property can be asked for, in its own order."""

    dimensions: tuple[AnalyticsField, ...]
    metrics: tuple[AnalyticsMetric, ...]

    @property
    def dimension_names(self) -> frozenset[str]:
        """Every name of a dimension that is taken."""
        return frozenset(name for each in self.dimensions for name in each.names)

    @property
    def metric_names(self) -> frozenset[str]:
        """Every name of a metric that is taken."""
        return frozenset(name for each in self.metrics for name in each.names)

    def unknown_in(self, request: ReportRequest) -> tuple[str, ...]:
        """Return the names in a request that the property does not know, sorted."""
        dimensions = request.dimension_names - self.dimension_names
        metrics = frozenset(request.metrics) - self.metric_names
        return tuple(sorted(dimensions | metrics))

    def blocked_filters_of(self, request: ReportRequest) -> tuple[str, ...]:
        """Return the blocked metrics by which a request filters, sorted: the source refuses it."""
        blocked = {name for each in self.metrics if each.blocked for name in each.names}
        filtered = {each.metric for each in request.filters if isinstance(each, MetricCompares)}
        return tuple(sorted(blocked & filtered))

    def matching(self, text: str) -> Self:
        """Return the fields that have the text in a name, title or category, whatever its case."""
        wanted = text.casefold()

        def fits(each: AnalyticsField) -> bool:
            told = (*each.names, each.title, each.category)
            return any(wanted in text.casefold() for text in told)

        return type(self)(
            dimensions=tuple(each for each in self.dimensions if fits(each)),
            metrics=tuple(each for each in self.metrics if fits(each)),
        )
