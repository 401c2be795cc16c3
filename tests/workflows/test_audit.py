"""The audit trail of whole runs: what was sent and came back, who was refused, where it ended."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from starter.engine import TemporalEngine
from starter.results import noted_heads
from steward.approvals import Decision, DecisionRefusal, DecisionVerdict
from steward.audit import INSTALLATION, AuditEntry, AuditHead, AuditKind, NotedHead
from steward.audit_facts import (
    AnsweredFacts,
    DecisionFacts,
    Facts,
    RefusedFacts,
    SentFacts,
    SettingFacts,
    SimulatedFacts,
    ordinals_in,
)
from steward.runs import Attempt, ControlRequest, RefusedAttempt, RunResult, Stage
from tests.workflows.conftest import House
from tests.workflows.test_approvers import register
from workflows.controlled import MOST_REFUSALS
from workflows.names import CANCEL, DECIDE, PAUSE, RECORD_REFUSAL, RESUME, WORKFLOW_QUEUE

Run = WorkflowHandle[object, RunResult]
# Strikes the installation's last entries, as if Mallory had never been registered.
CUT = """
    DELETE FROM approvers WHERE identity = 'mallory';
    DELETE FROM audit WHERE store = 'steward' AND sequence >=
        (SELECT sequence FROM audit WHERE store = 'steward' AND detail LIKE '%mallory%');
    UPDATE audit_heads SET
        length = (SELECT max(sequence) FROM audit WHERE store = 'steward'),
        hash = (SELECT hash FROM audit WHERE store = 'steward' ORDER BY sequence DESC LIMIT 1)
        WHERE store = 'steward';
"""


async def trail_of(house: House, run_id: str, *kinds: AuditKind) -> Sequence[AuditEntry]:
    """Return the trail of a run, oldest first: all of it, or the entries of these kinds."""
    entries = await house.reader.audit(run_id=run_id, limit=10_000)
    return sorted(
        (entry for entry in entries if not kinds or entry.event.kind in kinds),
        key=lambda entry: entry.sequence,
    )


async def noted_by(house: House) -> Sequence[NotedHead]:
    """Return the heads that the house's own runs noted: the server has those of others too."""
    return [one for one in await noted_heads(house.client) if f"{id(house):x}" in one.run_id]


def facts_of(entry: AuditEntry, kind: type[Facts]) -> Facts:
    """Return what the entry holds for programs."""
    facts = kind.of(entry.event)
    assert facts is not None
    return facts


async def test_trail_tells_what_was_sent_and_what_came_back(house: House) -> None:
    """Every change is told as about to be sent, and then as applied, in far fewer entries."""
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    sent: list[int] = []
    answered: list[int] = []
    batches = await trail_of(house, run.id, AuditKind.WRITING, AuditKind.WRITTEN)
    for entry in batches:
        if entry.event.kind is AuditKind.WRITING:
            facts = SentFacts.of(entry.event)
            assert facts is not None
            assert (facts.digest, len(facts.sent)) == (result.digest, 64)
            sent += ordinals_in(facts.ordinals)
        else:
            answers = AnsweredFacts.of(entry.event)
            assert answers is not None
            assert set(answers.outcomes) == {"applied"}
            answered += ordinals_in(answers.ordinals)
            assert set(answered) <= set(sent)
    assert sorted(sent) == sorted(answered) == list(range(200))
    assert len(batches) < 50


async def test_trail_tells_the_verdict_and_the_rules(house: House) -> None:
    """The entry of the simulation names verdict, risk and rules; the rules are noted once."""
    runs = [await house.start() for _ in range(2)]
    for run in runs:
        await house.reached(run.id, Stage.APPROVE)
    (entry,) = await trail_of(house, runs[1].id, AuditKind.SIMULATED)
    facts = SimulatedFacts.of(entry.event)
    assert facts is not None
    assert (facts.changes, facts.verdict, facts.risk) == (200, "needs_approval", "medium")
    (noted,) = await house.reader.audit("demo", kind=AuditKind.CHANGED_SETTING)
    assert facts_of(noted, SettingFacts) == SettingFacts(
        setting="the policy for pricing-manager", digest=facts.policy
    )


