"""Plan: from what a person asks to an intent, or to the reason why there is none."""

import asyncio

from temporalio import activity

from activities.engine import goes_on, is_of_run
from activities.guard import ended_event, not_its_own, refused_start
from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import RefusedFacts
from steward.changes import Outcome
from steward.errors import ExitCode, InvalidInput, RunNotActive, StewardError, UnknownRun
from steward.follow_up import FOLLOW_UP, FOLLOWED_RUN
from steward.ports import Clock, Ledger, StoreDirectory, TemplateCatalog
from steward.runs import (
    Attempt,
    Control,
    RollbackRequest,
    RunEnd,
    RunKind,
    RunRecord,
    RunRequest,
    RunStart,
    RunStatus,
    Stage,
)
from steward.steps import Planned
from steward.wording import one_line, shortened

# The connectors give up on a call after 30 s.
_LONGEST_CALL_SECONDS = 35
_LONGEST_PARAMETER = 80


class PlanStep:
    """Plans runs and rollbacks."""

    def __init__(
        self, ledger: Ledger, stores: StoreDirectory, templates: TemplateCatalog, clock: Clock
    ) -> None:
        """Take the ports that planning needs."""
        self._ledger = ledger
        self._stores = stores
        self._templates = templates
        self._clock = clock

    @activity.defn(name="plan")
    async def plan(self, request: RunRequest) -> Planned:
        """Record the run and its intent, which its template's parameters give without a model.

        Raises `InvalidInput` where the run is not of the workflow at work.
        """
        headline = describe(request)
        async with heartbeating():
            await self._require_own(request)
            await self._open(
                RunStart(
                    run_id=request.run_id,
                    kind=RunKind.AGENT_RUN,
                    store=request.store,
                    agent=request.agent,
                    template=request.template,
                    parameters=request.parameters,
                    requested_by=request.requested_by,
                    started_at=self._clock.now(),
                ),
                headline,
            )
            platform = self._stores.platform(request.store)
            if request.template == FOLLOW_UP:
                await self._require_followable(request)
            else:
                template = self._templates.template(request.template)
                _require_agent(request, template.agent)
                intent = template.intent(request.parameters)
                self._stores.capabilities(request.store).require(intent)
                await self._ledger.save_intent(request.run_id, intent)
            await self._ledger.append_audit(
                [self._event(request, AuditKind.PROPOSED, actor=request.agent, detail=headline)]
            )
        return Planned(platform=platform, headline=headline)

    async def _require_own(self, request: RunRequest | RollbackRequest) -> None:
        """Keep a workflow from taking over the record of another one's run."""
        if is_of_run(request.run_id):
            return
        event = refused_start(
            request.store, request.run_id, by=request.requested_by, at=self._clock.now()
        )
        await self._ledger.append_audit([event])
        raise not_its_own(request.run_id)

    async def _require_followable(self, request: RunRequest) -> None:
        followed = await self._ledger.load_run(request.parameters.get(FOLLOWED_RUN, ""))
        if followed.start.store != request.store or followed.status is RunStatus.RUNNING:
            raise InvalidInput(
                f"Run {followed.start.run_id} still goes on, or is of another store.",
                remedy="Name a run of this store that has ended.",
            )
        _require_agent(request, followed.start.agent)

    @activity.defn(name="plan_rollback")
    async def plan_rollback(self, request: RollbackRequest) -> Planned:
        """Record the rollback, and check that the run that it undoes is of that store.

        Raises `InvalidInput` where the rollback is not of the workflow at work.
        """
        async with heartbeating():
            await self._require_own(request)
            try:
                undone = await self._undoable(request)
            except (InvalidInput, RunNotActive, UnknownRun) as refusal:
                await self._ledger.append_audit([self._refused(request, refusal)])
                raise
            headline = f"undo {request.undoes} on {request.store}"
            await self._open(
                RunStart(
                    run_id=request.run_id,
                    kind=RunKind.ROLLBACK,
                    store=request.store,
                    agent=undone.start.agent,
                    template=undone.start.template,
                    parameters={},
                    requested_by=request.requested_by,
                    started_at=self._clock.now(),
                    undoes=request.undoes,
                ),
                headline,
            )
        return Planned(platform=self._stores.platform(request.store), headline=headline)

    async def _undoable(self, request: RollbackRequest) -> RunRecord:
        undone = await self._ledger.load_run(request.undoes)
        if undone.start.store != request.store:
            raise InvalidInput(
                f"Run {request.undoes} worked on store '{undone.start.store}', "
                f"not on '{request.store}'.",
                remedy="Name the run's own store.",
            )
        await self._require_over(undone)
        return undone

    def _refused(self, request: RollbackRequest, refusal: StewardError) -> AuditEvent:
        return self._event(
            request,
            AuditKind.REFUSED,
            actor=request.requested_by,
            detail=f"rollback of {request.undoes} was refused: {refusal.message}",
        ).model_copy(
            update={"facts": RefusedFacts(attempt=Attempt.ROLLBACK, reason=refusal.message).data()}
        )

    async def _require_over(self, undone: RunRecord) -> None:
        """Refuse to undo a run that goes on; close the record of one that was terminated.

        The engine knows. A terminated run's last step stops at its next write; what it has in
        hand until then is waited for, so that it cannot land behind the undo's back.
        """
        if undone.status is not RunStatus.RUNNING:
            return
        run_id = undone.start.run_id
        if await goes_on(run_id):
            if undone.stage is Stage.WATCH:
                raise RunNotActive(
                    f"Run {run_id} has written everything, and is still watched.",
                    remedy=f"End the watch with `steward cancel {run_id}`, which takes nothing "
                    "back, and ask again.",
                )
            raise RunNotActive(
                f"Run {run_id} still goes on.",
                remedy=f"Stop it with `steward cancel {run_id}`, which takes back what it wrote.",
            )
        await self._ledger.set_control(run_id, Control.CANCEL)
        await self._until_nothing_is_in_hand(run_id)
        end = RunEnd(
            run_id=run_id,
            status=RunStatus.FAILED,
            reason="It was terminated from outside, and took nothing back.",
            exit_code=ExitCode.RUN_FAILED,
            ended_at=self._clock.now(),
        )
        await self._ledger.close_run(end)
        await self._ledger.append_audit([ended_event(undone.start.store, end)])

    async def _until_nothing_is_in_hand(self, run_id: str) -> None:
        """Wait until every write has its outcome, but no longer than a call to a store can last."""
        for _ in range(_LONGEST_CALL_SECONDS):
            await asyncio.sleep(1)
            written = await self._ledger.load_written(run_id)
            if not any(entry.outcome is Outcome.ATTEMPTING for entry in written):
                return

    async def _open(self, start: RunStart, headline: str) -> None:
        await self._ledger.open_run(start)
        await self._ledger.enter_stage(start.run_id, Stage.PLAN)
        await self._ledger.append_audit(
            [self._event(start, AuditKind.REQUESTED, actor=start.requested_by, detail=headline)]
        )

    def _event(
        self,
        run: RunRequest | RollbackRequest | RunStart,
        kind: AuditKind,
        *,
        actor: str,
        detail: str,
    ) -> AuditEvent:
        return AuditEvent(
            key=f"{run.run_id}:{kind}",
            store=run.store,
            run_id=run.run_id,
            kind=kind,
            actor=actor,
            at=self._clock.now(),
            detail=detail,
        )


def _require_agent(request: RunRequest, agent: str) -> None:
    """Refuse the name of another agent, for which the policy may have other rules."""
    if request.agent != agent:
        raise InvalidInput(
            f"What is asked for is the work of agent '{agent}', not of "
            f"'{shortened(one_line(request.agent), _LONGEST_PARAMETER)}'.",
            remedy=f"Ask for it with the agent '{agent}', as `steward run` does.",
        )


def describe(request: RunRequest) -> str:
    """Return the request in one line, such as `bulk-price on demo: collection summer`."""
    given = ", ".join(
        f"{name} {shortened(one_line(value), _LONGEST_PARAMETER)}"
        for name, value in request.parameters.items()
    )
    return f"{request.template} on {request.store}: {given}"
