"""Asynchronous calls: accepted at once, applied later, each with a status of its own."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sandbox.adobe_commerce.attributes import moment_at
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.encoding import encode
from sandbox.adobe_commerce.problems import ApiError, no_such_entity
from sandbox.adobe_commerce.routes import Route
from sandbox.faults import Fault, FaultKind, RequestFacts
from sandbox.journal import Write

BULK_FIELD = "bulk"
"""The journal's field, of the resource `bulk:<uuid>`, under which accepted calls are kept."""

OPERATION_PREFIX = "operation."
"""The start of the journal's field that holds the outcome of one call of a bulk."""

ITEM_KIND = "bulk_item"
"""The kind of request that faults must name to meet a queued call when it is applied."""

_SECONDS_BETWEEN = 0.001
_ADMIN = 2


class Status(IntEnum):
    """What has become of a queued call."""

    COMPLETE = 1
    RETRIABLE = 2
    FAILED = 3
    OPEN = 4
    REJECTED = 5


@dataclass(slots=True)
class Operation:
    """One queued call: its path parameters and body, and its outcome."""

    path: dict[str, str]
    body: dict[str, Any]
    status: Status = Status.OPEN
    message: str | None = None
    error_code: int | None = None
    result: str | None = None


@dataclass(slots=True)
class Bulk:
    """Calls of one endpoint that were accepted together, at a time in seconds since 1970.

    `done` counts those that are no longer open; they are applied in order.
    """

    uuid: str
    operation: str
    topic: str
    scope: int
    accepted_at: float
    operations: list[Operation] = field(default_factory=list)
    done: int = 0


class Bulks:
    """The accepted calls of one store.

    Nothing runs by itself: `advance` applies what is due, and is called in front of every look at
    the store, so that nobody can tell the difference.
    """

    def __init__(self, lag_seconds: float) -> None:
        self._lag_seconds = lag_seconds
        self._bulks: dict[str, Bulk] = {}
        self._open: list[Bulk] = []

    def accept(
        self,
        route: Route,
        scope: int,
        calls: Sequence[tuple[dict[str, str], dict[str, Any]]],
        at: float,
    ) -> tuple[Bulk, Write]:
        """Queue calls and return them with what the journal keeps of them."""
        bulk = Bulk(str(uuid.uuid4()), route.operation, route.topic, scope, at)
        bulk.operations = [Operation(path, body) for path, body in calls]
        self._add(bulk)
        content = {
            "operation": bulk.operation,
            "topic": bulk.topic,
            "scope": scope,
            "accepted_at": at,
            "calls": [{"path": item.path, "body": item.body} for item in bulk.operations],
        }
        name = f"AsyncBulk{route.operation}"
        return bulk, Write(name, f"bulk:{bulk.uuid}", BULK_FIELD, None, content)

    def _add(self, bulk: Bulk) -> None:
        self._bulks[bulk.uuid] = bulk
        self._open.append(bulk)

    def restore(self, resource_id: str, name: str, after: Any) -> None:  # noqa: ANN401
        """Take one entry of the journal back in."""
        number = resource_id.removeprefix("bulk:")
        if name == BULK_FIELD:
            bulk = Bulk(
                number, after["operation"], after["topic"], after["scope"], after["accepted_at"]
            )
            bulk.operations = [Operation(call["path"], call["body"]) for call in after["calls"]]
            self._add(bulk)
            return
        position = int(name.removeprefix(OPERATION_PREFIX))
        self._bulks[number].done = position + 1
        operation = self._bulks[number].operations[position]
        operation.status = Status(after["status"])
        operation.message = after["result_message"]
        operation.error_code = after["error_code"]
        operation.result = after["result"]

    def advance(
        self,
        now: float,
        faults: Callable[[RequestFacts], Sequence[Fault]],
        serve: Callable[[Bulk, Operation], tuple[Call, Route]],
        facts: Callable[[Call, Route], RequestFacts],
        record: Callable[[str, Sequence[Write]], None],
    ) -> None:
        """Apply every call that is due, in the order in which they were accepted.

        Args:
            now: seconds since 1970.
            faults: returns the faults that meet a queued call.
            serve: returns the call and the endpoint of a queued one.
            facts: returns what faults can tell it apart by.
            record: puts what a call wrote into the journal.
        """
        for bulk in list(self._open):
            while bulk.done < len(bulk.operations):
                if bulk.accepted_at + self._lag_seconds + bulk.done * _SECONDS_BETWEEN > now:
                    return
                operation = bulk.operations[bulk.done]
                call, route = serve(bulk, operation)
                meeting = faults(facts(call, route))
                if any(_holds(fault) for fault in meeting):
                    return
                _apply(call, route, operation, meeting)
                call.writes.append(_outcome(bulk, bulk.done))
                bulk.done += 1
                record(bulk.uuid, call.writes)
            self._open.remove(bulk)

    def find(self, number: str) -> Bulk:
        """Return accepted calls by their UUID.

        Raises:
            ApiError: there are none.
        """
        bulk = self._bulks.get(number)
        if bulk is None:
            raise no_such_entity("bulk_uuid", number)
        return bulk

    def detailed_status(self, call: Call) -> dict[str, Any]:
        """Answer `GET bulk/{bulkUuid}/detailed-status`."""
        bulk = self.find(call.path["bulkUuid"])
        operations = [
            {
                "id": position,
                "bulk_uuid": bulk.uuid,
                "topic_name": bulk.topic,
                "serialized_data": json.dumps(
                    {"entity_id": None, "meta_information": json.dumps(operation.body)}
                ),
                "result_serialized_data": operation.result,
                "status": operation.status.value,
                "result_message": operation.message,
                "error_code": operation.error_code,
            }
            for position, operation in enumerate(bulk.operations)
        ]
        return {"operations_list": operations, **_summary(bulk)}

    def short_status(self, call: Call) -> dict[str, Any]:
        """Answer `GET bulk/{bulkUuid}/status`."""
        bulk = self.find(call.path["bulkUuid"])
        operations = [
            {
                "id": position,
                "status": operation.status.value,
                "result_message": operation.message,
                "error_code": operation.error_code,
            }
            for position, operation in enumerate(bulk.operations)
        ]
        return {"operations_list": operations, **_summary(bulk)}

    def count(self, call: Call) -> int:
        """Answer `GET bulk/{bulkUuid}/operation-status/{status}`."""
        bulk = self.find(call.path["bulkUuid"])
        wanted = call.path["status"]
        return sum(str(operation.status.value) == wanted for operation in bulk.operations)

    def clear(self) -> None:
        """Forget everything."""
        self._bulks.clear()
        self._open.clear()


