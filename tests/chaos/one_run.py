"""One run amid accidents: started, answered, perhaps cancelled, and led to its end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from steward.approvals import Decision, DecisionVerdict, Standing
from steward.errors import StewardError, UnknownRun
from steward.runs import RollbackRequest, RunRecord, RunRequest, RunResult, RunStatus, Stage
from tests.chaos.accidents import Accidents
from tests.chaos.schedule import Accident, Answer, Moment, PlannedRun, Scheduled
from tests.end_to_end.house import APPROVER, REQUESTER, House, Run
from workflows.names import AGENT_RUN, DECIDE, ROLLBACK, WORKFLOW_QUEUE

_LOOK_AGAIN_SECONDS = 0.1
# A step that failed some times in a row is tried again after a minute at most.
_PATIENCE_SECONDS = 300.0
_TRY_SECONDS = 20.0
_WRONG_DIGEST = "0" * 64


class RunUnderFire:
    """A planned run on products of its own, with the accidents that it brings along."""

    def __init__(
        self, planned: PlannedRun, run_id: str, products: Sequence[str], house: House
    ) -> None:
        """Take the plan, the run's name and its products, in the platform's ids."""
        self.planned = planned
        self.run_id = run_id
        self.products = frozenset(products)
        self._house = house
        self._selection = ",".join(products)
        self._moments = {moment: asyncio.Event() for moment in Moment}

    @property
    def _handle(self) -> Run:
        return self._house.known(self.run_id)

    async def go(self) -> None:
        """Start the run and answer it, as if nothing could happen."""
        try:
            await self._start()
            if any(one.accident is Accident.STARTED_TWICE for one in self.planned.accidents):
                await self._start()
            self._moments[Moment.STARTED].set()
            record = await reached(self._house, self.run_id, _is_answerable)
            if record is not None and record.status is RunStatus.RUNNING and record.digest:
                await self._answer(record.digest)
        finally:
            for moment in self._moments.values():
                moment.set()

    async def suffer(self, scheduled: Scheduled, accidents: Accidents) -> None:
        """Let one of its accidents happen in its time."""
        await self._moments[scheduled.moment].wait()
        await asyncio.sleep(scheduled.delay)
        match scheduled.accident:
            case Accident.STARTED_TWICE:
                return
            case Accident.CANCELLED:
                await self.cancel()
            case _:
                await accidents.befall(scheduled)

    async def finish(self) -> RunRecord | None:
        """Cancel a run that nobody approved, and return the record once the run has ended."""
        if not self.planned.answer.approves and self.planned.answer is not Answer.REJECTED:
            await self.cancel()
        return await reached(self._house, self.run_id, _has_ended)

    async def was_stopped_before_its_plan(self) -> bool:
        """Tell whether the engine ended it before the ledger had to know it."""
        return await _is_closed(self._handle)

    async def cancel(self) -> None:
        """Ask the run to stop."""
        await delivered(lambda: self._house.cancel(self._handle))

    async def roll_back(self) -> RunRecord | None:
        """Undo the run, and return the undo's record once it has ended."""
        request = RollbackRequest(
            run_id=f"undo-{self.run_id}",
            store=self.planned.platform,
            undoes=self.run_id,
            requested_by=REQUESTER,
            confirm=False,
        )
        await delivered(lambda: self._start_workflow(ROLLBACK, request))
        return await reached(self._house, request.run_id, _has_ended)

    async def _start(self) -> None:
        job = self.planned.job
        parameters = {name: text for name, text in job.parameters.items() if name != "everything"}
        request = RunRequest(
            run_id=self.run_id,
            store=self.planned.platform,
            agent=job.agent,
            template=job.template,
            parameters=parameters | {"ids": self._selection},
            requested_by=REQUESTER,
        )
        await delivered(lambda: self._start_workflow(AGENT_RUN, request))

    async def _start_workflow(self, name: str, request: RunRequest | RollbackRequest) -> Run:
        return await self._house.client.start_workflow(
            name, request, id=request.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
        )

    async def _answer(self, digest: str) -> None:
        match self.planned.answer:
            case Answer.UPDATE:
                await self._update(digest)
            case Answer.SIGNAL:
                await self._signal(digest)
            case Answer.REPEATED:
                for send in (self._signal, self._signal, self._update, self._update):
                    await send(digest)
            case Answer.REJECTED:
                await self._signal(digest, verdict=DecisionVerdict.REJECT)
            case Answer.OWN_RUN:
                await self._signal(digest, by=REQUESTER)
                await self._update(digest, by=REQUESTER)
            case Answer.WRONG_DIGEST:
                await self._signal(_WRONG_DIGEST)
                await self._update(_WRONG_DIGEST)
            case Answer.NOBODY:
                pass

    def _decision(self, digest: str, verdict: DecisionVerdict, by: str) -> Decision:
        return Decision(run_id=self.run_id, digest=digest, verdict=verdict, by=by)

    async def _signal(
        self,
        digest: str,
        *,
        verdict: DecisionVerdict = DecisionVerdict.APPROVE,
        by: str = APPROVER,
    ) -> None:
        decision = self._decision(digest, verdict, by)
        await delivered(lambda: self._handle.signal(DECIDE, decision))

    async def _update(self, digest: str, *, by: str = APPROVER) -> None:
        decision = self._decision(digest, DecisionVerdict.APPROVE, by)
        await delivered(
            lambda: self._handle.execute_update(
                DECIDE, decision, id=f"{self.run_id}-{by}", result_type=Standing
            )
        )


async def delivered(send: Callable[[], Awaitable[object]]) -> None:
    """Send until it is taken or refused for good, as a client does that has lost the answer.

    What cannot be delivered before patience ends shows in what becomes of the run.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await _is_taken(send):  # noqa: ASYNC110 - others set no event
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _is_taken(send: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(_TRY_SECONDS):
            await send()
    except (WorkflowUpdateFailedError, WorkflowAlreadyStartedError):
        return True
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    except (TimeoutError, OSError, WorkflowUpdateRPCTimeoutOrCancelledError):
        return False
    return True


async def reached(
    house: House, run_id: str, holds: Callable[[RunRecord], bool]
) -> RunRecord | None:
    """Return a run once something holds of it, or as it is when patience ends.

    A run that was stopped before its plan is closed for the engine, and stays unknown: None.
    """
    record = None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while record is None or not holds(record):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                try:
                    record = await house.reader.run(run_id)
                except UnknownRun:
                    if await _is_closed(house.known(run_id)):
                        return await _known_after_all(house, run_id)
                except StewardError:
                    continue
    except TimeoutError:
        pass
    return record


async def _is_closed(run: Run) -> bool:
    try:
        return (await run.describe()).close_time is not None
    except RPCError:
        return False


async def _known_after_all(house: House, run_id: str) -> RunRecord | None:
    """Return a run that is closed; it may have been recorded since the last look."""
    with suppress(UnknownRun):
        return await house.reader.run(run_id)
    return None


def _is_answerable(record: RunRecord) -> bool:
    return record.stage is Stage.APPROVE or _has_ended(record)


def _has_ended(record: RunRecord) -> bool:
    return record.status is not RunStatus.RUNNING
