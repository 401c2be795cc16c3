"""What every test may use: the property-test profiles and the platform contracts."""

import os
from pathlib import Path

import hypothesis
import pytest

# Shared runners are slow by fits, so no property test is judged by its time anywhere. A build draws
# the same examples each time; a developer's machine goes on looking for new ones.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=300, derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of machine-readable platform contracts; a test that needs it is skipped without.

    STEWARD_CONTRACTS names it; else it is looked for beside the checkout.
    """
    beside = Path(__file__).resolve().parents[2] / "shared" / "contracts"
    folder = Path(os.environ.get("STEWARD_CONTRACTS") or beside)
    if not folder.is_dir():
        pytest.skip(f"no platform contracts at {folder}; name their folder in STEWARD_CONTRACTS")
    return folder
