"""The routes under `/_sandbox/` by which tests and the demo look into a store and disturb it."""

import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.faults import FaultError
from sandbox.store import EditError, Store


def control_routes(store: Store) -> list[BaseRoute]:
    """Return the control routes of one store."""
    control = _Control(store)
    return [
        Mount(
            "/_sandbox",
            routes=[
                Route("/health", control.health, methods=["GET"]),
                Route("/journal", control.journal, methods=["GET"]),
                Route("/catalogue", control.catalogue, methods=["GET"]),
                Route("/statistics", control.statistics, methods=["GET"]),
                Route("/faults", control.list_faults, methods=["GET"]),
                Route("/faults", control.add_fault, methods=["POST"]),
                Route("/faults", control.delete_faults, methods=["DELETE"]),
                Route("/faults/{number:int}", control.show_fault, methods=["GET"]),
                Route("/faults/{number:int}", control.delete_fault, methods=["DELETE"]),
                Route("/faults/{number:int}/release", control.release, methods=["POST"]),
                Route("/reset", control.reset, methods=["POST"]),
                Route("/edit", control.edit, methods=["POST"]),
            ],
        )
    ]


class _Control:
    """Answers the control routes; whatever it is asked wrongly gets a 400 or 404 that says why."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def health(self, _: Request) -> Response:
        return JSONResponse(
            {"store": self._store.name, "platform": self._store.platform, "healthy": True}
        )

    async def journal(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdigit():
            return _problem("after must be a sequence number.")
        return JSONResponse([asdict(entry) for entry in self._store.journal_entries(int(after))])

    async def catalogue(self, _: Request) -> Response:
        return JSONResponse(self._store.catalogue())

    async def statistics(self, _: Request) -> Response:
        return JSONResponse(self._store.statistics())

    async def list_faults(self, _: Request) -> Response:
        return JSONResponse([fault.describe() for fault in self._store.faults.all()])

    async def add_fault(self, request: Request) -> Response:
        try:
            fault = self._store.faults.add(json.loads(await request.body()))
        except FaultError as error:
            return _problem(str(error))
        except ValueError:
            return _problem("A fault is a JSON object.")
        return JSONResponse(fault.describe(), status_code=201)

    async def delete_faults(self, _: Request) -> Response:
        self._store.faults.clear()
        return JSONResponse([])

    async def show_fault(self, request: Request) -> Response:
        fault = self._store.faults.get(request.path_params["number"])
        if fault is None:
            return _problem("There is no such fault.", status=404)
        return JSONResponse(fault.describe())

    async def delete_fault(self, request: Request) -> Response:
        self._store.faults.clear(request.path_params["number"])
        return JSONResponse([fault.describe() for fault in self._store.faults.all()])

    async def release(self, request: Request) -> Response:
        fault = self._store.faults.get(request.path_params["number"])
        if fault is None:
            return _problem("There is no such fault.", status=404)
        fault.release()
        return JSONResponse(fault.describe())

    async def reset(self, _: Request) -> Response:
        self._store.reset()
        return JSONResponse({"store": self._store.name, "reset": True})

    async def edit(self, request: Request) -> Response:
        try:
            content: Any = json.loads(await request.body())
            entry = self._store.edit(
                str(content["resource_id"]), str(content["field"]), content["value"]
            )
        except EditError as error:
            return _problem(str(error))
        except (ValueError, KeyError, TypeError):
            return _problem("An edit is an object with resource_id, field and value.")
        return JSONResponse(asdict(entry))


def _problem(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status_code=status)
