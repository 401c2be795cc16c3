"""A sandbox that runs in a thread, and a client to talk to one of its stores."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from sandbox.configuration import SandboxConfiguration, parse_configuration
from sandbox.process import Sandbox, ServedStore

PATH = "/admin/api/2026-07/graphql.json"


class RunningStore:
    """A client of one store: its API and its control routes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = httpx.Client(
            base_url=address, headers={"X-Shopify-Access-Token": "token"}, timeout=20
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def answer(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the whole answer to a GraphQL request, which must have HTTP status 200."""
        response = self.http.post(PATH, json={"query": query, "variables": variables or {}})
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.json()
        return content

    def data(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the data of an answer that has no errors."""
        content = self.answer(query, variables)
        assert "errors" not in content, content["errors"]
        found: dict[str, Any] = content["data"]
        return found

    def control(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401
        """Return what a control route answers."""
        response = self.http.request(method, f"/_sandbox/{path}", json=content)
        assert response.status_code < 300, response.text
        return response.json()

    def fault(self, kind: str, **settings: object) -> int:
        """Add a fault and return its number."""
        return int(self.control("POST", "faults", {"kind": kind, **settings})["id"])

    def journal(self) -> list[dict[str, Any]]:
        """Return the whole journal."""
        entries: list[dict[str, Any]] = self.control("GET", "journal")
        return entries


class ThreadedSandbox:
    """A sandbox in an event loop of its own, in a thread of its own."""

    def __init__(self, configuration: SandboxConfiguration) -> None:
        self._sandbox = Sandbox(configuration)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox")

    def start(self) -> list[ServedStore]:
        """Start the thread and the stores."""
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._sandbox.start(), self._loop).result(30)

    def stop(self) -> None:
        """Stop the stores and the thread."""
        asyncio.run_coroutine_threadsafe(self._sandbox.stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


@contextmanager
def running_sandbox(
    data_directory: Path, stores: Sequence[Mapping[str, object]]
) -> Iterator[list[str]]:
    """Run a sandbox, yield the addresses of its stores in their order, and stop it afterwards."""
    content = json.loads(json.dumps({"data_directory": str(data_directory), "stores": stores}))
    sandbox = ThreadedSandbox(parse_configuration(content))
    served = sandbox.start()
    try:
        yield [one.address for one in served]
    finally:
        sandbox.stop()


@contextmanager
def running_store(data_directory: Path, **settings: object) -> Iterator[RunningStore]:
    """Run a sandbox with one store, and stop it afterwards."""
    store = {"name": "demo", "plan": "enterprise", "search_lag_seconds": 0, **settings}
    with (
        running_sandbox(data_directory, [store]) as addresses,
        RunningStore(addresses[0]) as client,
    ):
        yield client
