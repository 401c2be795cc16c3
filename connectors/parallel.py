"""Independent calls of one store, at the same time."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def in_parallel(calls: Iterable[Coroutine[Any, Any, ResultT]]) -> list[ResultT]:
    """Return the results in the order of the calls; the first failure ends the others.

    How many really go out together is the pacer's business.
    """
    tasks: list[asyncio.Task[ResultT]] = []
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(call) for call in calls)
    except BaseExceptionGroup as failures:
        failure = failures.exceptions[0]
    if failure is not None:
        raise failure
    return [task.result() for task in tasks]
