"""Workers killed in the middle of changing texts, tags, categories, stock, status and sales.

All cases wait at their kill points together, so that one SIGKILL of the worker processes hits
them all, as in `test_crash_matrix.py`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from steward.changes import Outcome, Target
from steward.execution import RecordedChange
from steward.runs import RunRecord, RunStatus
from steward.values import Value
from tests.end_to_end.field_kills import KILLS, AtWrite, Kill
from tests.end_to_end.house import House
from tests.end_to_end.kill_points import kill_together
from tests.end_to_end.shop_truth import ShopTruth, Touched, shop_truth, times_written, with_value

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a killed run and its undo left behind, in the ledger and in the shop."""

    record: RunRecord
    changes: Sequence[RecordedChange]
    held_before: Mapping[Target, Value]
    held_after_run: Mapping[Target, Value] | None
    """None where the workers died over the undo, and the run had ended long before."""
    written_by_run: Mapping[Touched, int]
    written_by_undo: Mapping[Touched, int]
    undo: RunRecord
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class KilledCase:
    """One case with its shop, from before the run to after its undo."""

    def __init__(self, kill: Kill, house: House, shop: ShopTruth) -> None:
        """Take the case, and the shop as its owner sees it."""
        self.point = AtWrite(kill, house, house.shops[kill.store.name])
        self._house = house
        self._shop = shop
        self._before: Mapping[str, Any] = {}
        self._held_before: Mapping[Target, Value] = {}
        self._writes_before_kill = 0

    async def prepare(self) -> None:
        """Note what the shop holds, and bring the case as far as it can wait for the others."""
        self._before, self._held_before = await self._shop.catalogue(), await self._shop.held()
        await self.point.prepare()
        self._writes_before_kill = len(await self._shop.journal())

    async def aftermath(self) -> Aftermath:
        """Bring the case to its end, undo it where that is not its end, and look at all of it."""
        await self.point.end()
        run, undo = self.point.started, self.point.undo
        writes_of_run = self._writes_before_kill if undo else len(await self._shop.journal())
        held = None if undo else await self._shop.held()
        undone = await (self._house.ended(undo) if undo else self._house.roll_back(run.id))
        record = await self._house.reader.run(run.id)
        journal = await self._shop.journal()
        return Aftermath(
            record=record,
            changes=await self._house.changes(run.id, record.digest or ""),
            held_before=self._held_before,
            held_after_run=held,
            written_by_run=times_written(journal[:writes_of_run]),
            written_by_undo=times_written(journal[writes_of_run:]),
            undo=undone,
            before=self._before,
            after=await self._shop.catalogue(),
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def aftermaths(house: House) -> dict[str, Aftermath | BaseException]:
    """What every case left behind, or why it did not come to its end."""
    with ExitStack() as shops:
        cases = [
            KilledCase(kill, house, shops.enter_context(shop_truth(house, kill.store.name)))
            for kill in KILLS
        ]
        await asyncio.gather(*(case.prepare() for case in cases))
        await kill_together(house, [case.point for case in cases])
        found = await asyncio.gather(*(case.aftermath() for case in cases), return_exceptions=True)
    return dict(zip((kill.name for kill in KILLS), found, strict=True))


@pytest.fixture(params=[kill.name for kill in KILLS])
def aftermath(
    request: pytest.FixtureRequest, aftermaths: dict[str, Aftermath | BaseException]
) -> Aftermath:
    """What one case left behind."""
    found = aftermaths[request.param]
    if isinstance(found, BaseException):
        raise found
    return found


async def test_killed_run_is_carried_out_once(aftermath: Aftermath) -> None:
    """Every change is applied, the shop holds them all, and its journal has each of them once."""
    assert aftermath.record.status is RunStatus.COMPLETED, aftermath.record.reason
    assert {recorded.outcome for recorded in aftermath.changes} == {Outcome.APPLIED}
    assert set(aftermath.written_by_run.values()) == {1}
    if aftermath.held_after_run is not None:
        expected = dict(aftermath.held_before)
        for recorded in aftermath.changes:
            expected = with_value(expected, recorded.change.target, recorded.change.after)
        assert aftermath.held_after_run == expected


async def test_killed_run_is_undone_once(aftermath: Aftermath) -> None:
    """The undo, killed or not, brings back the whole shop, each write taken back once."""
    assert aftermath.undo.status is RunStatus.COMPLETED, aftermath.undo.reason
    assert set(aftermath.written_by_undo.values()) == {1}
    assert aftermath.after == aftermath.before
