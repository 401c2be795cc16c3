"""Who may edit what a run waits for, and what is asked of people afterwards."""

from datetime import timedelta
from decimal import Decimal

import pytest

from steward.approvals import (
    ApprovalRequest,
    Decision,
    DecisionRefusal,
    DecisionVerdict,
    judge_decision,
)
from steward.approvers import NOT_IN_USE, Approver, Registration
from steward.edit_requests import (
    MOST_EDITS,
    Edited,
    EditRequest,
    judge_edit,
    request_after,
    requirement_after,
)
from steward.editing import Cap, CapUnit, Edit
from steward.errors import PolicyDenies
from steward.policy import Allow, Deny, Escalation, NeedsApproval, Risk
from tests.core.strategies import NOON

DAY = timedelta(days=1)
ASKED = NeedsApproval(reasons=("many",), quorum=2, deadline=3 * DAY)
REQUEST = ApprovalRequest(
    run_id="run-1", digest="abc", requested_by="rita", requirement=ASKED, deadline=NOON + 3 * DAY
)
EDIT = EditRequest(
    run_id="run-1",
    digest="abc",
    by="maria",
    edit=Edit(cap=Cap(limit=Decimal(10), unit=CapUnit.PERCENT)),
)
REGISTERED = Registration(
    in_use=True, approver=Approver(name="maria", roles=("pricing",), added_by="r", added_at=NOON)
)
STRANGER = Registration(in_use=True)


def of(request: ApprovalRequest = REQUEST, **others: object) -> ApprovalRequest:
    """Return the request with another requirement."""
    return request.model_copy(update={"requirement": ASKED.model_copy(update=others)})


def decision(by: str, *, digest: str = "abc", reject: bool = False) -> Decision:
    """Return a decision of somebody."""
    verdict = DecisionVerdict.REJECT if reject else DecisionVerdict.APPROVE
    return Decision(run_id="run-1", digest=digest, verdict=verdict, by=by)


@pytest.mark.parametrize(
    ("edit", "request_", "counted", "registration", "refusal"),
    [
        (EDIT, REQUEST, [], NOT_IN_USE, None),
        (EDIT, REQUEST, [decision("amir")], REGISTERED, None),
        (EDIT, None, [], NOT_IN_USE, DecisionRefusal.NOT_WAITING),
        (EDIT, REQUEST, [decision("amir"), decision("ben")], NOT_IN_USE,
         DecisionRefusal.NOT_WAITING),
        (EDIT, REQUEST, [decision("amir", reject=True)], NOT_IN_USE, DecisionRefusal.NOT_WAITING),
        (EDIT.model_copy(update={"run_id": "run-2"}), REQUEST, [], NOT_IN_USE,
         DecisionRefusal.WRONG_RUN),
        (EDIT.model_copy(update={"digest": "old"}), REQUEST, [], NOT_IN_USE,
         DecisionRefusal.WRONG_DIGEST),
        (EDIT, REQUEST.model_copy(update={"deadline": NOON}), [], NOT_IN_USE,
         DecisionRefusal.TOO_LATE),
        (EDIT, of(approvers=("amir",)), [], NOT_IN_USE, DecisionRefusal.NOT_AN_APPROVER),
        (EDIT, REQUEST, [], STRANGER, DecisionRefusal.NOT_REGISTERED),
        (EDIT, of(roles=("stock",)), [], REGISTERED, DecisionRefusal.WRONG_ROLE),
        (EDIT, of(roles=("pricing",)), [], REGISTERED, None),
        (EDIT.model_copy(update={"by": "Rita"}), of(approvers=("amir",), roles=("stock",)), [],
         STRANGER, None),
        (EDIT, REQUEST.model_copy(update={"editors": ("maria",) * MOST_EDITS}), [], NOT_IN_USE,
         DecisionRefusal.EDITED_TOO_OFTEN),
    ],
)  # fmt: skip
def test_whoever_may_decide_or_proposed_may_edit(
    edit: EditRequest,
    request_: ApprovalRequest | None,
    counted: list[Decision],
    registration: Registration,
    refusal: DecisionRefusal | None,
) -> None:
    """An edit needs an open request, its digest, and an approver or a proposer."""
    assert judge_edit(edit, request_, counted, NOON, registration) is refusal


def edited(verdict: NeedsApproval) -> Edited:
    """Return what an edit has led to."""
    return Edited(digest="new", changes=3, verdict=verdict, risk=Risk.LOW, table="")


def test_whoever_edits_is_a_proposer_from_then_on() -> None:
    """Editors and the requester decide nothing about the edited set; others do, by its digest."""
    after = request_after(REQUEST, edited(ASKED), by="maria", now=NOON + DAY)
    twice = request_after(after, edited(ASKED), by="ben", now=NOON + DAY)
    assert twice.proposers == ("rita", "maria", "ben")
    assert twice.deadline == REQUEST.deadline

    def refusal(by: str, digest: str = "new") -> DecisionRefusal | None:
        return judge_decision(decision(by, digest=digest), twice, [], NOON + DAY)

    assert refusal("rita") is DecisionRefusal.OWN_RUN
    assert refusal(" Maria ") is DecisionRefusal.OWN_EDIT
    assert refusal("ben") is DecisionRefusal.OWN_EDIT
    assert refusal("amir", "abc") is DecisionRefusal.WRONG_DIGEST
    assert refusal("amir") is None


def test_an_edit_moves_neither_deadline_nor_escalation() -> None:
    """Both are told as what is left of them, so that they end where they would have ended."""
    asked = ASKED.model_copy(update={"escalation": Escalation(after=2 * DAY, role="management")})
    former = REQUEST.model_copy(update={"requirement": asked, "escalates_at": NOON + 2 * DAY})
    for passed, left in ((DAY, DAY), (timedelta(days=2.5), timedelta(seconds=1))):
        now = NOON + passed
        requirement = requirement_after(
            asked, asked, now=now, deadline=former.deadline, escalates_at=former.escalates_at
        )
        assert now + requirement.deadline == former.deadline
        assert requirement.escalation is not None
        assert requirement.escalation.after == left
        after = request_after(former, edited(requirement), by="maria", now=now)
        assert (after.deadline, after.escalates_at) == (former.deadline, former.escalates_at)


def test_an_escalation_that_the_rules_got_meanwhile_counts_from_the_edit() -> None:
    """Where nothing was to escalate before, the new rule's time begins with the edit."""
    asked = ASKED.model_copy(update={"escalation": Escalation(after=DAY, role="management")})
    after = request_after(REQUEST, edited(asked), by="maria", now=NOON + DAY)
    assert after.escalates_at == NOON + 2 * DAY


def test_an_edit_never_does_away_with_the_approval() -> None:
    """What the rules would let pass by itself is still asked about, as it was before."""
    requirement = requirement_after(
        Allow(reasons=("few",)), ASKED, now=NOON, deadline=NOON + DAY, escalates_at=None
    )
    assert (requirement.quorum, requirement.deadline) == (2, DAY)
    assert requirement.reasons == ("few", "but people were asked before the edit")


def test_a_denied_edit_says_why() -> None:
    """The rule that denies is named, and what to do."""
    with pytest.raises(PolicyDenies, match="never: price") as denied:
        requirement_after(
            Deny(reasons=("never: price",)), ASKED, now=NOON, deadline=NOON, escalates_at=None
        )
    assert "request stands" in denied.value.remedy
