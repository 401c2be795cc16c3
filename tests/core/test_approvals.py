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
    with_decision,
)
from steward.approvers import NOT_IN_USE, Approver, Registration
from steward.policy import Escalation, NeedsApproval
from tests.core.strategies import NOON

DEADLINE = NOON + timedelta(days=3)


def asked(
    *approvers: str,
    quorum: int = 1,
    own: bool = False,
    roles: tuple[str, ...] = (),
    escalation: Escalation | None = None,
) -> ApprovalRequest:
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
            roles=roles,
            escalation=escalation,
        ),
        deadline=DEADLINE,
        escalates_at=None if escalation is None else NOON + escalation.after,
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
    for verdict in (DecisionVerdict.APPROVE, DecisionVerdict.REJECT):
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
            counted = list(with_decision(counted, decision))
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


def registered(*roles: str, revoked: bool = False) -> Registration:
    """Return what the register says about somebody with these roles."""
    return Registration(
        in_use=True,
        approver=Approver(
            name="ann",
            roles=roles,
            added_by="root",
            added_at=NOON,
            revoked_by="root" if revoked else None,
            revoked_at=NOON if revoked else None,
        ),
    )


@pytest.mark.parametrize(
    ("registration", "refusal"),
    [
        (NOT_IN_USE, None),
        (Registration(in_use=True), DecisionRefusal.NOT_REGISTERED),
        (registered(), None),
        (registered(revoked=True), DecisionRefusal.NOT_REGISTERED),
    ],
)
def test_only_registered_people_decide_once_there_is_a_register(
    registration: Registration, refusal: DecisionRefusal | None
) -> None:
    """Without a register everybody may; with one, those who are in it and were not revoked."""
    assert judge_decision(decided(), asked(), [], NOON, registration) == refusal


@pytest.mark.parametrize(
    ("registration", "refusal"),
    [
        (NOT_IN_USE, DecisionRefusal.WRONG_ROLE),
        (registered("stock"), DecisionRefusal.WRONG_ROLE),
        (registered("stock", "pricing"), None),
        (registered("pricing", revoked=True), DecisionRefusal.NOT_REGISTERED),
    ],
)
def test_a_role_is_needed_where_one_is_asked_for(
    registration: Registration, refusal: DecisionRefusal | None
) -> None:
    """A person needs one of the roles, and has those alone that the register says."""
    assert judge_decision(decided(), asked(roles=("pricing",)), [], NOON, registration) == refusal


def test_an_escalation_lets_a_second_role_decide_later() -> None:
    """Until then the second role does not count, and from that moment it does."""
    escalation = Escalation(after=timedelta(hours=4), role="management")
    request = asked(roles=("pricing",), escalation=escalation)
    manager = registered("management")
    for hours, refusal in ((3.99, DecisionRefusal.WRONG_ROLE), (4, None)):
        now = NOON + timedelta(hours=hours)
        assert judge_decision(decided(), request, [], now, manager) == refusal
    assert judge_decision(decided(), request, [], NOON, registered("pricing")) is None


def test_an_approval_can_be_withdrawn_by_who_gave_it() -> None:
    """Taken back it no longer counts, and the same person may approve again."""
    request = asked(quorum=2)
    counted = with_decision((), decided("ann"))
    withdrawal = decided("ANN", DecisionVerdict.WITHDRAW)
    assert judge_decision(withdrawal, request, counted, NOON) is None
    left = with_decision(counted, withdrawal)
    assert left == ()
    assert judge_decision(decided("ann"), request, left, NOON) is None
    nothing = judge_decision(decided("bob", DecisionVerdict.WITHDRAW), request, counted, NOON)
    assert nothing is DecisionRefusal.NOTHING_TO_WITHDRAW


def test_the_last_approval_can_be_withdrawn_before_anything_is_written() -> None:
    """While the request still stands, as in quiet hours, a withdrawal opens it again."""
    request = asked()
    counted = (decided("ann"),)
    assert standing(request, counted) is Standing.APPROVED
    withdrawal = decided("ann", DecisionVerdict.WITHDRAW)
    assert judge_decision(withdrawal, request, counted, NOON) is None
    assert standing(request, with_decision(counted, withdrawal)) is Standing.OPEN
