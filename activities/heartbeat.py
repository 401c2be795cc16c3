"""Heartbeats: how the engine learns soon that the process that carried a step is gone.

They carry the step's setbacks, which the engine gives to the next attempt wherever that runs.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar

from temporalio import activity

from steward.patience import Setbacks

_INTERVAL_SECONDS = 1.0


class Memory:
    """What this attempt leaves to the next one."""

    def __init__(self, setbacks: Setbacks) -> None:
        """Take the setbacks as they are when the attempt begins."""
        self.setbacks = setbacks


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Let the heartbeats of this attempt carry the memory for as long as the block runs."""
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)


def progressed() -> None:
    """Note that the step got somewhere that lasts: its setbacks so far no longer count."""
    memory = _memory.get()
    if memory is not None:
        memory.setbacks = Setbacks().with_attempt_under_way()


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
        beat()
        await asyncio.sleep(_INTERVAL_SECONDS)


def beat() -> None:
    """Send one heartbeat."""
    memory = _memory.get()
    if memory is None:
        activity.heartbeat()
    else:
        activity.heartbeat(memory.setbacks.model_dump(mode="json"))
