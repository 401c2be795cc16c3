"""What the Web UI shows of a run while it goes on, as Markdown."""

from datetime import datetime
from textwrap import indent

from steward.approvals import ApprovalRequest, Decision, DecisionVerdict
from steward.steps import Simulated
from steward.wording import in_markdown
from workflows.names import DECIDE


def heading(stage: str, headline: str, progress: str) -> str:
    """Return where the run is, in two lines."""
    shown = f"### {stage}\n\n{in_markdown(headline)}"
    return shown + (f"\n\n{in_markdown(progress)}" if progress else "")


def not_counted(refused: str) -> str:
    """Return who decided in vain, and why."""
    return f"Decision not counted: {in_markdown(refused)}"


def simulation_table(simulated: Simulated) -> str:
    """Return the first changes, with the digest that stands for all of them."""
    return (
        f"{simulated.plan.changes} changes in {len(simulated.plan.waves)} wave(s), "
        f"risk {simulated.risk}, digest `{simulated.plan.digest}`\n\n{simulated.table}"
    )


def how_to_decide(request: ApprovalRequest, now: datetime) -> str:
    """Return the exact command, and the signal's exact JSON, by which a person decides."""
    decision = Decision(
        run_id=request.run_id,
        digest=request.digest,
        verdict=DecisionVerdict.APPROVE,
        by="YOUR NAME",
    )
    content = indent(decision.model_dump_json(exclude_defaults=True, indent=2), "    ")
    reasons = in_markdown("; ".join(request.requirement.reasons))
    editors = in_markdown(", ".join(dict.fromkeys(request.editors)))
    edited = f"Edited by {editors}, who may not decide about it any more.\n\n" * bool(editors)
    escalation = request.requirement.escalation
    has_escalated = request.escalates_at is not None and request.escalates_at <= now
    others = f"{escalation.role} may decide too by now.\n\n" if escalation and has_escalated else ""
    return (
        f"{edited}{others}"
        f"**Waits for approval** until {request.deadline:%Y-%m-%d %H:%M} UTC: {reasons}\n\n"
        f"    steward approve {request.run_id}\n\n"
        f'or send the signal `{DECIDE}` (`"verdict":"reject"` says no):\n\n'
        f"{content}"
    )
