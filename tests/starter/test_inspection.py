"""`steward stores`, `templates`, `runs`, `show` and `diff`: what is seen of runs."""

import json
import re
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from steward.approvals import Decision, DecisionRecord, DecisionRefusal, DecisionVerdict, Door
from steward.audit import AuditEntry, AuditEvent, AuditKind
from steward.changes import Outcome
from steward.errors import ExitCode
from steward.fidelity import Difference, Differing, Fidelity
from steward.runs import Control, RunKind, RunStatus, Stage
from tests.starter.fakes import RUN_ID, Office, Run, a_run, drifted, record

STYLES = re.compile(r"\x1b\[[0-9;]*m")


def test_stores_are_listed_without_secrets(office: Office) -> None:
    """A script sees a line for each store, under a line of titles."""
    called = office.steward("stores")
    lines = [line.split("\t") for line in called.out.splitlines()]
    assert lines[0] == ["NAME", "PLATFORM", "ADDRESS"]
    assert [line[0] for line in lines[1:]] == ["demo", "outlet"]
    assert json.loads(office.steward("stores", "--json").out)[0] == {
        "name": "demo",
        "platform": "shopify",
        "address": "http://127.0.0.1:8801",
    }


def test_store_is_shown_by_name(office: Office) -> None:
    """One store's page says where its secret is kept, and an unknown name is told."""
    assert "Access token: kept in env:DEMO_TOKEN" in office.steward("stores", "show", "demo").out
    assert office.steward("stores", "show", "x").code == ExitCode.NOT_FOUND


def test_no_store_is_said_with_what_to_do(office: Office) -> None:
    """Without any store the output is empty, and the remedy stands beside it."""
    office.configured.clear()
    called = office.steward("stores")
    assert (called.code, called.out) == (ExitCode.OK, "")
    assert "steward.toml" in called.err


def test_templates_tell_their_parameters(office: Office) -> None:
    """A template's page shows each option with its limits, and the tips."""
    called = office.steward("templates", "show", "bulk-price")
    assert "--percent: Percentage" in called.out
    assert "-90 to 200 %; required" in called.out
    assert "Tip: " in called.out
    assert "Fields in use: waits until" in called.out
    refused = office.steward("templates", "show", "restock").out
    assert "Fields in use: is refused while another run" in refused
    names = [one["name"] for one in json.loads(office.steward("templates", "--json").out)]
    assert names == sorted(names)
    assert {"bulk-price", "restock", "retag"} <= set(names)


def test_runs_are_filtered(office: Office) -> None:
    """Status, stage, store and limit narrow the list."""
    office.add(a_run())
    office.add(a_run(run_id="done-1", stage=Stage.DONE, status=RunStatus.COMPLETED))
    rows = office.steward("runs", "--status", "completed").out.splitlines()[1:]
    assert [row.split("\t")[0] for row in rows] == ["done-1"]
    rows = office.steward("runs", "--stage", "approve").out.splitlines()[1:]
    assert [row.split("\t")[:3] for row in rows] == [[RUN_ID, "demo", "waits for approval"]]
    assert len(json.loads(office.steward("runs", "--limit", "1", "--json").out)) == 1
    assert office.steward("runs", "--store", "outlet").out == ""


def test_long_run_ids_are_never_cut_off(office: Office) -> None:
    """On a narrow terminal an id may take two lines, but all of it is there to be copied."""
    run_id = "undo-bulk-price-a-store-with-a-long-name-7f3k2c-9d4h6m"
    office.add(a_run(run_id=run_id))
    told = office.steward("runs", answers="", width=80).out
    first_column = "".join(line[:40].split()[0] for line in told.splitlines()[1:3])
    assert first_column == run_id


def test_show_tells_decisions_that_do_not_count(office: Office) -> None:
    """Each decision is shown, and a refused one with its reason."""
    run = office.add(a_run())
    run.control = Control.PAUSE
    decision = Decision(run_id=RUN_ID, digest="d", verdict=DecisionVerdict.APPROVE, by="tom")
    run.decisions.append(
        DecisionRecord(
            decision=decision,
            door=Door.SIGNAL,
            at=datetime.now(UTC),
            refusal=DecisionRefusal.OWN_RUN,
        )
    )
    told = office.steward("show", RUN_ID).out
    assert "approve by tom" in told
    assert "does not count: Nobody decides about a run that they requested themselves." in told
    assert "State: waits for approval (paused)" in told
    assert f"Next: steward approve {RUN_ID}" in told
    assert f"Web UI: http://127.0.0.1:8233/namespaces/default/workflows/{RUN_ID}" in told


def test_show_tells_who_has_agreed_so_far(office: Office) -> None:
    """Of those that count for what is waited about now, without who took it back."""
    run = office.add(a_run())
    digest = run.script[0].digest or ""
    for by, verdict, about in (
        ("amir", DecisionVerdict.APPROVE, digest),
        ("zoe", DecisionVerdict.APPROVE, digest),
        ("zoe", DecisionVerdict.WITHDRAW, digest),
        ("olga", DecisionVerdict.APPROVE, "an earlier one"),
    ):
        decision = Decision(run_id=RUN_ID, digest=about, verdict=verdict, by=by)
        run.decisions.append(
            DecisionRecord(decision=decision, door=Door.UPDATE, at=datetime.now(UTC))
        )
    assert "Agreed: amir\n" in office.steward("show", RUN_ID).out


