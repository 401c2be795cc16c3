"""A client of one BigCommerce store that holds every answer against the platform's documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.sandbox.bigcommerce.openapi import Json, contract
from tests.sandbox.running import RunningStore, running_store

QUOTA_HEADERS = (
    "x-rate-limit-time-window-ms",
    "x-rate-limit-time-reset-ms",
    "x-rate-limit-requests-quota",
    "x-rate-limit-requests-left",
)
UNDESCRIBED = {
    400: "the documents describe no answer to a body that is not JSON",
    401: "answered in front of every operation",
    403: "answered in front of every operation",
    404: "some operations leave it out",
    405: "answered in front of every operation",
    409: "a variant with the SKU of another one; the document stops at 404",
    415: "answered in front of every operation",
    422: "some operations leave it out, for parameters that cannot be read",
    429: "answered in front of every operation",
}
"""Statuses that an operation may answer without its document describing them, and why."""

MISDESCRIBED = {
    ("getCategorySortOrders", 200): "its text allows null for a product without an order",
    ("createProduct", 207): "shares the batch's description, whose data is an array of products",
}
"""Answers that the sandbox gives in another shape than the document says, and why."""


class BigCommerceClient:
    """Sends requests as an application does; every answer must fit the documents."""

    def __init__(self, running: RunningStore) -> None:
        self.running = running

    def send(self, method: str, path: str, content: Json = None, **query: object) -> httpx.Response:
        """Send a request to a path below `/v3` and check the answer."""
        response = self.raw(
            method,
            f"/v3{path}",
            json=content,
            params={name.replace("__", ":"): str(value) for name, value in query.items()},
        )
        self.check(method, path, response)
        return response

    def raw(self, method: str, path: str, **settings: Json) -> httpx.Response:
        """Send any request below the store's base."""
        headers = {"X-Auth-Token": "token", **settings.pop("headers", {})}
        if settings.get("json", ...) is None:
            del settings["json"]
        return self.running.http.request(method, f"/stores/demo{path}", headers=headers, **settings)

    def check(self, method: str, path: str, response: httpx.Response) -> None:
        """Fail where an answer breaks the documents."""
        content = response.json() if response.content else None
        media_type = response.headers.get("content-type", "").partition(";")[0]
        for name in QUOTA_HEADERS:
            assert response.headers[name].isdigit()
        known = contract()
        if known is None:
            return
        problems = known.answer_problems(method, path, response.status_code, media_type, content)
        if problems is None:
            described = known.operation(method, path) is not None
            assert not described or response.status_code in UNDESCRIBED, response.text
            if response.status_code >= 400:
                assert {"status", "title", "type"} <= set(content or ()), response.text
            return
        found = known.operation(method, path)
        assert found is not None
        answered = (str(found[0]["operationId"]), response.status_code)
        assert problems == [] or answered in MISDESCRIBED, f"{answered}: {problems}"

    def data(self, method: str, path: str, content: Json = None, **query: object) -> Json:
        """Return the data of an answer with status 200, to a request that fits the documents."""
        known = contract()
        if known is not None and known.operation(method, path) is not None:
            problems = known.request_problems(method, path, content)
            assert problems == [], f"{method} {path}: {problems}"
        response = self.send(method, path, content, **query)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def product(self, number: int, **query: object) -> Json:
        """Return one product."""
        return self.data("GET", f"/catalog/products/{number}", **query)

    def variant(self, number: int) -> Json:
        """Return one variant."""
        (found,) = self.data("GET", "/catalog/variants", id=number)
        return found

    def journal(self) -> list[tuple[str | None, str | None, Any, bool]]:
        """Return who was written, which field, what was wanted, and whether it was applied."""
        return [
            (entry["resource_id"], entry["field"], entry["after"], entry["applied"])
            for entry in self.running.journal()
        ]


@contextmanager
def bigcommerce(folder: Path, **settings: object) -> Iterator[BigCommerceClient]:
    """Run a BigCommerce store of its own."""
    with running_store(folder, platform="bigcommerce", **settings) as running:
        yield BigCommerceClient(running)
