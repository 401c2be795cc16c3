"""`steward run`: starting a run, and seeing what it would change."""

from collections.abc import Mapping, Sequence

from starter.configured import known_store
from starter.edits import proposers
from starter.failures import RunEndedBadly
from starter.following import until_simulated, waits_for_approval
from starter.identity import acting_person, new_run_id
from starter.screen import Screen
from starter.session import Session
from starter.showing import simulation_of
from starter.views import impact_facts, run_data, verdict_facts
from steward.agents import Template
from steward.audit import AuditEntry
from steward.errors import ExitCode
from steward.runs import RunRecord, RunRequest, RunStatus
from steward.simulation import Simulation


async def run_template(
    session: Session,
    template: Template,
    parameters: Mapping[str, str],
    *,
    store: str | None,
    person: str | None,
    detach: bool,
    as_json: bool,
) -> None:
    """Check everything, start the run, and follow it until it is simulated.

    Raises `RunEndedBadly` where it ends before that, and `NotPickedUp` where no worker begins.
    """
    request = _checked_request(session, template, parameters, store=store, person=person)
    await start_and_show(session, request, detach=detach, as_json=as_json)


async def start_and_show(
    session: Session, request: RunRequest, *, detach: bool, as_json: bool
) -> None:
    """Start the run, follow it until it is simulated, and show what it would change.

    Raises `RunEndedBadly` where it ends before that, and `NotPickedUp` where no worker begins.
    """
    async with session.services.engine() as engine:
        await engine.start_run(request)
    screen = session.screen
    if detach:
        _tell_started(screen, request, as_json=as_json)
        return
    if as_json:
        screen.note(f"Run {request.run_id} is started.")
    else:
        screen.say(f"Run {request.run_id} is started.", style="bold")
        screen.flush()
    async with session.services.ledger() as reader:
        with screen.busy("Planning and simulating; Ctrl-C leaves the run alone"):
            record = await until_simulated(reader, request.run_id, session.pace)
        simulation = await simulation_of(reader, record)
    print_simulated(screen, record, simulation, as_json=as_json)
    if not as_json and (address := session.services.web_ui_address(request.run_id)):
        screen.say(f"In the Web UI:   {address}")
    if record.exit_code is not ExitCode.OK:
        raise RunEndedBadly(record)


def _checked_request(
    session: Session,
    template: Template,
    parameters: Mapping[str, str],
    *,
    store: str | None,
    person: str | None,
) -> RunRequest:
    name = known_store(session.services, store)
    # What cannot become an intent is refused here, before anything exists.
    template.intent(parameters)
    return RunRequest(
        run_id=new_run_id(template.name, name),
        store=name,
        agent=template.agent,
        template=template.name,
        parameters=parameters,
        requested_by=acting_person(session.services, person),
    )


def _tell_started(screen: Screen, request: RunRequest, *, as_json: bool) -> None:
    if as_json:
        screen.data(request.model_dump(mode="json"))
        return
    screen.say(f"Run {request.run_id} is started.")
    screen.say(f"Follow it with: steward watch {request.run_id}")


def print_simulated(
    screen: Screen,
    record: RunRecord,
    simulation: Simulation | None,
    *,
    edits: Sequence[AuditEntry] = (),
    as_json: bool,
) -> None:
    """Print what a simulated run would change, and what to do next."""
    if as_json:
        screen.data(run_data(record, simulation))
        return
    if simulation is None:
        return
    run_id = record.start.run_id
    screen.facts(
        [
            *impact_facts(simulation.impact),
            *verdict_facts(simulation, requested_by=proposers(record, edits)),
        ]
    )
    screen.say()
    screen.say(f"See the changes: steward diff {run_id}")
    if waits_for_approval(record):
        screen.say(f"Approve them:    steward approve {run_id}")
    elif record.status is RunStatus.RUNNING:
        screen.say(f"Follow the run:  steward watch {run_id}")
