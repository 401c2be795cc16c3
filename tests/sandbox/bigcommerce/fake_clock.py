"""A store whose windows and lag follow a clock that tests move."""

import httpx
from starlette.applications import Starlette

from sandbox.bigcommerce.store import BigCommerceStore


class FakeClock:
    """A clock that goes on only when it is told to; seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def requests_to(store: BigCommerceStore) -> httpx.AsyncClient:
    """Return a client of a store that no process serves."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=store.routes())),
        base_url="http://store/stores/demo",
        headers={"X-Auth-Token": "one app"},
    )
