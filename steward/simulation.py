"""Simulation: what was found out about a change set before anybody is asked."""

from pydantic import AwareDatetime

from steward.changes import Outcome
from steward.impact import Impact
from steward.model import Frozen
from steward.policy import Policy, Risk, Verdict
from steward.runs import ExecutionPlan, RunId


class Prediction(Frozen):
    """What is expected to become of one change, and which request would carry it.

    `request` counts the predicted requests from zero, and `request_digest` stands for that
    request's content, see `steward.fidelity`; both are None where the change is settled without.
    """

    ordinal: int
    outcome: Outcome
    reason: str = ""
    request: int | None = None
    request_digest: str | None = None


class Simulation(Frozen):
    """What was found out about a change set before anybody is asked.

    `policy` holds the rules that the verdict follows and that the run's waves are judged by, and
    `policy_digest` names them; see `steward.policy_book`.
    """

    run_id: RunId
    store: str
    intent: str
    plan: ExecutionPlan
    impact: Impact
    verdict: Verdict
    risk: Risk
    simulated_at: AwareDatetime
    policy_digest: str = ""
    policy: Policy = Policy()
