"""A decision counts only for the digest, by the people and in the time that were asked for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.approvals import (
    ApprovalRequest,
    Decision,
    DecisionRefusal,
    DecisionVerdict,
    Standing,
    explain_refusal,
    judge_decision,
    standing,
)
from steward.policy import NeedsApproval
from tests.core.strategies import NOON

DEADLINE = NOON + timedelta(days=3)


def asked(*approvers: str, quorum: int = 1, own: bool = False) -> ApprovalRequest:
    """Return a request by Rita, open for three days."""
    return ApprovalRequest(
        run_id="run-1",
        digest="abc",
        requested_by="Rita",
        requirement=NeedsApproval(
            reasons=("many",),
            approvers=approvers,
            quorum=quorum,
            deadline=timedelta(days=3),
            requester_may_decide=own,
        ),
        deadline=DEADLINE,
    )


def decided(
    by: str = "ann",
    verdict: DecisionVerdict = DecisionVerdict.APPROVE,
    *,
    run_id: str = "run-1",
    digest: str = "abc",
) -> Decision:
    """Return a decision that counts, unless told otherwise."""
    return Decision(run_id=run_id, digest=digest, verdict=verdict, by=by)


@pytest.mark.parametrize(
    ("decision", "request_", "refusal"),
    [
        (decided(), asked(), None),
        (decided(), None, DecisionRefusal.NOT_WAITING),
        (decided(run_id="run-2"), asked(), DecisionRefusal.WRONG_RUN),
        (decided(digest="abd"), asked(), DecisionRefusal.WRONG_DIGEST),
        (decided(digest=""), asked(), DecisionRefusal.WRONG_DIGEST),
        (decided("Rita"), asked(), DecisionRefusal.OWN_RUN),
        (decided(" rITA "), asked(), DecisionRefusal.OWN_RUN),
        (decided("\uff32ita"), asked(), DecisionRefusal.OWN_RUN),
        (decided("rita", DecisionVerdict.REJECT), asked(), DecisionRefusal.OWN_RUN),
        (decided("rita"), asked("rita"), DecisionRefusal.OWN_RUN),
        (decided("rita"), asked(own=True), None),
        (decided("ANN"), asked("ann", "bob"), None),
        (decided("eve"), asked("ann", "bob"), DecisionRefusal.NOT_AN_APPROVER),
    ],
)
def test_refuses_what_does_not_count(
    decision: Decision, request_: ApprovalRequest | None, refusal: DecisionRefusal | None
) -> None:
    """Each rule that a decision breaks is told by its own name."""
    assert judge_decision(decision, request_, [], NOON) == refusal


@pytest.mark.parametrize(
    ("seconds", "refusal"),
    [(-1, None), (0, DecisionRefusal.TOO_LATE), (1, DecisionRefusal.TOO_LATE)],
)
def test_the_deadline_is_the_first_moment_too_late(
    seconds: int, refusal: DecisionRefusal | None
) -> None:
    """A decision counts up to the deadline and not at it."""
    now = DEADLINE + timedelta(seconds=seconds)
    assert judge_decision(decided(), asked(), [], now) == refusal


@pytest.mark.parametrize("again", ["ann", "ANN", " Ann ", "\uff41nn"])
def test_nobody_decides_twice(again: str) -> None:
    """However a name is written, its second decision does not count."""
    refusal = judge_decision(decided(again), asked(quorum=2), [decided("ann")], NOON)
    assert refusal is DecisionRefusal.ALREADY_DECIDED


def test_nothing_counts_after_the_matter_is_settled() -> None:
    """Once approved or rejected, a further decision comes to a run that waits no more."""
    for verdict in DecisionVerdict:
        refusal = judge_decision(decided("bob"), asked(), [decided("ann", verdict)], NOON)
        assert refusal is DecisionRefusal.NOT_WAITING


PEOPLE = st.sampled_from(["ann", "Ann", "bob", "BOB ", "cem", "rita", "Rita"])


@given(st.lists(st.tuples(PEOPLE, st.sampled_from(DecisionVerdict)), max_size=8), st.integers(1, 3))
def test_a_quorum_is_of_distinct_people(
    decisions: list[tuple[str, DecisionVerdict]], quorum: int
) -> None:
    """A run is approved by as many different people as were asked for, and by no rejection."""
    request = asked(quorum=quorum)
    counted: list[Decision] = []
    for by, verdict in decisions:
        decision = decided(by, verdict)
        if judge_decision(decision, request, counted, NOON) is None:
            counted.append(decision)
    people = {decision.by.strip().lower() for decision in counted}
    assert len(people) == len(counted) <= quorum
    assert "rita" not in people
    rejected = any(decision.verdict is DecisionVerdict.REJECT for decision in counted)
    approved = len(people) >= quorum and not rejected
    assert (standing(request, counted) is Standing.APPROVED) == approved
    assert (standing(request, counted) is Standing.REJECTED) == rejected


def test_one_person_is_no_quorum_of_two() -> None:
    """The count is of people even if decisions were counted that should not have been."""
    twice = [decided("ann"), decided("ANN")]
    assert standing(asked(quorum=2), twice) is Standing.OPEN


@pytest.mark.parametrize("name", ["", "   ", "a" * 201])
def test_a_decision_has_somebody_behind_it(name: str) -> None:
    """A blank name decides nothing."""
    with pytest.raises(ValidationError):
        decided(name)


@pytest.mark.parametrize("refusal", DecisionRefusal)
def test_every_refusal_is_explained(refusal: DecisionRefusal) -> None:
    """Each refusal is one sentence and a remedy that names the run."""
    sentence, remedy = explain_refusal(refusal, "run-1")
    assert sentence.endswith(".")
    assert remedy.endswith(".")
    assert "{" not in sentence + remedy
