"""Runs on one shop whose every call waits for its turn, so that a test chooses what comes next.

Steps, executor and ledger are the real ones. Between two calls of a step its process may be lost,
or stall and wake up later; a write may be on its way for as long as a call can last; and the clock
moves only when it is told to.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from temporalio.common import Priority
from temporalio.testing import ActivityEnvironment

from activities.claiming import Claimer, require_arrived
from activities.execute import ExecuteStep
from ledger.database import SqlLedger
from steward.changes import ChangeSet, Target
from steward.errors import ClaimRefused, ExitCode, FieldsClaimed, StewardError
from steward.ports import Ledger
from steward.runs import ChunkReference, Control, RunEnd, RunStatus
from steward.steps import UNDO_PRIORITY, ExecutionOrder
from steward.undoing import UndoScope, undo_of
from steward.values import Value
from tests.interleaving.in_turn import LedgerInTurn, ShopInTurn, Templates
from tests.interleaving.turns import LONGEST_OPERATION, Attempt, End, Run, Turns
from tests.ledger.examples import predictions, run_start, simulation


class World(Turns):
    """Every run on a shop, carried as the engine carries it."""

    def __init__(self, ledger: SqlLedger, store: str, values: Mapping[Target, Value]) -> None:
        super().__init__(store, values)
        self.ledger = ledger
        self.runs: list[Run] = []
        self.attempts: list[Attempt] = []

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
                ledger = cast("Ledger", LedgerInTurn(self.ledger, self, workflow))
                await require_arrived(ledger, self, ShopInTurn(self, workflow), run.run_id)
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
                if (run.is_cancelled or run.is_refused) and not undo:
                    return False
                await self.turn(run, None, later=True)
        return True

    async def _attempt(self, run: Run, chunk: ChunkReference, *, undo: bool) -> bool:
        """Try to execute a chunk; return whether it is complete."""
        attempt = Attempt(run)
        self.attempts.append(attempt)
        environment = ActivityEnvironment()
        priority = Priority(priority_key=UNDO_PRIORITY if run.undo or undo else 3)
        environment.info = replace(
            environment.info,
            activity_id=f"{run.run_id}-{len(self.attempts)}",
            priority=priority,
        )
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
        if isinstance(failure, ClaimRefused):
            run.is_refused = True
            return False
        if isinstance(failure, StewardError) and not failure.permanent:
            return False
        raise failure

    def _step(self, attempt: Attempt) -> ExecuteStep:
        ledger = cast("Ledger", LedgerInTurn(self.ledger, self, attempt))
        templates = Templates(attempt.run.when_claimed)
        return ExecuteStep(
            ledger,
            ShopInTurn(self, attempt),
            self,
            Claimer(ledger, templates, self, self.goes_on),
            parallel_requests=2,
        )

    def steps_under_way(self) -> list[Attempt]:
        """Return the attempts whose processes are not lost, stalled ones too."""
        return [one for one in self.attempts if one.carried_by and not one.carried_by.done()]

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
