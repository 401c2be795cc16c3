"""Worker processes as parts of the stack."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from starter.stack.description import StackDescription, WorkerDescription
from starter.stack.part import PartPlan, until


def worker_processes(
    description: StackDescription, environment: Mapping[str, str]
) -> Iterator[PartPlan]:
    """Yield how each worker process is run."""
    for worker in description.workers:
        for number in range(1, worker.processes + 1):
            suffix = f":{number}" if worker.processes > 1 else ""
            yield _worker_process(f"worker:{worker.name}{suffix}", worker, description, environment)


def _worker_process(
    name: str,
    worker: WorkerDescription,
    description: StackDescription,
    environment: Mapping[str, str],
) -> PartPlan:
    command = worker.command or (str(Path(sys.executable).parent / "steward-worker"),)

    async def when_ready(log: Callable[[], str]) -> None:
        async def says_ready() -> bool:
            return _says_ready(log())

        await until(says_ready)

    return PartPlan(
        name=name,
        address=f"queues {', '.join(worker.queues)}",
        command=(*command, "--queues", ",".join(worker.queues)),
        environment=environment,
        log_file=description.data / "logs" / f"{name.replace(':', '-')}.log",
        when_ready=when_ready,
        stop_rank=0,
        grace_seconds=10.0,
    )


def _says_ready(log: str) -> bool:
    """Return whether a worker has written the line that it writes once it polls its queues."""
    for line in log.splitlines():
        try:
            told = json.loads(line.removeprefix("ready").strip())
        except ValueError:
            continue
        if isinstance(told, dict) and {"worker", "queues"} <= told.keys():
            return True
    return False
