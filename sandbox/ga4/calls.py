"""The calls of the Data API, from a body to the content of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.ga4.columns import read_columns
from sandbox.ga4.fields import CORE, Fields
from sandbox.ga4.messages import (
    BATCH_RUN_REPORTS,
    CHECK_COMPATIBILITY,
    RUN_REALTIME_REPORT,
    RUN_REPORT,
)
from sandbox.ga4.problems import Problem, invalid
from sandbox.ga4.protocol_json import Message, read_message
from sandbox.ga4.realtime import run_realtime
from sandbox.ga4.reports import Answer

if TYPE_CHECKING:
    from sandbox.ga4.store import AnalyticsPropertyStore

MOST_IN_BATCH = 5


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose body was understood; `run` raises a problem where it is refused after all."""

    run: Callable[[], dict[str, Any]]


class Calls:
    """Understands and runs the calls of one property."""

    NAMES: ClassVar = frozenset(
        {"runReport", "batchRunReports", "runRealtimeReport", "checkCompatibility"}
    )

    def __init__(self, store: "AnalyticsPropertyStore") -> None:
        self._store = store

    def prepare(self, name: str, number: str, body: bytes) -> Call:
        """Return a call that is ready to run.

        Raises:
            Problem: the body is not what the call takes.
        """
        if name == "getMetadata":
            return Call(lambda: metadata(number, CORE))
        if name == "checkCompatibility":
            asked = self._read(body, CHECK_COMPATIBILITY)
            return Call(lambda: compatibility(asked))
        if name == "runRealtimeReport":
            live = self._read(body, RUN_REALTIME_REPORT)
            return Call(lambda: self._run_realtime(live))
        if name == "runReport":
            report = self._read(body, RUN_REPORT)
            return Call(lambda: self._run_report(report))
        requests = self._batched(body)
        return Call(
            lambda: {
                "reports": [self._run_report(request) for request in requests],
                "kind": "analyticsData#batchRunReports",
            }
        )

    def _read(self, body: bytes, message: Message) -> dict[str, Any]:
        request = read_message(body, message)
        self._check_property(request)
        return request

    def _batched(self, body: bytes) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = read_message(body, BATCH_RUN_REPORTS).get("requests", [])
        if not requests:
            raise invalid("A batch must have at least one request.")
        if len(requests) > MOST_IN_BATCH:
            raise invalid(f"Batch requests are limited to {MOST_IN_BATCH} requests.")
        for request in requests:
            self._check_property(request)
        return requests

    def _check_property(self, request: dict[str, Any]) -> None:
        named = request.get("property", "")
        if named not in {"", f"properties/{self._store.number}"}:
            raise invalid("The property of a request must be that of the address, or left out.")

    def _run_report(self, request: dict[str, Any]) -> dict[str, Any]:
        store = self._store
        store.core_quota.admit()
        return self._charged(request, store.reports.run(request, store.now()), "runReport")

    def _run_realtime(self, request: dict[str, Any]) -> dict[str, Any]:
        store = self._store
        store.realtime_quota.admit()
        answer = run_realtime(request, store.seed, store.now())
        return self._charged(request, answer, "runRealtimeReport")

    def _charged(self, request: dict[str, Any], answer: Answer, name: str) -> dict[str, Any]:
        quota = self._store.quota_of(name)
        quota.charge(answer.charge)
        self._store.counters.points_actual += answer.charge.tokens
        content = answer.content
        if request.get("returnPropertyQuota", False):
            content["propertyQuota"] = quota.describe(answer.charge)
        return content


def metadata(number: str, fields: Fields) -> dict[str, Any]:
    """Return what can be asked for."""
    return {
        "name": f"properties/{number}/metadata",
        "dimensions": [
            {
                "apiName": dimension.name,
                "uiName": dimension.ui_name,
                "description": f"{dimension.ui_name}, as the property records it.",
                "category": dimension.category,
            }
            for dimension in fields.dimensions.values()
        ],
        "metrics": [
            {
                "apiName": metric.name,
                "uiName": metric.ui_name,
                "description": f"{metric.ui_name}, as the property counts it.",
                "type": metric.type,
                "category": metric.category,
            }
            for metric in fields.metrics.values()
        ],
    }


def compatibility(request: dict[str, Any]) -> dict[str, Any]:
    """Return which dimensions and metrics can be added to a request."""
    wanted = request.get("compatibilityFilter", "COMPATIBILITY_UNSPECIFIED")
    described = metadata("0", CORE)
    content: dict[str, Any] = {}
    for kind, key in (("dimensions", "dimension"), ("metrics", "metric")):
        found = []
        for field in described[kind]:
            verdict = "COMPATIBLE" if _fits(request, kind, field["apiName"]) else "INCOMPATIBLE"
            if wanted in {verdict, "COMPATIBILITY_UNSPECIFIED"}:
                found.append({f"{key}Metadata": field, "compatibility": verdict})
        if found:
            content[f"{key}Compatibilities"] = found
    return content


def _fits(request: dict[str, Any], kind: str, name: str) -> bool:
    present = [each for each in request.get(kind, []) if each.get("name") != name]
    extended = request | {kind: [*present, {"name": name}]}
    try:
        read_columns(extended, CORE).check_compatible()
    except Problem as problem:
        if "incompatible" not in problem.message:
            raise
        return False
    return True
