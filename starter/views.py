"""How runs, impacts and changes read: as lines for a person, and as data for a script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, assert_never

from steward.catalog import PRICE_FIELDS
from steward.change_words import FIELD_TITLES, percent
from steward.changes import Outcome
from steward.impact import moved_percent
from steward.policy import Allow, Deny, NeedsApproval
from steward.runs import RunKind, RunStatus, Stage

if TYPE_CHECKING:
    from starter.listed import ListedChange
    from steward.execution import BulkEstimate
    from steward.impact import Impact
    from steward.policy import Verdict
    from steward.runs import RunRecord
    from steward.simulation import Simulation

SHORT_DIGEST = 12
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

OUTCOME_STYLES = {
    Outcome.APPLIED.value: "green",
    Outcome.UNCHANGED.value: "dim",
    Outcome.MOVED.value: "yellow",
    Outcome.REFUSED.value: "red",
    Outcome.UNKNOWN.value: "red",
    Outcome.ATTEMPTING.value: "cyan",
}
STATUS_STYLES = {
    RunStatus.RUNNING.value: "cyan",
    RunStatus.COMPLETED.value: "green",
    RunStatus.COMPENSATED.value: "yellow",
    RunStatus.REFUSED.value: "yellow",
    RunStatus.FAILED.value: "red",
}


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    days, hours = divmod(round(whole / _HOUR), 24)
    return counted(days, "day") + (f" {hours} h" if hours else "")


def age(record: RunRecord) -> str:
    """Return how long ago the run started, roughly."""
    seconds = (datetime.now(UTC) - record.start.started_at).total_seconds()
    for length, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {name} ago"
    return "just now"


def moment(at: datetime) -> str:
    """Return a time in the reader's own time zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def impact_facts(impact: Impact) -> list[tuple[str, str]]:
    """Return the figures that a person decides by."""
    prices = ", ".join(
        f"{number:,} {word}"
        for number, word in ((impact.prices_lowered, "lowered"), (impact.prices_raised, "raised"))
        if number
    )
    lowest, highest = percent(impact.lowest_percent), percent(impact.highest_percent)
    spread = (
        lowest
        if lowest == highest
        else f"{lowest} to {highest}, median {percent(impact.median_percent)}"
    )
    extent = counted(impact.products, "product")
    if impact.variants:
        extent += f", {counted(impact.variants, 'variant')}"
    largest = f"{impact.largest_move_percent} %, {impact.largest_move_label}"
    estimate = impact.estimate
    cost = [counted(estimate.calls, "call")]
    # Where each call costs one point, the calls say it all.
    if estimate.points != estimate.calls:
        cost.append(counted(estimate.points, "rate-limit point"))
    if estimate.seconds >= 1:
        known = "about" if estimate.bulk else "at least"
        cost.append(f"{known} {duration(float(estimate.seconds))}")
    return [
        ("Changes", f"{impact.changes:,} on {extent}"),
        ("Fields", _fields(impact)),
        ("Prices", f"{prices}: {spread}" if prices else ""),
        ("Stock", _stock(impact)),
        ("Largest move", largest if impact.largest_move_label else ""),
        ("Refusals", f"{impact.refused:,} expected" if impact.refused else ""),
        ("Cost", ", ".join(cost)),
        ("In bulk", _in_bulk(estimate.bulk)),
    ]


def _in_bulk(bulk: BulkEstimate | None) -> str:
    """Return how much goes in bulk, how long that takes, and what it means for others' changes."""
    if bulk is None:
        return ""
    gap = duration(float(bulk.longest_seconds))
    return (
        f"{counted(bulk.calls, 'call')} as {counted(bulk.operations, 'bulk operation')}, about "
        f"{duration(float(bulk.seconds))}; what others change in up to {gap} is overwritten"
    )


def _fields(impact: Impact) -> str:
    """Return the fields, and how many changes each of several has, unless all are of prices."""
    if not set(impact.fields) - PRICE_FIELDS:
        return ""
    if len(impact.fields) == 1:
        return FIELD_TITLES[next(iter(impact.fields))]
    return ", ".join(
        f"{FIELD_TITLES[field]} ({number:,})" for field, number in impact.fields.items()
    )


