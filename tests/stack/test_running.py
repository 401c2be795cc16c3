"""A stack of real processes: starting, staying up, and leaving nothing behind."""

import json
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
import pytest_asyncio
from temporalio.client import Client

from connectors.analytics.ga4 import ConfiguredAnalytics
from connectors.search_attribute_type import SearchAttributeType
from connectors.settings import RunningStack, read_running_stack
from connectors.stores.directory import ConfiguredStores
from connectors.temporal import configured_server, connect
from starter.stack.part import PartFailed, PartState
from starter.stack.process_table import start_of
from starter.stack.running import Stack, running_stack
from starter.stack.state_file import StackAlreadyUp
from starter.stack.supervisor import StackEvent
from steward.analytics import Period, ReportRequest
from steward.catalog import EveryProduct
from steward.errors import ExitCode, NotFound, StackUnavailable
from steward.item_performance import performance_by_product
from tests.stack.stand_in_stack import stand_in_stack

shared_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A running stack; tests that end its parts leave it as they found it."""
    data = tmp_path_factory.mktemp("shared") / "data"
    async with running_stack(stand_in_stack(data), environment={"HOME": str(data)}) as stack:
        yield stack


def worker_environment(stack: Stack) -> dict[str, str]:
    """Return what the stand-in worker was told by its environment."""
    first = stack.part("worker:main").log_since_start().splitlines()[0]
    told: dict[str, str] = json.loads(first)["environment"]
    return told


def pid_of(stack: Stack, part: str) -> int:
    """Return the process id of a part that runs."""
    pid = stack.part(part).pid
    assert pid is not None
    return pid


def processes(state: RunningStack) -> dict[str, int]:
    """Return the process ids by the names of their parts."""
    return {process.name: process.pid for process in state.processes}


async def remember(client: Client, name: str) -> None:
    """Start a workflow that nobody works on, so that the server has something to remember."""
    await client.start_workflow("nobody_works_on_this", id=name, task_queue="unserved")


@shared_loop
async def test_every_part_answers(stack: Stack) -> None:
    """Once the stack is up, the server knows its attributes, the sandbox its stores."""
    client = await stack.connect()
    for name in stack.description.temporal.search_attributes:
        assert (await client.count_workflows(f"{name} = 'x'")).count == 0
    address = stack.state.stores["demo"].address
    health = build_opener(ProxyHandler({})).open(f"{address}/_sandbox/health")
    assert health.status == 200
    health.close()
    assert {part.name: part.state for part in stack.parts} == dict.fromkeys(
        ("temporal", "sandbox", "worker:main"), PartState.READY
    )


@shared_loop
async def test_state_file_tells_where_everything_is(stack: Stack) -> None:
    """Other commands find the stack by its state file, which holds references and no secrets."""
    data = stack.description.data
    state = read_running_stack(data)
    assert state == stack.state
    assert state is not None
    assert state.ready
    assert processes(state) == {part.name: part.pid for part in stack.parts}
    file = data / "stack.json"
    token = (data / "secrets" / "demo").read_text()
    assert token not in file.read_text()
    for private in (file, data / "secrets" / "demo"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert state.stores["demo"].access_token.resolve().get_secret_value() == token


@shared_loop
async def test_analytics_property_counts_the_shop_s_visitors(stack: Stack) -> None:
    """It is no store, opens by a key that only we can read, and knows the shop's products."""
    data = stack.description.data
    assert "demo-analytics" not in stack.state.stores
    key = data / "secrets" / "demo-analytics.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert json.loads(key.read_text())["private_key"] not in (data / "stack.json").read_text()
    async with (
        aclosing(ConfiguredAnalytics(stack.settings.analytics)) as directory,
        directory.open("demo-analytics") as analytics,
    ):
        profile = await analytics.profile()
        report = await analytics.report(
            ReportRequest(
                dimensions=("itemId",),
                metrics=("itemsViewed", "itemRevenue"),
                period=Period.ending(profile.settled_until, 7),
            )
        )
    async with (
        aclosing(ConfiguredStores(stack.settings.stores)) as stores,
        stores.open("demo") as shop,
    ):
        catalogue = await shop.read_catalog(EveryProduct())
    performance = performance_by_product(report, catalogue)
    assert len(performance.products) > 100
    assert performance.unmatched == ()


