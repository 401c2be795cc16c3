"""What the faults that meet an HTTP request do to it and to its answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from starlette.requests import Request
from starlette.responses import Response

from sandbox.connection import NoResponse, is_gone
from sandbox.faults import Fault, FaultKind

_GARBAGE = b"<html><body>upstream connect error or disconnect/reset before headers</body></html>"


@dataclass(frozen=True, slots=True)
class Disturbed:
    """How one request is served.

    Attributes:
        respond: serves it and returns the answer.
        throttle: returns the answer of a request that is too many.
        fail: returns the answer of a server that fails, with this HTTP status.
        refuse: writes down that the request was not served, and why.
    """

    respond: Callable[[], Response]
    throttle: Callable[[], Response]
    fail: Callable[[int], Response]
    refuse: Callable[[str], None]


async def answer_through_faults(
    request: Request, faults: Sequence[Fault], served: Disturbed
) -> Response:
    """Serve a request as the faults that meet it want it to be, the oldest first."""
    for fault in faults:
        early = await _before(request, fault, served)
        if early is not None:
            return early
    response = served.respond()
    for fault in faults:
        if fault.kind is FaultKind.HOLD_AFTER:
            await fault.hold()
        if fault.kind is FaultKind.LOST_ANSWER:
            return NoResponse()
    return response


async def _before(request: Request, fault: Fault, served: Disturbed) -> Response | None:
    """Do what a fault does in front of a request; return the answer where it ends there."""
    match fault.kind:
        case FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds)
            return None
        case FaultKind.HOLD_BEFORE:
            await fault.hold()
            # The server must have had the chance to see that the client went away.
            await asyncio.sleep(0)
            if is_gone(request) and not fault.apply_anyway:
                served.refuse("client gone before it was applied")
                return NoResponse()
            return None
        case FaultKind.THROTTLE:
            return served.throttle()
        case FaultKind.SERVER_ERROR | FaultKind.DISCONNECT | FaultKind.GARBAGE:
            if fault.apply_anyway:
                served.respond()
            else:
                served.refuse(fault.kind.value)
            return _broken(fault, served)
        case FaultKind.LOST_ANSWER | FaultKind.HOLD_AFTER | FaultKind.PARTLY_SAVED:
            return None
        case _:
            assert_never(fault.kind)


def _broken(fault: Fault, served: Disturbed) -> Response:
    if fault.kind is FaultKind.DISCONNECT:
        return NoResponse()
    if fault.kind is FaultKind.GARBAGE:
        return Response(_GARBAGE, media_type="text/html")
    return served.fail(fault.status)
