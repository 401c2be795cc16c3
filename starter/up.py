"""`steward up`: run the development stack until somebody stops it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.screen import Column
from starter.session import session_of
from steward.errors import ExitCode

if TYPE_CHECKING:
    from connectors.settings import Settings
    from starter.screen import Screen
    from starter.stack.description import StackDescription
    from starter.stack.running import Stack
    from starter.stack.supervisor import StackEvent

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COLUMNS = (
    Column("Part", width=18),
    Column("State", width=8, styles={"ready": "green", "in use": "green"}),
    Column("Address"),
    Column("Process", width=9, right=True),
)


def up(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Description of the stack.", metavar="FILE"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, metavar="PORT", help="Port of the Temporal server."
        ),
    ] = None,
    ui_port: Annotated[
        int | None,
        typer.Option(
            "--ui-port", min=0, max=65535, metavar="PORT", help="Port of the Temporal Web UI."
        ),
    ] = None,
) -> None:
    """Run the development stack: a Temporal server, sandbox stores and workers.

    Reads temporal-dev.yaml, here or in a folder above. Ctrl-C stops everything; data and runs
    stay for the next time. Where TEMPORAL_ADDRESS or a temporal.toml profile names a server, that
    one is used and none is started.

    Exit codes: 0 stopped on request, 2 the description cannot be used, 4 a stack is already up on
    these data, 5 a part does not come up, a port is taken or a command is missing, 130 interrupted
    before everything was up.

    Example:
      steward up
      steward up --port 7300 --ui-port 8300
    """
    from starter.stack.description_file import read_description

    screen = session_of(context).screen
    description = read_description(config)
    chosen = {"port": port, "ui_port": ui_port}
    update = {name: value for name, value in chosen.items() if value is not None}
    temporal = description.temporal.model_copy(update=update)
    stack = description.model_copy(update={"temporal": temporal})
    code = asyncio.run(_Session(screen, stack).run())
    if code:
        raise typer.Exit(code)


class _Session:
    """The stack from the first start to the last end, and what a person sees of it."""

    def __init__(self, screen: Screen, description: StackDescription) -> None:
        self._screen = screen
        self._description, self._settings = _with_own_settings(description)
        self._stack: Stack | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> ExitCode:
        """Run the stack until a signal comes, and return what to tell the shell."""
        starting = asyncio.ensure_future(self._run())
        loop = asyncio.get_running_loop()
        for number in _STOPPING_SIGNALS:
            loop.add_signal_handler(number, self._on_signal, starting)
        try:
            await starting
        except asyncio.CancelledError:
            return ExitCode.INTERRUPTED
        return ExitCode.OK

    def _on_signal(self, starting: asyncio.Future[None]) -> None:
        if self._stack is None and not self._stopping.is_set():
            starting.cancel()
        elif self._stack is not None and self._stopping.is_set():
            self._stack.kill_now()
        self._stopping.set()

    async def _run(self) -> None:
        from connectors.temporal import configured_server
        from starter.stack.part import PartFailed
        from starter.stack.running import running_stack

        server = configured_server()
        with ExitStack() as starting:
            starting.enter_context(self._screen.busy("Starting the development stack ..."))
            try:
                async with running_stack(
                    self._description,
                    server=server,
                    stores=self._settings.stores,
                    analytics=self._settings.analytics,
                    on_event=self._tell,
                ) as self._stack:
                    starting.close()
                    self._show(self._stack)
                    await self._stopping.wait()
                    self._say("Stopping (Ctrl-C again ends everything at once) ...")
            except PartFailed as failure:
                starting.close()
                self._show_log(failure.log_tail)
                raise
        self._say("Stopped. The data stay for the next `steward up`.")

    def _show(self, stack: Stack) -> None:
        from ledger.engine import parse_url, place_of

        state = stack.state
        pids = {process.name: process.pid for process in state.processes}
        rows = [
            (part.name, part.state.value, part.plan.address, str(pids.get(part.name, "")))
            for part in stack.parts
        ]
        if "temporal" not in pids:
            rows.insert(0, ("temporal", "in use", f"{state.temporal_address} (not ours)", ""))
        self._screen.table(_COLUMNS, rows)
        self._say()
        if state.web_ui:
            self._say(f"Web UI   {state.web_ui}", style="bold")
        self._say(f"Data     {stack.description.data}")
        self._say(f"Ledger   {place_of(parse_url(state.ledger))}")
        self._say()
        self._say("Everything is up. Go on in another terminal:")
        for line in _next_commands(stack):
            self._say(f"  {line}")
        self._say("Ctrl-C stops everything.")

    def _tell(self, event: StackEvent) -> None:
        self._say(f"{event.part} {event.text}", style="yellow")
        self._show_log(event.log_tail)

    def _show_log(self, lines: str) -> None:
        for line in lines.splitlines():
            self._screen.note(f"  | {line}")

    def _say(self, text: str = "", style: str = "") -> None:
        self._screen.say(text, style)
        # Whoever waits for a line, through a pipe perhaps, sees it at once.
        self._screen.flush()


def _with_own_settings(description: StackDescription) -> tuple[StackDescription, Settings]:
    """Return the description with the ledger that the person's settings name, and these."""
    from connectors.settings import load_settings_for_stack

    settings = load_settings_for_stack(description.data, description.ledger_address)
    return description.model_copy(update={"ledger": settings.ledger}), settings


def _next_commands(stack: Stack) -> list[str]:
    from connectors.settings import data_directory

    data = stack.description.data
    store = next(iter(stack.state.stores), "STORE")
    run = f"steward run bulk-price --store {store} --collection summer --percent -15"
    found = "STEWARD_DATA" not in os.environ and data_directory().absolute() == data
    return [
        *([] if found else [f"export STEWARD_DATA={shlex.quote(str(data))}"]),
        run,
        *(f"steward analytics report {name}" for name in list(stack.state.analytics)[:1]),
    ]
