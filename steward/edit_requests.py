"""Asking for an edit while a run waits: who may, and what is asked of people afterwards."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, assert_never

from pydantic import AwareDatetime

from steward.approvals import (
    ApprovalRequest,
    Decision,
    DecisionRefusal,
    Standing,
    standing,
)
from steward.approvers import NOT_IN_USE, Registration, same_person
from steward.editing import Edit
from steward.errors import PolicyDenies
from steward.model import Frozen
from steward.policy import Allow, Deny, NeedsApproval, Risk, Verdict
from steward.runs import Named, Person, RunId

# Each edit records a change set as a whole, so that their number has an end.
MOST_EDITS: Final = 20
_AT_ONCE: Final = timedelta(seconds=1)


class EditRequest(Frozen):
    """Somebody asks for a change set to be edited; the argument of the update `edit`.

    `digest` names the change set that the person has seen.
    """

    run_id: RunId
    digest: Named
    by: Person
    edit: Edit


class Edited(Frozen):
    """What an edit has led to: the change set that is waited for now, and what to know of it."""

    digest: str
    changes: int
    verdict: Verdict
    risk: Risk
    table: str


def judge_edit(
    asked: EditRequest,
    request: ApprovalRequest | None,
    counted: Sequence[Decision],
    now: AwareDatetime,
    registration: Registration = NOT_IN_USE,
) -> DecisionRefusal | None:
    """Return why the edit is refused, or None where it is not.

    Whoever may decide may edit, and so may whoever proposed the changes: they then decide all the
    less. `request` is None while the run is not waiting for a decision.
    """
    if request is None or standing(request, counted) is not Standing.OPEN:
        return DecisionRefusal.NOT_WAITING
    proposes = any(same_person(asked.by, one) for one in request.proposers)
    named = request.requirement.approvers
    roles = request.roles_at(now)
    checks = (
        (asked.run_id != request.run_id, DecisionRefusal.WRONG_RUN),
        (asked.digest != request.digest, DecisionRefusal.WRONG_DIGEST),
        (now >= request.deadline, DecisionRefusal.TOO_LATE),
        (
            not proposes and bool(named) and not any(same_person(asked.by, name) for name in named),
            DecisionRefusal.NOT_AN_APPROVER,
        ),
        (not proposes and not registration.is_known, DecisionRefusal.NOT_REGISTERED),
        (
            not proposes and bool(roles) and not roles & registration.roles,
            DecisionRefusal.WRONG_ROLE,
        ),
        (len(request.editors) >= MOST_EDITS, DecisionRefusal.EDITED_TOO_OFTEN),
    )
    return next((refusal for broken, refusal in checks if broken), None)


def requirement_after(
    verdict: Verdict,
    former: NeedsApproval,
    *,
    now: AwareDatetime,
    deadline: AwareDatetime,
    escalates_at: AwareDatetime | None,
) -> NeedsApproval:
    """Return what is asked of people for an edited change set; raises `PolicyDenies`.

    Once people were asked, an edit does not do away with that: where the policy would let the
    edited changes pass by themselves, those asked before are asked again. The deadline stays where
    it was, and so does the escalation, told as times that are left from now on.
    """
    match verdict:
        case Deny(reasons=reasons):
            raise PolicyDenies(
                f"The policy denies the edited changes: {'; '.join(reasons)}.",
                remedy="Edit them otherwise; until then the request stands as it was.",
            )
        case Allow(reasons=reasons):
            asked = former.model_copy(
                update={"reasons": (*reasons, "but people were asked before the edit")}
            )
        case NeedsApproval():
            asked = verdict
        case _:
            assert_never(verdict)
    escalation = asked.escalation
    if escalation is not None and escalates_at is not None:
        left = max(escalates_at - now, _AT_ONCE)
        escalation = escalation.model_copy(update={"after": left})
    return asked.model_copy(update={"deadline": deadline - now, "escalation": escalation})


def request_after(
    former: ApprovalRequest, edited: Edited, *, by: str, now: AwareDatetime
) -> ApprovalRequest:
    """Return the request for the edited change set, which whoever edited does not decide about."""
    requirement = edited.verdict
    if not isinstance(requirement, NeedsApproval):
        raise TypeError("an edited change set waits for people")
    escalation = requirement.escalation
    escalates_at = None if escalation is None else former.escalates_at or now + escalation.after
    return former.model_copy(
        update={
            "digest": edited.digest,
            "requirement": requirement,
            "escalates_at": escalates_at,
            "editors": (*former.editors, by),
        }
    )
