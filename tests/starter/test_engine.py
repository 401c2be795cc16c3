"""The engine's answers in our words, against a real Temporal server."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from starter.engine import TemporalEngine
from steward.approvals import Decision, DecisionRefusal, DecisionVerdict, Standing, explain_refusal
from steward.errors import (
    DecisionRefused,
    InvalidSettings,
    RunNotActive,
    ServerUnreachable,
    UnknownRun,
)
from steward.runs import Control, ControlRequest, RollbackRequest, RunRequest
from workflows.names import AGENT, AGENT_RUN, SEARCH_ATTRIBUTES, STAGE, STORE, WORKFLOW_QUEUE

RUN_ID = "bulk-price-demo-7f3k2c"
REQUEST = RunRequest(
    run_id=RUN_ID,
    store="demo",
    agent="pricing-manager",
    template="bulk-price",
    parameters={"collection": "summer", "percent": "-15"},
    requested_by="tom",
)


def a_decision(digest: str = "d" * 64, run_id: str = RUN_ID) -> Decision:
    """Maria approves."""
    return Decision(run_id=run_id, digest=digest, verdict=DecisionVerdict.APPROVE, by="maria")


@workflow.defn(name=AGENT_RUN)
class WaitingRun:
    """A run that takes decisions about one digest, notes signals, and ends when cancelled."""

    def __init__(self) -> None:
        self._seen: list[str] = []

    @workflow.run
    async def run(self, _request: RunRequest) -> list[str]:
        """Wait to be cancelled."""
        await workflow.wait_condition(lambda: self._seen[-1:] == ["cancel by maria"])
        return self._seen

    @workflow.update
    async def decide(self, decision: Decision) -> Standing:
        """Approve."""
        self._seen.append(f"approved by {decision.by}")
        return Standing.APPROVED

    @decide.validator
    def _validate(self, decision: Decision) -> None:
        if decision.digest != "d" * 64:
            raise ApplicationError(
                "Wrong.", DecisionRefusal.WRONG_DIGEST.value, type="DecisionRefused"
            )

    @workflow.signal
    def pause(self, request: ControlRequest) -> None:
        """Note it."""
        self._seen.append(f"pause by {request.by}")

    @workflow.signal
    def resume(self, request: ControlRequest) -> None:
        """Note it."""
        self._seen.append(f"resume by {request.by}")

    @workflow.signal
    def cancel(self, request: ControlRequest) -> None:
        """Note it."""
        self._seen.append(f"cancel by {request.by}")


def dev_server_command() -> str:
    """The `temporal` command; a test that needs it is skipped without."""
    beside = Path(sys.executable).with_name("temporal")
    command = str(beside) if beside.exists() else shutil.which("temporal")
    if command is None:
        pytest.skip("no `temporal` command to run a dev server with")
    return command


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of an empty dev server that knows our search attributes."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=dev_server_command(),
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        ui=False,
    ) as environment:
        yield environment.client


async def test_run_is_started_to_be_found_and_read(client: Client) -> None:
    """A run is listed by stage, store and agent, and says in one line what it is about."""
    await TemporalEngine(client).start_run(REQUEST)
    described = await client.get_workflow_handle(RUN_ID).describe()
    assert described.workflow_type == AGENT_RUN
    assert described.task_queue == WORKFLOW_QUEUE
    assert await described.static_summary() == (
        "bulk-price on demo: collection summer, percent -15"
    )
    found = described.typed_search_attributes
    assert (found.get(STAGE), found.get(STORE), found.get(AGENT)) == (
        "plan",
        "demo",
        "pricing-manager",
    )


async def test_summary_of_a_long_request_is_cut(client: Client) -> None:
    """A request whose line is longer than the server takes is started all the same."""
    long = REQUEST.model_copy(update={"parameters": {"ids": "夏" * 400}})
    await TemporalEngine(client).start_run(long)
    summary = await (await client.get_workflow_handle(RUN_ID).describe()).static_summary()
    assert summary is not None
    assert len(summary.encode()) <= 200


async def test_rollback_is_started(client: Client) -> None:
    """An undo is a workflow of its own, under its own id."""
    request = RollbackRequest(
        run_id="undo-1", store="demo", undoes=RUN_ID, requested_by="tom", confirm=True
    )
    engine = TemporalEngine(client)
    await engine.start_rollback(request, "pricing-manager")
    assert await engine.has_run("undo-1")
    assert not await engine.has_run("undo-2")


async def test_unknown_run_is_told(client: Client) -> None:
    """Deciding about or steering a run that the server does not know is told as that."""
    engine = TemporalEngine(client)
    with pytest.raises(UnknownRun, match="nothing-here"):
        await engine.decide(a_decision(run_id="nothing-here"))
    with pytest.raises(UnknownRun, match="nothing-here"):
        await engine.steer("nothing-here", Control.PAUSE, ControlRequest(by="maria"))


async def test_finished_run_is_told(client: Client) -> None:
    """Deciding about or steering a run that has ended is told as that."""
    engine = TemporalEngine(client)
    await engine.start_run(REQUEST)
    await client.get_workflow_handle(RUN_ID).terminate()
    with pytest.raises(RunNotActive, match="already ended"):
        await engine.decide(a_decision())
    with pytest.raises(RunNotActive, match="already ended"):
        await engine.steer(RUN_ID, Control.CANCEL, ControlRequest(by="maria"))


async def test_decision_that_nobody_answers_is_told(client: Client) -> None:
    """Without a worker a decision is given up after a while, and said to be uncertain."""
    engine = TemporalEngine(client, decide_within_seconds=0.5)
    await engine.start_run(REQUEST)
    with pytest.raises(ServerUnreachable, match="may still count"):
        await engine.decide(a_decision())


async def test_interrupted_decision_is_an_interruption(client: Client) -> None:
    """Ctrl-C while a decision is under way is not told as a silent server."""
    engine = TemporalEngine(client)
    await engine.start_run(REQUEST)
    deciding = asyncio.create_task(engine.decide(a_decision()))
    # Long enough for the call to be on its way; without a worker it is never answered.
    await asyncio.sleep(0.5)
    deciding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deciding


async def test_run_answers_decisions_and_signals(client: Client) -> None:
    """A decision returns where it leaves the run, a refused one raises its own sentence."""
    engine = TemporalEngine(client)
    async with Worker(client, task_queue=WORKFLOW_QUEUE, workflows=[WaitingRun]):
        await engine.start_run(REQUEST)
        assert await engine.decide(a_decision()) is Standing.APPROVED
        sentence, remedy = explain_refusal(DecisionRefusal.WRONG_DIGEST, RUN_ID)
        with pytest.raises(DecisionRefused) as refused:
            await engine.decide(a_decision(digest="e" * 64))
        assert (refused.value.message, refused.value.remedy) == (sentence, remedy)
        for wanted in (Control.PAUSE, Control.RUN, Control.CANCEL):
            await engine.steer(RUN_ID, wanted, ControlRequest(by="maria"))
        seen = await asyncio.wait_for(client.get_workflow_handle(RUN_ID).result(), 30)
        assert seen == [
            "approved by maria",
            "pause by maria",
            "resume by maria",
            "cancel by maria",
        ]


async def test_server_without_our_search_attributes_is_told() -> None:
    """A namespace that was never prepared is told with the remedy, and nothing is started."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=dev_server_command(),
        data_converter=pydantic_data_converter,
        ui=False,
    ) as environment:
        engine = TemporalEngine(environment.client)
        with pytest.raises(InvalidSettings, match="search attributes"):
            await engine.start_run(REQUEST)
        assert not await engine.has_run(RUN_ID)


async def test_summary_marks_nothing_up(client: Client) -> None:
    """Who asks for a run cannot bring a link or markup into the page on which it is approved."""
    text = {"field": "title", "text": "**Approved**, see http://x.example"}
    await TemporalEngine(client).start_run(REQUEST.model_copy(update={"parameters": text}))
    summary = await (await client.get_workflow_handle(RUN_ID).describe()).static_summary()
    assert summary is not None
    assert r"\*\*Approved\*\*, see http\://x\.example" in summary