def _holds(fault: Fault) -> bool:
    return (
        fault.kind in (FaultKind.HOLD_BEFORE, FaultKind.HOLD_AFTER)
        and not (fault.describe()["released"])
    )


def _apply(call: Call, route: Route, operation: Operation, faults: Sequence[Fault]) -> None:
    for fault in faults:
        if fault.kind is FaultKind.THROTTLE:
            _fail(call, route, operation, Status.REJECTED, "The operation was rejected.", 0)
            return
        if fault.kind in (FaultKind.SERVER_ERROR, FaultKind.DISCONNECT, FaultKind.GARBAGE):
            message = "Deadlock found when trying to get lock; try restarting transaction"
            _fail(call, route, operation, Status.RETRIABLE, message, 1213)
            return
    try:
        answer = route.handler(call)
    except ApiError as error:
        _fail(call, route, operation, Status.FAILED, error.text(), 0)
        return
    operation.status = Status.COMPLETE
    class_name, _, function = (route.service or "").partition("::")
    operation.message = f"Service execution success {class_name}\\Interceptor::{function}"
    operation.result = encode(answer).decode()


def _fail(
    call: Call, route: Route, operation: Operation, status: Status, message: str, code: int
) -> None:
    operation.status, operation.message, operation.error_code = status, message, code
    call.refuse_wanted(message, route.operation, call.body)


def _outcome(bulk: Bulk, position: int) -> Write:
    operation = bulk.operations[position]
    after = {
        "status": operation.status.value,
        "result_message": operation.message,
        "error_code": operation.error_code,
        "result": operation.result,
    }
    name = f"{OPERATION_PREFIX}{position}"
    return Write(f"AsyncBulk{bulk.operation}", f"bulk:{bulk.uuid}", name, None, after)


def _summary(bulk: Bulk) -> dict[str, Any]:
    return {
        "user_type": _ADMIN,
        "bulk_id": bulk.uuid,
        "description": f"Topic {bulk.topic}",
        "start_time": moment_at(bulk.accepted_at),
        "user_id": 1,
        "operation_count": len(bulk.operations),
    }
