"""Plan: from what a person asks to an intent, or to the reason why there is none."""

from temporalio import activity

from activities.heartbeat import heartbeating
from steward.audit import AuditEvent, AuditKind
from steward.errors import InvalidInput
from steward.ports import Clock, Ledger, StoreDirectory, TemplateCatalog
from steward.runs import RollbackRequest, RunKind, RunRequest, RunStart, Stage
from steward.steps import Planned


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
        """Record the run and its intent, which its template's parameters give without a model."""
        headline = describe(request)
        async with heartbeating():
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
            intent = self._templates.template(request.template).intent(request.parameters)
            await self._ledger.save_intent(request.run_id, intent)
            await self._ledger.append_audit(
                [self._event(request, AuditKind.PROPOSED, actor=request.agent, detail=headline)]
            )
        return Planned(platform=platform, headline=headline)

    @activity.defn(name="plan_rollback")
    async def plan_rollback(self, request: RollbackRequest) -> Planned:
        """Record the rollback, and check that the run that it undoes is of that store."""
        async with heartbeating():
            undone = await self._ledger.load_run(request.undoes)
            if undone.start.store != request.store:
                raise InvalidInput(
                    f"Run {request.undoes} worked on store '{undone.start.store}', "
                    f"not on '{request.store}'.",
                    remedy="Name the run's own store.",
                )
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

    async def _open(self, start: RunStart, headline: str) -> None:
        await self._ledger.open_run(start)
        await self._ledger.enter_stage(start.run_id, Stage.PLAN)
        await self._ledger.append_audit(
            [self._event(start, AuditKind.REQUESTED, actor=start.requested_by, detail=headline)]
        )

    def _event(
        self, run: RunRequest | RunStart, kind: AuditKind, *, actor: str, detail: str
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


def describe(request: RunRequest) -> str:
    """Return the request in one line, such as `bulk-price on demo: collection summer`."""
    given = ", ".join(f"{name} {value}" for name, value in request.parameters.items())
    return f"{request.template} on {request.store}: {given}"
