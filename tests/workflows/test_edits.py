"""An edit while a run waits: another change set, another digest, another request."""

import asyncio
import threading
from decimal import Decimal

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from steward.approvals import DecisionRefusal, DecisionVerdict, Standing
from steward.audit import AuditKind
from steward.changes import FieldName
from steward.edit_requests import MOST_EDITS, Edited, EditRequest
from steward.editing import Cap, CapUnit, Edit
from steward.policy import NeedsApproval, Policy, Protected
from steward.runs import RunResult, RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.fakes import usd
from tests.workflows.test_decisions import refusal_of
from workflows.names import DECIDE, EDIT

FIVE_PERCENT = Edit(cap=Cap(limit=Decimal(5), unit=CapUnit.PERCENT))
WITHOUT_FIRST = Edit(exclude=("product-0000",))
Run = WorkflowHandle[object, RunResult]
SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


@pytest.fixture
def policy() -> Policy:
    """Two people have to agree, and up to 20 changes go ahead without asking."""
    return Policy(quorum=2, automatic_changes=20, max_move_percent=Decimal(20))


async def edit(
    house: House, run: Run, wanted: Edit, *, by: str = "maria", digest: str | None = None
) -> Edited:
    """Edit what a run waits for."""
    record = await house.reached(run.id, Stage.APPROVE)
    request = EditRequest(run_id=run.id, digest=digest or record.digest or "", by=by, edit=wanted)
    edited: Edited = await run.execute_update(EDIT, request, result_type=Edited)
    return edited


def told(failure: WorkflowUpdateFailedError) -> str:
    """Return the sentence of a refused edit."""
    assert isinstance(failure.cause, ApplicationError)
    assert failure.cause.type == "EditRefused"
    return failure.cause.message


async def test_exactly_the_edited_changes_are_executed(house: House) -> None:
    """What is left out keeps its price, what is capped moves as far as the cap, once approved."""
    before = dict(house.shop.values)
    run = await house.start()
    await edit(house, run, WITHOUT_FIRST)
    edited = await edit(house, run, FIVE_PERCENT, by="ben")
    assert edited.changes == 195
    for by in ("amir", "eve"):
        await house.decide(run, by=by, digest=edited.digest)
    result = await run.result()
    assert (result.status, result.digest) == (RunStatus.COMPLETED, edited.digest)
    assert result.outcomes.applied == 195
    recorded = await house.ledger.load_change_set(run.id, edited.digest)
    assert {c.target: c.after for c in house.shop.written} == {
        c.target: c.after for c in recorded.changes
    }
    for target, value in house.shop.values.items():
        old = before[target]
        if target.field is FieldName.PRICE and "-0000-" not in target.resource_id:
            assert value.amount >= old.amount * Decimal("0.95")  # type: ignore[union-attr]
            assert value != old
        else:
            assert value == old


async def test_an_edit_voids_what_was_decided_before(house: House) -> None:
    """An approval of the old digest is kept and counts no more; the new one needs its quorum."""
    run = await house.start()
    assert await house.decide(run, by="amir") is Standing.OPEN
    old = (await house.ledger.load_run(run.id)).digest
    edited = await edit(house, run, WITHOUT_FIRST)
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await house.decide(run, by="eve", digest=old)
    assert refusal_of(failure.value) == DecisionRefusal.WRONG_DIGEST
    for name in ("Maria", "rita"):
        with pytest.raises(WorkflowUpdateFailedError):
            await house.decide(run, by=name)
    assert await house.decide(run, by="amir") is Standing.OPEN
    assert house.shop.written == []
    assert await house.decide(run, by="eve") is Standing.APPROVED
    await run.result()
    decisions = await house.reader.decisions(run.id)
    assert [(one.decision.by, one.decision.digest, one.refusal) for one in decisions] == [
        ("amir", old, None),
        ("eve", old, DecisionRefusal.WRONG_DIGEST),
        ("Maria", edited.digest, DecisionRefusal.OWN_EDIT),
        ("rita", edited.digest, DecisionRefusal.OWN_RUN),
        ("amir", edited.digest, None),
        ("eve", edited.digest, None),
    ]


