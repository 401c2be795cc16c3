"""A batch of runs that go on at once, amid their accidents, and are then judged and undone."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

from steward.approvals import DecisionVerdict
from steward.changes import FieldName, Outcome, Target
from steward.execution import RecordedChange
from steward.runs import RunRecord
from steward.values import Value
from tests.chaos.accidents import Accidents
from tests.chaos.journal import Write, products_of, writes_in
from tests.chaos.one_run import RunUnderFire
from tests.chaos.schedule import Accident, PlannedRun
from tests.chaos.stage import Stage
from tests.chaos.verdict import Breach, Finding, RunEvidence, StoreEvidence, judge, judge_undo
from tests.end_to_end.house import House
from tests.end_to_end.jobs import PLATFORMS
from tests.end_to_end.shop_truth import ShopTruth, shop_truth

# An attempt that the server gave up learns so with its next heartbeat, and hangs up.
_LONGEST_HEARTBEAT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run that is over: what became of it, how much it changed, and what was found wrong."""

    planned: PlannedRun
    status: str
    applied: int
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Before:
    """A store at the beginning of a batch."""

    catalogue: Mapping[str, Any]
    held: Mapping[Target, Value]
    journal_length: int


async def carry_out(
    stage: Stage, planned: Sequence[PlannedRun], seed: int
) -> tuple[Sequence[JudgedRun], Sequence[Finding]]:
    """Carry a batch out; return its runs, and what was found that belongs to no run."""
    with ExitStack() as cleanup:
        stores = {
            platform: cleanup.enter_context(shop_truth(stage.house, platform))
            for platform in PLATFORMS
        }
        return await _Batch(stage, stores).carry_out(planned, seed)


class _Batch:
    def __init__(self, stage: Stage, stores: Mapping[str, ShopTruth]) -> None:
        self._stage = stage
        self._house = stage.house
        self._stores = stores
        self._before: dict[str, Before] = {}

    async def carry_out(
        self, planned: Sequence[PlannedRun], seed: int
    ) -> tuple[Sequence[JudgedRun], Sequence[Finding]]:
        for platform, store in self._stores.items():
            self._before[platform] = Before(
                await store.catalogue(), await store.held(), len(await store.journal())
            )
        runs = list(self._with_products(planned, seed))
        await self._under_fire(runs)
        findings: list[Finding] = []
        evidence = []
        records = await asyncio.gather(*(run.finish() for run in runs))
        for run, record in zip(runs, records, strict=True):
            if record is not None:
                evidence.append(await _evidence(self._house, run, record))
            elif not await run.was_stopped_before_its_plan():
                findings.append(Finding(Breach.LOST, run.run_id, "the ledger does not know it"))
        if any(one.accident is Accident.SERVER_AWAY for run in planned for one in run.accidents):
            await asyncio.sleep(_LONGEST_HEARTBEAT_SECONDS)
        for platform in PLATFORMS:
            findings += await self._judge(platform, evidence)
        findings += await self._undo(runs, evidence)
        return _sorted(runs, evidence, findings)

    def _with_products(self, planned: Sequence[PlannedRun], seed: int) -> Iterator[RunUnderFire]:
        free = {
            platform: iter(sorted({t.resource_id for t in before.held if _names_product(t)}))
            for platform, before in self._before.items()
        }
        for one in planned:
            products = list(islice(free[one.platform], one.products))
            assert len(products) == one.products, f"{one.platform} has too few products"
            yield RunUnderFire(one, f"chaos-{seed}-{one.number}", products, self._house)

    async def _under_fire(self, runs: Sequence[RunUnderFire]) -> None:
        """Let all runs go on and all accidents happen, and then put an end to the latter."""
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run.go())
                accidents = Accidents(self._stage, self._house.shops[run.planned.platform])
                for scheduled in run.planned.accidents:
                    group.create_task(run.suffer(scheduled, accidents))
        for platform in PLATFORMS:
            await self._house.shops[platform].calm()

    async def _writes(self, platform: str, since: int) -> Sequence[Write]:
        names = products_of(self._before[platform].catalogue)
        return list(writes_in((await self._stores[platform].journal())[since:], names))

    async def _judge(self, platform: str, evidence: Sequence[RunEvidence]) -> list[Finding]:
        before = self._before[platform]
        store = StoreEvidence(
            held_before=before.held,
            held_after=await self._stores[platform].held(),
            writes=await self._writes(platform, before.journal_length),
        )
        here = [one for one in evidence if one.record.start.store == platform]
        audit = await self._house.reader.verify_audit(platform)
        broken = [] if audit.intact else [Finding(Breach.UNEXPLAINED, None, f"audit: {audit}")]
        return [*judge(store, here), *broken]

    async def _undo(
        self, runs: Sequence[RunUnderFire], evidence: Sequence[RunEvidence]
    ) -> list[Finding]:
        """Roll back what was written, and hold every catalogue against its beginning."""
        since = {name: len(await store.journal()) for name, store in self._stores.items()}
        wrote = {one.run_id for one in evidence if _wrote(one)}
        undone = [run for run in runs if run.run_id in wrote]
        records = await asyncio.gather(*(run.roll_back() for run in undone))
        findings: list[Finding] = []
        for run, record in zip(undone, records, strict=True):
            if record is None:
                findings.append(Finding(Breach.NOT_RESTORED, run.run_id, "its undo was lost"))
                continue
            writes = await self._writes(run.planned.platform, since[run.planned.platform])
            own = [write for write in writes if write.product in run.products]
            findings += judge_undo(run.run_id, record, own)
        for platform, store in self._stores.items():
            findings += _differences(self._before[platform].catalogue, await store.catalogue())
        return findings


def _names_product(target: Target) -> bool:
    return target.field is FieldName.TITLE


def _wrote(evidence: RunEvidence) -> bool:
    is_taken_back = any(one.outcome is Outcome.APPLIED for one in evidence.undo_changes)
    return not is_taken_back and any(one.outcome is Outcome.APPLIED for one in evidence.changes)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Finding]:
    for kind, things in before.items():
        for name, thing in things.items():
            if after[kind].get(name) != thing:
                text = f"{kind} {name} is {after[kind].get(name)}, was {thing}"
                yield Finding(Breach.NOT_RESTORED, None, text)


async def _evidence(house: House, run: RunUnderFire, record: RunRecord) -> RunEvidence:
    async def changes(digest: str | None) -> Sequence[RecordedChange]:
        return await house.changes(run.run_id, digest) if digest else ()

    decisions = await house.reader.decisions(run.run_id)
    return RunEvidence(
        run_id=run.run_id,
        is_approved=run.planned.answer.approves,
        products=run.products,
        record=record,
        changes=await changes(record.digest),
        undo_changes=await changes(record.undo_digest),
        counted_approvals=sum(
            one.refusal is None and one.decision.verdict is DecisionVerdict.APPROVE
            for one in decisions
        ),
    )


def _sorted(
    runs: Sequence[RunUnderFire], evidence: Sequence[RunEvidence], findings: Sequence[Finding]
) -> tuple[Sequence[JudgedRun], Sequence[Finding]]:
    by_id = {one.run_id: one for one in evidence}
    judged = []
    for run in runs:
        known = by_id.get(run.run_id)
        judged.append(
            JudgedRun(
                planned=run.planned,
                status=known.record.status if known else "stopped before its plan",
                applied=sum(one.outcome is Outcome.APPLIED for one in known.changes)
                if known
                else 0,
                findings=[one for one in findings if one.run_id == run.run_id],
            )
        )
    return judged, [one for one in findings if one.run_id is None]
