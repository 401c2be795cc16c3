"""What a watch asks the ledger, and that it gives back what its run had claimed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from temporalio.testing import ActivityEnvironment

from activities.watch import WatchStep
from ledger.database import SqlLedger
from steward.audit import AuditKind
from steward.audit_facts import DriftedFacts
from steward.changes import ChangeSet, Outcome
from steward.claims import LEASE, Claim, ClaimOrder, Conflict
from steward.errors import ExitCode
from steward.execution import OutcomeRecord
from steward.runs import RunEnd, RunKey, RunStatus
from steward.steps import LookOrder, WatchStart
from steward.values import Value
from tests.ledger.examples import NOON, STORE, change_set, entry, simulated, usd
from tests.workflows.fakes import FakeShop, OneShop

OURS = RunKey(run_id="run-1", store=STORE)
LATER = NOON + timedelta(hours=1)


async def written(
    ledger: SqlLedger, changes: ChangeSet, run_id: str, outcomes: Sequence[Outcome]
) -> None:
    """Carry a run whose changes come to these outcomes; the others stay pending."""
    chunk = (await simulated(ledger, changes, run_id))[0]
    records = [
        OutcomeRecord(ordinal=ordinal, outcome=outcome) for ordinal, outcome in enumerate(outcomes)
    ]
    await ledger.record_outcomes(chunk, records, entry(run_id=run_id))


async def ended(ledger: SqlLedger, run_id: str, minutes: int) -> None:
    """End a run so many minutes after noon."""
    end = RunEnd(
        run_id=run_id,
        status=RunStatus.COMPLETED,
        reason="",
        exit_code=ExitCode.OK,
        ended_at=NOON + timedelta(minutes=minutes),
    )
    await ledger.close_run(end)


async def by_others(ledger: SqlLedger, changes: ChangeSet) -> list[Collection[Value]]:
    """Return what others wrote to each field of the change set since one o'clock."""
    targets = [change.target for change in changes.changes]
    found = await ledger.load_written_by_others(OURS, targets, LATER)
    return [found.get(target, ()) for target in targets]


async def test_only_the_listed_changes_are_loaded(ledger: SqlLedger) -> None:
    """A sample is read by its numbers, in order, and no sample gives nothing."""
    changes = change_set(300)
    await simulated(ledger, changes)
    loaded = await ledger.load_changes("run-1", changes.digest, (0, 7, 299))
    assert [one.ordinal for one in loaded] == [0, 7, 299]
    assert loaded[1].change == changes.changes[7]
    assert list(await ledger.load_changes("run-1", changes.digest, ())) == []


async def test_a_later_runs_values_are_known(ledger: SqlLedger) -> None:
    """What another run wrote, or found as it wanted it, counts; what it left alone does not."""
    ours, newer = change_set(4), change_set(4, after="9.99")
    await written(ledger, ours, "run-1", [Outcome.APPLIED] * 4)
    outcomes = [Outcome.APPLIED, Outcome.UNCHANGED, Outcome.MOVED]
    await written(ledger, newer, "run-2", outcomes)
    wrote = [usd("9.99")]
    assert await by_others(ledger, ours) == [wrote, wrote, (), ()]
    await ended(ledger, "run-2", 61)
    assert await by_others(ledger, ours) == [wrote, wrote, (), ()]


async def test_runs_that_ended_before_are_not_newer(ledger: SqlLedger) -> None:
    """The value that an older run wrote is drift where it comes back."""
    ours, older = change_set(2), change_set(2, after="9.99")
    await written(ledger, older, "run-0", [Outcome.APPLIED] * 2)
    await ended(ledger, "run-0", 59)
    await written(ledger, ours, "run-1", [Outcome.APPLIED] * 2)
    assert await by_others(ledger, ours) == [(), ()]


async def test_told_drift_is_remembered(ledger: SqlLedger) -> None:
    """The trail says which changes of the run have drifted, and of no other run."""
    assert await ledger.load_drifted(OURS) == set()
    for run_id, ordinals in (("run-1", "0-2,9"), ("run-1", "11"), ("run-2", "50")):
        facts = DriftedFacts(digest="d", ordinals=ordinals, look=1, live={})
        event = entry(AuditKind.DRIFTED, run_id).model_copy(update={"facts": facts.data()})
        await ledger.append_audit([event])
    assert await ledger.load_drifted(OURS) == {0, 1, 2, 9, 11}


class SetClock:
    """A clock that stands where a test sets it."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


async def test_what_a_lost_step_kept_is_free_at_a_later_look(ledger: SqlLedger) -> None:
    """A run that watches holds nothing, from when no write of a lost step can arrive any more."""
    ours, newer = change_set(2), change_set(2, after="9.99")
    orders = [
        ClaimOrder(chunk=(await simulated(ledger, changes, run_id))[0])
        for changes, run_id in ((ours, "run-1"), (newer, "run-2"))
    ]
    assert isinstance(await ledger.claim(orders[0], NOON), Claim)
    clock, engine = SetClock(), ActivityEnvironment()
    step = WatchStep(ledger, OneShop(FakeShop()), clock)
    begin = WatchStart(run_id="run-1", store=STORE, until=LATER)
    look = LookOrder(
        run_id="run-1", store="demo", digest=ours.digest, changes=2, sample=2, look=1, since=NOON
    )
    await engine.run(step.begin_watch, begin)
    await engine.run(step.watch, look)
    assert isinstance(await ledger.claim(orders[1], NOON), Conflict)
    clock.time += LEASE
    await engine.run(step.watch, look)
    assert isinstance(await ledger.claim(orders[1], clock.time), Claim)
