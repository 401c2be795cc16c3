"""The running stack: all parts started in the right order, and ended whatever happens."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from connectors.settings import (
    AnalyticsSettings,
    ProcessIdentity,
    RunningStack,
    Settings,
    StoreSettings,
)
from starter.stack.description import StackDescription
from starter.stack.part import Part
from starter.stack.ports import with_ports_chosen
from starter.stack.process_table import start_of
from starter.stack.sandbox_process import sandbox_analytics, sandbox_process, sandbox_stores
from starter.stack.state_file import StateFile
from starter.stack.supervisor import StackEvent, Supervisor
from starter.stack.temporal_server import (
    PART_NAME,
    address_of,
    find_command,
    temporal_server,
    web_ui_of,
)
from starter.stack.watchdog import Watchdog
from starter.stack.worker_processes import worker_processes

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.envconfig import ClientConnectConfig

_STORES = TypeAdapter(Mapping[str, StoreSettings])
_ANALYTICS = TypeAdapter(Mapping[str, AnalyticsSettings])


class Stack:
    """A development stack whose parts are all up, seen from the process that supervises it.

    Parts are named `temporal`, `sandbox` and `worker:NAME` (`worker:NAME:2` where a worker has
    several processes).
    """

    def __init__(
        self,
        description: StackDescription,
        server: "ClientConnectConfig",
        state: Callable[[], RunningStack],
        supervisor: Supervisor,
    ) -> None:
        """Take the parts that `running_stack` has put together."""
        self.description = description
        self._server = server
        self._state = state
        self._supervisor = supervisor

    @property
    def state(self) -> RunningStack:
        """What the state file says now: addresses, stores and processes."""
        return self._state()

    @property
    def settings(self) -> Settings:
        """The settings with which this stack, and no other, is used."""
        state = self.state
        return Settings(
            data=self.description.data,
            ledger=state.ledger,
            stores=state.stores,
            analytics=state.analytics,
            web_ui=state.web_ui,
            stack=state,
        )

    @property
    def parts(self) -> Sequence[Part]:
        """Every part, in the order of starting."""
        return self._supervisor.parts

    def part(self, name: str) -> Part:
        """Return a part by name; raises `NotFound`."""
        return self._supervisor.part(name)

    async def connect(self) -> "Client":
        """Return a client of this stack's server, whatever the environment names."""
        from connectors.temporal import connect_to

        return await connect_to(self._server)

    async def kill(self, name: str, *, restart: bool = True) -> None:
        """End a part by force, as a crash would, and return once it is gone.

        It is started again after a moment; with `restart` false only by `start`.
        """
        await self._supervisor.kill(name, restart=restart)

    async def kill_temporal(self, *, restart: bool = True) -> None:
        """End the Temporal server by force; raises `NotFound` where it is somebody else's."""
        await self.kill(PART_NAME, restart=restart)

    async def start(self, name: str) -> None:
        """Start a part that was killed for good, and return once it is ready."""
        await self._supervisor.start_again(name)

    async def until_ready(self, name: str) -> None:
        """Return once a part that was killed is up again."""
        await self._supervisor.until_ready(name)

    def kill_now(self) -> None:
        """End everything by force, for somebody who does not want to wait."""
        self._supervisor.kill_now()


@asynccontextmanager
async def running_stack(
    description: StackDescription,
    *,
    server: "ClientConnectConfig | None" = None,
    stores: Mapping[str, StoreSettings] | None = None,
    analytics: Mapping[str, AnalyticsSettings] | None = None,
    environment: Mapping[str, str] | None = None,
    on_event: Callable[[StackEvent], None] = lambda _: None,
) -> AsyncIterator[Stack]:
    """Start the stack, give it while it is up, and end it.

    `server` is a Temporal server to use in place of an own one. `stores` and `analytics` are told
    to the workers beside, and in case before, the sandbox's. `environment` replaces that of this
    process for the stack's processes.

    Raises:
        StackAlreadyUp: another process runs a stack on the same data.
        StackUnavailable: a port is taken, a command is missing, or a part does not come up.
        InvalidSettings, CredentialsRejected, ServerUnreachable, NotFound: the `server` that was
            given cannot be used.
        LedgerUnavailable: the ledger cannot be opened.
    """
    environment = dict(os.environ if environment is None else environment)
    state_file = await asyncio.to_thread(StateFile, description.data)
    try:
        command = None if server else find_command(description.temporal, environment)
        if server:
            unused = description.temporal.model_copy(update={"port": 0, "ui_port": None})
            description = description.model_copy(update={"temporal": unused})
        launch = _Launch(
            description=with_ports_chosen(description),
            server=server,
            command=command,
            environment=environment,
            stores=stores or {},
            analytics=analytics or {},
            state_file=state_file,
            on_event=on_event,
        )
        try:
            yield await launch.start()
        finally:
            await launch.stop()
    finally:
        state_file.close()


