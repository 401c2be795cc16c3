"""`steward policy`: showing the rules, and judging a change set by them."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from starter.screen import Column
from starter.showing import find_run
from starter.views import impact_facts, verdict_sentence
from steward.changes import Change, Outcome, Target
from steward.errors import InvalidInput, PolicyDenies, RunNotActive
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.judging import NOTHING_KNOWN, Surroundings, judge, risk_of, surroundings_of
from steward.policy import Deny, NeedsApproval, Policy
from steward.policy_book import policy_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starter.session import Session

_PAGE = 1_000
_DIGEST_SHOWN = 12
_TARGET = frozenset(Target.model_fields)
_CHANGE = frozenset(Change.model_fields) - {"target"}


def show_policy(session: Session, *, store: str | None, agent: str | None, as_json: bool) -> None:
    """Print each rule that holds for the agent on the store, and where it comes from."""
    policy = session.services.policies().policy_for(store or "", agent or "")
    digest = policy_digest(policy)
    stated = policy.model_dump(mode="json", exclude={"origins"})
    # What is left out of the digest where it is not stated is a rule too.
    rules = {
        rule: stated.get(rule, getattr(policy, rule))
        for rule in Policy.model_fields
        if rule != "origins"
    }
    if as_json:
        session.screen.data({"digest": digest, "origins": dict(policy.origins), "rules": rules})
        return
    session.screen.table(
        (Column("rule", width=24), Column("value", width=44), Column("from")),
        [
            (rule, _told(value), policy.origins.get(rule, "the defaults"))
            for rule, value in rules.items()
        ],
    )
    session.screen.note(f"Digest: {digest}")
    if store is not None and store not in session.services.stores():
        session.screen.note(f"No store '{store}' is configured: nothing is judged by these rules.")


def _told(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None or value in ([], {}, ()):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def tell_verdict(
    session: Session,
    run_id: str | None,
    *,
    changes: str | None,
    store: str | None,
    agent: str | None,
    as_json: bool,
) -> None:
    """Print the verdict on a run's changes or a file's; raises `PolicyDenies` where denied."""
    if (run_id is None) == (changes is None):
        raise InvalidInput(
            "Name either a run or a file of changes.",
            remedy="As in `steward policy test RUN` or `steward policy test --changes FILE`.",
        )
    known = NOTHING_KNOWN
    if run_id is not None:
        judged, known, store, agent = await _of_run(session, run_id, store, agent)
    else:
        judged = _of_file(changes or "")
    policy = session.services.policies().policy_for(store or "", agent or "")
    _tell_verdict(session, judged, known, policy, as_json=as_json)


def _tell_verdict(
    session: Session,
    changes: Sequence[Change],
    known: Surroundings,
    policy: Policy,
    *,
    as_json: bool,
) -> None:
    nothing = CallEstimate(calls=0, points=0, seconds=Decimal(0))
    impact = measure_impact(changes, [Outcome.APPLIED] * len(changes), nothing)
    verdict = judge(impact, policy, changes, known)
    digest = policy_digest(policy)
    if as_json:
        session.screen.data({"verdict": verdict.model_dump(mode="json"), "policy_digest": digest})
    else:
        asked = (
            [
                ("Approvers", ", ".join((*verdict.approvers, *verdict.roles)) or "anybody"),
                ("Needed", str(verdict.quorum)),
            ]
            if isinstance(verdict, NeedsApproval)
            else []
        )
        session.screen.facts(
            [
                *(fact for fact in impact_facts(impact) if fact[0] != "Cost"),
                ("Risk", risk_of(impact, policy, changes).value),
                ("Verdict", verdict_sentence(verdict)),
                *(("Reason", reason) for reason in verdict.reasons),
                *asked,
                ("Policy", digest[:_DIGEST_SHOWN]),
            ]
        )
    if isinstance(verdict, Deny):
        raise PolicyDenies(
            "The policy denies these changes.",
            remedy="Change what is asked, or the rule that is named.",
        )


async def _of_run(
    session: Session, run_id: str, store: str | None, agent: str | None
) -> tuple[Sequence[Change], Surroundings, str, str]:
    async with session.services.ledger() as reader:
        record = await find_run(session, reader, run_id)
        if record.digest is None:
            raise RunNotActive(
                f"Run {run_id} has simulated no changes.",
                remedy=f"`steward show {run_id}` says where it is.",
            )
        changes: list[Change] = []
        while page := await reader.changes(run_id, record.digest, len(changes), _PAGE):
            changes += [entry.change for entry in page]
        snapshot = await reader.snapshot(run_id, record.digest)
    known = NOTHING_KNOWN if snapshot is None else surroundings_of(snapshot)
    return changes, known, store or record.start.store, agent or record.start.agent


def _of_file(name: str) -> Sequence[Change]:
    problem = ""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        rows = json.loads(text)["changes"]
        content = [
            {
                "target": {key: row[key] for key in _TARGET & row.keys()},
                **{key: row[key] for key in _CHANGE & row.keys()},
            }
            for row in rows
        ]
        return TypeAdapter(list[Change]).validate_python(content)
    except (OSError, UnicodeDecodeError):
        problem = "it cannot be read"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = "it is not in the form of `steward diff --json`"
        if isinstance(error, ValidationError):
            place = ".".join(str(step) for step in error.errors()[0]["loc"])
            problem += f" at {place}"
    raise InvalidInput(
        f"The changes in {name} cannot be judged: {problem}.",
        remedy="Write one with `steward diff RUN --all --json`.",
    )
