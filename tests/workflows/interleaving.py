"""Runs on one shop whose every call waits for its turn, so that a test chooses what comes next.

Steps, executor and ledger are the real ones. Between two calls of a step its process may be lost,
or stall and wake up later; a write may be on its way for as long as a call can last; and the clock
moves only when it is told to.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from temporalio.common import Priority
from temporalio.testing import ActivityEnvironment

from activities.claiming import Claimer, require_arrived
from activities.execute import ExecuteStep
from ledger.database import SqlLedger
from steward.agents import Template
from steward.capabilities import EVERYTHING, Capabilities
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, ChangeSet, Target
from steward.claims import WhenClaimed
from steward.errors import AnswerLost, ExitCode, FieldsClaimed, StewardError
from steward.execution import Accepted, Answer, CallEstimate, WriteRequest
from steward.ports import Ledger, Store
from steward.runs import ChunkReference, Control, RunEnd, RunStatus
from steward.steps import UNDO_PRIORITY, ChunkReport, ExecutionOrder
from steward.undoing import UndoScope, undo_of
from steward.values import Value
from tests.ledger.examples import NOON, predictions, run_start, simulation
from tests.workflows.fakes import OneTemplate

# What is sent and not answered within this time has arrived, or never will.
LONGEST_CALL = timedelta(seconds=30)

# What is done in bulk may arrive for much longer, and can be waited for.
LONGEST_OPERATION = timedelta(minutes=5)
# How long a step stays away that could not go on.
AWAY = timedelta(seconds=5)

# Calls that change nothing between runs, left out for speed.
_SILENT = {"append_audit", "enter_stage"}
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
    """A call that waits for its turn."""

    run: Run
    attempt: Attempt | None
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


class World:
    """The shop, the ledger, the clock, and every run on them."""

    def __init__(self, ledger: SqlLedger, store: str, values: Mapping[Target, Value]) -> None:
        self.ledger = ledger
        self.store = store
        self.values = dict(values)
        self.time = NOON
        self.runs: list[Run] = []
        self.turns: list[Turn] = []
        self.wires: list[Wire] = []
        self.attempts: list[Attempt] = []
        self.story: list[Write | End] = []
        self._calls = 0

    def now(self) -> datetime:
        """Return the time, as a clock does."""
        return self.time

    async def goes_on(self, run_id: str) -> bool:
        """Return what the engine says of a run."""
        return any(run.run_id == run_id and not run.is_over for run in self.runs)

    async def begin(self, run: Run) -> None:
        """Simulate a run, and let it begin."""
        self.runs.append(run)
        await self.ledger.open_run(run_start(run.run_id, store=self.store))
        await self._save(run, run.changes, undoes_own_run=False)
        run.carried_by = asyncio.create_task(self._carry(run))
        await self.settled()

    async def _save(self, run: Run, changes: ChangeSet, *, undoes_own_run: bool) -> None:
        found = simulation(changes, run.run_id)
        await self.ledger.save_simulation(
            found, changes, predictions(changes), None, undoes_own_run=undoes_own_run
        )

    async def _carry(self, run: Run) -> None:
        """Carry a run from its approval to its end, as its workflow does."""
        complete = await self._execute(run, run.changes, undo=False)
        if run.compensates or not complete:
            await self._until_arrived(run)
            with self.calling():
                written = await self.ledger.load_written(run.run_id)
                undo = undo_of(self.store, written, self.values, UndoScope())
                if undo.changes:
                    run.taken_back = undo
                    await self._save(run, undo, undoes_own_run=True)
            await self._execute(run, undo, undo=True)
        await self.turn(run, None)
        with self.calling():
            await self.ledger.close_run(
                RunEnd(
                    run_id=run.run_id,
                    status=RunStatus.COMPLETED,
                    reason="Done.",
                    exit_code=ExitCode.OK,
                    ended_at=self.time,
                )
            )
        run.is_over = True
        self.story.append(End(run.run_id))

    async def _until_arrived(self, run: Run) -> None:
        workflow = Attempt(run)
        while True:
            try:
                ledger = cast("Ledger", _LedgerInTurn(self, workflow))
                await require_arrived(ledger, self, _ShopInTurn(self, workflow), run.run_id)
            except FieldsClaimed:
                await self.turn(run, None, later=True)
            else:
                return

    async def _execute(self, run: Run, changes: ChangeSet, *, undo: bool) -> bool:
        if not changes.changes:
            return True
        plan = simulation(changes, run.run_id).plan
        for chunk in (chunk for wave in plan.waves for chunk in wave.chunks):
            await self.turn(run, None)
            while not (await self._attempt(run, chunk, undo=undo)):
                if run.is_cancelled and not undo:
                    return False
                await self.turn(run, None, later=True)
        return True

    async def _attempt(self, run: Run, chunk: ChunkReference, *, undo: bool) -> bool:
        """Try to execute a chunk; return whether it is complete."""
        attempt = Attempt(run)
        self.attempts.append(attempt)
        environment = ActivityEnvironment()
        priority = Priority(priority_key=UNDO_PRIORITY if run.undo or undo else 3)
        environment.info = replace(environment.info, priority=priority)
        order = ExecutionOrder(chunk=chunk, undo=undo)
        step = self._step(attempt)
        attempt.carried_by = asyncio.ensure_future(environment.run(step.execute, order))
        given_up = asyncio.create_task(attempt.given_up.wait())
        await asyncio.wait([attempt.carried_by, given_up], return_when=asyncio.FIRST_COMPLETED)
        given_up.cancel()
        if not attempt.carried_by.done() or attempt.carried_by.cancelled():
            return False
        failure = attempt.carried_by.exception()
        if failure is None:
            return attempt.carried_by.result().is_complete
        if isinstance(failure, StewardError) and not failure.permanent:
            return False
        raise failure

    def _step(self, attempt: Attempt) -> ExecuteStep:
        ledger = cast("Ledger", _LedgerInTurn(self, attempt))
        templates = _Templates(attempt.run.when_claimed)
        return ExecuteStep(
            ledger,
            _ShopInTurn(self, attempt),
            self,
            Claimer(ledger, templates, self, self.goes_on),
            parallel_requests=2,
        )

    async def turn(self, run: Run, attempt: Attempt | None, *, later: bool = False) -> None:
        """Wait until the next call of the run's step, or of its workflow, is to be made."""
        if attempt is not None and attempt.is_lost:
            raise asyncio.CancelledError
        comes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = Turn(run, attempt, comes, self.time + AWAY if later else self.time)
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
        run, late = turn.run, turn.attempt if turn.is_late else None
        for _ in range(calls):
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
            else:
                return

    def steps_under_way(self) -> list[Attempt]:
        """Return the attempts whose processes are not lost, stalled ones too."""
        return [one for one in self.attempts if one.carried_by and not one.carried_by.done()]

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

    async def kill(self, attempt: Attempt) -> None:
        """Lose the process of an attempt; what it has sent may still arrive."""
        attempt.is_lost = True
        attempt.given_up.set()
        assert attempt.carried_by is not None
        attempt.carried_by.cancel()
        await self.settled()

    async def stall(self, attempt: Attempt) -> None:
        """Take an attempt for lost whose process only stalls, and may go on later."""
        attempt.given_up.set()
        await self.settled()

    async def terminate(self, run: Run) -> None:
        """End a run from outside: the ledger is not told, and a step may still be under way."""
        run.is_terminated = run.is_over = True
        assert run.carried_by is not None
        run.carried_by.cancel()
        await self.settled()

    async def control(self, run: Run, control: Control) -> None:
        """Pause, resume or cancel a run."""
        if run.control is not control and not run.is_cancelled:
            run.control = control
            await self.ledger.set_control(run.run_id, control)

    async def tick(self, seconds: int) -> None:
        """Let time pass; what was sent by a lost process arrives as late as it can."""
        then = self.time + timedelta(seconds=seconds)
        for wire in [wire for wire in self.wires if wire.until <= then]:
            self.time = max(self.time, wire.until)
            if wire.attempt.given_up.is_set():
                await self.arrive(wire)
            await self.lose(wire)
        self.time = then

    async def finish(self) -> None:
        """Let every run come to its end, and only then those processes go on that were stalled."""
        for _ in range(2_000):
            for run in self.runs:
                await self.control(run, Control.RUN)
            if all(run.is_over for run in self.runs):
                break
            ready = [one for one in self.turns if not one.is_late and one.not_before <= self.time]
            answered = [one for one in self.wires if not one.attempt.given_up.is_set()]
            if ready:
                await self.go(ready[0])
            elif answered:
                await self.answer(answered[0])
            else:
                await self.tick(5)
        else:
            standing = [run.run_id for run in self.runs if not run.is_over]
            raise AssertionError(f"nothing moves {standing} any more")
        while self.turns:
            await self.go(self.turns[0])
        await self.tick(int(LONGEST_OPERATION.total_seconds()))

    async def stop(self) -> None:
        """End everything that still stands at a call; raises what a run has failed with."""
        carriers = [run.carried_by for run in self.runs if run.carried_by is not None]
        steps = [attempt.carried_by for attempt in self.attempts if attempt.carried_by is not None]
        for attempt in self.attempts:
            attempt.is_lost = True
        for task in (*steps, *carriers):
            task.cancel()
        ended = await asyncio.gather(*carriers, *steps, return_exceptions=True)
        for failure in ended[: len(carriers)]:
            if isinstance(failure, Exception):
                raise failure