def _stock(impact: Impact) -> str:
    moves = ((impact.units_added, "added"), (impact.units_removed, "taken away"))
    told = ", ".join(f"{counted(number, 'unit')} {word}" for number, word in moves if number)
    return f"{told} at {', '.join(impact.locations)}" if impact.locations else told


def verdict_facts(simulation: Simulation, *, requested_by: str) -> list[tuple[str, str]]:
    """Return what the policy says about a change set, and why."""
    return [
        ("Risk", simulation.risk.value),
        ("Verdict", verdict_sentence(simulation.verdict)),
        ("Reasons", "; ".join(simulation.verdict.reasons)),
        *_approval_facts(simulation, requested_by=requested_by),
    ]


def verdict_sentence(verdict: Verdict) -> str:
    """Return the verdict in words."""
    match verdict:
        case Allow():
            return "allowed without asking anybody"
        case NeedsApproval():
            return "needs approval"
        case Deny():
            return "denied by the policy"
        case _:
            assert_never(verdict)


def _approval_facts(simulation: Simulation, *, requested_by: str) -> list[tuple[str, str]]:
    verdict = simulation.verdict
    if not isinstance(verdict, NeedsApproval):
        return []
    roles = f"anybody with the role {' or '.join(verdict.roles)}" if verdict.roles else "anybody"
    who = ", ".join(verdict.approvers) or roles
    but = "" if verdict.requester_may_decide else f", but not {requested_by}"
    until = simulation.simulated_at + verdict.deadline
    left = (until - datetime.now(UTC)).total_seconds()
    return [
        ("Approvers", f"{who}{but}; {verdict.quorum} needed"),
        ("Escalation", _escalation(simulation, verdict)),
        ("Deadline", f"{moment(until)} (in {duration(left)})" if left > 0 else moment(until)),
    ]


def _escalation(simulation: Simulation, verdict: NeedsApproval) -> str:
    if verdict.escalation is None:
        return ""
    at = simulation.simulated_at + verdict.escalation.after
    return f"from {moment(at)} on also {verdict.escalation.role}"


def state_of(record: RunRecord) -> str:
    """Return in one word or two where a run is: its stage while it runs, its status after."""
    if record.status is not RunStatus.RUNNING:
        return record.status.value
    return "waits for approval" if record.stage is Stage.APPROVE else record.stage.value


def is_undo(record: RunRecord) -> bool:
    """Return whether the run undoes another one."""
    return record.start.kind is RunKind.ROLLBACK


def next_command(record: RunRecord) -> str:
    """Return the command that a person is likely to want next."""
    run_id = record.start.run_id
    if record.status is RunStatus.RUNNING:
        return f"steward {'approve' if record.stage is Stage.APPROVE else 'watch'} {run_id}"
    if record.status is RunStatus.COMPLETED and not is_undo(record):
        return f"steward rollback {run_id}"
    if record.digest is not None and record.status in {RunStatus.FAILED, RunStatus.COMPENSATED}:
        return f"steward diff {run_id} --all"
    return ""


def run_data(record: RunRecord, simulation: Simulation | None = None) -> dict[str, Any]:
    """Return a run as a script reads it."""
    data = record.model_dump(mode="json")
    start = data.pop("start")
    return {
        **start,
        **data,
        "simulation": None
        if simulation is None
        else simulation.model_dump(mode="json", exclude={"plan": {"waves"}}),
    }


def change_data(listed: ListedChange) -> dict[str, Any]:
    """Return a change as a script reads it."""
    change = listed.change
    moved = moved_percent(change)
    return {
        "ordinal": listed.ordinal,
        **change.model_dump(mode="json", exclude={"target"}),
        **change.target.model_dump(mode="json"),
        "move_percent": None if moved is None else str(moved),
        "predicted": None if listed.predicted is None else listed.predicted.value,
        "predicted_reason": listed.predicted_reason,
        "outcome": listed.outcome.value,
        "reason": listed.reason,
    }