async def test_run_notes_where_the_trail_ended(house: House) -> None:
    """A run that returns, and one that fails, name the trails' ends; the engine gives them back."""
    await register(house, "amir")
    good, bad = await house.start(), await house.start(tag="winter")
    await house.decide(good, verdict=DecisionVerdict.REJECT)
    result = await good.result()
    with pytest.raises(WorkflowFailureError) as failure:
        await bad.result()
    assert isinstance(failure.value.cause, ApplicationError)
    heads = {
        good.id: result.audit_head,
        bad.id: AuditHead.model_validate(failure.value.cause.details[0]),
    }
    installation = {
        good.id: result.installation_head,
        bad.id: AuditHead.model_validate(failure.value.cause.details[1]),
    }
    for run_id, head in heads.items():
        (ended,) = await trail_of(house, run_id, AuditKind.ENDED)
        assert head == AuditHead(store="demo", length=ended.sequence, hash=ended.hash)
    noted = await noted_by(house)
    assert {one.run_id: one.head for one in noted if one.head.store == "demo"} == heads
    others = {one.run_id: one.head for one in noted if one.head.store != "demo"}
    assert others == installation
    for store in ("demo", INSTALLATION):
        assert (await house.reader.verify_audit(store, noted)).intact


async def test_installations_trail_cannot_be_cut_unnoticed(house: House, tmp_path: Path) -> None:
    """Whoever strikes an approver from register and trail is told by the runs that ended since."""
    await register(house, "amir")
    await register(house, "mallory")
    run = await house.start()
    await house.decide(run, by="mallory", verdict=DecisionVerdict.REJECT)
    await run.result()
    whole = (await house.reader.verify_audit(INSTALLATION)).head
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.executescript(CUT)
    assert (await house.reader.verify_audit(INSTALLATION)).intact
    broken = (await house.reader.verify_audit(INSTALLATION, await noted_by(house))).broken
    assert broken is not None
    assert f"run {run.id} ended with entry {whole.length}" in broken.reason


async def test_refused_decisions_are_in_the_trail(house: House) -> None:
    """A decision that does not count is told with who and why, by whichever door it came."""
    run = await house.start()
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(run, by="rita")
    record = await house.reached(run.id, Stage.APPROVE)
    assert record.digest is not None
    wrong = Decision(run_id=run.id, digest="0" * 64, verdict=DecisionVerdict.APPROVE, by="amir")
    await run.signal(DECIDE, wrong)
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    refused = await trail_of(house, run.id, AuditKind.REFUSED)
    assert [(one.event.actor, one.event.detail.partition(",")[0]) for one in refused] == [
        ("rita", f"approve by update does not count: {DecisionRefusal.OWN_RUN}"),
        ("amir", f"approve by signal does not count: {DecisionRefusal.WRONG_DIGEST}"),
    ]
    recorded = [one.fingerprint for one in await house.reader.decisions(run.id)][:2]
    assert [facts_of(one, DecisionFacts) for one in refused] == [
        DecisionFacts(record=record) for record in recorded
    ]


