"""Running bulk operations in the background, one line after the other at a steady pace."""

import asyncio
import json
import logging
import time
from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, assert_never

from sandbox.faults import Fault, FaultKind, RequestFacts
from sandbox.shopify.bulk.operations import BulkErrorCode, BulkOperation, BulkStatus
from sandbox.shopify.bulk.progress import line_id, next_line
from sandbox.shopify.execution import Outcome, Prepared, refused_writes
from sandbox.shopify.refusals import internal_error
from sandbox.shopify.requests import GraphQLRequest

if TYPE_CHECKING:
    from sandbox.shopify.store import ShopifyStore

LINE_KIND = "bulk_item"
"""The kind of request that a line is to faults."""

_GARBAGE = "<html><body>internal error</body></html>"
_LOGGER = logging.getLogger(__name__)


class _Line(Enum):
    """What becomes of an operation after one of its lines."""

    DONE = auto()
    BREAKS_OFF = auto()
    IS_DENIED = auto()


class BulkRunner:
    """Runs the operations of one store; several at the same time, each at its own pace.

    A line goes the way of a direct request, except that it costs nothing. Its row is in the result
    before its writes are in the journal, so that an operation can go on after a restart without
    doing a line twice.
    """

    def __init__(self, store: "ShopifyStore", lines_per_second: float) -> None:
        self._store = store
        self._operations = store.bulk.operations
        self._seconds_a_line = 1 / lines_per_second
        self._tasks: set[asyncio.Task[None]] = set()
        self._operations.started = self._start

    def resume(self, journaled: Collection[str]) -> None:
        """Go on with what was running when the process ended; these requests are journaled."""
        for operation in self._operations.running():
            result = self._operations.result_path(operation)
            self._start(operation, next_line(operation.id, result, journaled))

    def stop(self) -> None:
        """Leave every operation where it is."""
        for task in self._tasks:
            task.cancel()

    def _start(self, operation: BulkOperation, first: int = 0) -> None:
        task = asyncio.get_running_loop().create_task(self._run(operation, first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, operation: BulkOperation, first: int) -> None:
        try:
            await self._run_lines(operation, first)
        except Exception:
            _LOGGER.exception("A bulk operation failed inside the sandbox.")
            self._fail(operation, BulkErrorCode.INTERNAL_SERVER_ERROR)

    async def _run_lines(self, operation: BulkOperation, first: int) -> None:
        path = self._store.bulk.uploads.path_of(operation.upload)
        if path is None:
            self._fail(operation, BulkErrorCode.INTERNAL_SERVER_ERROR)
            return
        pace = _Pace(self._seconds_a_line)
        operation.lines_done = 0
        await pace.wait()
        if not operation.is_canceling():
            operation.status = BulkStatus.RUNNING
            self._operations.save(operation)
        with path.open("rb") as file:
            for number, line in enumerate(file):
                if not line.strip():
                    continue
                if number >= first:
                    if operation.is_canceling():
                        break
                    if not await self._goes_on(operation, number, line):
                        return
                    await pace.wait()
                operation.lines_done += 1
        canceled = operation.is_canceling()
        self._operations.end(operation, BulkStatus.CANCELED if canceled else BulkStatus.COMPLETED)

    def _fail(self, operation: BulkOperation, code: BulkErrorCode) -> None:
        self._operations.end(operation, BulkStatus.FAILED, code)

    async def _goes_on(self, operation: BulkOperation, number: int, line: bytes) -> bool:
        """Run one line and tell whether the operation goes on."""
        ending = await self._run_line(operation, number, line)
        match ending:
            case _Line.DONE:
                return True
            case _Line.BREAKS_OFF:
                self._fail(operation, BulkErrorCode.INTERNAL_SERVER_ERROR)
            case _Line.IS_DENIED:
                self._fail(operation, BulkErrorCode.ACCESS_DENIED)
            case _:
                assert_never(ending)
        return False

    async def _run_line(self, operation: BulkOperation, number: int, line: bytes) -> _Line:
        executor = self._store.executor
        variables = _variables(line)
        if variables is None:
            self._add_row(operation, number, {"errors": [_NO_VARIABLES]})
            return _Line.DONE
        prepared = executor.prepare(
            GraphQLRequest(operation.mutation, variables, None), line_id(operation.id, number), ""
        )
        if isinstance(prepared, list):
            self._add_row(operation, number, {"errors": prepared})
            return _Line.DONE
        if executor.denied(prepared):
            self._record(prepared, refused="ACCESS_DENIED")
            return _Line.IS_DENIED
        oversized = executor.oversized(prepared)
        if oversized:
            self._add_row(operation, number, {"errors": oversized})
            self._record(prepared, refused="MAX_INPUT_SIZE_EXCEEDED")
            return _Line.DONE
        return await self._run_through_faults(operation, number, prepared)

    async def _run_through_faults(
        self, operation: BulkOperation, number: int, prepared: Prepared
    ) -> _Line:
        facts = RequestFacts(LINE_KIND, prepared.facts.operations, prepared.facts.resource_ids)
        faults = self._store.faults.meeting(facts)
        for fault in faults:
            if await self._ends_line(operation, number, prepared, fault):
                broken_off = fault.kind is FaultKind.DISCONNECT
                return _Line.BREAKS_OFF if broken_off else _Line.DONE
        outcome = self._store.executor.execute(prepared)
        if not _among(faults, FaultKind.LOST_ANSWER):
            self._add_row(operation, number, outcome.content)
        self._record(prepared, outcome)
        for fault in faults:
            if fault.kind is FaultKind.HOLD_AFTER:
                await fault.hold()
        return _Line.DONE

    async def _ends_line(
        self, operation: BulkOperation, number: int, prepared: Prepared, fault: Fault
    ) -> bool:
        """Do what a fault does in front of a line, and tell whether the line ends there."""
        match fault.kind:
            case FaultKind.LATENCY | FaultKind.THROTTLE:
                # The platform slows its own lines down; it never refuses one for the rate.
                await asyncio.sleep(fault.seconds)
                return False
            case FaultKind.HOLD_BEFORE:
                await fault.hold()
                return False
            case FaultKind.SERVER_ERROR | FaultKind.GARBAGE | FaultKind.DISCONNECT:
                if fault.kind is FaultKind.SERVER_ERROR:
                    self._add_row(operation, number, {"errors": [internal_error()]})
                if fault.kind is FaultKind.GARBAGE:
                    self._operations.add_row(operation, _GARBAGE)
                if fault.apply_anyway:
                    self._record(prepared, self._store.executor.execute(prepared))
                else:
                    self._record(prepared, refused=fault.kind.value)
                return True
            case FaultKind.LOST_ANSWER | FaultKind.HOLD_AFTER | FaultKind.PARTLY_SAVED:
                return False
            case _:
                assert_never(fault.kind)

    def _add_row(self, operation: BulkOperation, number: int, content: dict[str, Any]) -> None:
        kept = {name: content[name] for name in ("data", "errors") if name in content}
        row = json.dumps({**kept, "__lineNumber": number}, ensure_ascii=False)
        self._operations.add_row(operation, row)

    def _record(
        self, prepared: Prepared, outcome: Outcome | None = None, *, refused: str = ""
    ) -> None:
        writes = refused_writes(prepared, refused) if outcome is None else outcome.writes
        self._store.record(prepared.request_id, writes)


_NO_VARIABLES = {"message": "The line is not a JSON object of variables."}


class _Pace:
    """Waits so that what is done in between takes equally long each time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic()

    async def wait(self) -> None:
        """Wait for the end of the present step; what was too slow is not made up for."""
        self._next = max(self._next + self._seconds, time.monotonic())
        await asyncio.sleep(self._next - time.monotonic())


def _variables(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _among(faults: Sequence[Fault], kind: FaultKind) -> bool:
    return any(fault.kind is kind for fault in faults)
