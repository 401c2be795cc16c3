"""`steward audit`, `audit verify` and `audit export`, over a real ledger."""

import asyncio
import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from ledger.database import migrate, open_ledger
from ledger.reader import open_reader
from starter.trail_export import csv_line
from starter.trail_views import CSV_COLUMNS, text_cell
from steward.audit import AuditEvent, AuditHead, AuditKind, NotedHead
from steward.errors import ExitCode, ServerUnreachable
from tests.starter.fakes import Office

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def happened(number: int, *, store: str = "demo", actor: str = "rita") -> AuditEvent:
    """Return what happened some minutes after noon: the odd ones were refused."""
    return AuditEvent(
        key=f"k{number}",
        store=store,
        run_id=f"run-{number % 3}",
        kind=AuditKind.REFUSED if number % 2 else AuditKind.DECIDED,
        actor=actor,
        at=NOON + timedelta(minutes=number),
        detail=f'{number}: Ä, "quoted"\nand on two lines',
        facts={"attempt": "pause", "reason": "ended"} if number % 2 else {},
    )


@pytest.fixture
def trail(office: Office) -> Office:
    """The command over a ledger with five entries of one store and two of another."""
    events = [happened(number) for number in range(5)]
    events += [happened(9, store="outlet"), happened(8, store="outlet", actor="=cmd()")]
    asyncio.run(_appended(office.trail_url, events))
    return office


async def _appended(url: str, events: list[AuditEvent]) -> None:
    migrate(url)
    async with open_ledger(url) as ledger:
        await ledger.append_audit(events)


def head_of(office: Office, store: str = "demo") -> AuditHead:
    """Return where the store's trail ends now."""

    async def read() -> AuditHead:
        async with open_reader(office.trail_url) as reader:
            return await reader.audit_head(store)

    return asyncio.run(read())


def tamper(office: Office, *statements: str) -> None:
    """Change the database past its triggers."""
    file = office.trail_url.partition("///")[2]
    with closing(sqlite3.connect(file)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


def test_entries_are_listed_newest_first(trail: Office) -> None:
    """A script gets a line for each entry, across stores, with who did what and when."""
    rows = [line.split("\t") for line in trail.steward("audit").out.splitlines()]
    assert rows[0] == ["AT", "STORE", "ENTRY", "KIND", "ACTOR", "RUN", "WHAT"]
    assert [(row[1], row[2]) for row in rows[1:3]] == [("outlet", "1"), ("outlet", "2")]
    assert rows[-1][1:6] == ["demo", "1", "decided", "rita", "run-0"]
    assert rows[-1][6] == '0: Ä, "quoted" and on two lines'


def test_entries_are_narrowed_down(trail: Office) -> None:
    """Store, run, kind and limit select entries; the JSON holds all of each."""
    of_run = json.loads(trail.steward("audit", "--run", "run-1", "--json").out)
    assert [entry["event"]["key"] for entry in of_run] == ["k4", "k1"]
    refused = json.loads(
        trail.steward("audit", "--store", "demo", "--kind", "refused", "--limit", "1", "--json").out
    )
    assert [entry["event"]["key"] for entry in refused] == ["k3"]
    assert refused[0]["event"]["facts"] == {"attempt": "pause", "reason": "ended"}
    assert trail.steward("audit", "--kind", "nonsense").code == ExitCode.INVALID_INPUT
    nothing = trail.steward("audit", "--store", "quiet")
    assert (nothing.code, nothing.out) == (ExitCode.OK, "")


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_shows_the_trail(width: int, trail: Office) -> None:
    """On a narrow and on a wide terminal every entry says who and what."""
    told = trail.steward("audit", "--store", "demo", answers="", width=width).out
    assert told.count("rita") == 5
    assert "refused" in told


def test_intact_trail_is_told(trail: Office) -> None:
    """Where all is as it was written, each store's length is told, and the exit code is 0."""
    trail.engine_calls.heads = [NotedHead(run_id="run-1", head=head_of(trail))]
    called = trail.steward("audit", "verify")
    rows = [line.split("\t") for line in called.out.splitlines()[1:]]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("demo", "5", "intact"),
        ("outlet", "2", "intact"),
    ]
    assert called.code == ExitCode.OK
    assert "1 finished run " in called.err
    data = json.loads(trail.steward("audit", "verify", "--store", "demo", "--json").out)
    assert (data["intact"], data["compared_with_runs"]) == (True, 1)
    assert [store["length"] for store in data["stores"]] == [5]


def test_edited_entry_is_named(trail: Office) -> None:
    """An edited entry ends the command with 1, and is named, also for a script."""
    tamper(trail, "UPDATE audit SET actor = 'nobody' WHERE store = 'demo' AND sequence = 3")
    called = trail.steward("audit", "verify", "--offline")
    assert called.code == ExitCode.RUN_FAILED
    assert "demo, entry 3: it was altered." in called.out
    data = json.loads(trail.steward("audit", "verify", "--offline", "--json").out)
    assert (data["intact"], data["compared_with_runs"]) == (False, None)
    assert data["stores"][0]["broken"] == {"sequence": 3, "reason": "it was altered"}
    assert data["stores"][1]["intact"]