async def test_flood_of_refusals_is_recorded_up_to_a_limit(house: House) -> None:
    """Whoever tries again without end fills neither history nor trail, and the run goes on."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    for _ in range(MOST_REFUSALS + 5):
        with pytest.raises(WorkflowUpdateFailedError):
            await house.decide(run, by="rita")
    description = (await run.describe()).raw_description.workflow_execution_info
    for _ in range(5):
        with pytest.raises(WorkflowUpdateFailedError):
            await house.decide(run, by="rita")
    after = (await run.describe()).raw_description.workflow_execution_info
    assert after.history_length == description.history_length
    own = Decision(run_id=run.id, digest="0" * 64, verdict=DecisionVerdict.APPROVE, by="rita")
    for _ in range(3):
        await run.signal(DECIDE, own)
    await house.decide(run)
    assert (await run.result()).outcomes.applied == 200
    assert len(await trail_of(house, run.id, AuditKind.REFUSED)) == MOST_REFUSALS


async def test_steering_in_vain_is_in_the_trail(house: House) -> None:
    """A pause of a paused run, and one of a run that is being cancelled, are told as refused."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    for signal, by in ((PAUSE, "amir"), (PAUSE, "rita"), (CANCEL, "amir"), (RESUME, "rita")):
        await run.signal(signal, ControlRequest(by=by))
    await run.result()
    refused = await trail_of(house, run.id, AuditKind.REFUSED)
    assert [(one.event.actor, facts_of(one, RefusedFacts)) for one in refused] == [
        ("rita", RefusedFacts(attempt="pause", reason="Nothing changes by it.")),
        ("rita", RefusedFacts(attempt="resume", reason="The run is being cancelled already.")),
    ]
    moved = await trail_of(house, run.id, AuditKind.CONTROLLED)
    assert [one.event.actor for one in moved] == ["amir", "amir"]


async def test_attempt_on_a_finished_run_is_in_the_trail(house: House) -> None:
    """What is asked of a run that has ended is recorded on its behalf, each time."""
    run = await house.start()
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    attempt = RefusedAttempt(
        run_id=run.id, store="demo", attempt=Attempt.CANCEL, by="amir", reason="It has ended."
    )
    engine = TemporalEngine(house.client)
    for _ in range(2):
        await engine.record_refusal(attempt)
    async for execution in house.client.list_workflows("WorkflowType = 'record_refusal'"):
        await house.client.get_workflow_handle(execution.id).result()
    refused = await trail_of(house, run.id, AuditKind.REFUSED)
    assert [(one.event.actor, facts_of(one, RefusedFacts)) for one in refused] == [
        ("amir", RefusedFacts(attempt="cancel", reason="It has ended."))
    ] * 2


async def test_attempts_on_runs_that_never_were_are_not_in_the_trail(house: House) -> None:
    """Whoever starts the recording by hand makes up neither a run nor a store."""
    run = await house.start()
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    made_up = {"run-that-never-was": "demo", run.id: "no-such-shop", "other-run": "no-such-shop"}
    for run_id, store in made_up.items():
        attempt = RefusedAttempt(
            run_id=run_id, store=store, attempt=Attempt.CANCEL, by="the owner", reason="It is so."
        )
        await house.client.execute_workflow(
            RECORD_REFUSAL, attempt, id=f"made-up-{run_id}", task_queue=WORKFLOW_QUEUE
        )
    assert "no-such-shop" not in await house.reader.audit_stores()
    assert not await house.reader.audit("demo", kind=AuditKind.REFUSED)


async def test_refused_rollback_is_in_the_trail(house: House) -> None:
    """Who asks to undo a run that goes on is told, with the reason."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    undo = await house.start_rollback(run.id)
    with pytest.raises(WorkflowFailureError):
        await undo.result()
    (refused,) = await trail_of(house, undo.id, AuditKind.REFUSED)
    assert refused.event.actor == "rita"
    assert facts_of(refused, RefusedFacts) == RefusedFacts(
        attempt="rollback", reason=f"Run {run.id} still goes on."
    )
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()


async def test_trail_agrees_with_a_run_that_went_wrong(house: House) -> None:
    """Writes that are forgotten, a tripped wave and a compensation are all as the trail tells."""
    house.shop.forgets_writes_of = {"product-0003", "product-0004"}
    run = await house.start()
    await house.decide(run)
    await run.result()
    corrected = [
        entry
        for entry in await trail_of(house, run.id, AuditKind.VERIFIED)
        if AnsweredFacts.of(entry.event) is not None
    ]
    assert corrected
    assert len(await trail_of(house, run.id, AuditKind.SIMULATED)) == 2
    verification = await house.reader.verify_audit("demo", await noted_by(house))
    assert verification.broken is None