def test_show_tells_what_was_asked_in_vain(office: Office) -> None:
    """A refused attempt is shown with who made it and why it was refused, also for a script."""
    run = office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED))
    for sequence, facts in (
        (8, {"record": "a decision, which is listed as one"}),
        (7, {"attempt": "pause", "reason": "The run has ended."}),
    ):
        event = AuditEvent(
            key=f"k{sequence}",
            store="demo",
            run_id=RUN_ID,
            kind=AuditKind.REFUSED,
            actor="maria",
            at=datetime.now(UTC),
            detail="",
            facts=facts,
        )
        run.refused.append(AuditEntry(sequence=sequence, event=event, previous_hash="p", hash="h"))
    told = office.steward("show", RUN_ID).out
    (line,) = (line for line in told.splitlines() if line.startswith("Refused: "))
    assert line.startswith("Refused: pause by maria, ")
    assert line.endswith(": The run has ended.")
    data = json.loads(office.steward("show", RUN_ID, "--json").out)
    assert [entry["sequence"] for entry in data["refused"]] == [7, 8]


def test_show_tells_what_drifted(office: Office) -> None:
    """The alarms of the watch are shown, oldest first, also for a script."""
    run = office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED))
    run.drifted += [drifted(8, "3"), drifted(7, "0-1")]
    told = office.steward("show", RUN_ID).out
    lines = [line for line in told.splitlines() if line.startswith("Drift: ")]
    assert [line[-3:] for line in lines] == ["0-1", "s 3"]
    data = json.loads(office.steward("show", RUN_ID, "--json").out)
    assert [entry["sequence"] for entry in data["drifted"]] == [7, 8]


def test_show_and_watch_tell_what_was_not_sent_as_predicted(office: Office) -> None:
    """In full it is one line of `show`; what differs is named with both digests and the reason."""
    run = office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED))
    run.fidelity = Fidelity(sent=3, identical=3)
    assert "Fidelity: 100 %, all 3 as predicted\n" in office.steward("show", RUN_ID).out
    assert "Fidelity" not in office.steward("watch", RUN_ID).out
    run.fidelity = Fidelity(sent=20, identical=7, neighbour_left_out=13, left_out=7)
    assert "Fidelity" not in office.steward("watch", RUN_ID).out
    run.fidelity = Fidelity(sent=30, identical=5, neighbour_left_out=13, otherwise=12, left_out=7)
    run.differing = tuple(
        Differing(
            ordinal=number,
            label="Linen Shirt",
            why=Difference.NEIGHBOUR_LEFT_OUT if number % 2 else Difference.OTHERWISE,
            predicted="aaaa",
            sent="bbbb",
            neighbours=tuple(range(number)),
        )
        for number in range(15)
    )
    told = office.steward("show", RUN_ID).out
    assert "Fidelity: 16.6 %, 5 of 30 as predicted; 13 in a smaller request" in told
    requests = "Linen Shirt: predicted aaaa, sent bbbb"
    assert f"Differs: change 0, {requests}; nothing of the predicted request was left" in told
    assert "Differs: change 1," not in told
    assert "Differs: 4 more\n" in told
    assert "Fidelity: 16.6 %" in office.steward("watch", RUN_ID).out
    data = json.loads(office.steward("show", RUN_ID, "--json").out)["fidelity"]
    assert (data["percent"], data["neighbour_left_out"], data["left_out"]) == (16.6, 13, 7)
    assert len(data["differing"]) == 15


def test_show_as_json_holds_everything(office: Office) -> None:
    """A script gets the record, the simulation, decisions, counts and the address."""
    office.add(
        a_run(
            3,
            stage=Stage.DONE,
            status=RunStatus.COMPLETED,
            outcome=Outcome.APPLIED,
        )
    )
    data = json.loads(office.steward("show", RUN_ID, "--json").out)
    assert data["run_id"] == RUN_ID
    assert data["status"] == "completed"
    assert data["outcomes"]["applied"] == 3
    assert data["simulation"]["verdict"]["kind"] == "needs_approval"
    assert data["web_ui"].endswith(RUN_ID)


def test_show_of_a_run_that_only_the_engine_knows(office: Office) -> None:
    """A run that was started but that no worker has begun with is told apart from no run."""
    office.engine_calls.known.add(RUN_ID)
    called = office.steward("show", RUN_ID)
    assert called.code == ExitCode.UNREACHABLE
    assert "no worker has picked it up" in called.err


