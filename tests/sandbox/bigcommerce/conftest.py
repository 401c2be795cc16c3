"""One BigCommerce store for all tests of a module, taken back to its first state in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.bigcommerce.store import BigCommerceStore
from sandbox.configuration import Plan, Platform, StoreConfiguration
from tests.sandbox.bigcommerce.client import BigCommerceClient, bigcommerce
from tests.sandbox.bigcommerce.fake_clock import FakeClock


@pytest.fixture(scope="module")
def module_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigCommerceClient]:
    """Run a store of the default size without lag."""
    with bigcommerce(tmp_path_factory.mktemp("bigcommerce")) as client:
        yield client


@pytest.fixture
def client(module_client: BigCommerceClient) -> BigCommerceClient:
    """Return the module's store, without faults and with the generated catalogue."""
    module_client.running.control("DELETE", "faults")
    module_client.running.control("POST", "reset")
    return module_client


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands still."""
    return FakeClock()


@pytest.fixture
def fake_store(tmp_path: Path, clock: FakeClock) -> Iterator[BigCommerceStore]:
    """Return a small store whose windows and lag follow the fake clock."""
    configuration = StoreConfiguration(
        "demo", Platform.BIGCOMMERCE, plan=Plan.STANDARD, products=2, variants=4
    )
    store = BigCommerceStore(configuration, tmp_path, clock)
    yield store
    store.close()
