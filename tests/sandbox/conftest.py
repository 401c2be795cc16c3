"""One store for all tests of a module, taken back to its first state in front of each."""

from collections.abc import Iterator

import pytest

from tests.sandbox.running import RunningStore, running_store


@pytest.fixture(scope="module")
def module_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a store of the default size without search lag."""
    with running_store(tmp_path_factory.mktemp("sandbox")) as store:
        yield store


@pytest.fixture
def store(module_store: RunningStore) -> RunningStore:
    """Return the module's store, without faults and with the generated catalogue."""
    module_store.control("DELETE", "faults")
    module_store.control("POST", "reset")
    return module_store
