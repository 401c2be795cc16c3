"""The workflow engine as the commands use it: start, decide, steer; failures told in our words."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.plan import describe
from connectors.temporal import explained
from starter.identity import new_refusal_id
from starter.results import noted_heads
from steward.approvals import Decision, DecisionRefusal, Standing, explain_refusal
from steward.audit import NotedHead
from steward.edit_requests import Edited, EditRequest
from steward.errors import (
    CredentialsRejected,
    DecisionRefused,
    EditRefused,
    ExitCode,
    InvalidInput,
    InvalidSettings,
    NotFound,
    RunNotActive,
    ServerUnreachable,
    StewardError,
    StoreError,
    UnknownRun,
    Unreachable,
)
from steward.runs import (
    Control,
    ControlRequest,
    RefusedAttempt,
    RollbackRequest,
    RunRequest,
    Stage,
)
from steward.steps import UNDO_PRIORITY, FailureDetail
from steward.wording import in_plain_or_markdown
from workflows.names import (
    AGENT,
    AGENT_RUN,
    CANCEL,
    DECIDE,
    EDIT,
    EDIT_REFUSED,
    PAUSE,
    RECORD_REFUSAL,
    RESUME,
    ROLLBACK,
    STAGE,
    STORE,
    WORKFLOW_QUEUE,
    fairness_key,
)

_SIGNALS = {Control.PAUSE: PAUSE, Control.RUN: RESUME, Control.CANCEL: CANCEL}
_CALL_WITHIN = timedelta(seconds=10)
# A decision is answered by a worker, which may be busy.
_DECIDE_WITHIN_SECONDS = 20
# An edit is simulated, which takes a minute where it is of 100,000 changes.
_EDIT_WITHIN_SECONDS = 300
_LONGEST_SUMMARY_BYTES = 200
Answer = TypeVar("Answer")


class TemporalEngine:
    """Asks a Temporal server."""

    def __init__(
        self, client: Client, *, decide_within_seconds: float = _DECIDE_WITHIN_SECONDS
    ) -> None:
        """Take a connected client, and how long a decision may stay unanswered."""
        self._client = client
        self._decide_within = decide_within_seconds

    async def start_run(self, request: RunRequest) -> None:
        """Start an agent's run."""
        with self._explaining(request.run_id):
            await self._client.start_workflow(
                AGENT_RUN,
                request,
                id=request.run_id,
                task_queue=WORKFLOW_QUEUE,
                search_attributes=_attributes(request.store, request.agent),
                static_summary=_summary(describe(request)),
                static_details=f"Asked for by {in_plain_or_markdown(request.requested_by)}.",
                priority=Priority(fairness_key=fairness_key(request.store)),
                rpc_timeout=_CALL_WITHIN,
            )

    async def start_rollback(self, request: RollbackRequest, agent: str) -> None:
        """Start undoing a run of an agent, ahead of ordinary runs."""
        with self._explaining(request.run_id):
            await self._client.start_workflow(
                ROLLBACK,
                request,
                id=request.run_id,
                task_queue=WORKFLOW_QUEUE,
                search_attributes=_attributes(request.store, agent),
                static_summary=_summary(f"undo {request.undoes} on {request.store}"),
                static_details=f"Asked for by {in_plain_or_markdown(request.requested_by)}.",
                priority=Priority(
                    priority_key=UNDO_PRIORITY, fairness_key=fairness_key(request.store)
                ),
                rpc_timeout=_CALL_WITHIN,
            )

    async def has_run(self, run_id: str) -> bool:
        """Return whether the engine knows the run, though the ledger may not yet."""
        try:
            with self._explaining(run_id):
                await self._client.get_workflow_handle(run_id).describe(rpc_timeout=_CALL_WITHIN)
        except UnknownRun:
            return False
        return True

    async def goes_on(self, run_id: str) -> bool:
        """Return whether the engine still carries the run; False also where it knows none."""
        try:
            with self._explaining(run_id):
                handle = self._client.get_workflow_handle(run_id)
                description = await handle.describe(rpc_timeout=_CALL_WITHIN)
        except UnknownRun:
            return False
        return description.status is WorkflowExecutionStatus.RUNNING

    async def decide(self, decision: Decision) -> Standing:
        """Decide; raises `DecisionRefused`, `RunNotActive`, `UnknownRun` or `ServerUnreachable`."""
        return await self._ask(
            DECIDE, decision, Standing, within=self._decide_within, asked="the decision about"
        )

    async def edit(self, request: EditRequest) -> Edited:
        """Edit what a run waits for; raises `EditRefused`, and otherwise as `decide` does."""
        return await self._ask(
            EDIT, request, Edited, within=_EDIT_WITHIN_SECONDS, asked="the edit of"
        )

    async def _ask(
        self,
        update: str,
        argument: Decision | EditRequest,
        answer: type[Answer],
        *,
        within: float,
        asked: str,
    ) -> Answer:
        run_id = argument.run_id
        handle = self._client.get_workflow_handle(run_id)
        try:
            with self._explaining(run_id):
                async with asyncio.timeout(within):
                    answered: Answer = await handle.execute_update(
                        update, argument, result_type=answer
                    )
                    return answered
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # The client hides that somebody pressed Ctrl-C.
                raise asyncio.CancelledError from None
            raise ServerUnreachable(
                f"Nobody answered {asked} run {run_id} within {within:.0f} s; it may still count.",
                remedy="See that workers run (`steward doctor`), then look with "
                f"`steward show {run_id}` before asking again.",
            ) from None
        except WorkflowUpdateFailedError as failed:
            raise _refusal(failed, run_id) from None

    async def steer(self, run_id: str, wanted: Control, request: ControlRequest) -> None:
        """Ask a run to pause, go on or stop; raises `RunNotActive` or `UnknownRun`."""
        handle = self._client.get_workflow_handle(run_id)
        with self._explaining(run_id):
            await handle.signal(_SIGNALS[wanted], request, rpc_timeout=_CALL_WITHIN)

    async def record_refusal(self, refused: RefusedAttempt) -> None:
        """Ask for a refused attempt to be recorded, though its run has ended."""
        with self._explaining(refused.run_id):
            await self._client.start_workflow(
                RECORD_REFUSAL,
                refused,
                id=new_refusal_id(refused.run_id),
                task_queue=WORKFLOW_QUEUE,
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(STORE, refused.store)]
                ),
                static_summary=f"{refused.attempt} of {refused.run_id} was refused",
                priority=Priority(fairness_key=fairness_key(refused.store)),
                rpc_timeout=_CALL_WITHIN,
            )

    async def noted_heads(self) -> Sequence[NotedHead]:
        """Return where the audit trail ended when each run did that the engine still knows."""
        with self._explaining("of any name"):
            return await noted_heads(self._client)

    @contextmanager
    def _explaining(self, run_id: str) -> Iterator[None]:
        try:
            yield
        except RPCError as error:
            raise self._explained(error, run_id) from error

    def _explained(self, error: RPCError, run_id: str) -> StewardError:
        if error.status is RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower():
            if "already completed" in error.message:
                return run_has_ended(run_id)
            return unknown_run(run_id)
        if (
            error.status is RPCStatusCode.INVALID_ARGUMENT
            and "search attribute" in error.message.lower()
        ):
            return InvalidSettings(
                "The Temporal server does not know the search attributes of Steward's runs.",
                remedy="Start a worker once (`steward up`), which adds them; "
                "`steward doctor` lists them.",
            )
        address = self._client.service_client.config.target_host
        return explained(error, address, self._client.namespace)