class _Launch:
    """One start of the stack, from its processes' environment to its state file."""

    def __init__(
        self,
        *,
        description: StackDescription,
        server: "ClientConnectConfig | None",
        command: str | None,
        environment: Mapping[str, str],
        stores: Mapping[str, StoreSettings],
        analytics: Mapping[str, AnalyticsSettings],
        state_file: StateFile,
        on_event: Callable[[StackEvent], None],
    ) -> None:
        self._description = description
        self._own_server = command
        self._server: ClientConnectConfig = server or {
            "target_host": address_of(description.temporal),
            "namespace": description.temporal.namespace,
        }
        self._stores = stores
        self._analytics = analytics
        self._state_file = state_file
        self._environment = environment
        self._supervisor = Supervisor(on_event, self._publish)
        self._watchdog = Watchdog()
        self._started_at = datetime.now(UTC)
        self._is_ready = False

    async def start(self) -> Stack:
        plain = {
            name: value
            for name, value in self._environment.items()
            if not name.startswith("TEMPORAL_")
        } | {"PYTHONUNBUFFERED": "1"}
        try:
            async with asyncio.TaskGroup() as group:
                if self._own_server:
                    plan = temporal_server(self._description, self._own_server, plain)
                    serving = group.create_task(self._supervisor.start(Part(plan)))
                else:
                    serving = group.create_task(self._prepare_foreign_server())
                sandbox = Part(sandbox_process(self._description, plain))
                group.create_task(self._supervisor.start(sandbox))
                await asyncio.gather(serving, asyncio.to_thread(_migrate, self._ledger))
                environment = self._worker_environment(plain)
                for plan in worker_processes(self._description, environment):
                    group.create_task(self._supervisor.start(Part(plan)))
        except BaseExceptionGroup as failures:
            raise _first_of(failures) from None
        self._is_ready = True
        self._publish()
        return Stack(self._description, self._server, self._state, self._supervisor)

    async def stop(self) -> None:
        try:
            await self._supervisor.stop()
        finally:
            self._watchdog.close()

    @property
    def _ledger(self) -> str:
        return self._description.ledger_address

    async def _prepare_foreign_server(self) -> None:
        from connectors.search_attributes import register_search_attributes
        from connectors.temporal import connect_to

        client = await connect_to(self._server)
        await register_search_attributes(client, self._description.temporal.search_attributes)

    def _worker_environment(self, plain: Mapping[str, str]) -> Mapping[str, str]:
        state = self._state()
        stores = _STORES.dump_json({**state.stores, **self._stores}).decode()
        analytics = _ANALYTICS.dump_json({**state.analytics, **self._analytics}).decode()
        environment = {
            "STEWARD_DATA": str(self._description.data),
            "STEWARD_LEDGER": state.ledger,
            "STEWARD_STORES": stores,
            "STEWARD_ANALYTICS": analytics,
            "TEMPORAL_NAMESPACE": state.namespace,
        }
        if state.web_ui:
            environment["STEWARD_WEB_UI"] = state.web_ui
        if self._own_server:
            # A profile's encryption or key is meant for another server than ours.
            environment["TEMPORAL_ADDRESS"] = state.temporal_address
            environment["TEMPORAL_CONFIG_FILE"] = os.devnull
            return {**plain, **environment}
        return {**plain, **self._environment, **environment}

    def _state(self) -> RunningStack:
        names = {part.pid: part.name for part in self._supervisor.parts}
        own_web_ui = web_ui_of(self._description.temporal) if self._own_server else None
        return RunningStack(
            supervisor=ProcessIdentity(
                name="up", pid=os.getpid(), started=start_of(os.getpid()) or ""
            ),
            started_at=self._started_at,
            ready=self._is_ready,
            temporal_address=self._server.get("target_host", ""),
            namespace=self._server.get("namespace") or "default",
            web_ui=own_web_ui or self._environment.get("STEWARD_WEB_UI"),
            ledger=self._ledger,
            stores=sandbox_stores(self._description),
            analytics=sandbox_analytics(self._description),
            queues=self._description.queues,
            processes=tuple(
                ProcessIdentity(name=names[process.pid], pid=process.pid, started=process.started)
                for process in chain.from_iterable(self._supervisor.stop_order())
            ),
        )

    def _publish(self) -> None:
        self._watchdog.watch(self._supervisor.stop_order())
        self._state_file.write(self._state())


def _migrate(address: str) -> None:
    from ledger.database import migrate

    migrate(address)


def _first_of(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first
