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
    """Return where the audit trails ended when each run did, as far back as the server remembers.

    There are two for each run: its store's trail, and that of the installation.

    Runs that noted nothing are left out: those that were terminated, or cancelled by the engine,
    and those of old. Costs the server a call for each run.
    """
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(execution: WorkflowExecution) -> Sequence[AuditHead]:
        async with at_once:
            return await _heads_of(client, execution)

    executions = [execution async for execution in client.list_workflows(_FINISHED)]
    noted = await asyncio.gather(*map(one, executions))
    return [
        NotedHead(run_id=execution.id, head=head)
        for execution, heads in zip(executions, noted, strict=True)
        for head in heads
    ]


async def _heads_of(client: Client, execution: WorkflowExecution) -> Sequence[AuditHead]:
    handle = client.get_workflow_handle(
        execution.id, run_id=execution.run_id, result_type=RunResult
    )
    try:
        result: RunResult = await handle.result(follow_runs=False)
    except WorkflowFailureError as failure:
        return _heads_in(failure.cause)
    except ValidationError:
        # Somebody else's workflow of the same name.
        return ()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            # It was forgotten between the list and the look.
            return ()
        raise
    return [head for head in (result.audit_head, result.installation_head) if head is not None]


def _heads_in(cause: BaseException) -> Sequence[AuditHead]:
    details = cause.details if isinstance(cause, ApplicationError) else ()
    try:
        return [AuditHead.model_validate(head) for head in details]
    except ValidationError:
        return ()
