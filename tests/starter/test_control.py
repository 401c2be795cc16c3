"""`steward pause`, `resume`, `cancel` and `rollback`: steering a run, and taking one back."""

import json
from datetime import timedelta

import pytest

from steward.approvals import Decision, DecisionVerdict
from steward.changes import Outcome
from steward.errors import ExitCode, ServerUnreachable
from steward.policy import Allow, NeedsApproval, Verdict
from steward.runs import Control, RollbackRequest, RunKind, RunStatus, Stage
from tests.starter.fakes import RUN_ID, Office, Run, a_run, record

VERBS = {
    "pause": (Control.PAUSE, "is paused"),
    "resume": (Control.RUN, "goes on"),
    "cancel": (Control.CANCEL, "stops and takes back"),
}


def asked(verb: str) -> list[str]:
    """The call that asks for it without a question."""
    return [verb, RUN_ID, *(["--yes"] if verb == "cancel" else [])]


@pytest.mark.parametrize("verb", VERBS)
def test_steering_is_confirmed_by_the_run(verb: str, office: Office) -> None:
    """The command waits until the run has confirmed, and says where it then is."""
    run = office.add(a_run(10, stage=Stage.EXECUTE))
    run.outcomes[:4] = [Outcome.APPLIED] * 4
    wanted, told = VERBS[verb]
    run.control = Control.PAUSE if wanted is Control.RUN else Control.RUN
    called = office.steward(*asked(verb), "--as", "maria", "--reason", "checking")
    assert called.code == ExitCode.OK
    assert told in called.out
    assert "6 pending, 4 applied" in called.out
    ((control, request),) = office.engine_calls.steered
    assert (control, request.by, request.reason) == (wanted, "maria", "checking")


@pytest.mark.parametrize("verb", VERBS)
def test_steering_that_nobody_confirms_is_said(verb: str, office: Office) -> None:
    """Where no worker confirms, the request is kept and the shell is told."""
    run = office.add(a_run(stage=Stage.EXECUTE))
    run.control = Control.PAUSE if verb == "resume" else Control.RUN
    office.engine_calls.confirms = False
    called = office.steward(*asked(verb))
    assert called.code == ExitCode.UNREACHABLE
    assert "has not confirmed it yet" in called.err


@pytest.mark.parametrize("verb", VERBS)
def test_finished_run_is_not_steered(verb: str, office: Office) -> None:
    """A run that has ended takes no signal, and the sentence says so."""
    office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED))
    called = office.steward(*asked(verb), "--as", "maria")
    assert called.code == ExitCode.REFUSED
    assert "has already ended: completed" in called.err
    assert office.engine_calls.steered == []


@pytest.mark.parametrize("verb", VERBS)
def test_refused_steering_is_put_into_the_trail(verb: str, office: Office) -> None:
    """Who asked a finished run for something is recorded, with the reason why it was in vain."""
    office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED))
    office.steward(*asked(verb), "--as", "maria")
    (refused,) = office.engine_calls.refused
    assert (refused.run_id, refused.store, refused.by) == (RUN_ID, "demo", "maria")
    assert refused.attempt == verb
    assert "has already ended" in refused.reason


def test_refusal_that_cannot_be_recorded_is_said(office: Office) -> None:
    """Where no server answers the refusal itself is told all the same, and that it is not kept."""
    office.add(a_run(stage=Stage.DONE, status=RunStatus.COMPLETED))
    office.engine_calls.unreachable = ServerUnreachable("The server does not answer.")
    called = office.steward("pause", RUN_ID)
    assert called.code == ExitCode.REFUSED
    assert "not in the audit trail: The server does not answer." in called.err
    assert "has already ended" in called.err


@pytest.mark.parametrize("verb", [*VERBS, "rollback"])
def test_unknown_run_is_not_steered(verb: str, office: Office) -> None:
    """A mistyped id is told as such, and nothing is started or sent."""
    called = office.steward(
        verb, "nothing-here-1", *(["--yes"] if verb in {"cancel", "rollback"} else [])
    )
    assert called.code == ExitCode.NOT_FOUND
    assert office.engine_calls.steered == []
    assert office.engine_calls.started == []


def test_cancel_asks_first(office: Office) -> None:
    """Cancelling shows how far the run is and asks; anything but yes leaves it alone."""
    office.add(a_run(10, stage=Stage.EXECUTE, outcome=Outcome.APPLIED))
    called = office.steward("cancel", RUN_ID, answers="n\n")
    assert "10 applied" in called.out
    assert office.engine_calls.steered == []
    assert office.steward("cancel", RUN_ID, answers="yes\n").code == ExitCode.OK
    assert office.engine_calls.steered[0][0] is Control.CANCEL
    assert office.steward("cancel", RUN_ID).code == ExitCode.INVALID_INPUT


def test_cancel_of_a_watch_takes_nothing_back(office: Office) -> None:
    """Where everything is written the question and the answer say that only the watch ends."""
    office.add(a_run(10, stage=Stage.WATCH, outcome=Outcome.APPLIED))
    called = office.steward("cancel", RUN_ID, answers="yes\n")
    assert "End the watch?" in called.out + called.err
    assert "takes nothing back" in called.out
    assert f"steward rollback {RUN_ID}" in called.out
    assert "stops and takes back" not in called.out


def test_steering_as_json(office: Office) -> None:
    """A script reads the run and its control."""
    office.add(a_run(stage=Stage.EXECUTE))
    data = json.loads(office.steward("pause", RUN_ID, "--json").out)
    assert (data["run_id"], data["control"]) == (RUN_ID, "pause")


