"""Puts the ports and the steps together, and gives each task queue what it serves."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.approve import ApproveStep
from activities.bulkhead import Bulkhead, StoreBulkhead
from activities.claiming import Claimer
from activities.compensate import CompensateStep
from activities.edit import EditStep
from activities.engine import goes_on
from activities.engine_clock import EngineClock, KeepsEngineTime
from activities.execute import ExecuteStep
from activities.failures import FailureTranslation
from activities.guard import GuardStep
from activities.patience import StepPatience
from activities.plan import PlanStep
from activities.register import RegisterStep
from activities.simulate import SimulateStep
from activities.verify import VerifyStep
from activities.watch import WatchStep
from connectors.settings import FairnessSettings
from steward.ports import Ledger, Policies, StoreDirectory, TemplateCatalog
from workflows.agent_run import AgentRun
from workflows.names import REASON_QUEUE, WORKFLOW_QUEUE
from workflows.refusal import RecordRefusal
from workflows.rollback import Rollback

WORKFLOWS = (AgentRun, Rollback, RecordRefusal)

# The packages whose modules hold no state: the sandbox need not import them anew for each run.
_PURE_PACKAGES = ("steward", "activities", "pydantic", "pydantic_core")

# Requests of one chunk that are under way at once; half of them are compared together.
PARALLEL_REQUESTS = 16
_WORKFLOW_TASKS_AT_ONCE = 8


def sandboxed_runner() -> WorkflowRunner:
    """Return the runner that stops workflow code from doing what cannot be replayed."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*_PURE_PACKAGES)
    )


def fast_runner() -> WorkflowRunner:
    """Return the runner without a sandbox, which costs a third; tests prove the determinism."""
    return UnsandboxedWorkflowRunner()


class Composition:
    """Everything that the queues of this process need, made once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        stores: StoreDirectory,
        templates: TemplateCatalog,
        policies: Policies,
        runner: WorkflowRunner,
        fairness: FairnessSettings | None = None,
    ) -> None:
        """Take the adapters behind the ports, the rules, and the way to run workflows."""
        clock = EngineClock()
        self._clock = clock
        self._runner = runner
        self._fairness = fairness or FairnessSettings()
        plan = PlanStep(ledger, stores, templates, clock)
        approve = ApproveStep(ledger)
        register = RegisterStep(ledger)
        guard = GuardStep(ledger, clock)
        simulate = SimulateStep(
            ledger, stores, clock, policies=policies, parallel_requests=PARALLEL_REQUESTS
        )
        edit = EditStep(
            ledger, stores, clock, policies=policies, parallel_requests=PARALLEL_REQUESTS
        )
        claimer = Claimer(ledger, templates, clock, goes_on)
        execute = ExecuteStep(ledger, stores, clock, claimer, parallel_requests=PARALLEL_REQUESTS)
        verify = VerifyStep(ledger, stores, clock)
        watch = WatchStep(ledger, stores, clock)
        compensate = CompensateStep(
            ledger, stores, clock, policies=policies, parallel_requests=PARALLEL_REQUESTS
        )
        self._run_steps: Sequence[Callable[..., Any]] = (
            approve.await_approval,
            approve.record_decision,
            approve.record_edit,
            approve.record_escalation,
            register.look_up_approver,
            guard.control,
            guard.refuse,
            guard.wait,
            guard.conclude,
            watch.begin_watch,
        )
        self._reason_steps: Sequence[Callable[..., Any]] = (plan.plan, plan.plan_rollback)
        self._store_steps: Sequence[Callable[..., Any]] = (
            simulate.simulate,
            edit.edit,
            execute.execute,
            verify.verify,
            watch.watch,
            compensate.compensate,
        )

    def worker(self, client: Client, queue: str) -> Worker:
        """Return the worker of a queue; every queue but the two of our own is a platform's."""
        serves_runs = queue == WORKFLOW_QUEUE
        return Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS if serves_runs else (),
            activities=self._steps_of(queue),
            workflow_runner=self._runner,
            interceptors=self._interceptors_of(queue),
            max_concurrent_activities=self._fairness.steps_at_once,
            max_concurrent_workflow_tasks=_WORKFLOW_TASKS_AT_ONCE if serves_runs else None,
            # By default heartbeats are bundled for 4 of the 5 s after which a step counts as lost,
            # and a step that lost its server would go on for as long before it learns so.
            max_heartbeat_throttle_interval=timedelta(seconds=2),
            # Eager activities would bypass the queues' fairness and dispatch limits.
            disable_eager_activity_execution=True,
        )

    def _steps_of(self, queue: str) -> Sequence[Callable[..., Any]]:
        if queue == WORKFLOW_QUEUE:
            return self._run_steps
        return self._reason_steps if queue == REASON_QUEUE else self._store_steps

    def _interceptors_of(self, queue: str) -> Sequence[Interceptor]:
        if not serves_stores(queue):
            return [KeepsEngineTime(), FailureTranslation()]
        bulkhead = Bulkhead(
            per_store=self._fairness.store_steps_at_once,
            for_undo=self._fairness.undo_steps_at_once,
        )
        # From outside to inside: what is turned away is no failure, and patience sees none of it.
        return [
            KeepsEngineTime(),
            FailureTranslation(),
            StoreBulkhead(bulkhead),
            StepPatience(self._clock),
        ]


def serves_stores(queue: str) -> bool:
    """Return whether a queue is a platform's, and no one of our own."""
    return queue not in {WORKFLOW_QUEUE, REASON_QUEUE}
