"""`steward follow-up`: asking once more for what a run left alone."""

from starter.identity import acting_person, new_run_id
from starter.running import start_and_show
from starter.session import Session
from starter.showing import find_run
from steward.errors import RunNotActive
from steward.follow_up import FOLLOW_UP, FOLLOWED_RUN
from steward.runs import RunRequest, RunStatus


async def follow_up(session: Session, run_id: str, *, person: str | None, as_json: bool) -> None:
    """Start a run over what the run found moved, and show what it would change.

    Raises `UnknownRun`, `RunNotActive` where the run still goes on, `RunEndedBadly`.
    """
    async with session.services.ledger() as reader:
        followed = await find_run(session, reader, run_id)
    if followed.status is RunStatus.RUNNING:
        raise RunNotActive(
            f"Run {run_id} still goes on.", remedy=f"Follow it with `steward watch {run_id}`."
        )
    start = followed.start
    request = RunRequest(
        run_id=new_run_id(FOLLOW_UP, start.store),
        store=start.store,
        agent=start.agent,
        template=FOLLOW_UP,
        parameters={FOLLOWED_RUN: run_id},
        requested_by=acting_person(session.services, person),
    )
    await start_and_show(session, request, detach=False, as_json=as_json)
