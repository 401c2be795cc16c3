"""Approvals: who may decide about a change set, what a decision is, and when it counts."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from pydantic import AwareDatetime

from steward.approvers import NOT_IN_USE, Registration, same_person
from steward.identity import identity_of
from steward.model import Frozen
from steward.policy import NeedsApproval
from steward.runs import Named, Person, Remark


class DecisionVerdict(StrEnum):
    """What the person decided; `WITHDRAW` takes the same person's approval back."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Decision(Frozen):
    """One person's decision about one change set of one run."""

    run_id: Named
    digest: Named
    verdict: DecisionVerdict
    by: Person
    comment: Remark = ""


class DecisionRefusal(StrEnum):
    """Why a decision does not count."""

    NOT_WAITING = "not_waiting"
    WRONG_RUN = "wrong_run"
    WRONG_DIGEST = "wrong_digest"
    OWN_RUN = "own_run"
    NOT_AN_APPROVER = "not_an_approver"
    TOO_LATE = "too_late"
    ALREADY_DECIDED = "already_decided"
    NOT_REGISTERED = "not_registered"
    WRONG_ROLE = "wrong_role"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    OWN_EDIT = "own_edit"
    EDITED_TOO_OFTEN = "edited_too_often"
    WITHDRAWN_TOO_OFTEN = "withdrawn_too_often"


_REFUSALS = {
    DecisionRefusal.NOT_WAITING: (
        "The run is not waiting for a decision.",
        "See its stage with `steward show {run}`.",
    ),
    DecisionRefusal.WITHDRAWN_TOO_OFTEN: (
        "Whoever withdrew so many approvals of a run approves it no more.",
        "Ask another person, or reject run {run} and start another one.",
    ),
    DecisionRefusal.WRONG_RUN: (
        "The decision names another run.",
        "Name run {run} in the decision.",
    ),
    DecisionRefusal.WRONG_DIGEST: (
        "The digest is not that of the run's present changes.",
        "Look at the changes with `steward diff {run}` and decide about the digest shown there.",
    ),
    DecisionRefusal.OWN_RUN: (
        "Nobody decides about a run that they requested themselves.",
        "Ask another person, or name yourself correctly with --as.",
    ),
    DecisionRefusal.NOT_AN_APPROVER: (
        "This person is not one of the run's approvers.",
        "Ask one of those whom `steward show {run}` lists.",
    ),
    DecisionRefusal.TOO_LATE: (
        "The deadline for a decision has passed, which counts as no.",
        "Start the run again.",
    ),
    DecisionRefusal.ALREADY_DECIDED: (
        "This person has already decided about this run.",
        "Nothing is left to do; `steward show {run}` lists the decisions.",
    ),
    DecisionRefusal.NOT_REGISTERED: (
        "This person is not registered as an approver, or no longer.",
        "Register them with `steward approver add`, or ask somebody whom `steward approver` lists.",
    ),
    DecisionRefusal.WRONG_ROLE: (
        "This person has none of the roles that may decide about this run.",
        "Ask somebody with one of the roles that `steward show {run}` lists.",
    ),
    DecisionRefusal.NOTHING_TO_WITHDRAW: (
        "This person has not approved this run.",
        "`steward show {run}` lists the decisions.",
    ),
    DecisionRefusal.OWN_EDIT: (
        "Nobody decides about changes that they edited themselves.",
        "Ask another person, or name yourself correctly with --as.",
    ),
    DecisionRefusal.EDITED_TOO_OFTEN: (
        "The changes of this run were edited as often as they may be.",
        "Decide about them as they are, or say no: `steward reject {run}`.",
    ),
}


def explain_refusal(refusal: DecisionRefusal, run_id: str) -> tuple[str, str]:
    """Return the refusal as a sentence, and its remedy."""
    sentence, remedy = _REFUSALS[refusal]
    return sentence, remedy.format(run=run_id)


class Door(StrEnum):
    """The way by which a decision came in."""

    SIGNAL = "signal"
    UPDATE = "update"
    POLICY = "policy"


