"""The sandbox process: every store of a configuration on its own port, in one event loop."""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

import uvicorn
from starlette.applications import Starlette

from sandbox.adobe_commerce.store import AdobeCommerceStore
from sandbox.bigcommerce.store import BigCommerceStore
from sandbox.configuration import (
    ConfigurationError,
    Platform,
    SandboxConfiguration,
    StoreConfiguration,
    read_configuration,
)
from sandbox.connection import ConnectionAccess
from sandbox.control import control_routes
from sandbox.ga4.store import AnalyticsPropertyStore
from sandbox.shopify.store import ShopifyStore
from sandbox.store import Store

_STOP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class ServedStore:
    """A store that answers, and where."""

    store: str
    platform: str
    port: int
    address: str


class _Server(uvicorn.Server):
    """A server among several: the process, not the server, listens to signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Sandbox:
    """All stores of one configuration, started and stopped together.

    Raises:
        ConfigurationError: a port is taken or a file cannot be used.
    """

    def __init__(self, configuration: SandboxConfiguration) -> None:
        self._configuration = configuration
        self._stores: list[Store] = []
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> list[ServedStore]:
        """Start every store and return once each answers."""
        served = []
        for configuration in self._configuration.stores:
            listener = self._listen(configuration)
            host, port = listener.getsockname()[:2]
            directory = self._configuration.data_directory
            store = _open(replace(configuration, port=port), directory, self._stores)
            self._stores.append(store)
            application = Starlette(routes=[*control_routes(store), *store.routes()])
            server = _Server(
                uvicorn.Config(
                    ConnectionAccess(application),
                    http="h11",
                    ws="none",
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_keep_alive=75,
                    timeout_graceful_shutdown=_STOP_SECONDS,
                )
            )
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve(sockets=[listener])))
            served.append(ServedStore(store.name, store.platform, port, f"http://{host}:{port}"))
        while not all(server.started for server in self._servers):
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)
        return served

    async def stop(self) -> None:
        """Stop every store; held requests are dropped."""
        for store in self._stores:
            store.faults.clear()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for store in self._stores:
            store.close()

    def _listen(self, configuration: StoreConfiguration) -> socket.socket:
        # asyncio switches Nagle's algorithm off only on sockets that say that they are TCP; with it
        # on, every answer would wait 40 ms for the client's acknowledgement.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._configuration.host, configuration.port))
        except OSError as error:
            listener.close()
            raise ConfigurationError(
                f"Store {configuration.name!r} cannot listen on {self._configuration.host}:"
                f"{configuration.port}: {error.strerror}. Choose another port, or 0 for a free one."
            ) from error
        return listener


def _open(
    configuration: StoreConfiguration, data_directory: Path, opened: Sequence[Store]
) -> Store:
    match configuration.platform:
        case Platform.SHOPIFY:
            return ShopifyStore(configuration, data_directory)
        case Platform.ADOBE_COMMERCE:
            return AdobeCommerceStore(configuration, data_directory)
        case Platform.BIGCOMMERCE:
            return BigCommerceStore(configuration, data_directory)
        case Platform.GA4:
            return AnalyticsPropertyStore(configuration, opened)
        case _:
            assert_never(configuration.platform)


async def serve(configuration: SandboxConfiguration) -> None:
    """Serve until SIGTERM or SIGINT; print one JSON line for each store when all answer."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    sandbox = Sandbox(configuration)
    try:
        for store in await sandbox.start():
            line = {
                "store": store.store,
                "platform": store.platform,
                "port": store.port,
                "address": store.address,
            }
            sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await sandbox.stop()


def run(path: Path) -> int:
    """Run the process from a configuration file and return its exit code."""
    try:
        asyncio.run(serve(read_configuration(path)))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0
