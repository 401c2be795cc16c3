"""Heartbeats: how the engine learns soon that the process that carried a step is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

_INTERVAL_SECONDS = 1.0


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Send a heartbeat every second for as long as the block runs."""
    sender = asyncio.create_task(_send())
    try:
        yield
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender


async def _send() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(_INTERVAL_SECONDS)
