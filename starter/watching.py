"""`steward watch`: a run as it goes on, live on a terminal, line by line in a script."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Protocol

from starter.failures import NotPickedUp, RunEndedBadly
from starter.fidelities import fidelity_of
from starter.following import looks, waits_for_approval
from starter.progress import Progress, ProgressMeter
from starter.screen import Screen
from starter.services import RunReader
from starter.session import Session
from starter.showing import find_run
from starter.views import counted, state_of
from steward.errors import ExitCode
from steward.outcome_words import outcome_sentence
from steward.runs import RunStatus


async def watch_run(session: Session, run_id: str, *, past_approval: bool, as_json: bool) -> None:
    """Show the run until it ends, or until it waits for approval.

    Raises `RunEndedBadly` where it ends otherwise than completed; `UnknownRun`; `NotPickedUp`.
    """
    async with session.services.ledger() as reader:
        with suppress(NotPickedUp):
            await find_run(session, reader, run_id)
        progress = await follow(
            session, reader, run_id, past_approval=past_approval, as_json=as_json
        )
        fidelity = await fidelity_of(reader, run_id, progress.record.digest)
    if as_json:
        session.screen.data_line(progress.data() | {"fidelity": fidelity and fidelity.data()})
    else:
        print_state(session.screen, progress)
        if fidelity is not None and fidelity.fidelity.has_surprises:
            session.screen.say(f"Fidelity: {fidelity.fidelity}. See: steward show {run_id}")
    if progress.record.exit_code is not ExitCode.OK:
        raise RunEndedBadly(progress.record)


async def follow(
    session: Session, reader: RunReader, run_id: str, *, past_approval: bool, as_json: bool
) -> Progress:
    """Show the run's progress until there is nothing to wait for, and return where it then is."""
    meter = ProgressMeter(reader, run_id)
    with (
        leaving_alone(session.screen, run_id),
        _display(session.screen, as_json=as_json) as display,
    ):
        async with aclosing(looks(reader, run_id, session.pace)) as records:
            async for record in records:
                progress = await meter.measure(record)
                if record.status is not RunStatus.RUNNING:
                    return progress
                if waits_for_approval(record) and not past_approval:
                    return progress
                display.show(progress)
    raise AssertionError("a run is looked at until it ends")


@contextmanager
def leaving_alone(screen: Screen, run_id: str) -> Iterator[None]:
    """Say, where a person stops looking, that the run goes on without them."""
    try:
        yield
    except asyncio.CancelledError:
        screen.note(f"Run {run_id} goes on; follow it with: steward watch {run_id}")
        raise


def print_state(screen: Screen, progress: Progress) -> None:
    """Print where the run is, what became of its changes, and what comes next."""
    record = progress.record
    run_id = record.start.run_id
    if record.status is RunStatus.RUNNING:
        screen.say(f"Run {run_id} waits for approval of {progress.total:,} changes.")
        screen.say(f"Approve them with: steward approve {run_id}")
        return
    counts = progress.counts
    outcomes = (
        f": {outcome_sentence(counts, undo=progress.is_undo)}"
        if counts is not None and counts.settled
        else ""
    )
    screen.say(f"Run {run_id} has ended, {state_of(record)}{outcomes}.")
    if progress.drifted:
        drifted = counted(progress.drifted, "value")
        screen.say(f"DRIFT: {drifted} not as written any more; see: steward show {run_id}")
    if counts is not None and counts.moved and not progress.is_undo:
        screen.say(f"Ask once more for what was left alone: steward follow-up {run_id}")


class _Display(Protocol):
    def show(self, progress: Progress) -> None:
        """Show where the run is."""


class _Lines:
    """Writes a line for each change of stage or wave, and for each twentieth of the way."""

    def __init__(self, screen: Screen, *, as_json: bool) -> None:
        self._screen = screen
        self._as_json = as_json
        self._last: object = None

    def show(self, progress: Progress) -> None:
        """Write where the run is, if that is new."""
        if progress.landmark == self._last:
            return
        self._last = progress.landmark
        if self._as_json:
            self._screen.data_line(progress.data())
        else:
            self._screen.say(progress.sentence())
            self._screen.flush()


class _Bar:
    """Moves a bar on a terminal."""

    def __init__(self, screen: Screen) -> None:
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self.bars = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[figures]}", markup=False),
            console=screen.console,
            transient=True,
            expand=True,
        )
        self._task = self.bars.add_task("", total=None, figures="")

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        self.bars.update(
            self._task,
            description=progress.place(),
            completed=progress.settled,
            total=progress.total or None,
            figures=progress.figures(),
        )


@contextmanager
def _display(screen: Screen, *, as_json: bool) -> Iterator[_Display]:
    if as_json or not screen.is_terminal:
        yield _Lines(screen, as_json=as_json)
        return
    display = _Bar(screen)
    with display.bars:
        yield display
