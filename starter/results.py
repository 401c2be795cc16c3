"""What finished runs noted in their results, outside the ledger."""

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError
from temporalio.client import Client, WorkflowExecution, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from steward.audit import AuditHead, NotedHead
from steward.runs import RunResult
from workflows.names import AGENT_RUN, ROLLBACK

_FINISHED = (
    f"WorkflowType IN ('{AGENT_RUN}', '{ROLLBACK}') AND ExecutionStatus IN ('Completed', 'Failed')"
)
_AT_ONCE = 16


async def noted_heads(client: Client) -> Sequence[NotedHead]:
    """Return where the audit trail ended when each run did, as far back as the server remembers.

    Runs that noted nothing are left out: those that were terminated, or cancelled by the engine,
    and those of old. Costs the server a call for each run.
    """
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(execution: WorkflowExecution) -> AuditHead | None:
        async with at_once:
            return await _head_of(client, execution)

    executions = [execution async for execution in client.list_workflows(_FINISHED)]
    heads = await asyncio.gather(*map(one, executions))
    return [
        NotedHead(run_id=execution.id, head=head)
        for execution, head in zip(executions, heads, strict=True)
        if head is not None
    ]


async def _head_of(client: Client, execution: WorkflowExecution) -> AuditHead | None:
    handle = client.get_workflow_handle(
        execution.id, run_id=execution.run_id, result_type=RunResult
    )
    try:
        result: RunResult = await handle.result(follow_runs=False)
    except WorkflowFailureError as failure:
        return _head_in(failure.cause)
    except ValidationError:
        # Somebody else's workflow of the same name.
        return None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            # It was forgotten between the list and the look.
            return None
        raise
    return result.audit_head


def _head_in(cause: BaseException) -> AuditHead | None:
    details = cause.details if isinstance(cause, ApplicationError) else ()
    try:
        return AuditHead.model_validate(details[0]) if details else None
    except ValidationError:
        return None