class _LedgerInTurn:
    """The ledger, each of whose calls waits for its turn."""

    def __init__(self, world: World, attempt: Attempt) -> None:
        self._world = world
        self._attempt = attempt

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._world.ledger, name)

        async def in_turn(*arguments: object, **named: object) -> object:
            if name in _SILENT:
                return None
            await self._world.turn(self._attempt.run, self._attempt)
            with self._world.calling():
                return await method(*arguments, **named)

        return in_turn


class _ShopInTurn:
    """The shop, each of whose calls waits for its turn, as one attempt of a step sees it."""

    def __init__(self, world: World, attempt: Attempt) -> None:
        self._world = world
        self._attempt = attempt
        self.name = world.store

    def platform(self, store: str) -> str:
        return store

    def capabilities(self, store: str) -> Capabilities:
        del store
        return EVERYTHING

    @asynccontextmanager
    async def open(self, store: str) -> AsyncIterator[Store]:
        del store
        yield self

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        raise NotImplementedError(selection, detail)

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        await self._world.turn(self._attempt.run, self._attempt)
        return {target: self._world.values[target] for target in targets}

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        return tuple(
            WriteRequest(
                resource=change.product_id,
                operation="write",
                body="{}",
                points=1,
                changes=(change,),
            )
            for change in changes
        )

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        raise NotImplementedError(request)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        return CallEstimate(calls=len(requests), points=0, seconds=Decimal(0))

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        yield len(requests)

    def waiting(self) -> None:
        return None

    def bulk_chunk(self, changes: Sequence[Change]) -> None:
        del changes

    async def until_at_rest(self, origin: str) -> None:
        while any(one.request.origin == origin and one.is_operation for one in self._world.wires):
            await self._world.turn(self._attempt.run, self._attempt, later=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        if self._attempt.is_lost:
            raise asyncio.CancelledError
        answer: asyncio.Future[tuple[Answer, ...]] = asyncio.get_running_loop().create_future()
        in_bulk = self._attempt.run.writes_in_bulk
        until = self._world.time + (LONGEST_OPERATION if in_bulk else LONGEST_CALL)
        self._world.wires.append(Wire(self._attempt, request, until, answer))
        return await answer


class _Templates(OneTemplate):
    """The one template, which says what its runs do about claimed fields."""

    def __init__(self, when_claimed: WhenClaimed) -> None:
        self._when_claimed = when_claimed

    def template(self, name: str) -> Template:
        return super().template(name).model_copy(update={"when_claimed": self._when_claimed})
