"""The command as a whole: help, errors, exit codes, streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from starter.command_tree import LazyCommands
from starter.main import PLACES
from steward.errors import ExitCode, LedgerUnavailable
from tests.starter.fakes import RUN_ID, Office, a_run

STEWARD = Path(sys.executable).with_name("steward")
LOADED = """
import importlib, importlib.util, json, sys
for name in sys.argv[1:]:
    if importlib.util.find_spec(name):
        importlib.import_module(name)
print(json.dumps(sorted({module.partition(".")[0] for module in sys.modules})))
"""
HEAVY = {
    "alembic",
    "cryptography",
    "google",
    "httpx",
    "rich",
    "sqlalchemy",
    "sqlmodel",
    "temporalio",
    "uvicorn",
}
COMMANDS = [
    *((name,) for name in LazyCommands(PLACES)),
    ("stores", "show"),
    ("templates", "show"),
    ("analytics", "list"),
    ("analytics", "report"),
    ("analytics", "fields"),
    ("analytics", "realtime"),
    ("run", "bulk-price"),
    ("run", "end-sale"),
]


def steward_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed console script in a folder without settings."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [STEWARD, *arguments],
        cwd=folder,
        env=environment | {"TEMPORAL_ADDRESS": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(
    words: tuple[str, ...], office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help of each command says what it does and shows a call of just that command."""
    called = office.steward(*words, "--help")
    told = capsys.readouterr().out
    assert called.code == ExitCode.OK
    assert f"Usage: steward {' '.join(words)}" in told
    assert f"steward {' '.join(words)}" in told.partition("Example:")[2]


def test_main_help_lists_every_command(capsys: pytest.CaptureFixture[str], office: Office) -> None:
    """Called with nothing, the command shows what there is and succeeds."""
    called = office.steward()
    told = capsys.readouterr().out
    assert called.code == ExitCode.OK
    listed = {line.split()[0] for line in told.splitlines() if line.startswith("  ")}
    assert set(LazyCommands(PLACES)) <= listed


def test_command_modules_leave_heavy_libraries_alone() -> None:
    """Declaring the commands loads neither the engine's client, nor a database, nor Rich."""
    modules = {place.partition(":")[0] for place in PLACES.values()}
    finished = subprocess.run(
        [sys.executable, "-c", LOADED, *modules], capture_output=True, text=True, check=True
    )
    assert set(json.loads(finished.stdout)) & HEAVY == set()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("rnus",), "No such command 'rnus'. Did you mean"),
        (("runs", "--frob"), "No such option: --frob"),
        (("runs", "--limit", "many"), "--limit"),
        (("runs", "--limit", "0"), "--limit"),
        (("show",), "Missing argument"),
        (("runs", "--status", "runing"), "'runing' is no status"),
        (("runs", "--stage", "sleep"), "'sleep' is no stage"),
        (("diff", RUN_ID, "--outcome", "appplied"), "'appplied' is no outcome"),
    ],
)
def test_usage_error_is_one_sentence_with_a_remedy(
    arguments: tuple[str, ...], sentence: str, office: Office
) -> None:
    """A mistyped call ends with code 2, a sentence and what to try, and prints nothing else."""
    called = office.steward(*arguments)
    assert called.code == ExitCode.INVALID_INPUT
    assert called.out == ""
    first, second = called.err.splitlines()
    assert first.startswith("Error: ")
    assert sentence in first
    assert second.startswith("Try: ")


def test_error_as_json(office: Office) -> None:
    """With --json a failure is one JSON object beside the output."""
    called = office.steward("show", "nothing-here-1", "--json")
    error = json.loads(called.err)["error"]
    assert called.code == error["exit_code"] == ExitCode.NOT_FOUND
    assert error["type"] == "UnknownRun"
    assert error["message"]
    assert error["remedy"]
    assert called.out == ""


def test_failure_of_a_part_is_told_with_its_exit_code(office: Office) -> None:
    """What a part raises reaches the shell as its sentence, its remedy and its code."""
    office.ledger_failure = LedgerUnavailable("The ledger is busy.", remedy="Wait.")
    called = office.steward("runs")
    assert called == (ExitCode.UNREACHABLE, "", "Error: The ledger is busy.\nTry: Wait.\n")


def test_unforeseen_failure_is_written_down(office: Office, tmp_path: Path) -> None:
    """An unforeseen failure shows no traceback, but says in which file its details are."""
    office.ledger_failure = ZeroDivisionError("secret figures")
    called = office.steward("runs")
    assert called.code == ExitCode.RUN_FAILED
    assert "Traceback" not in called.err
    assert "secret figures" not in called.err
    log = tmp_path / "errors.log"
    assert str(log) in called.err
    assert "secret figures" in log.read_text()


def test_unforeseen_failure_is_shown_on_request(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """STEWARD_DEBUG=1 shows the traceback."""
    monkeypatch.setenv("STEWARD_DEBUG", "1")
    office.ledger_failure = ZeroDivisionError("figures")
    office.steward("runs")
    assert "ZeroDivisionError: figures" in capsys.readouterr().err


def test_console_script_tells_errors_like_the_rest(tmp_path: Path) -> None:
    """The installed script fails with a sentence, in a process of its own, without a ledger."""
    finished = steward_process(tmp_path, "runs")
    assert finished.returncode == ExitCode.UNREACHABLE
    assert finished.stderr.startswith("Error: ")
    assert "Traceback" not in finished.stderr


def test_console_script_says_that_no_server_answers(tmp_path: Path) -> None:
    """Starting a run without a server fails as unreachable, and names the server."""
    (tmp_path / "steward.toml").write_text(
        '[stores.demo]\nplatform = "shopify"\naddress = "http://127.0.0.1:2"\n'
        'access_token = "env:NO_SUCH_TOKEN"\n'
    )
    finished = steward_process(
        tmp_path, "run", "bulk-price", "--store", "demo", "--tag", "sale", "--percent", "-5"
    )
    assert finished.returncode == ExitCode.UNREACHABLE, finished.stderr
    assert "127.0.0.1:1" in finished.stderr
    assert finished.stdout == ""


def test_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    """Output into a pipe whose reader is gone ends quietly."""
    finished = subprocess.run(
        ["/bin/sh", "-c", f'"{STEWARD}" templates --json | true'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0
    assert finished.stderr == ""


def test_broken_pipe_in_the_middle_is_no_failure(tmp_path: Path) -> None:
    """A command that still writes when its reader leaves ends with code 0 and says nothing."""
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [STEWARD, "templates", "--json"],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert finished.returncode == ExitCode.OK
    assert finished.stderr == ""


def test_ctrl_c_at_a_question_decides_nothing(office: Office) -> None:
    """An interrupt at a question ends with code 130, and nothing is decided."""
    office.add(a_run())
    office.interrupted = True
    called = office.steward("approve", RUN_ID, answers="")
    assert called.code == ExitCode.INTERRUPTED
    assert office.engine_calls.decided == []