RESTORES = Allow(reasons=("an undo restores only what still is as written",))


def an_undo(
    office: Office,
    *,
    confirmed: bool,
    kept: int = 0,
    refused: int = 0,
    verdict: Verdict = RESTORES,
) -> None:
    """Let an undo of ten changes wait for a yes, if asked to, and then be carried out."""
    office.add(a_run(10, stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED))

    def started(run_id: str) -> Run:
        run = a_run(10, run_id=run_id, kind=RunKind.ROLLBACK)
        run.predicted = dict.fromkeys(range(kept), Outcome.MOVED)
        run.verdict = verdict
        if not confirmed:
            end(run)
        return run

    def end(run: Run) -> None:
        waiting = run.script[-1]
        run.outcomes = [
            *[Outcome.MOVED] * kept,
            *[Outcome.REFUSED] * refused,
            *[Outcome.APPLIED] * (10 - kept - refused),
        ]
        failed = refused > 0
        run.script = [
            waiting.model_copy(update={"stage": Stage.EXECUTE}),
            waiting.model_copy(
                update={
                    "stage": Stage.DONE,
                    "status": RunStatus.FAILED if failed else RunStatus.COMPLETED,
                    "exit_code": ExitCode.RUN_FAILED if failed else ExitCode.OK,
                    "reason": "1 refused" if failed else "10 applied",
                }
            ),
        ]

    def decided(decision: Decision) -> None:
        if decision.verdict is DecisionVerdict.APPROVE:
            end(office.runs[decision.run_id])

    office.engine_calls.on_start = started
    office.engine_calls.on_decide = decided


def rollback_request(office: Office) -> RollbackRequest:
    """The one undo that was started."""
    (request,) = office.engine_calls.started
    assert isinstance(request, RollbackRequest)
    return request


def test_rollback_previews_asks_and_reports(office: Office) -> None:
    """The preview tells what would be kept; after a yes by the same person it is carried out."""
    an_undo(office, confirmed=True, kept=2)
    called = office.steward("rollback", RUN_ID, "--as", "maria", answers="y\n")
    preview, _, after = called.out.partition("Undo these changes? [y/N]")
    request = rollback_request(office)
    assert (request.undoes, request.store, request.confirm) == (RUN_ID, "demo", True)
    assert "Kept, since somebody changed it after the run: 2 values" in preview
    assert "(kept_newer)" in preview
    assert "8 restored, 2 kept_newer, 0 irreversible, 0 unknown" in after
    (decision,) = office.engine_calls.decided
    assert (decision.by, decision.run_id) == ("maria", request.run_id)
    assert called.code == ExitCode.OK


def test_rollback_that_is_not_agreed_to_restores_nothing(office: Office) -> None:
    """No means that the undo is rejected, so that it does not wait on."""
    an_undo(office, confirmed=True)
    called = office.steward("rollback", RUN_ID, answers="n\n")
    assert called.code == ExitCode.OK
    assert "Nothing is undone." in called.err
    assert [one.verdict for one in office.engine_calls.decided] == [DecisionVerdict.REJECT]


def test_rollback_that_others_have_to_approve_says_so(office: Office) -> None:
    """Whoever asked for the undo is not asked, and learns what somebody else has to do."""
    needed = NeedsApproval(reasons=("it undoes an undo",), deadline=timedelta(days=1))
    an_undo(office, confirmed=True, verdict=needed)
    called = office.steward("rollback", RUN_ID, "--as", "maria", answers="y\n")
    assert f"steward approve {rollback_request(office).run_id}" in called.err
    assert office.engine_calls.decided == []


def test_rollback_with_yes_asks_nobody(office: Office) -> None:
    """With --yes the undo starts unconfirmed, and a script reads what became of it."""
    an_undo(office, confirmed=False, kept=1)
    called = office.steward("rollback", RUN_ID, "--yes", "--json")
    assert rollback_request(office).confirm is False
    assert json.loads(called.out)["undone"] == {
        "restored": 9,
        "kept_newer": 1,
        "irreversible": 0,
        "unknown": 0,
    }


def test_rollback_that_leaves_something_fails(office: Office) -> None:
    """What the platform refuses to restore is counted, and the shell is told."""
    an_undo(office, confirmed=False, refused=1)
    called = office.steward("rollback", RUN_ID, "--yes")
    assert "9 restored, 0 kept_newer, 1 irreversible, 0 unknown" in called.out
    assert called.code == ExitCode.RUN_FAILED


def test_rollback_needs_yes_where_nobody_can_be_asked(office: Office) -> None:
    """A script that does not say --yes starts no undo."""
    an_undo(office, confirmed=True)
    assert office.steward("rollback", RUN_ID).code == ExitCode.INVALID_INPUT
    assert office.engine_calls.started == []


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (a_run(stage=Stage.EXECUTE), "steward cancel"),
        (
            Run([record(stage=Stage.DONE, status=RunStatus.INVALID, reason="Nothing fits.")]),
            "nothing can be undone",
        ),
    ],
    ids=["running", "never simulated"],
)
def test_rollback_of_a_run_that_cannot_be_undone(run: Run, told: str, office: Office) -> None:
    """A run that goes on, or that never wrote, is told apart; no undo is started."""
    office.add(run)
    called = office.steward("rollback", RUN_ID, "--yes")
    assert called.code == ExitCode.REFUSED
    assert told in called.err
    assert office.engine_calls.started == []
    assert [one.attempt.value for one in office.engine_calls.refused] == ["rollback"]
