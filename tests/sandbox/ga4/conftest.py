"""One property for all tests of a module, taken back to its first state in front of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.ga4.client import AnalyticsClient
from tests.sandbox.running import running_store


@pytest.fixture(scope="module")
def module_property(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnalyticsClient]:
    """Run a property of twelve items in New York's time, for one service account."""
    folder: Path = tmp_path_factory.mktemp("sandbox")
    with running_store(
        folder,
        platform="ga4",
        property_number="456",
        product_ids=[f"sku-{number:02}" for number in range(12)],
        time_zone="America/New_York",
        currency="USD",
        credentials_file=str(folder / "key.json"),
    ) as store:
        yield AnalyticsClient(store, folder / "key.json")


@pytest.fixture
def analytics(module_property: AnalyticsClient) -> AnalyticsClient:
    """Return the module's property, at half past twelve of a day in March, signed in."""
    module_property.control("DELETE", "faults")
    module_property.control("POST", "reset")
    module_property.set("now", "2026-03-20T12:30:00-04:00")
    module_property.set("token_lifetime_seconds", 3599)
    module_property.sign_in()
    return module_property
