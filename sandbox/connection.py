"""Closing a connection without an answer, which no framework offers on purpose."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_CYCLE = "sandbox.cycle"


class ConnectionAccess:
    """Outermost layer of an application: remembers the server's own end of the connection."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        # uvicorn passes bound methods of the object that holds the transport.
        scope[_CYCLE] = getattr(send, "__self__", None)
        await self._application(scope, receive, send)


class NoResponse(Response):
    """Stands for an answer that never comes: the connection is closed instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Close the connection and wait until the server has noticed."""
        cycle: Any = scope.get(_CYCLE)
        transport = getattr(cycle, "transport", None)
        if transport is None:
            raise RuntimeError("This server does not let its connections be closed.")
        transport.abort()
        while not cycle.disconnected:  # noqa: ASYNC110 - the server sets a flag, not an event
            await asyncio.sleep(0)


def is_gone(request: Request) -> bool:
    """Tell whether a request's client has closed the connection."""
    cycle: Any = request.scope.get(_CYCLE)
    return bool(getattr(cycle, "disconnected", False))
