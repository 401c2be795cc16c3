"""What the workflow engine knows of runs, and the ledger does not."""

from temporalio import activity
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode


def is_of_run(run_id: str) -> bool:
    """Return whether the workflow at work is the run's own, by its id; asked in an activity.

    The engine lets an id be used by one workflow at a time, so nobody else is that run.
    """
    return activity.info().workflow_id == run_id


async def goes_on(run_id: str) -> bool:
    """Return whether a run goes on, as one that was terminated does not; asked in an activity."""
    try:
        description = await activity.client().get_workflow_handle(run_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            # Its history is older than the server keeps histories.
            return False
        raise
    return description.status is WorkflowExecutionStatus.RUNNING
