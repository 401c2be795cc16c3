"""Approvals bind registered people, in their roles, whichever door they use."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowUpdateFailedError

from steward.approvals import Decision, DecisionRefusal, DecisionVerdict, Standing
from steward.approvers import Approver
from steward.audit import AuditEvent, AuditKind
from steward.changes import FieldName
from steward.policy import Escalation, Policy
from steward.runs import RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.hurried import hurried
from tests.workflows.test_quiet_hours import quiet_now
from workflows.names import DECIDE, PAUSE, RESUME


@pytest.fixture
def policy() -> Policy:
    """A policy that asks for somebody of the pricing team."""
    return Policy(roles=("pricing",))


async def register(house: House, name: str, *roles: str, revoked: bool = False) -> None:
    """Register somebody."""
    now = datetime.now(UTC)
    approver = Approver(
        name=name,
        roles=roles,
        added_by="root",
        added_at=now,
        revoked_by="root" if revoked else None,
        revoked_at=now if revoked else None,
    )
    event = AuditEvent(
        key=f"{name}-{now.isoformat()}",
        store="steward",
        run_id="",
        kind=AuditKind.REGISTERED,
        actor="root",
        at=now,
        detail=name,
    )
    await house.ledger.save_approver(approver, event)


async def test_only_the_right_people_decide_and_each_attempt_is_recorded(house: House) -> None:
    """A stranger, a revoked person and one of another team are refused; the trail names each."""
    await register(house, "amir", "pricing")
    await register(house, "rob", "pricing", revoked=True)
    await register(house, "sue", "stock")
    run = await house.start()
    for name in ("eve", "rob", "sue", "rita"):
        with pytest.raises(WorkflowUpdateFailedError):
            await house.decide(run, by=name)
    assert house.shop.written == []
    assert await house.decide(run, by="Amir") is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED
    decisions = await house.reader.decisions(run.id)
    assert [(one.decision.by, one.refusal) for one in decisions] == [
        ("eve", DecisionRefusal.NOT_REGISTERED),
        ("rob", DecisionRefusal.NOT_REGISTERED),
        ("sue", DecisionRefusal.WRONG_ROLE),
        ("rita", DecisionRefusal.OWN_RUN),
        ("Amir", None),
    ]
    trail = await house.reader.audit("demo", run.id)
    assert sum(entry.event.kind is AuditKind.REFUSED for entry in trail) == 4


async def test_a_person_revoked_while_a_run_waits_does_not_count(house: House) -> None:
    """The register is asked when somebody decides, not when the run began to wait."""
    await register(house, "amir", "pricing")
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    await register(house, "amir", "pricing", revoked=True)
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(run, by="amir")
    await run.signal("cancel")
    assert (await run.result()).status is RunStatus.CANCELLED


async def test_an_approval_withdrawn_in_quiet_hours_ends_the_run(tmp_path: Path) -> None:
    """Approved for later and taken back before: nothing is ever written."""
    quiet = quiet_now(FieldName.PRICE)
    async with hurried(tmp_path, quiet) as house:
        run = await house.start()
        async with asyncio.timeout(60):
            # While this is under way the server's clock does not jump to the end of the hours.
            await house.decide(run)
            digest = (await house.ledger.load_run(run.id)).digest or ""
            withdrawn = Decision(
                run_id=run.id, digest=digest, verdict=DecisionVerdict.WITHDRAW, by="amir"
            )
            await run.execute_update(DECIDE, withdrawn)
        result = await run.result()
    assert result.status is RunStatus.REJECTED
    assert "withdrawn" in result.reason
    assert house.shop.written == []


async def test_a_second_role_may_decide_once_the_first_was_silent(tmp_path: Path) -> None:
    """After the escalation's time a manager's approval counts, and before it does not."""
    rules = Policy(
        roles=("pricing",), escalation=Escalation(after=timedelta(hours=4), role="management")
    )
    async with hurried(tmp_path, rules) as house:
        await register(house, "mia", "management")
        run = await house.start()
        await house.reached(run.id, Stage.APPROVE)
        with pytest.raises(WorkflowUpdateFailedError):
            await house.decide(run, by="mia")
        await house.pass_time(timedelta(hours=5))
        (told,) = await house.reader.audit(run_id=run.id, kind=AuditKind.ESCALATED)
        assert "also management may decide" in told.event.detail
        metadata: WorkflowMetadata = await run.query("__temporal_workflow_metadata")
        assert "management may decide too by now" in metadata.current_details
        async with asyncio.timeout(60):
            await house.decide(run, by="mia")
        assert (await run.result()).status is RunStatus.COMPLETED


async def test_a_deadline_counts_from_the_request_though_others_may_decide_too(
    tmp_path: Path,
) -> None:
    """An escalation prolongs nothing."""
    rules = Policy(
        roles=("pricing",),
        deadline=timedelta(hours=6),
        escalation=Escalation(after=timedelta(hours=4), role="management"),
    )
    async with hurried(tmp_path, rules) as house:
        run = await house.start()
        assert (await run.result()).status is RunStatus.EXPIRED
        record = await house.ledger.load_run(run.id)
        assert record.ended_at is not None
        waited = record.ended_at - record.start.started_at
        assert timedelta(hours=6) <= waited < timedelta(hours=7)


@pytest.fixture
def two_people(policy: Policy) -> None:
    """A policy that asks for two of the pricing team."""
    object.__setattr__(policy, "quorum", 2)


@pytest.mark.usefixtures("two_people")
@pytest.mark.parametrize("lost", ["right", "role"])
async def test_who_lost_the_right_does_not_count_for_a_quorum(house: House, lost: str) -> None:
    """Amir agreed and was revoked, or changed teams: Eve's approval is the first that counts."""
    for name in ("amir", "eve", "tom"):
        await register(house, name, "pricing")
    run = await house.start()
    assert await house.decide(run, by="amir") is Standing.OPEN
    await register(
        house, "amir", "pricing" if lost == "right" else "stock", revoked=lost == "right"
    )
    assert await house.decide(run, by="eve") is Standing.OPEN
    assert house.shop.written == []
    assert await house.decide(run, by="tom") is Standing.APPROVED
    assert (await run.result()).status is RunStatus.COMPLETED
    (entry,) = await house.reader.audit("demo", run.id, AuditKind.REFUSED)
    assert entry.event.actor == "amir"
    assert "does not count any more" in entry.event.detail


async def test_who_lost_the_right_while_an_approved_run_waited_does_not_count(
    tmp_path: Path,
) -> None:
    """Approved, paused, revoked, resumed: nothing is written."""
    async with hurried(tmp_path, Policy()) as house:
        await register(house, "amir")
        run = await house.start()
        await house.reached(run.id, Stage.APPROVE)
        await run.signal(PAUSE)
        await house.decide(run, by="amir")
        await register(house, "amir", revoked=True)
        await house.pass_time(timedelta(hours=1))
        await run.signal(RESUME)
        result = await run.result()
    assert result.status is RunStatus.REJECTED
    assert "The approval of amir does not count any more." in result.reason
    assert house.shop.written == []