async def test_the_trail_tells_who_edited_what(house: House) -> None:
    """The entry has the person, the edit, and the old and the new digest."""
    run = await house.start()
    old = (await house.reached(run.id, Stage.APPROVE)).digest
    edited = await edit(house, run, WITHOUT_FIRST)
    assert (await house.ledger.load_run(run.id)).digest == edited.digest
    (entry,) = await house.reader.audit("demo", run.id, AuditKind.EDITED)
    assert entry.event.actor == "maria"
    assert entry.event.facts == {
        "former": old,
        "digest": edited.digest,
        "edit": WITHOUT_FIRST.model_dump(mode="json"),
    }
    simulated = await house.reader.audit("demo", run.id, AuditKind.SIMULATED)
    assert len(simulated) == 2
    assert await house.reader.snapshot(run.id, edited.digest) is not None


async def test_few_changes_are_still_asked_about(house: House) -> None:
    """An edit that brings the changes below what goes ahead by itself executes nothing."""
    run = await house.start()
    names = tuple(f"product-{number:04}" for number in range(1, 40))
    edited = await edit(house, run, Edit(exclude=names))
    assert edited.changes == 5
    assert isinstance(edited.verdict, NeedsApproval)
    assert edited.verdict.quorum == 2
    assert house.shop.written == []
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    assert (await run.result()).outcomes.applied == 5


async def test_an_edit_keeps_the_deadline(house: House) -> None:
    """The edited request ends when the first one would have."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    first = await house.ledger.load_simulation(run.id, record.digest or "")
    edited = await edit(house, run, WITHOUT_FIRST)
    second = await house.ledger.load_simulation(run.id, edited.digest)
    assert isinstance(first.verdict, NeedsApproval)
    assert isinstance(second.verdict, NeedsApproval)
    until = [one.simulated_at + one.verdict.deadline for one in (first, second)]  # type: ignore[union-attr]
    # The first deadline counts from when the run began to wait, a moment after its simulation.
    assert 0 <= (until[1] - until[0]).total_seconds() < 60
    assert second.simulated_at > first.simulated_at


@pytest.mark.parametrize(
    ("wanted", "by", "digest", "words"),
    [
        (WITHOUT_FIRST, "maria", "0" * 64, "present changes"),
        (Edit(exclude=("Product",)), "maria", None, "Nothing would be left"),
        (Edit(exclude=("Linnen",)), "maria", None, "No change is of 'Linnen'"),
        (
            Edit(cap=FIVE_PERCENT.cap, cap_fields=(FieldName.TITLE,)),
            "maria",
            None,
            "title is no number",
        ),
    ],
)
async def test_a_refused_edit_is_recorded_and_leaves_the_request(
    house: House, wanted: Edit, by: str, digest: str | None, words: str
) -> None:
    """The person is told why, the trail tells who asked, and the run waits as it did."""
    run = await house.start()
    await house.decide(run, by="eve")
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await edit(house, run, wanted, by=by, digest=digest)
    assert words in told(failure.value)
    (entry,) = await house.reader.audit("demo", run.id, AuditKind.REFUSED)
    assert (entry.event.actor, entry.event.facts["attempt"]) == (by, "edit")
    assert words in str(entry.event.facts["reason"])
    assert await house.decide(run) is Standing.APPROVED
    assert (await run.result()).outcomes.applied == 200


async def test_rules_that_became_stricter_refuse_the_edit(house: House, policy: Policy) -> None:
    """The edited set is judged by the rules of that moment; denied, the old request stands."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    object.__setattr__(policy, "never", frozenset({FieldName.PRICE}))
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await edit(house, run, WITHOUT_FIRST)
    assert "never" in told(failure.value)
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    assert (await run.result()).outcomes.applied == 200


async def test_an_edit_by_rules_for_which_nothing_was_read_is_refused(
    house: House, policy: Policy
) -> None:
    """What the catalogue was not read for cannot be judged, and the request stands as it was."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    object.__setattr__(policy, "protected", Protected(tags=frozenset({"vip"})))
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await edit(house, run, WITHOUT_FIRST)
    assert "new rules about tags, which were not read" in told(failure.value)
    for by in ("amir", "eve"):
        await house.decide(run, by=by, digest=record.digest)
    assert (await run.result()).digest == record.digest


async def test_a_run_that_does_not_wait_is_not_edited(house: House) -> None:
    """Once enough people agreed there is nothing to edit, though nothing is written yet."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    await run.signal("pause")
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await edit(house, run, WITHOUT_FIRST, digest=record.digest)
    assert "not waiting" in told(failure.value)
    await run.signal("resume")
    result = await run.result()
    assert (result.digest, result.outcomes.applied) == (record.digest, 200)


