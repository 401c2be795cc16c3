"""Stacks for tests: on free ports, without a Web UI, with a stand-in for the worker."""

import sys
from collections.abc import Sequence
from pathlib import Path

from starter.stack.description import StackDescription, WorkerDescription

STAND_IN_WORKER = (sys.executable, str(Path(__file__).parent / "stand_in_worker.py"))


def stand_in_stack(data: Path, command: Sequence[str] = STAND_IN_WORKER) -> StackDescription:
    """Return the stack that tests start; its only worker is run by the command."""
    worker = WorkerDescription(name="main", queues=("steward", "shopify"), command=tuple(command))
    return StackDescription(workers=(worker,)).on_free_ports(data)