def unknown_run(run_id: str) -> UnknownRun:
    """Return the failure that no such run exists."""
    return UnknownRun(f"No run is known as '{run_id}'.", remedy="`steward runs` lists the runs.")


def run_has_ended(run_id: str) -> RunNotActive:
    """Return the failure that the run is over."""
    return RunNotActive(
        f"Run {run_id} has already ended.", remedy=f"`steward show {run_id}` says how."
    )


def _attributes(store: str, agent: str) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(STAGE, Stage.PLAN.value),
            SearchAttributePair(STORE, store),
            SearchAttributePair(AGENT, agent),
        ]
    )


def _summary(text: str) -> str:
    """Return the text as the server takes it, and as the Web UI shows it."""
    shown = in_plain_or_markdown(text)
    return shown.encode()[:_LONGEST_SUMMARY_BYTES].decode(errors="ignore")


_EDIT_FAILURES: Mapping[ExitCode, type[StewardError]] = {
    ExitCode.RUN_FAILED: StewardError,
    ExitCode.INVALID_INPUT: InvalidInput,
    ExitCode.NOT_FOUND: NotFound,
    ExitCode.REFUSED: EditRefused,
    ExitCode.UNREACHABLE: Unreachable,
    ExitCode.CREDENTIALS: CredentialsRejected,
    ExitCode.STORE_ERROR: StoreError,
}


def _refusal(failed: WorkflowUpdateFailedError, run_id: str) -> StewardError:
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.type == "DecisionRefused":
        for refusal in DecisionRefusal:
            if cause.details and cause.details[0] == refusal.value:
                sentence, remedy = explain_refusal(refusal, run_id)
                return DecisionRefused(sentence, remedy=remedy)
        return DecisionRefused(cause.message)
    if isinstance(cause, ApplicationError) and cause.type == EDIT_REFUSED and cause.details:
        detail = FailureDetail.model_validate(cause.details[0])
        kind = _EDIT_FAILURES.get(ExitCode(detail.exit_code), StewardError)
        return kind(detail.message, remedy=detail.remedy)
    if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
        return run_has_ended(run_id)
    return DecisionRefused(
        f"Run {run_id} could not do what it was asked: {cause}.",
        remedy=f"See where it is with `steward show {run_id}`.",
    )