async def test_an_approval_withdrawn_during_a_pause_opens_no_way_round(house: House) -> None:
    """Approved, paused, withdrawn: an edit is refused, so that no other digest slips under."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    await run.signal("pause")
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    await house.decide(run, by="eve", verdict=DecisionVerdict.WITHDRAW)
    with pytest.raises(WorkflowUpdateFailedError):
        await edit(house, run, WITHOUT_FIRST, digest=record.digest)
    await run.signal("resume")
    assert (await run.result()).status is RunStatus.REJECTED
    assert house.shop.written == []


async def test_of_edits_and_decisions_at_once_one_digest_is_left(house: House) -> None:
    """Whatever comes first, what is executed is the change set that two people agreed to."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    asked = [
        edit(house, run, WITHOUT_FIRST, by="maria", digest=record.digest),
        edit(house, run, FIVE_PERCENT, by="ben", digest=record.digest),
        house.decide(run, by="amir", digest=record.digest),
        house.decide(run, by="eve", digest=record.digest),
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    edits = [answer for answer in answers if isinstance(answer, Edited)]
    assert len(edits) <= 1
    standing = (await house.ledger.load_run(run.id)).digest
    assert standing == (edits[0].digest if edits else record.digest)
    if edits:
        for by in ("ann", "tom"):
            await house.decide(run, by=by)
    result = await run.result()
    assert result.digest == standing
    recorded = await house.ledger.load_change_set(run.id, standing or "")
    assert {c.target for c in house.shop.written} == {c.target for c in recorded.changes}


async def test_decisions_that_come_during_an_edit_wait_for_it(house: House) -> None:
    """Approvals of the former digest that arrive while the edit is simulated never count."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    simulating, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        simulating.set()
        assert go_on.wait(30)

    house.shop.before_requests = hold
    editing = asyncio.create_task(edit(house, run, WITHOUT_FIRST))
    assert await asyncio.to_thread(simulating.wait, 30)
    for by in ("amir", "eve"):
        await run.signal(
            DECIDE, {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": by}
        )
    await handled_signals(run, 2)
    assert await house.reader.decisions(run.id) == []
    go_on.set()
    edited = await editing
    await house.decide(run, by="ann", digest=edited.digest)
    await house.decide(run, by="tom", digest=edited.digest)
    assert (await run.result()).digest == edited.digest
    decisions = await house.reader.decisions(run.id)
    assert {(one.decision.by, one.refusal) for one in decisions} == {
        ("amir", DecisionRefusal.WRONG_DIGEST),
        ("eve", DecisionRefusal.WRONG_DIGEST),
        ("ann", None),
        ("tom", None),
    }


async def handled_signals(run: Run, wanted: int) -> None:
    """Return once the run has had so many signals in its hands."""
    for _ in range(600):
        kinds = [event.event_type async for event in run.fetch_history_events()]
        signals = [at for at, kind in enumerate(kinds) if kind == SIGNALED]
        if len(signals) >= wanted and COMPLETED in kinds[signals[-1] :]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the signals were not handled")


async def test_a_price_that_moved_meanwhile_is_kept(house: House) -> None:
    """The edited set starts from what was simulated first: somebody's newer price stays."""
    run = await house.start()
    await edit(house, run, FIVE_PERCENT)
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("3.33")
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    result = await run.result()
    assert (result.outcomes.applied, result.outcomes.moved) == (199, 1)
    assert house.shop.values[target] == usd("3.33")


async def test_edits_that_are_refused_have_an_end(house: House) -> None:
    """What a simulation refuses counts as an edit too: no more are simulated than may be."""
    run = await house.start()
    for _ in range(MOST_EDITS):
        with pytest.raises(WorkflowUpdateFailedError) as failure:
            await edit(house, run, Edit(exclude=("Linnen",)))
        assert "No change is of" in told(failure.value)
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await edit(house, run, WITHOUT_FIRST)
    assert "as often as they may be" in told(failure.value)
    for by in ("amir", "eve"):
        await house.decide(run, by=by)
    assert (await run.result()).outcomes.applied == 200
