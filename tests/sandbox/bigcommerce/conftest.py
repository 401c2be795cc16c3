"""One BigCommerce store for all tests of a module, taken back to its first state in between."""

from collections.abc import Iterator

import pytest

from tests.sandbox.bigcommerce.client import BigCommerceClient, bigcommerce


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
