"""Recording what somebody asked in vain of a run that can record nothing itself: it has ended."""

from temporalio import workflow

from workflows.names import RECORD_REFUSAL
from workflows.options import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.guard import GuardStep
    from steward.runs import RefusedAttempt


@workflow.defn(name=RECORD_REFUSAL)
class RecordRefusal:
    """Puts one refused attempt into the audit trail."""

    @workflow.run
    async def run(self, refused: RefusedAttempt) -> None:
        """Record the attempt."""
        await workflow.execute_local_activity_method(GuardStep.refuse, refused, **RECORD)
