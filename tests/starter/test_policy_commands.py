"""`steward policy`: the rules and their origin, and the verdict on a change set."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from steward.policy import Watch
from steward.policy_book import PolicyBook, PolicyPart
from tests.starter.fakes import RUN_ID, Office, a_run


def test_rules_are_shown_with_their_origin(office: Office) -> None:
    """Each rule stands beside the part of the file that states it."""
    office.book = PolicyBook(stores={"demo": PolicyPart(max_move_percent=Decimal(5))})
    rows = [
        line.split("\t") for line in office.steward("policy", "--store", "demo").out.splitlines()
    ]
    assert ["max_move_percent", "5", "stores.demo"] in rows
    assert ["deadline", "P3D", "the defaults"] in rows


def test_rules_that_nobody_states_are_shown_too(office: Office) -> None:
    """Whoever looks for a rule finds it, also one that has no default."""
    rows = [line.split("\t") for line in office.steward("policy").out.splitlines()]
    assert ["watch", "-", "the defaults"] in rows
    rule = Watch(lasting=timedelta(hours=2), every=timedelta(minutes=10), sample=50)
    office.book = PolicyBook(everybody=PolicyPart(watch=rule))
    stated = json.loads(office.steward("policy", "--json").out)["rules"]["watch"]
    assert stated == {"for": "PT2H", "every": "PT10M", "sample": 50}


def test_a_runs_changes_are_judged_by_the_present_rules(office: Office) -> None:
    """A stricter rule denies what was simulated before, with rule and item, and exit code 4."""
    office.add(a_run())
    allowed = office.steward("policy", "test", RUN_ID)
    assert (allowed.code, "needs approval" in allowed.out) == (0, True)
    office.book = PolicyBook(everybody=PolicyPart(max_move_percent=Decimal(5)))
    denied = office.steward("policy", "test", RUN_ID)
    assert denied.code == 4
    assert "max_move_percent (everybody): Linen Shirt 0" in denied.out


def test_changes_of_a_file_are_judged(office: Office, tmp_path: Path) -> None:
    """What `steward diff --json` wrote can be judged again, for any store and agent."""
    office.add(a_run())
    file = tmp_path / "changes.json"
    file.write_text(office.steward("diff", RUN_ID, "--all", "--json").out)
    called = office.steward("policy", "test", "--changes", str(file), "--json")
    assert called.code == 0
    assert json.loads(called.out)["verdict"]["kind"] == "needs_approval"


def test_a_file_that_holds_no_changes_is_told(office: Office, tmp_path: Path) -> None:
    """One sentence says what is wrong with it and how to write one."""
    file = tmp_path / "changes.json"
    file.write_text('{"changes": [{"field": "price"}]}')
    called = office.steward("policy", "test", "--changes", str(file))
    assert called.code == 2
    assert "cannot be judged" in called.err
    assert office.steward("policy", "test").code == 2
