"""`steward up` and `steward doctor` as a person calls them, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.settings import RunningStack, read_running_stack
from starter.stack.ports import free_port
from starter.stack.process_table import StartedProcess, is_alive, start_of
from tests.stack.stand_in_stack import STAND_IN_WORKER

STEWARD = str(Path(sys.executable).parent / "steward")
PATIENCE_SECONDS = 60.0
VISITS = {"name": "visits", "platform": "ga4", "property_number": "1", "items_of": "demo"}
ON_FREE_PORTS = "sandbox: {stores: [{name: demo}]}"

Start = Callable[[], subprocess.Popen[str]]


def describe(folder: Path) -> Path:
    """Write the description of a stack on free ports, and return its file."""
    file = folder / "temporal-dev.yaml"
    content = {
        "temporal": {"port": free_port("127.0.0.1"), "ui_port": None},
        "sandbox": {"stores": [{"name": "demo"}, VISITS]},
        "workers": [{"name": "main", "queues": ["steward"], "command": STAND_IN_WORKER}],
    }
    # JSON is YAML.
    file.write_text(json.dumps(content))
    return file


def eventually(holds: Callable[[], bool]) -> None:
    """Return once something holds that other processes bring about."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.05)


def wait_until_up(command: subprocess.Popen[str], data: Path) -> RunningStack:
    """Return the state of the stack once it is ready."""
    while (state := read_running_stack(data)) is None or not state.ready:
        assert command.poll() is None, command.communicate()
        time.sleep(0.05)
    return state


