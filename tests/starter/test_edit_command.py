"""`steward edit`: what is left is seen first, the run is asked, and what came of it is told."""

import json
from datetime import UTC, datetime

import pytest

from steward.audit import GENESIS, AuditEntry, AuditEvent, AuditKind
from steward.audit_facts import EditedFacts
from steward.changes import ChangeSet, Outcome
from steward.edit_requests import Edited, EditRequest
from steward.editing import CapUnit, edited
from steward.errors import EditRefused, ExitCode
from steward.runs import RunKind, RunStatus, Stage
from tests.starter.fakes import RUN_ID, Office, Run, a_run, record


def editing(office: Office, run: Run) -> Run:
    """Add a run that is edited as a real one is."""

    def on_edit(request: EditRequest) -> Edited:
        whole = ChangeSet(store="demo", changes=run.changes)
        left = edited(whole, request.edit)
        run.changes = left.changes
        run.outcomes = [Outcome.PENDING] * len(left.changes)
        run.script = [record(digest=left.digest)]
        facts = EditedFacts(former=whole.digest, digest=left.digest, edit=request.edit)
        run.edits.append(
            AuditEntry(
                sequence=1,
                event=AuditEvent(
                    key="k",
                    store="demo",
                    run_id=request.run_id,
                    kind=AuditKind.EDITED,
                    actor=request.by,
                    at=datetime.now(UTC),
                    detail="edited",
                    facts=facts.data(),
                ),
                previous_hash=GENESIS,
                hash="h",
            )
        )
        simulation = run.simulation
        return Edited(
            digest=left.digest,
            changes=len(left.changes),
            verdict=simulation.verdict,
            risk=simulation.risk,
            table="",
        )

    office.engine_calls.on_edit = on_edit
    return office.add(run)


def test_edit_shows_what_is_left_before_it_asks(office: Office) -> None:
    """The edit in words, what is left out and capped, and the capped values come first."""
    run = editing(office, a_run(30))
    old = run.script[0].digest or ""
    called = office.steward(
        "edit", RUN_ID, "--exclude", "Shirt 7", "--cap", "10%", "--as", "maria", answers="y\n"
    )
    shown, asked, after = called.out.partition("Ask for these changes instead, as maria? [y/N]")
    assert asked
    for told in (
        "without Shirt 7",
        "Left out",
        "1 change: Linen Shirt 7",
        "Capped",
        "29 changes",
        "18.00 USD",
    ):
        assert told in shown
    new = run.script[0].digest or ""
    for told in (f"{old[:12]} -> {new[:12]}", "29 on 15 products", "but not tom, maria"):
        assert told in after
    (request,) = office.engine_calls.edited
    assert (request.digest, request.by) == (old, "maria")
    assert request.edit.cap is not None
    assert request.edit.cap.unit is CapUnit.PERCENT


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_anything_but_yes_edits_nothing(answer: str, office: Office) -> None:
    """Only a clear yes is one; the run waits as it did."""
    office.add(a_run())
    called = office.steward("edit", RUN_ID, "--cap", "1", answers=answer)
    assert called.code == ExitCode.OK
    assert "waits as it did" in called.err
    assert office.engine_calls.edited == []


def test_nobody_to_ask_needs_yes(office: Office) -> None:
    """A script that does not say --yes edits nothing."""
    office.add(a_run())
    called = office.steward("edit", RUN_ID, "--cap", "1", "--json")
    assert called.code == ExitCode.INVALID_INPUT
    assert office.engine_calls.edited == []


def test_a_script_reads_both_digests(office: Office) -> None:
    """One JSON document has the former digest, the new one, and the new simulation."""
    run = editing(office, a_run())
    old = run.script[0].digest
    called = office.steward("edit", RUN_ID, "--cap", "1.50", "--yes", "--json")
    data = json.loads(called.out)
    assert (data["former_digest"], data["edited_digest"]) == (old, run.script[0].digest)
    assert data["simulation"]["plan"]["digest"] == data["edited_digest"]


def test_show_tells_who_edited(office: Office) -> None:
    """The page of the run names the person, the edit and both digests, also for scripts."""
    editing(office, a_run())
    office.steward("edit", RUN_ID, "--exclude", "Shirt 0", "--as", "maria", "--yes")
    assert "by maria" in office.steward("show", RUN_ID).out
    (entry,) = json.loads(office.steward("show", RUN_ID, "--json").out)["edits"]
    assert (entry["by"], entry["edit"]["exclude"]) == ("maria", ["Shirt 0"])


def test_a_refused_edit_is_told_with_its_remedy(office: Office) -> None:
    """The run's own sentence, and code 4."""
    office.add(a_run())
    office.engine_calls.edit_refusal = EditRefused("It is so.", remedy="Do this.")
    called = office.steward("edit", RUN_ID, "--cap", "1", "--yes")
    assert called.code == ExitCode.REFUSED
    assert called.err == "Error: It is so.\nTry: Do this.\n"


@pytest.mark.parametrize(
    "run",
    [
        a_run(stage=Stage.EXECUTE),
        a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED),
        Run([record(stage=Stage.PLAN)]),
    ],
    ids=["executing", "finished", "planning"],
)
def test_run_that_does_not_wait_is_not_edited(run: Run, office: Office) -> None:
    """Editing too early or too late is told and recorded, and nothing is sent."""
    office.add(run)
    called = office.steward("edit", RUN_ID, "--cap", "1", "--yes", "--as", "maria")
    assert called.code == ExitCode.REFUSED
    assert office.engine_calls.edited == []
    (refused,) = office.engine_calls.refused
    assert (refused.attempt, refused.by) == ("edit", "maria")


def test_an_undo_is_not_edited(office: Office) -> None:
    """Whoever wants to undo a part is told how."""
    office.add(a_run(kind=RunKind.ROLLBACK))
    called = office.steward("edit", RUN_ID, "--cap", "1", "--yes")
    assert called.code == ExitCode.INVALID_INPUT
    assert "steward rollback" in called.err
