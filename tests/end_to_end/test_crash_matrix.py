"""Every step of a run and of a rollback, killed at each of its moments, on a shop of its own.

All cases wait at their kill points together, so that one SIGKILL of the worker processes hits
them all; what each of them left behind is then judged by itself.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from steward.runs import RunStatus
from tests.end_to_end.house import APPROVER, House
from tests.end_to_end.kill_points import (
    STEPS,
    AtLedger,
    AtRequest,
    KillPoint,
    LedgerStep,
    Moment,
    kill_together,
)
from tests.end_to_end.shop import Shop
from tests.end_to_end.truth import (
    Evidence,
    assert_applied_once,
    assert_audit_is_whole,
    assert_ledger_agrees_with_store,
    assert_store_is_as_before,
    evidence_of,
)
from workers.composition import WORKFLOWS, sandboxed_runner

pytestmark = pytest.mark.asyncio(loop_scope="session")

_MOMENTS = (Moment.BEFORE_WRITE, Moment.AFTER_WRITE, Moment.AFTER_ANSWER)
_REQUESTS = [
    *((step, moment) for step in STEPS for moment in _MOMENTS),
    *((step, Moment.APPLIED_LATE) for step in STEPS if step.kind == "mutation"),
]
_BEFORE_LEDGER_WRITES = (LedgerStep.PLAN, LedgerStep.APPROVE, LedgerStep.ROLLBACK_PLAN)
_AUDITED = "SELECT 1 FROM audit WHERE store = ? AND kind = "
_AFTER_LEDGER_WRITES = (
    (LedgerStep.PLAN, Moment.AFTER_WRITE, "SELECT 1 FROM runs WHERE store = ?"),
    (LedgerStep.PLAN, Moment.AFTER_ANSWER, f"{_AUDITED} 'proposed'"),
    (
        LedgerStep.APPROVE,
        Moment.AFTER_WRITE,
        "SELECT 1 FROM decisions JOIN runs USING (run_id) WHERE store = ?",
    ),
    (LedgerStep.APPROVE, Moment.AFTER_ANSWER, f"{_AUDITED} 'decided'"),
    (
        LedgerStep.CONCLUDE,
        Moment.AFTER_WRITE,
        "SELECT 1 FROM runs WHERE store = ? AND ended_at IS NOT NULL",
    ),
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is found once a case has ended, and once it has been undone where it was not yet."""

    ended: Evidence
    undone: Evidence


def _names() -> list[str]:
    return [
        *(f"{step.name}-{moment}" for step, moment in _REQUESTS),
        *(f"{step}-{Moment.BEFORE_WRITE}" for step in _BEFORE_LEDGER_WRITES),
        *(f"{step}-{moment}" for step, moment, _ in _AFTER_LEDGER_WRITES),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def aftermaths(
    house: House, free_shops: Iterator[Shop]
) -> dict[str, Aftermath | BaseException]:
    """What every case left behind, or why it did not come to its end."""
    after = [
        AtLedger(step, moment, house, next(free_shops), row)
        for step, moment, row in _AFTER_LEDGER_WRITES
    ]
    together: list[KillPoint] = [
        *(AtRequest(step, moment, house, next(free_shops)) for step, moment in _REQUESTS),
        *(
            AtLedger(step, Moment.BEFORE_WRITE, house, next(free_shops))
            for step in _BEFORE_LEDGER_WRITES
        ),
    ]
    points = [*after, *together]
    await asyncio.gather(*(point.prepare() for point in points))
    for point in after:
        await _kill_after_row(house, point)
    await kill_together(house, together)
    found = await asyncio.gather(*(_aftermath(point) for point in points), return_exceptions=True)
    return dict(zip((point.name for point in points), found, strict=True))


async def _kill_after_row(house: House, point: AtLedger) -> None:
    beginning = asyncio.create_task(point.begin())
    async with house.ledger_locked_after(point.row, point.shop.name):
        await house.kill_workers()
    await house.start_workers()
    await beginning


async def _aftermath(point: KillPoint) -> Aftermath:
    await point.end()
    house, shop, run = point.house, point.shop, point.started
    undo = None if point.undo is None else await house.reader.run(point.undo.id)
    ended = await evidence_of(house, shop, run, point.before, undo=undo)
    if ended.record.undo_digest is not None or undo is not None:
        return Aftermath(ended=ended, undone=ended)
    undo = await house.roll_back(run.id)
    undone = await evidence_of(house, shop, run, point.before, undo=undo)
    return Aftermath(ended=ended, undone=undone)


@pytest.fixture(params=_names())
def aftermath(
    request: pytest.FixtureRequest, aftermaths: dict[str, Aftermath | BaseException]
) -> Aftermath:
    """What one case left behind."""
    found = aftermaths[request.param]
    if isinstance(found, BaseException):
        raise found
    return found


async def test_crash_loses_and_repeats_nothing(aftermath: Aftermath) -> None:
    """A run killed anywhere ends, decided once and with each change in the journal once."""
    ended = aftermath.ended
    compensated = ended.record.undo_digest is not None
    assert ended.record.status is (RunStatus.COMPENSATED if compensated else RunStatus.COMPLETED)
    assert ended.changes
    assert [decision.decision.by for decision in ended.decisions] == [APPROVER]
    assert_applied_once(ended)
    assert_ledger_agrees_with_store(ended)
    assert_audit_is_whole(ended)


async def test_undo_after_crash_restores_every_value(aftermath: Aftermath) -> None:
    """Whatever was killed, the undo brings the whole shop back, each change taken back once."""
    undone = aftermath.undone
    assert undone.undo_changes
    assert_store_is_as_before(undone)
    assert_applied_once(undone)
    assert_ledger_agrees_with_store(undone)
    assert_audit_is_whole(undone)


@pytest.mark.usefixtures("aftermaths")
async def test_histories_of_killed_runs_replay(house: House) -> None:
    """Wherever workers died, the workflow code takes the way again that the history tells."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed_runner(),
    )
    replayed = 0
    async for execution in house.client.list_workflows():
        run = house.client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await run.fetch_history()
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        assert result.replay_failure is None, execution.id
        replayed += 1
    assert replayed >= len(_names())
