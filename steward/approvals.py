"""Approvals: who may decide about a change set, what a decision is, and when it counts."""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from pydantic import AwareDatetime, Field

from steward.model import Frozen
from steward.policy import NeedsApproval
from steward.runs import Person


class DecisionVerdict(StrEnum):
    """What the person decided."""

    APPROVE = "approve"
    REJECT = "reject"


class Decision(Frozen):
    """One person's decision about one change set of one run."""

    run_id: str
    digest: str
    verdict: DecisionVerdict
    by: Person
    comment: str = Field(default="", max_length=2_000)


class DecisionRefusal(StrEnum):
    """Why a decision does not count."""

    NOT_WAITING = "not_waiting"
    WRONG_RUN = "wrong_run"
    WRONG_DIGEST = "wrong_digest"
    OWN_RUN = "own_run"
    NOT_AN_APPROVER = "not_an_approver"
    TOO_LATE = "too_late"
    ALREADY_DECIDED = "already_decided"


_REFUSALS = {
    DecisionRefusal.NOT_WAITING: (
        "The run is not waiting for a decision.",
        "See its stage with `steward show {run}`.",
    ),
    DecisionRefusal.WRONG_RUN: (
        "The decision names another run.",
        "Name run {run} in the decision.",
    ),
    DecisionRefusal.WRONG_DIGEST: (
        "The digest is not the one that was simulated.",
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
    """What a run asks its approvers: this digest, until this deadline."""

    run_id: str
    digest: str
    requested_by: str
    requirement: NeedsApproval
    deadline: AwareDatetime


class DecisionRecord(Frozen):
    """A decision as it is kept: when and by which door it came, and why it was refused, if so."""

    decision: Decision
    door: Door
    at: AwareDatetime
    refusal: DecisionRefusal | None = None


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
) -> DecisionRefusal | None:
    """Return why the decision does not count, or None where it does.

    This is the one place where a decision is verified, whichever door it came through. `request`
    is None while the run is not waiting for a decision.
    """
    if request is None:
        return DecisionRefusal.NOT_WAITING
    checks = (
        (decision.run_id != request.run_id, DecisionRefusal.WRONG_RUN),
        (decision.digest != request.digest, DecisionRefusal.WRONG_DIGEST),
        (now >= request.deadline, DecisionRefusal.TOO_LATE),
        (
            not request.requirement.requester_may_decide
            and _same_person(decision.by, request.requested_by),
            DecisionRefusal.OWN_RUN,
        ),
        (
            bool(request.requirement.approvers)
            and not any(_same_person(decision.by, name) for name in request.requirement.approvers),
            DecisionRefusal.NOT_AN_APPROVER,
        ),
        (
            any(_same_person(decision.by, earlier.by) for earlier in counted),
            DecisionRefusal.ALREADY_DECIDED,
        ),
        (standing(request, counted) is not Standing.OPEN, DecisionRefusal.NOT_WAITING),
    )
    return next((refusal for broken, refusal in checks if broken), None)


def standing(request: ApprovalRequest, counted: Sequence[Decision]) -> Standing:
    """Return where the counted decisions leave the request.

    One rejection is enough; the quorum counts people, not decisions.
    """
    if any(decision.verdict is DecisionVerdict.REJECT for decision in counted):
        return Standing.REJECTED
    if len({_identity(decision.by) for decision in counted}) >= request.requirement.quorum:
        return Standing.APPROVED
    return Standing.OPEN


def _same_person(one: str, other: str) -> bool:
    return _identity(one) == _identity(other)


def _identity(name: str) -> str:
    """Return the name without the differences that people do not see: case, spaces, composition."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
