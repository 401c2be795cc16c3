"""What must hold of every run after any accident; each breach of it is a finding. Pure code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from steward.changes import Outcome, Target
from steward.execution import RecordedChange
from steward.runs import RunRecord, RunStatus
from steward.values import Value
from tests.chaos.journal import Write
from tests.end_to_end.shop_truth import with_value


class Breach(StrEnum):
    """How a promise was broken, or with `SAME_AGAIN` how its known limit was met.

    `SAME_AGAIN` is a value that was written once more, as documented: an old request that started
    late, where no platform offers a key against it. The shop holds what it should.
    """

    LOST = "lost"
    DUPLICATED = "duplicated"
    UNEXPLAINED = "unexplained"
    BYPASSED = "approval bypassed"
    NOT_RESTORED = "not restored"
    SAME_AGAIN = "same value again"


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: of which run, None where of no run, and what is wrong."""

    breach: Breach
    run_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """What the ledger says about a run that should have ended, and whether it might write."""

    run_id: str
    is_approved: bool
    products: frozenset[str]
    record: RunRecord
    changes: Sequence[RecordedChange]
    undo_changes: Sequence[RecordedChange]
    counted_approvals: int


@dataclass(frozen=True, slots=True)
class StoreEvidence:
    """What a store held before and after a batch, and received meanwhile."""

    held_before: Mapping[Target, Value]
    held_after: Mapping[Target, Value]
    writes: Sequence[Write]


def judge(store: StoreEvidence, runs: Sequence[RunEvidence]) -> Iterator[Finding]:
    """Yield what is wrong with a batch on one store, before anything is rolled back."""
    owners = {product: run for run in runs for product in run.products}
    by_run: dict[str, list[Write]] = {run.run_id: [] for run in runs}
    for write in store.writes:
        owner = owners.get(write.product or "")
        if owner is None:
            yield Finding(Breach.UNEXPLAINED, None, f"no run explains {write}")
        else:
            by_run[owner.run_id].append(write)
    for run in runs:
        yield from _judge_approval(run, by_run[run.run_id])
        yield from _judge_end(run)
        yield from _judge_writes(run, by_run[run.run_id])
    yield from _judge_held(store, runs)


def _judge_approval(run: RunEvidence, writes: Sequence[Write]) -> Iterator[Finding]:
    if run.counted_approvals > run.is_approved:
        yield Finding(Breach.BYPASSED, run.run_id, f"{run.counted_approvals} approvals counted")
    if not run.counted_approvals:
        yield from (Finding(Breach.BYPASSED, run.run_id, f"unapproved {one}") for one in writes)


def _judge_end(run: RunEvidence) -> Iterator[Finding]:
    """Nothing is left without an outcome, and nothing is said to have moved that nobody moved."""
    if run.record.status is RunStatus.RUNNING:
        yield Finding(Breach.LOST, run.run_id, f"has not ended, in {run.record.stage}")
        return
    open_ends = {Outcome.ATTEMPTING}
    if run.record.status is RunStatus.COMPLETED:
        open_ends.add(Outcome.PENDING)
    for recorded in (*run.changes, *run.undo_changes):
        if recorded.outcome in open_ends:
            yield Finding(Breach.LOST, run.run_id, f"no outcome of {recorded}")
        if recorded.outcome is Outcome.MOVED:
            yield Finding(Breach.UNEXPLAINED, run.run_id, f"nobody else moved {recorded}")


def _judge_writes(run: RunEvidence, writes: Sequence[Write]) -> Iterator[Finding]:
    """Each thing is written once, and once more only to take it back."""
    if writes and not any(one.outcome is Outcome.APPLIED for one in run.changes):
        yield Finding(Breach.UNEXPLAINED, run.run_id, f"nothing is applied but {writes[0]}")
    may_take_back = any(one.outcome is Outcome.APPLIED for one in run.undo_changes)
    yield from repeated(writes, run.run_id, may_take_back=may_take_back)


def repeated(
    writes: Iterable[Write], run_id: str, *, may_take_back: bool = False
) -> Iterator[Finding]:
    """Yield what was written more often than once."""
    seen: dict[tuple[str, str, object], list[Write]] = {}
    for write in writes:
        earlier = seen.setdefault(write.touched, [])
        if earlier and write.is_void:
            yield Finding(Breach.SAME_AGAIN, run_id, f"{write}")
        elif earlier and not (may_take_back and len(earlier) == 1):
            yield Finding(Breach.DUPLICATED, run_id, f"{write} after {earlier}")
        else:
            earlier.append(write)


def _judge_held(store: StoreEvidence, runs: Sequence[RunEvidence]) -> Iterator[Finding]:
    """The store holds what it held, with what the ledger says to be applied, and nothing else."""
    expected = dict(store.held_before)
    run_of: dict[Target, str] = {}
    for run in runs:
        for recorded in (*run.changes, *run.undo_changes):
            target = recorded.change.target
            run_of[target] = run.run_id
            if recorded.outcome is Outcome.APPLIED:
                expected = with_value(expected, target, recorded.change.after)
    for target in expected.keys() | store.held_after.keys():
        wanted, found = expected.get(target), store.held_after.get(target)
        if found == wanted:
            continue
        unchanged = found == store.held_before.get(target)
        breach = Breach.LOST if unchanged else Breach.UNEXPLAINED
        text = f"{target} holds {found}, not {wanted}"
        yield Finding(breach, run_of.get(target), text)


def judge_undo(run_id: str, record: RunRecord, writes: Sequence[Write]) -> Iterator[Finding]:
    """Yield what is wrong with the rollback of a run, beside what the catalogue shows."""
    if record.status is not RunStatus.COMPLETED:
        yield Finding(Breach.NOT_RESTORED, run_id, f"its undo ended {record.status}")
    yield from repeated(writes, run_id)
