"""Keeping parts alive: a part that ends is started again, ever more slowly if it goes on ending."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from starter.stack.part import Part, PartState, manner_of
from starter.stack.process_table import StartedProcess
from steward.errors import NotFound, StewardError

_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 15.0
# Whoever has run for this long is not failing at the start.
_SETTLED_SECONDS = 10.0
_LOOP_AFTER_FAILURES = 3


@dataclass(frozen=True, slots=True)
class StackEvent:
    """Something that happened to a part; `log_tail` is given where a person should look closer."""

    part: str
    text: str
    log_tail: str = ""


class Supervisor:
    """Watches the parts that were handed over to it."""

    def __init__(
        self, on_event: Callable[[StackEvent], None], on_change: Callable[[], None]
    ) -> None:
        """Take whom to tell what happened, and whom to tell that processes came or went."""
        self._on_event = on_event
        self._on_change = on_change
        self._parts: dict[str, Part] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()

    @property
    def parts(self) -> Sequence[Part]:
        """Every part that was started, in the order of starting."""
        return tuple(self._parts.values())

    def part(self, name: str) -> Part:
        """Return a part by name; raises `NotFound`."""
        if name not in self._parts:
            raise NotFound(
                f"The stack has no part {name!r}.", remedy=f"It has {', '.join(self._parts)}."
            )
        return self._parts[name]

    def stop_order(self) -> list[list[StartedProcess]]:
        """Return the running processes in groups, in the order in which they are to be ended."""
        ranked = sorted(self._parts.values(), key=_stop_rank)
        groups = (
            [process for part in group if (process := part.started_process)]
            for _, group in groupby(ranked, key=_stop_rank)
        )
        return [group for group in groups if group]

    async def start(self, part: Part) -> None:
        """Start a part, return once it is ready, and keep it alive from then on.

        Raises:
            PartFailed: it did not become ready.
        """
        self._parts[part.name] = part
        await self._start(part)
        self._watch(part)

    async def kill(self, name: str, *, restart: bool = True) -> None:
        """End a part's process by force, and return once it is gone.

        It is started again as after any crash, or with `restart` false only by `start_again`.
        """
        part = self.part(name)
        if not restart:
            await self._unwatch(name)
        await part.kill()
        await self._enter(part, PartState.RESTARTING if restart else PartState.HELD)

    async def start_again(self, name: str) -> None:
        """Start a part that was killed for good, and return once it is ready."""
        part = self.part(name)
        await self._start(part)
        self._watch(part)

    async def until_ready(self, name: str) -> None:
        """Return once the part is ready."""
        part = self.part(name)
        async with self._changed:
            await self._changed.wait_for(lambda: part.state is PartState.READY)

    async def stop(self) -> None:
        """End all parts in their order; those of one rank at the same time."""
        for name in list(self._tasks):
            await self._unwatch(name)
        ranked = sorted(self._parts.values(), key=_stop_rank)
        for _, group in groupby(ranked, key=_stop_rank):
            await asyncio.gather(*(part.stop() for part in group))
            self._on_change()

    def kill_now(self) -> None:
        """End all parts by force; `stop` still has to be waited for."""
        for part in self._parts.values():
            part.kill_now()

    def _watch(self, part: Part) -> None:
        self._tasks[part.name] = asyncio.create_task(self._keep_alive(part))

    async def _unwatch(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_alive(self, part: Part) -> None:
        failures = 0
        while True:
            code = await part.ended()
            now = asyncio.get_running_loop().time()
            if part.ready_since is not None and now - part.ready_since > _SETTLED_SECONDS:
                failures = 0
            delay = min(_FIRST_DELAY_SECONDS * 2**failures, _LONGEST_DELAY_SECONDS)
            failures += 1
            await self._enter(part, PartState.RESTARTING)
            self._tell_end(part, manner_of(code), failures, delay)
            await asyncio.sleep(delay)
            # A part that does not come up has ended, which the next turn tells.
            with suppress(StewardError):
                await self._start(part)
                self._on_event(StackEvent(part.name, "is up again"))

    def _tell_end(self, part: Part, manner: str, failures: int, delay: float) -> None:
        loops = failures >= _LOOP_AFTER_FAILURES
        text = f"ended ({manner}), is started again in {delay:g} s"
        if loops:
            text = f"keeps ending ({failures} times, {manner}), is tried again in {delay:g} s"
        self._on_event(StackEvent(part.name, text, part.log_tail() if loops else ""))

    async def _start(self, part: Part) -> None:
        await self._enter(part, PartState.STARTING)
        try:
            await part.spawn()
            self._on_change()
            await part.until_ready()
        except StewardError:
            await part.kill()
            raise
        await self._enter(part, PartState.READY)

    async def _enter(self, part: Part, state: PartState) -> None:
        part.state = state
        self._on_change()
        async with self._changed:
            self._changed.notify_all()


def _stop_rank(part: Part) -> int:
    return part.plan.stop_rank
