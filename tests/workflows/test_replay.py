"""Replay: today's workflow code goes the way of every run that was recorded."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.composition import WORKFLOWS, sandboxed_runner

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def test_there_are_histories_to_replay() -> None:
    """Every way in which a run can end is recorded."""
    assert len(HISTORIES) >= 7


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
def test_a_recorded_run_replays(file: Path) -> None:
    """The workflow code takes the same decisions as when the run was recorded."""
    history = WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed_runner(),
    )
    replaying = replayer.replay_workflow(history, raise_on_replay_failure=False)
    result = asyncio.run(replaying)
    assert result.replay_failure is None
