"""A margin limit: what a unit costs is read on every platform, and too low a price is denied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from steward.errors import ExitCode
from steward.runs import RunStatus
from tests.end_to_end.command import steward
from tests.end_to_end.house import House, small_store, standing_house
from tests.end_to_end.jobs import PLATFORMS, Job

pytestmark = pytest.mark.asyncio(loop_scope="session")

# In the sandbox's shops a unit costs 42 % of the regular price.
POLICY = "everybody: {min_margin: 40%}"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy file that asks for a margin."""
    file = tmp_path_factory.mktemp("margins") / "policy.yaml"
    file.write_text(POLICY, encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def margin_house(policy: Path) -> AsyncIterator[House]:
    """A shop of each platform under that policy."""
    stores = [small_store(_shop_of(platform), platform) for platform in PLATFORMS]
    environment = {"STEWARD_POLICY": str(policy)}
    async with standing_house(policy.parent / "data", stores, environment, PLATFORMS) as house:
        yield house


def _shop_of(platform: str) -> str:
    return f"{platform.replace('_', '-')}-shop"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_price_that_leaves_too_little_is_denied(
    margin_house: House, policy: Path, platform: str
) -> None:
    """Half the price is denied, naming rule, item and margin; a small reduction is not."""
    house, store = margin_house, _shop_of(platform)
    lower, halve = [
        await house.start_job(
            store, Job("lower", "bulk-price", {"everything": "yes", "percent": percent})
        )
        for percent in ("-10", "-50")
    ]
    waiting = await house.waiting(lower)
    denied = await house.ended(halve)
    assert (denied.status, denied.exit_code) == (RunStatus.DENIED, ExitCode.REFUSED)
    assert "min_margin (everybody): " in denied.reason
    assert "have a margin of 1" in denied.reason
    tried = await steward(
        house.data, "policy", "test", halve.id, environment={"STEWARD_POLICY": str(policy)}
    )
    assert tried.code == ExitCode.REFUSED
    assert "min_margin (everybody): " in tried.out
    assert "cost is not known" not in tried.out
    assert waiting.status is RunStatus.RUNNING