def running(state: RunningStack) -> list[str]:
    """Return the names of the stack's processes that still run."""
    return [
        process.name
        for process in state.processes
        if is_alive(StartedProcess(process.pid, process.started))
    ]


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Start]:
    """Starts `steward up` in the test's folder, and ends it after the test."""
    describe(tmp_path)
    commands: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = subprocess.Popen(
            [STEWARD, "up"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        commands.append(command)
        return command

    yield start
    for command in commands:
        command.terminate()
        command.communicate(timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_everything_when_asked(number: int, start_up: Start, tmp_path: Path) -> None:
    """Ctrl-C or a polite kill end all processes, which is no failure."""
    command = start_up()
    state = wait_until_up(command, tmp_path / ".steward")
    command.send_signal(number)
    out, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 0, err
    assert running(state) == []
    assert not (tmp_path / ".steward" / "stack.json").exists()
    assert state.temporal_address in out
    assert state.stores["demo"].address in out
    assert "steward run bulk-price" in out
    assert err == ""


def test_interrupted_start_leaves_nothing(start_up: Start, tmp_path: Path) -> None:
    """Ctrl-C before everything is up ends what is up, and tells the shell."""
    command = start_up()
    data = tmp_path / ".steward"
    state: RunningStack | None = None

    def has_begun() -> bool:
        nonlocal state
        state = read_running_stack(data)
        return state is not None and bool(state.processes)

    eventually(has_begun)
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode in {130, 0}
    assert state is not None
    assert running(state) == []
    assert not (data / "stack.json").exists()


def test_killed_stack_leaves_nothing_behind(start_up: Start, tmp_path: Path) -> None:
    """When `steward up` itself is killed, its processes end soon, and the next one starts."""
    command = start_up()
    state = wait_until_up(command, tmp_path / ".steward")
    command.kill()
    command.communicate(timeout=PATIENCE_SECONDS)
    eventually(lambda: running(state) == [])
    again = start_up()
    assert wait_until_up(again, tmp_path / ".steward").supervisor.pid == again.pid


def test_next_start_ends_what_was_left(start_up: Start, tmp_path: Path) -> None:
    """Where the watchdog died together with the stack, the next `steward up` clears up."""
    command = start_up()
    state = wait_until_up(command, tmp_path / ".steward")
    kill_with_watchdog(command)
    assert sorted(running(state)) == ["sandbox", "temporal", "worker:main"]
    again = start_up()
    wait_until_up(again, tmp_path / ".steward")
    assert running(state) == []


def kill_with_watchdog(command: subprocess.Popen[str]) -> None:
    """Kill a command and its watchdog, so that neither can end the stack's processes."""
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    for child in children.read_text().split():
        if b"starter.stack.watchdog" in Path(f"/proc/{child}/cmdline").read_bytes():
            # It must not see that its input ends before it is gone itself.
            os.kill(int(child), signal.SIGKILL)
            eventually(lambda pid=int(child): start_of(pid) is None)  # type: ignore[misc]
    command.kill()
    command.communicate(timeout=PATIENCE_SECONDS)


def test_second_call_is_refused_with_the_addresses(start_up: Start, tmp_path: Path) -> None:
    """A second `steward up` says that the stack is up and where, and changes nothing."""
    first = start_up()
    state = wait_until_up(first, tmp_path / ".steward")
    second = start_up()
    _, err = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 4
    assert state.temporal_address in err
    assert "Traceback" not in err
    assert len(running(state)) == 3


def test_doctor_tells_what_is_missing(start_up: Start, tmp_path: Path) -> None:
    """The checks pass for what the stack has, and name the worker that is not there."""
    wait_until_up(start_up(), tmp_path / ".steward")
    asked = subprocess.run(
        [STEWARD, "doctor", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    told = json.loads(asked.stdout)
    health = {finding["check"]: finding["health"] for finding in told["findings"]}
    expected = (
        "python", "server", "search attributes", "ledger", "store demo", "analytics visits"
    )  # fmt: skip
    assert [health[check] for check in expected] == ["ok"] * len(expected)
    # The stand-in does not ask the server for work.
    assert health["queue shopify"] == "fail"
    # Nor does it set a limit for each store.
    assert health["fairness shopify"] == "warn"
    assert asked.returncode == told["exit_code"] == 5
    assert all(finding["remedy"] for finding in told["findings"] if finding["health"] != "ok")


def test_analytics_are_read_and_checked(start_up: Start, tmp_path: Path) -> None:
    """The shop's best sellers by one command; a property whose key is missing, by `doctor`."""
    command = start_up()
    wait_until_up(command, tmp_path / ".steward")
    asked = subprocess.run(
        [STEWARD, "analytics", "report", "visits", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout)
    assert len(told["rows"]) == 20
    assert told["caveats"] == []
    place = tmp_path / ".steward" / "secrets" / "visits.json"
    key = json.loads(place.read_text())["private_key"].splitlines()[3].encode()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file for file in files if key in file.read_bytes()] == [place]
    assert key.decode() not in asked.stdout + asked.stderr
    (tmp_path / "steward.toml").write_text(
        "[analytics.mine]\nproperty_id = 7\ncredentials = 'file:absent.json'\n"
    )
    checked = subprocess.run(
        [STEWARD, "doctor", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    findings = {each["check"]: each for each in json.loads(checked.stdout)["findings"]}
    assert findings["analytics visits"]["health"] == "ok"
    assert findings["analytics mine"]["health"] == "fail"
    assert "absent.json is missing" in findings["analytics mine"]["message"]
    assert findings["analytics mine"]["remedy"]


def test_doctor_without_a_stack_tells_how_to_start(tmp_path: Path) -> None:
    """Where nothing runs, the remedy is `steward up`."""
    asked = subprocess.run(
        [STEWARD, "doctor"],
        cwd=tmp_path,
        env={**os.environ, "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port('127.0.0.1')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 5
    assert "steward up" in asked.stdout
    assert asked.stderr == ""


@pytest.mark.parametrize(
    ("description", "variables", "code", "told"),
    [
        ("temporal: {prot: 1}", {}, 2, "no setting temporal.prot"),
        ("temporal: {host: 192.0.2.1}", {}, 2, "192.0.2.1"),
        ("temporal: {host: no.such.host.invalid}", {}, 2, "no.such.host.invalid is not known"),
        (ON_FREE_PORTS, {"STEWARD_TEMPORAL_COMMAND": "/absent"}, 5, "/absent"),
        (ON_FREE_PORTS, {"TEMPORAL_PROFILE": "absent"}, 2, "TEMPORAL_PROFILE"),
        (ON_FREE_PORTS, {"STEWARD_LEDGER": "mysql://x"}, 2, "ledger"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    description: str, variables: dict[str, str], code: int, told: str, tmp_path: Path
) -> None:
    """What cannot be started says why and what to do, with its exit code and no traceback."""
    (tmp_path / "temporal-dev.yaml").write_text(description)
    asked = subprocess.run(
        [STEWARD, "up", "--port", "0", "--ui-port", "0"],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == code, asked.stderr
    assert told in asked.stderr
    assert "Try:" in asked.stderr
    assert "Traceback" not in asked.stderr
