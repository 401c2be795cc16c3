"""`steward approve` and `reject`: what is decided about is seen first, and refusals are told."""

import json

import pytest

from steward.approvals import DecisionRefusal, DecisionVerdict, Standing, explain_refusal
from steward.changes import Outcome
from steward.errors import DecisionRefused, ExitCode
from steward.runs import RunStatus, Stage
from tests.starter.fakes import RUN_ID, Office, Run, a_run, record


def test_approve_shows_what_is_approved_before_it_asks(office: Office) -> None:
    """Store, impact, risk, reasons, digest and the first changes stand above the question."""
    run = office.add(a_run(30))
    called = office.steward("approve", RUN_ID, "--as", "maria", answers="y\n")
    shown, _, after = called.out.partition("Approve these changes on demo, as maria? [y/N]")
    assert run.script[0].digest is not None
    for told in (
        "demo",
        "30 on 15 products",
        "medium",
        "30 changes on 15 product(s)",
        run.script[0].digest,
        "Linen Shirt 7",
        "22 more",
        "anybody, but not tom; 1 needed",
    ):
        assert told in shown
    assert "Approved." in after
    (decision,) = office.engine_calls.decided
    assert decision.digest == run.script[0].digest
    assert (decision.by, decision.verdict) == ("maria", DecisionVerdict.APPROVE)


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yes please\n", "ja\n"])
def test_anything_but_yes_approves_nothing(answer: str, office: Office) -> None:
    """Only a clear yes is one; the run goes on waiting."""
    office.add(a_run())
    called = office.steward("approve", RUN_ID, "--as", "maria", answers=answer)
    assert called.code == ExitCode.OK
    assert "still waits" in called.err
    assert office.engine_calls.decided == []


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_nobody_to_ask_needs_yes(option: list[str], office: Office) -> None:
    """A script that does not say --yes approves nothing."""
    office.add(a_run())
    called = office.steward("approve", RUN_ID, *option)
    assert called.code == ExitCode.INVALID_INPUT
    assert "--yes" in called.err
    assert office.engine_calls.decided == []


def test_yes_approves_the_change_set_that_is_shown(office: Office) -> None:
    """With --yes nothing is asked; the decision is printed as data."""
    run = office.add(a_run())
    called = office.steward("approve", RUN_ID, "--yes", "--comment", "as agreed", "--json")
    data = json.loads(called.out)
    assert data["standing"] == "approved"
    assert data["digest"] == run.script[0].digest
    assert office.engine_calls.decided[0].comment == "as agreed"


def test_digest_may_be_shortened_to_its_beginning(office: Office) -> None:
    """Twelve signs of the right digest stand for it; another digest is sent as it is."""
    run = office.add(a_run())
    digest = run.script[0].digest or ""
    office.steward("approve", RUN_ID, "--yes", "--digest", digest[:12])
    office.steward("approve", RUN_ID, "--yes", "--digest", digest[:11])
    office.steward("approve", RUN_ID, "--yes", "--digest", "f" * 64)
    sent = [decision.digest for decision in office.engine_calls.decided]
    assert sent == [digest, digest[:11], "f" * 64]


@pytest.mark.parametrize("refusal", list(DecisionRefusal))
def test_refused_decision_is_told_with_its_remedy(refusal: DecisionRefusal, office: Office) -> None:
    """Wrong digest, own run, too late or twice: the run's own sentence, and code 4."""
    office.add(a_run())
    sentence, remedy = explain_refusal(refusal, RUN_ID)
    office.engine_calls.refusal = DecisionRefused(sentence, remedy=remedy)
    called = office.steward("approve", RUN_ID, "--yes")
    assert called.code == ExitCode.REFUSED
    assert called.err == f"Error: {sentence}\nTry: {remedy}\n"


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize(
    "run",
    [
        a_run(stage=Stage.EXECUTE),
        a_run(stage=Stage.DONE, status=RunStatus.COMPLETED, outcome=Outcome.APPLIED),
        Run([record(stage=Stage.PLAN)]),
    ],
    ids=["executing", "finished", "planning"],
)
def test_run_that_does_not_wait_takes_no_decision(verb: str, run: Run, office: Office) -> None:
    """Deciding too early or too late is told and recorded, and nothing is sent."""
    office.add(run)
    called = office.steward(verb, RUN_ID, *(["--yes"] if verb == "approve" else []))
    assert called.code == ExitCode.REFUSED
    assert "not waiting for a decision" in called.err
    assert office.engine_calls.decided == []
    (refused,) = office.engine_calls.refused
    assert (refused.attempt, refused.by, refused.store) == (verb, "tom", "demo")
    assert "not waiting for a decision" in refused.reason


def test_unknown_run_takes_no_decision(office: Office) -> None:
    """A mistyped id is told as such."""
    assert office.steward("approve", "nothing-here-1", "--yes").code == ExitCode.NOT_FOUND


def test_reject_asks_nothing(office: Office) -> None:
    """Saying no is safe, so it needs no confirmation."""
    office.add(a_run())
    office.engine_calls.standing = Standing.REJECTED
    called = office.steward("reject", RUN_ID, "--as", "maria", "--comment", "not now")
    assert called.code == ExitCode.OK
    assert "writes nothing" in called.out
    (decision,) = office.engine_calls.decided
    assert (decision.verdict, decision.comment) == (DecisionVerdict.REJECT, "not now")


def test_quorum_that_is_not_met_is_said(office: Office) -> None:
    """A counted decision that does not suffice says that the run still waits."""
    office.add(a_run())
    office.engine_calls.standing = Standing.OPEN
    assert "waits for more decisions" in office.steward("approve", RUN_ID, "--yes").out


def test_comment_that_is_too_long_is_refused(office: Office) -> None:
    """A comment has a limit, which is told before anything is sent."""
    office.add(a_run())
    called = office.steward("approve", RUN_ID, "--yes", "--comment", "x" * 2_001)
    assert called.code == ExitCode.INVALID_INPUT