class ApprovalRequest(Frozen):
    """What a run asks its approvers: this digest, until this deadline.

    From `escalates_at` on, people with the escalation's role may decide too. `editors` edited the
    change set while it waited, in this order.
    """

    run_id: str
    digest: str
    requested_by: str
    requirement: NeedsApproval
    deadline: AwareDatetime
    escalates_at: AwareDatetime | None = None
    editors: tuple[str, ...] = ()

    @property
    def proposers(self) -> tuple[str, ...]:
        """Those from whom the change set is: who requested the run, and who edited it."""
        return (self.requested_by, *self.editors)

    @property
    def escalates_in_time(self) -> AwareDatetime | None:
        """From when on others may decide too, where that is before the deadline."""
        at = self.escalates_at
        return at if at is not None and at < self.deadline else None

    def roles_at(self, now: AwareDatetime) -> frozenset[str]:
        """Return the roles of which a person needs one; none where anybody may decide."""
        roles = frozenset(self.requirement.roles)
        escalation = self.requirement.escalation
        if escalation is None or self.escalates_at is None or now < self.escalates_at:
            return roles
        return roles | {escalation.role} if roles else roles


class DecisionRecord(Frozen):
    """A decision as it is kept: when and by which door it came, and why it was refused, if so."""

    decision: Decision
    door: Door
    at: AwareDatetime
    refusal: DecisionRefusal | None = None

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the whole record."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Standing(StrEnum):
    """Where the decisions taken so far leave the request."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


def judge_decision(
    decision: Decision,
    request: ApprovalRequest | None,
    counted: Sequence[Decision],
    now: AwareDatetime,
    registration: Registration = NOT_IN_USE,
) -> DecisionRefusal | None:
    """Return why the decision does not count, or None where it does.

    This is the one place where a decision is verified, whichever door it came through. `request`
    is None while the run is not waiting for a decision; `registration` is what the register of
    approvers says about whoever decides.
    """
    if request is None:
        return DecisionRefusal.NOT_WAITING
    roles = request.roles_at(now)
    approved = any(
        same_person(decision.by, earlier.by) and earlier.verdict is DecisionVerdict.APPROVE
        for earlier in counted
    )
    withdraws = decision.verdict is DecisionVerdict.WITHDRAW
    checks = (
        (decision.run_id != request.run_id, DecisionRefusal.WRONG_RUN),
        (decision.digest != request.digest, DecisionRefusal.WRONG_DIGEST),
        (now >= request.deadline, DecisionRefusal.TOO_LATE),
        (
            not request.requirement.requester_may_decide
            and same_person(decision.by, request.requested_by),
            DecisionRefusal.OWN_RUN,
        ),
        (
            any(same_person(decision.by, editor) for editor in request.editors),
            DecisionRefusal.OWN_EDIT,
        ),
        (
            bool(request.requirement.approvers)
            and not any(same_person(decision.by, name) for name in request.requirement.approvers),
            DecisionRefusal.NOT_AN_APPROVER,
        ),
        (not registration.is_known, DecisionRefusal.NOT_REGISTERED),
        (bool(roles) and not roles & registration.roles, DecisionRefusal.WRONG_ROLE),
        (withdraws and not approved, DecisionRefusal.NOTHING_TO_WITHDRAW),
        (
            not withdraws and any(same_person(decision.by, earlier.by) for earlier in counted),
            DecisionRefusal.ALREADY_DECIDED,
        ),
        (
            standing(request, counted) is not Standing.OPEN
            and not (withdraws and standing(request, counted) is Standing.APPROVED),
            DecisionRefusal.NOT_WAITING,
        ),
    )
    return next((refusal for broken, refusal in checks if broken), None)


def standing(request: ApprovalRequest, counted: Sequence[Decision]) -> Standing:
    """Return where the counted decisions leave the request.

    One rejection is enough; the quorum counts people, not decisions.
    """
    if any(decision.verdict is DecisionVerdict.REJECT for decision in counted):
        return Standing.REJECTED
    agreed = {identity_of(one.by) for one in counted if one.verdict is DecisionVerdict.APPROVE}
    return Standing.APPROVED if len(agreed) >= request.requirement.quorum else Standing.OPEN


def with_decision(counted: Sequence[Decision], decision: Decision) -> tuple[Decision, ...]:
    """Return what counts once the decision does; a withdrawal takes the approval away."""
    if decision.verdict is DecisionVerdict.WITHDRAW:
        return tuple(one for one in counted if not same_person(one.by, decision.by))
    return (*counted, decision)