def test_cut_trail_is_found_by_what_runs_noted(trail: Office) -> None:
    """Entries that were removed from the end, head and all, are missed; offline they are not."""
    trail.engine_calls.heads = [NotedHead(run_id="run-1", head=head_of(trail))]
    tamper(
        trail,
        "DELETE FROM audit WHERE store = 'demo' AND sequence = 5",
        "UPDATE audit_heads SET length = 4, hash = (SELECT hash FROM audit WHERE "
        "store = 'demo' AND sequence = 4) WHERE store = 'demo'",
    )
    assert trail.steward("audit", "verify", "--offline").code == ExitCode.OK
    called = trail.steward("audit", "verify")
    assert called.code == ExitCode.RUN_FAILED
    assert (
        "demo, entry 5: the trail ends at entry 4, but run run-1 ended with entry 5" in called.out
    )


def test_trail_that_is_gone_is_found_by_what_runs_noted(trail: Office) -> None:
    """A store whose trail is gone as a whole is known from what its runs noted."""
    trail.engine_calls.heads = [NotedHead(run_id="run-1", head=head_of(trail))]
    tamper(trail, "DELETE FROM audit", "DELETE FROM audit_heads")
    called = trail.steward("audit", "verify")
    assert called.code == ExitCode.RUN_FAILED
    assert "demo, entry 1" in called.out


def test_server_that_is_away_is_no_proof(trail: Office) -> None:
    """Without the server nothing is called intact, unless it was told to do without."""
    trail.engine_calls.unreachable = ServerUnreachable("The server does not answer.")
    assert trail.steward("audit", "verify").code == ExitCode.UNREACHABLE
    assert trail.steward("audit", "verify", "--offline").code == ExitCode.OK
    assert trail.steward("audit", "verify", "--store", "typo", "--offline").code == 3


def test_export_holds_every_entry_in_order(trail: Office) -> None:
    """JSON lines come store by store, oldest first, with the hashes that bind them."""
    called = trail.steward("audit", "export")
    entries = [json.loads(line) for line in called.out.splitlines()]
    places = [(entry["event"]["store"], entry["sequence"]) for entry in entries]
    assert places == [*(("demo", n) for n in range(1, 6)), ("outlet", 1), ("outlet", 2)]
    assert entries[4]["hash"] == head_of(trail).hash
    assert entries[4]["previous_hash"] == entries[3]["hash"]
    assert called.err == "7 entries exported.\n"


def test_export_since_a_time_is_still_one_chain(trail: Office, tmp_path: Path) -> None:
    """The part from a time on begins with the first entry since then, and leaves no gap."""
    file = tmp_path / "trail.jsonl"
    since = (NOON + timedelta(minutes=3)).isoformat()
    called = trail.steward("audit", "export", "--store", "demo", "--since", since, "-o", str(file))
    assert (called.code, called.out) == (ExitCode.OK, "")
    entries = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [entry["sequence"] for entry in entries] == [4, 5]
    late = trail.steward("audit", "export", "--since", "2027-01-01")
    assert (late.code, late.out) == (ExitCode.OK, "")


@pytest.mark.parametrize(
    "arguments",
    [("--since", "yesterday"), ("--format", "xml"), ("--output", "/nowhere/trail.jsonl")],
)
def test_export_that_cannot_be_is_refused(trail: Office, arguments: tuple[str, str]) -> None:
    """A time, a format or a file that cannot be used is told."""
    assert trail.steward("audit", "export", *arguments).code == ExitCode.INVALID_INPUT


def test_export_as_table_is_safe_and_complete(trail: Office) -> None:
    """The CSV has every field, one row an entry, and no cell that a spreadsheet evaluates."""
    called = trail.steward("audit", "export", "--format", "csv")
    header, *rows = csv.reader(called.out.splitlines(keepends=True))
    assert tuple(header) == CSV_COLUMNS
    assert len(rows) == 7
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert rows[6][header.index("actor")] == "'=cmd()"
    assert json.loads(rows[1][header.index("facts")])["attempt"] == "pause"
    assert rows[1][header.index("detail")] == happened(1).detail


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "'=1"])
def test_formulas_become_text(text: str) -> None:
    """What a spreadsheet would evaluate gets an apostrophe, which can be told from one's own."""
    assert text_cell(text) == f"'{text}"
    assert text_cell("plain - text") == "plain - text"


@pytest.mark.parametrize(
    "text", ["x;=1+1;", "\t=1", "\r=1", "\n=1", "x\t@A1", "x\n=1", 'x; "=1"', 'x";""+1', "=1;=1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_formula_begins_within_a_cell(text: str, separator: str) -> None:
    """However a spreadsheet parts cells, none of them begins like a formula."""
    line = StringIO(csv_line([text_cell("first"), text_cell(text)]), newline="")
    cells = [cell.strip() for row in csv.reader(line, delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_every_cell_is_quoted(trail: Office) -> None:
    """No cell of the CSV depends on what its text holds."""
    header = trail.steward("audit", "export", "--format", "csv").out.splitlines()[0]
    assert header == ",".join(f'"{column}"' for column in CSV_COLUMNS)
