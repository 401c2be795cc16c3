"""One store for all tests of a module, taken back to its first state in front of each."""

from collections.abc import Iterator

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, running_shop


@pytest.fixture(scope="module")
def module_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Run a small store of the edition on premises."""
    with running_shop(tmp_path_factory.mktemp("sandbox"), bulk_lag_seconds=0.2) as shop:
        yield shop


@pytest.fixture
def shop(module_shop: Shop) -> Shop:
    """Return the module's store, without faults and with the generated catalogue."""
    module_shop.store.control("DELETE", "faults")
    module_shop.store.control("POST", "reset")
    module_shop.used.clear()
    return module_shop
