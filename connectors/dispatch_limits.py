"""Dispatch limits: how many steps of one store a queue hands out a second."""

from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    UpdateTaskQueueConfigRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from connectors.temporal import explained, first_line
from steward.errors import CredentialsRejected, ServerUnreachable

# A worker that starts waits no longer than this for a limit that it can do without.
_ANSWERED_WITHIN = timedelta(seconds=5)
_REASON = "No store's backlog delays another store's steps."


async def limit_dispatch(client: Client, queue: str, steps_per_second: float) -> None:
    """Let the queue hand out at most so many steps of each store a second, about.

    The limit is the queue's own and outlives who set it; the last one to set it counts.

    Raises:
        CredentialsRejected: we lack the permission.
        ServerUnreachable: the server knows no such limits, or does not answer.
    """
    limit = UpdateTaskQueueConfigRequest.RateLimitUpdate(
        rate_limit=RateLimit(requests_per_second=steps_per_second), reason=_REASON
    )
    request = UpdateTaskQueueConfigRequest(
        namespace=client.namespace,
        identity=client.identity,
        task_queue=queue,
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        update_fairness_key_rate_limit_default=limit,
    )
    try:
        await client.workflow_service.update_task_queue_config(request, timeout=_ANSWERED_WITHIN)
    except RPCError as error:
        raise _refused(error, client, queue) from error


async def dispatch_limit(client: Client, queue: str) -> float | None:
    """Return how many steps of each store the queue hands out a second, or None without a limit.

    Raises:
        ServerUnreachable, CredentialsRejected, NotFound: as `connect` does.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        report_config=True,
    )
    try:
        told = await client.workflow_service.describe_task_queue(request)
    except RPCError as error:
        address = client.service_client.config.target_host
        raise explained(error, address, client.namespace) from error
    limit = told.config.fairness_keys_rate_limit_default
    return limit.rate_limit.requests_per_second if limit.HasField("rate_limit") else None


def command_to_limit(queue: str, steps_per_second: float) -> str:
    """Return the command by which somebody with the permission sets the limit."""
    return (
        f"`temporal task-queue config set --task-queue {queue} --task-queue-type activity "
        f"--fairness-key-rps-limit-default {steps_per_second:g}`"
    )


def _refused(
    error: RPCError, client: Client, queue: str
) -> CredentialsRejected | ServerUnreachable:
    told = f"The Temporal server does not limit the queue {queue} for each store"
    match error.status:
        case RPCStatusCode.PERMISSION_DENIED | RPCStatusCode.UNAUTHENTICATED:
            return CredentialsRejected(
                f"{told}: our credentials may not set it.",
                remedy="Let them write to the namespace, or set the limit once by hand.",
            )
        case RPCStatusCode.UNIMPLEMENTED:
            address = client.service_client.config.target_host
            return ServerUnreachable(
                f"{told}: it is too old to know such limits.",
                remedy=f"Update the server at {address}.",
            )
        case _:
            return ServerUnreachable(
                f"{told}: {first_line(error)}.", remedy="Restart the worker to try again."
            )
