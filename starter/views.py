"""How runs, impacts and changes read: as lines for a person, and as data for a script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, assert_never

from starter.screen import Column
from steward.changes import FieldName, Outcome
from steward.impact import moved_percent
from steward.policy import Allow, Deny, NeedsApproval
from steward.runs import RunKind, RunStatus, Stage

if TYPE_CHECKING:
    from decimal import Decimal

    from starter.services import ListedChange
    from steward.impact import Impact
    from steward.policy import Verdict
    from steward.runs import OutcomeCounts, RunRecord
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
    RunStatus.FAILED.value: "red",
}
FIELD_TITLES = {
    FieldName.PRICE: "price",
    FieldName.COMPARE_AT_PRICE: "compare at",
}
CHANGE_COLUMNS = (
    Column("product"),
    Column("field", width=10),
    Column("before", width=12, right=True),
    Column("after", width=12, right=True),
    Column("move", width=8, right=True),
    Column("outcome", width=10, styles=OUTCOME_STYLES),
)
# What an outcome means for the change that an undo takes back.
UNDO_WORDS = {
    Outcome.APPLIED: "restored",
    Outcome.UNCHANGED: "restored",
    Outcome.MOVED: "kept_newer",
    Outcome.REFUSED: "irreversible",
    Outcome.UNKNOWN: "unknown",
    Outcome.PENDING: "pending",
    Outcome.ATTEMPTING: "attempting",
}


def percent(value: Decimal) -> str:
    """Return a percentage with its sign."""
    return f"{value:+.1f} %" if value else "0.0 %"


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


def moment(at: datetime) -> str:
    """Return a time in the reader's own time zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def change_row(listed: ListedChange, *, undo: bool = False) -> tuple[str, ...]:
    """Return a change as a row of `CHANGE_COLUMNS`; its outcome is the predicted one while open."""
    change = listed.change
    moved = moved_percent(change)
    return (
        change.label,
        FIELD_TITLES[change.target.field],
        str(change.before),
        str(change.after),
        "" if moved is None else percent(moved),
        outcome_word(listed, undo=undo),
    )


def outcome_word(listed: ListedChange, *, undo: bool = False) -> str:
    """Return what became of a change, or in brackets what is expected to."""
    outcome = listed.outcome
    if outcome is Outcome.PENDING:
        expected = listed.predicted or Outcome.PENDING
        return f"({UNDO_WORDS[expected] if undo else expected.value})"
    return UNDO_WORDS[outcome] if undo else outcome.value


def impact_facts(impact: Impact) -> list[tuple[str, str]]:
    """Return the figures that a person decides by."""
    prices = [
        counted(number, "price", f"prices {word}") if number != 1 else f"1 price {word}"
        for number, word in ((impact.prices_lowered, "lowered"), (impact.prices_raised, "raised"))
        if number
    ]
    spread = (
        percent(impact.lowest_percent)
        if impact.lowest_percent == impact.highest_percent
        else f"{percent(impact.lowest_percent)} to {percent(impact.highest_percent)}, "
        f"median {percent(impact.median_percent)}"
    )
    estimate = impact.estimate
    return [
        (
            "Changes",
            f"{impact.changes:,} on {counted(impact.products, 'product')}, "
            f"{counted(impact.variants, 'variant')}",
        ),
        ("Prices", f"{', '.join(prices)}: {spread}" if prices else ""),
        (
            "Largest move",
            f"{impact.largest_move_percent} %, {impact.largest_move_label}"
            if impact.largest_move_label
            else "",
        ),
        ("Expected refusals", f"{impact.refused:,}" if impact.refused else ""),
        (
            "Cost",
            f"{counted(estimate.calls, 'call')}, {counted(estimate.points, 'rate-limit point')}, "
            f"at least {duration(float(estimate.seconds))}",
        ),
    ]


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
    who = ", ".join(verdict.approvers) or "anybody"
    but = "" if verdict.requester_may_decide else f", but not {requested_by}"
    until = simulation.simulated_at + verdict.deadline
    return [
        ("Approvers", f"{who}{but}; {verdict.quorum} needed"),
        (
            "Deadline",
            f"{moment(until)} (in {duration((until - datetime.now(UTC)).total_seconds())})",
        ),
    ]


def outcome_sentence(counts: OutcomeCounts, *, undo: bool = False) -> str:
    """Return how many changes have which outcome, leaving out those that nothing has."""
    totals: dict[str, int] = {}
    for outcome in Outcome:
        word = UNDO_WORDS[outcome] if undo else outcome.value
        totals[word] = totals.get(word, 0) + getattr(counts, outcome.value)
    return ", ".join(f"{number:,} {word}" for word, number in totals.items() if number)


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


def elapsed(start: datetime, end: datetime | None) -> timedelta:
    """Return how long a run has taken, up to now where it goes on."""
    return (end or datetime.now(UTC)) - start
