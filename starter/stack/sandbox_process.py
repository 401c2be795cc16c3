"""The sandbox, which stands in for the platforms, as a part of the stack."""

import asyncio
import http.client
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from connectors.settings import AnalyticsSettings, StoreSettings
from starter.stack.access_tokens import (
    reference_to,
    sandbox_access,
    secret_file,
    service_account_file,
)
from starter.stack.description import (
    ANALYTICS,
    SandboxDescription,
    SandboxStoreDescription,
    StackDescription,
)
from starter.stack.part import PartPlan, until

_HEALTH = "/_sandbox/health"


def sandbox_process(description: StackDescription, environment: Mapping[str, str]) -> PartPlan:
    """Return how the sandbox is run; its ports have been chosen. Writes its configuration file."""
    sandbox = description.sandbox
    configuration = description.data / "sandbox.json"
    stores = [
        store.model_dump(mode="json") | sandbox_access(description.data, store)
        for store in sandbox.stores
    ]
    configuration.write_text(
        json.dumps(
            {
                "data_directory": str(description.data / "sandbox"),
                "host": sandbox.host,
                "stores": stores,
            },
            indent=2,
        ),
        encoding="utf-8",
    )
    command = sandbox.command or (sys.executable, "-P", "-m", "sandbox")

    async def when_ready(_log: Callable[[], str]) -> None:
        for store in sandbox.stores:
            await until(partial(asyncio.to_thread, _is_healthy, sandbox.host, store.port))

    return PartPlan(
        name="sandbox",
        address=", ".join(_origin_of(sandbox, store) for store in sandbox.stores),
        command=(*command, "--config", str(configuration)),
        environment=environment,
        log_file=description.data / "logs" / "sandbox.log",
        when_ready=when_ready,
        stop_rank=1,
        grace_seconds=5.0,
    )


def sandbox_stores(description: StackDescription) -> Mapping[str, StoreSettings]:
    """Return how each of the sandbox's shops is reached."""
    return {
        store.name: StoreSettings(
            platform=store.platform,
            address=_address_of(description.sandbox, store),
            access_token=reference_to(secret_file(description.data, store)),
        )
        for store in description.sandbox.stores
        if store.platform != ANALYTICS
    }


def sandbox_analytics(description: StackDescription) -> Mapping[str, AnalyticsSettings]:
    """Return how each of the sandbox's analytics properties is reached."""
    return {
        store.name: AnalyticsSettings(
            property_id=store.property_number,
            credentials=reference_to(service_account_file(description.data, store.name)),
            address=_origin_of(description.sandbox, store),
        )
        for store in description.sandbox.stores
        if store.platform == ANALYTICS and store.property_number is not None
    }


def _origin_of(sandbox: SandboxDescription, store: SandboxStoreDescription) -> str:
    return f"http://{sandbox.host}:{store.port}"


def _address_of(sandbox: SandboxDescription, store: SandboxStoreDescription) -> str:
    origin = _origin_of(sandbox, store)
    # All BigCommerce stores have one host, and are told apart by the path.
    return f"{origin}/stores/{store.name}" if store.platform == "bigcommerce" else origin


def _is_healthy(host: str, port: int) -> bool:
    # Directly, since a proxy from the environment has no way to this machine's own addresses.
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", _HEALTH)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
