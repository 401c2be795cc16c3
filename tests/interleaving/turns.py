"""Calls that wait for their turn, writes on their way, and a clock that is moved by hand."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from steward.changes import Change, ChangeSet, Target
from steward.claims import WhenClaimed
from steward.errors import AnswerLost
from steward.execution import Accepted, Answer, WriteRequest
from steward.runs import Control
from steward.steps import ChunkReport
from steward.values import Value
from tests.ledger.examples import NOON

# What is sent and not answered within this time has arrived, or never will.
LONGEST_CALL = timedelta(seconds=30)
# What is done in bulk may arrive for much longer, and can be waited for.
LONGEST_OPERATION = timedelta(minutes=5)
# How long a step stays away that could not go on.
AWAY = timedelta(seconds=5)

# So many rounds of the event loop after the last answer a step stands still at its next call.
_ROUNDS = 60


@dataclass
class Run:
    """A run: what it changes, and how it behaves."""

    run_id: str
    changes: ChangeSet
    undo: bool = False
    when_claimed: WhenClaimed = WhenClaimed.WAIT
    compensates: bool = False
    writes_in_bulk: bool = False
    control: Control = Control.RUN
    is_over: bool = False
    is_terminated: bool = False
    is_refused: bool = False
    taken_back: ChangeSet | None = None
    carried_by: "asyncio.Task[None] | None" = None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled it."""
        return self.control is Control.CANCEL


@dataclass(eq=False)
class Attempt:
    """One attempt of a step, in a process that may be lost or stall."""

    run: Run
    is_lost: bool = False
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    carried_by: "asyncio.Task[ChunkReport] | None" = None


@dataclass(eq=False)
class Turn:
    """A call that waits for its turn: of a step, or one with which a workflow goes on."""

    run: Run
    attempt: Attempt | None
    call: str
    comes: "asyncio.Future[None]"
    not_before: datetime

    @property
    def is_late(self) -> bool:
        """Whether it is of a process that counts as lost."""
        return self.attempt is not None and self.attempt.given_up.is_set()


@dataclass(eq=False)
class Wire:
    """A write that was sent and is not answered."""

    attempt: Attempt
    request: WriteRequest
    until: datetime
    answer: "asyncio.Future[tuple[Answer, ...]]"
    has_arrived: bool = False

    @property
    def is_operation(self) -> bool:
        """Whether it is done in bulk."""
        return self.attempt.run.writes_in_bulk


@dataclass(frozen=True)
class Write:
    """A value that replaced another in the shop."""

    run_id: str
    change: Change


@dataclass(frozen=True)
class End:
    """The end of a run."""

    run_id: str


class Turns:
    """The shop as it truly is, the clock, and everything that waits or is on its way."""

    def __init__(self, store: str, values: Mapping[Target, Value]) -> None:
        self.store = store
        self.values = dict(values)
        self.time = NOON
        self.turns: list[Turn] = []
        self.wires: list[Wire] = []
        self.story: list[Write | End] = []
        self._calls = 0

    def now(self) -> datetime:
        """Return the time, as a clock does."""
        return self.time

    async def turn(
        self, run: Run, attempt: Attempt | None, call: str = "", *, later: bool = False
    ) -> None:
        """Wait until the next call of the run's step, or of its workflow, is to be made."""
        if attempt is not None and attempt.is_lost:
            raise asyncio.CancelledError
        comes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = Turn(run, attempt, call, comes, self.time + AWAY if later else self.time)
        self.turns.append(turn)
        try:
            await turn.comes
        finally:
            if turn in self.turns:
                self.turns.remove(turn)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Say that a call is being made, for as long as the block runs."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    async def settled(self) -> None:
        """Return once every step stands still before its next call."""
        quiet = 0
        while quiet < _ROUNDS:
            await asyncio.sleep(0)
            quiet = 0 if self._calls else quiet + 1
            if self._calls:
                await asyncio.sleep(0.0002)

    async def go(self, turn: Turn, calls: int = 1) -> None:
        """Let a run, or a process that counts as lost, make so many calls, each answered."""
        late = turn.attempt if turn.is_late else None
        for _ in range(calls):
            if not await self._go_once(turn.run, late):
                return

    async def go_on(self, run: Run, calls: int = 200) -> None:
        """Let a run make so many calls, as far as it can without the passing of time."""
        for _ in range(calls):
            ready = [one for one in self.turns if one.run is run and one.not_before <= self.time]
            if not ready and not any(one.attempt.run is run for one in self.wires):
                return
            await self._go_once(run, None)

    async def until(self, run: Run, call: str) -> None:
        """Let a run go on until it is about to make a call, or has sent what was to be written."""
        while not any(one.run is run and one.call == call for one in self.turns):
            if call == "answer" and any(one.attempt.run is run for one in self.wires):
                return
            assert await self._go_once(run, None), f"{run.run_id} never comes to {call}"

    async def _go_once(self, run: Run, late: Attempt | None) -> bool:
        """Let one call be made, and return whether there was one."""
        turns = [one for one in self.turns if one.run is run]
        wires = [one for one in self.wires if one.attempt.run is run]
        if late is None:
            turns = [one for one in turns if not one.is_late]
            wires = [one for one in wires if not one.attempt.given_up.is_set()]
        else:
            turns = [one for one in turns if one.attempt is late]
            wires = [one for one in wires if one.attempt is late]
        if turns:
            self.turns.remove(turns[0])
            turns[0].comes.set_result(None)
            await self.settled()
        elif wires:
            await self.answer(wires[0])
        return bool(turns or wires)

    async def arrive(self, wire: Wire) -> None:
        """Let the shop apply a write, without an answer yet."""
        if not wire.has_arrived:
            self._apply(wire)

    def _apply(self, wire: Wire) -> None:
        """Let no value be overwritten that somebody else has set."""
        wire.has_arrived = True
        run = wire.attempt.run
        for change in wire.request.changes:
            value = self.values[change.target]
            if value == change.after:
                continue
            assert value == change.before, f"{run.run_id} overwrites {value} by {change.after}"
            self.values[change.target] = change.after
            self.story.append(Write(run.run_id, change))

    async def answer(self, wire: Wire) -> None:
        """Let a write arrive, if it has not, and its answer too."""
        await self.arrive(wire)
        self.wires.remove(wire)
        if not wire.answer.done():
            wire.answer.set_result(tuple(Accepted() for _ in wire.request.changes))
        await self.settled()

    async def lose(self, wire: Wire) -> None:
        """Let the answer be lost, and the write itself where it has not arrived."""
        self.wires.remove(wire)
        if not wire.answer.done():
            wire.answer.set_exception(AnswerLost("The answer was lost."))
        await self.settled()

    async def tick(self, seconds: int) -> None:
        """Let time pass; what was sent by a lost process arrives as late as it can."""
        then = self.time + timedelta(seconds=seconds)
        for wire in [wire for wire in self.wires if wire.until <= then]:
            self.time = max(self.time, wire.until)
            if wire.attempt.given_up.is_set():
                await self.arrive(wire)
            await self.lose(wire)
        self.time = then
