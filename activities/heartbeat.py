"""Heartbeats: how the engine learns soon that the process that carried a step is gone.

They carry the step's setbacks, which the engine gives to the next attempt wherever that runs.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta

from temporalio import activity

from steward.errors import StewardError
from steward.patience import Setbacks
from steward.ports import Clock, Ledger, Store
from steward.waits import NotedWait, Wait

_INTERVAL_SECONDS = 1.0
_WORTH_NOTING = timedelta(seconds=2)


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


class Heart:
    """Beats once a second, and shows what the store makes the step wait for."""

    def __init__(self) -> None:
        """Begin without a store to look at."""
        self._waits: WaitNoting | None = None

    def shows_waits(self, waits: "WaitNoting") -> None:
        """Show from now on what these say."""
        self._waits = waits

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            beat(None if self._waits is None else self._waits.look())
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def stop(self) -> None:
        """Wait for what is still being noted."""
        if self._waits is not None:
            await self._waits.settle()


class WaitNoting:
    """Looks at what a store waits for, and notes in the ledger what is worth it.

    A wait is noted when it begins or its end moves by more than two seconds, so that a step writes
    at most every second beat. No beat waits for the ledger: it may be busy for longer than the
    engine waits for a beat.
    """

    def __init__(self, store: Store, ledger: Ledger, run_id: str, clock: Clock) -> None:
        """Take the store that is waited for, and where and for which run to note it."""
        self._store = store
        self._ledger = ledger
        self._run_id = run_id
        self._clock = clock
        self._noted: NotedWait | None = None
        self._noting: asyncio.Task[None] | None = None

    def look(self) -> Wait | None:
        """Return what is waited for now, and begin to note it where that is worth it."""
        wait = self._store.waiting()
        if wait is not None:
            noted = wait.from_now(self._clock.now())
            is_new = self._noted is None or abs(noted.until - self._noted.until) > _WORTH_NOTING
            if is_new and (self._noting is None or self._noting.done()):
                self._noted = noted
                self._noting = asyncio.create_task(self._note(noted))
        return wait

    async def settle(self) -> None:
        """Wait for what is still being noted."""
        if self._noting is not None:
            await asyncio.wait([self._noting])

    async def _note(self, noted: NotedWait) -> None:
        with suppress(StewardError):
            await self._ledger.note_wait(self._run_id, noted)


@asynccontextmanager
async def heartbeating() -> AsyncIterator[Heart]:
    """Send a heartbeat every second for as long as the block runs."""
    heart = Heart()
    sender = asyncio.create_task(heart.run())
    try:
        yield heart
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
        await heart.stop()


def beat(wait: Wait | None = None) -> None:
    """Send one heartbeat, with what is waited for as its last detail."""
    memory = _memory.get()
    setbacks = Setbacks() if memory is None else memory.setbacks
    details: list[object] = [setbacks.model_dump(mode="json")]
    if wait is not None:
        details.append(str(wait))
    activity.heartbeat(*details)