@shared_loop
async def test_worker_is_told_where_everything_is(stack: Stack) -> None:
    """A worker gets the ledger, the stores and this very server, without any secret."""
    told = worker_environment(stack)
    assert told["STEWARD_LEDGER"] == stack.state.ledger
    assert told["STEWARD_DATA"] == str(stack.description.data)
    assert told["TEMPORAL_ADDRESS"] == stack.state.temporal_address
    assert told["TEMPORAL_NAMESPACE"] == "default"
    stores = json.loads(told["STEWARD_STORES"])
    assert stores["demo"]["access_token"].startswith("file:")
    properties = json.loads(told["STEWARD_ANALYTICS"])
    assert properties["demo-analytics"]["credentials"].startswith("file:")


@shared_loop
async def test_killed_worker_is_started_again(stack: Stack) -> None:
    """A worker that dies is replaced without anybody doing anything."""
    before = pid_of(stack, "worker:main")
    await stack.kill("worker:main")
    await stack.until_ready("worker:main")
    assert pid_of(stack, "worker:main") != before
    assert start_of(before) is None
    assert processes(stack.state)["worker:main"] == pid_of(stack, "worker:main")


@shared_loop
async def test_killed_server_comes_back_with_its_runs(stack: Stack) -> None:
    """The Temporal server that dies comes back at the same address and has lost nothing."""
    await remember(await stack.connect(), "before-the-crash")
    await stack.kill_temporal()
    await stack.until_ready("temporal")
    described = await (await stack.connect()).get_workflow_handle("before-the-crash").describe()
    assert described.id == "before-the-crash"


@shared_loop
async def test_part_that_is_held_stays_down_until_started(stack: Stack) -> None:
    """A test can take a part away, look at what happens without it, and bring it back."""
    await stack.kill("sandbox", restart=False)
    assert stack.part("sandbox").state is PartState.HELD
    assert stack.part("sandbox").pid is None
    assert "sandbox" not in processes(stack.state)
    await stack.start("sandbox")
    assert pid_of(stack, "sandbox") == processes(stack.state)["sandbox"]


@shared_loop
async def test_unknown_part_is_told(stack: Stack) -> None:
    """A part that does not exist is refused, naming those that do."""
    with pytest.raises(NotFound, match="worker:none") as caught:
        await stack.kill("worker:none")
    assert "worker:main" in caught.value.remedy


@shared_loop
async def test_second_stack_on_the_same_data_is_refused(stack: Stack) -> None:
    """A stack that is already up is left alone, and its addresses are told."""
    with pytest.raises(StackAlreadyUp) as caught:
        async with running_stack(stand_in_stack(stack.description.data)):
            pass
    assert stack.state.temporal_address in caught.value.message
    assert caught.value.exit_code is ExitCode.REFUSED
    assert (await stack.connect()).namespace == "default"


@shared_loop
async def test_unknown_namespace_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A namespace that the server does not have is an error of its own."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.state.temporal_address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "elsewhere")
    with pytest.raises(NotFound, match="elsewhere") as caught:
        await connect()
    assert "namespace create" in caught.value.remedy