def test_diff_shows_the_first_changes_and_how_many_more(office: Office) -> None:
    """By default 20 changes are shown, with predictions in brackets, and the rest is counted."""
    office.add(a_run(30))
    called = office.steward("diff", RUN_ID)
    rows = [line.split("\t") for line in called.out.splitlines()]
    assert rows[0] == ["PRODUCT", "FIELD", "BEFORE", "AFTER", "MOVE", "OUTCOME", "REASON"]
    assert len(rows) == 21
    assert rows[1][:6] == [
        "Linen Shirt 0",
        "price",
        "20.00 USD",
        "17.00 USD",
        "-15.0 %",
        "(applied)",
    ]
    more, digest = called.err.splitlines()
    assert more == f"10 more: steward diff {RUN_ID} --all"
    assert re.fullmatch("Digest: [0-9a-f]{64}", digest)


def test_diff_of_all_changes_reads_page_after_page(office: Office) -> None:
    """Every change is there, once and in order, across the pages of a large change set."""
    office.add(a_run(2_345))
    called = office.steward("diff", RUN_ID, "--all")
    labels = [line.partition("\t")[0] for line in called.out.splitlines()[1:]]
    assert labels == [f"Linen Shirt {number}" for number in range(2_345)]
    assert called.err.startswith("Digest: ")


def test_diff_by_outcome_counts_predictions_while_they_are_all_there_is(office: Office) -> None:
    """An outcome selects what became of a change, or what is predicted while that is open."""
    run = office.add(a_run(6))
    run.predicted[2] = Outcome.REFUSED
    run.outcomes[4] = Outcome.REFUSED
    run.reasons[4] = "Price is invalid [INVALID]"
    called = office.steward("diff", RUN_ID, "--outcome", "refused")
    rows = [line.split("\t") for line in called.out.splitlines()[1:]]
    assert [(row[0], row[5], row[6]) for row in rows] == [
        ("Linen Shirt 2", "(refused)", ""),
        ("Linen Shirt 4", "refused", "Price is invalid [INVALID]"),
    ]


def test_diff_of_an_undo_speaks_of_undoing(office: Office) -> None:
    """An undo's changes are restored or kept, and can be selected by these words."""
    run = office.add(
        a_run(3, kind=RunKind.ROLLBACK, run_id="undo-1", outcome=Outcome.APPLIED, stage=Stage.DONE)
    )
    run.outcomes[1] = Outcome.MOVED
    told = office.steward("diff", "undo-1", "--outcome", "kept-newer").out
    assert [line.split("\t")[5] for line in told.splitlines()[1:]] == ["kept_newer"]


def test_diff_as_json(office: Office) -> None:
    """A script gets one document with each change, its prediction and its outcome."""
    office.add(a_run(3))
    data = json.loads(office.steward("diff", RUN_ID, "--json").out)
    assert data["run_id"] == RUN_ID
    assert len(data["changes"]) == 3
    assert data["changes"][0]["before"] == {"kind": "money", "amount": "20.00", "currency": "USD"}
    assert data["changes"][0]["predicted"] == "applied"
    assert data["changes"][0]["outcome"] == "pending"


def test_diff_before_the_simulation_says_where_the_run_is(office: Office) -> None:
    """Without a change set there is nothing to show, and the stage says why."""
    office.add(Run([record(stage=Stage.SIMULATE)]))
    called = office.steward("diff", RUN_ID)
    assert called.code == ExitCode.REFUSED
    assert "stage simulate" in called.err


@pytest.mark.parametrize("width", [60, 80, 140])
def test_tables_fit_the_terminal(width: int, office: Office) -> None:
    """No line is wider than the terminal, whatever a shop calls its products."""
    run = office.add(a_run(3))
    titles = ["夏の限定リネンシャツ " * 9, "[bold]Shirt[/bold] \x1b[31m\u202e" * 9, "Plain"]
    run.changes = tuple(
        change.model_copy(update={"label": title})
        for change, title in zip(run.changes, titles, strict=True)
    )
    told = office.steward("diff", RUN_ID, answers="", width=width).out
    assert "\x1b[31m" not in told
    seen = STYLES.sub("", told)
    assert max(cell_len(line) for line in seen.splitlines()) <= width
    assert "\u202e" not in told
    assert "[bold]" in told


def test_output_for_scripts_has_no_colour(office: Office) -> None:
    """Without a terminal nothing but text and tabs is written."""
    office.add(a_run(3))
    for arguments in (("runs",), ("show", RUN_ID), ("diff", RUN_ID), ("watch", RUN_ID)):
        assert "\x1b" not in office.steward(*arguments).out


def test_show_tells_by_what_a_run_was_undone(office: Office) -> None:
    """The rollbacks of a run stand with it, and a rollback is called what it is."""
    office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED))
    office.add(a_run(kind=RunKind.ROLLBACK, run_id="undo-1", status=RunStatus.COMPLETED))
    told = office.steward("show", RUN_ID).out
    assert "Undone by: undo-1, completed\n" in told
    assert json.loads(office.steward("show", RUN_ID, "--json").out)["undone_by"] == ["undo-1"]
    assert f"Job: undo of {RUN_ID} on demo" in office.steward("show", "undo-1").out
