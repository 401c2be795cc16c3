"""The realtime report: what happened in the last minutes, under a quota of its own."""

from connectors.analytics.ga4.answers import Table
from connectors.analytics.ga4.data_api import DataApi
from connectors.analytics.ga4.requests import realtime_body
from steward.analytics import ReportRow
from steward.analytics_realtime import RealtimeReport, RealtimeRequest


async def read_realtime(api: DataApi, request: RealtimeRequest) -> RealtimeReport:
    """Return a realtime report. Raises the errors of `steward.ports.Analytics`."""
    read_at = api.clock.now()
    table, quota = await api.post("runRealtimeReport", realtime_body(request), Table)
    if not table.has_columns(request.dimensions, request.metrics):
        raise api.failures.of_answer("its columns are not those that were asked for")
    if len(table.rows) > table.row_count:
        raise api.failures.of_answer("it has more rows than it counts")
    return RealtimeReport(
        source=api.source,
        request=request,
        rows=tuple(
            ReportRow(
                dimensions=tuple(value.value for value in row.dimension_values),
                metrics=tuple(value.value for value in row.metric_values),
                provisional=True,
            )
            for row in table.rows
        ),
        row_count=table.row_count,
        kinds=table.kinds,
        read_at=read_at,
        quota=quota,
    )