@shared_loop
async def test_server_named_by_settings_is_used(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TEMPORAL_ADDRESS replaces the own server, whose attributes are added and which stays up."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.state.temporal_address)
    description = stand_in_stack(tmp_path / "data")
    attributes = {**description.temporal.search_attributes, "Later": SearchAttributeType.INT}
    temporal = description.temporal.model_copy(update={"search_attributes": attributes})
    description = description.model_copy(update={"temporal": temporal})
    async with running_stack(description, server=configured_server()) as guest:
        assert [part.name for part in guest.parts] == ["sandbox", "worker:main"]
        assert guest.state.temporal_address == stack.state.temporal_address
        assert guest.state.web_ui is None
        assert worker_environment(guest)["TEMPORAL_ADDRESS"] == stack.state.temporal_address
        assert (await (await guest.connect()).count_workflows("Later = 1")).count == 0
    assert (await stack.connect()).namespace == "default"


async def test_data_survive_and_processes_do_not(tmp_path: Path) -> None:
    """After a stop nothing runs and nothing claims to; the next start has runs and tokens again."""
    description = stand_in_stack(tmp_path / "data")
    async with running_stack(description) as stack:
        await remember(await stack.connect(), "from-the-first-time")
        pids = [pid_of(stack, part.name) for part in stack.parts]
        token = stack.state.stores["demo"].access_token.resolve()
    assert [pid for pid in pids if start_of(pid)] == []
    assert not (description.data / "stack.json").exists()
    assert (description.data / "ledger.db").is_file()
    attributes = {**description.temporal.search_attributes, "Later": SearchAttributeType.KEYWORD}
    temporal = description.temporal.model_copy(update={"search_attributes": attributes})
    async with running_stack(description.model_copy(update={"temporal": temporal})) as stack:
        client = await stack.connect()
        assert (await client.get_workflow_handle("from-the-first-time").describe()).id
        assert (await client.count_workflows("Later = 'x'")).count == 0
        assert stack.state.stores["demo"].access_token.resolve() == token


async def test_worker_that_keeps_dying_is_reported_with_its_log(tmp_path: Path) -> None:
    """A crash loop shows the end of the log, and the worker is still started again."""
    told: list[StackEvent] = []
    async with running_stack(stand_in_stack(tmp_path / "data"), on_event=told.append) as stack:
        for _ in range(3):
            await stack.kill("worker:main")
            await stack.until_ready("worker:main")
    ends = [event for event in told if event.text != "is up again"]
    assert {event.part for event in told} == {"worker:main"}
    assert ["keeps ending (3 times" in event.text for event in ends] == [False, False, True]
    assert ["stand-in-" in event.log_tail for event in ends] == [False, False, True]


async def test_worker_that_cannot_start_ends_the_start(tmp_path: Path) -> None:
    """A part that does not come up is told with its last words, and everything is ended."""
    command = (sys.executable, "-c", "import sys; sys.exit('no settings here')")
    description = stand_in_stack(tmp_path / "data", command)
    seen: list[int] = []

    def note_processes(_: StackEvent) -> None:
        state = read_running_stack(description.data)
        seen.extend(processes(state).values() if state else ())

    with pytest.raises(PartFailed) as caught:
        async with running_stack(description, on_event=note_processes):
            pytest.fail("the stack came up")
    assert "no settings here" in caught.value.message
    assert "worker-main.log" in caught.value.remedy
    assert not (description.data / "stack.json").exists()


async def test_taken_port_is_told_with_its_user(tmp_path: Path) -> None:
    """A port that is taken names its setting, who has it and what to change."""
    description = stand_in_stack(tmp_path / "data")
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        temporal = description.temporal.model_copy(update={"port": port})
        with pytest.raises(StackUnavailable) as caught:
            async with running_stack(description.model_copy(update={"temporal": temporal})):
                pytest.fail("the stack came up")
    assert f"Port {port}" in caught.value.message
    assert "temporal.port" in caught.value.message
    assert "--port" in caught.value.remedy


async def test_missing_temporal_command_is_told(tmp_path: Path) -> None:
    """A `temporal` command that is not there is told, and nothing is left locked."""
    description = stand_in_stack(tmp_path / "data")
    for _ in range(2):
        with pytest.raises(StackUnavailable, match="/absent/temporal"):
            async with running_stack(
                description, environment={"STEWARD_TEMPORAL_COMMAND": "/absent/temporal"}
            ):
                pytest.fail("the stack came up")
