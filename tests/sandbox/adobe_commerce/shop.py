"""A client of one Adobe Commerce store that holds every answer to the platform's description."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx

from tests.sandbox.adobe_commerce.swagger import (
    EXCEPTIONS,
    PAAS,
    SAAS,
    departures,
    has_descriptions,
)
from tests.sandbox.running import RunningStore, running_store


class Shop:
    """Sends requests to a store; `store` gives its control routes.

    Attributes:
        used: the known departures from the description that answers showed.
    """

    def __init__(self, store: RunningStore, description: str = PAAS) -> None:
        self.store = store
        self.http = store.http
        self.http.headers["Authorization"] = "Bearer token"
        self.description = description
        self.used: set[str] = set()

    def send(
        self,
        method: str,
        path: str,
        content: object = None,
        **settings: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Send a request to a path below the address, check the answer and return it."""
        if content is not None:
            settings["json"] = content
        response = self.http.request(method, path, **settings)
        self.check(method, path, response)
        return response

    def check(self, method: str, path: str, response: httpx.Response) -> None:
        """Compare an answer with the description, known exceptions aside."""
        parts = [unquote(part) for part in path.partition("?")[0].strip("/").split("/")]
        if "V1" not in parts or "async" in parts or not has_descriptions():
            return
        found = set(
            departures(
                self.description,
                method,
                parts[parts.index("V1") :],
                response.status_code,
                response.json(),
            )
        )
        assert found <= set(EXCEPTIONS), found - set(EXCEPTIONS)
        self.used |= found

    def get(self, path: str, store: str | None = None, **query: str) -> Any:  # noqa: ANN401
        """Return what a path below `V1` answers, which must be 200."""
        response = self.send("GET", address(path, store), params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, content: object, store: str | None = None) -> Any:  # noqa: ANN401
        """Return what a path below `V1` answers to a POST, which must be 200."""
        response = self.send("POST", address(path, store), content)
        assert response.status_code == 200, response.text
        return response.json()

    def put_product(self, sku: str, product: Mapping[str, Any], store: str | None = None) -> Any:  # noqa: ANN401
        """Change a product and return the answer, which must be 200."""
        response = self.send("PUT", product_address(sku, store), {"product": product})
        assert response.status_code == 200, response.text
        return response.json()

    def product(self, sku: str, store: str | None = None) -> Any:  # noqa: ANN401
        """Return a product as a store view shows it; `all` is what the views inherit from."""
        path = f"products/{quote(sku, safe='')}"
        return self.get(path, storeId="0") if store == "all" else self.get(path, store)

    def search(self, *filters: tuple[str, str, str], **settings: str) -> Any:  # noqa: ANN401
        """Return the products for which every filter (field, condition, value) holds."""
        return self.get("products", **criteria(*filters, **settings))

    def bulk(self, method: str, path: str, items: object, store: str = "all") -> str:
        """Queue calls and return their UUID."""
        response = self.send(method, f"/rest/{store}/async/bulk/V1/{path}", items)
        assert response.status_code == 202, response.text
        content = response.json()
        assert content["errors"] is False
        assert {item["status"] for item in content["request_items"]} == {"accepted"}
        return str(content["bulk_uuid"])

    def finished(self, uuid: str) -> list[dict[str, Any]]:
        """Wait until no operation of a bulk is open and return them."""
        deadline = time.monotonic() + 20
        while True:
            operations: list[dict[str, Any]] = self.get(f"bulk/{uuid}/detailed-status")[
                "operations_list"
            ]
            if all(operation["status"] != 4 for operation in operations):
                return operations
            assert time.monotonic() < deadline, "the operations stayed open"
            time.sleep(0.02)

    def changes(self, sku: str) -> list[tuple[Any, ...]]:
        """Return the journal's field, before, after and applied of each write to a product."""
        return [
            (entry["field"], entry["before"], entry["after"], entry["applied"])
            for entry in self.store.journal()
            if entry["resource_id"] == sku
        ]


def address(path: str, store: str | None = None) -> str:
    """Return the address of a path below `V1`, through a store code or none."""
    return f"/rest/V1/{path}" if store is None else f"/rest/{store}/V1/{path}"


def product_address(sku: str, store: str | None = None) -> str:
    """Return the address of a product."""
    return address(f"products/{quote(sku, safe='')}", store)


def criteria(*filters: tuple[str, str, str], **settings: str) -> dict[str, str]:
    """Return search criteria in which every filter (field, condition, value) must hold."""
    query = {"searchCriteria": ""}
    for number, (field, condition, value) in enumerate(filters):
        prefix = f"searchCriteria[filterGroups][{number}][filters][0]"
        query |= {
            f"{prefix}[field]": field,
            f"{prefix}[conditionType]": condition,
            f"{prefix}[value]": value,
        }
    return query | {f"searchCriteria[{name}]": value for name, value in settings.items()}


def custom(product: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product's custom attributes by code."""
    return {item["attribute_code"]: item["value"] for item in product["custom_attributes"]}


@contextmanager
def running_shop(data_directory: Path, **settings: object) -> Iterator[Shop]:
    """Run a sandbox with one Adobe Commerce store, and stop it afterwards."""
    settings = {"platform": "adobe_commerce", "products": 40, "variants": 90, **settings}
    name = SAAS if settings.get("edition") == "saas" else PAAS
    with running_store(data_directory, **settings) as store:
        yield Shop(store, name)
