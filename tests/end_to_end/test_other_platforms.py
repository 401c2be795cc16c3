"""The same run on the other platforms: what a run does does not depend on where a store is."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from starter.stack.description import SandboxStoreDescription
from steward.runs import RunStatus
from tests.end_to_end.house import House, standing_house

PLATFORMS = ("bigcommerce", "adobe_commerce")


async def catalogue(house: House, store: str) -> Any:  # noqa: ANN401
    """Return everything that the shop holds, as the sandbox itself says.

    But for the day on which a special price of Adobe Commerce began: whoever sets the price again
    sets that day again.
    """
    address = house.stack.state.stores[store].address.partition("/stores/")[0]
    async with httpx.AsyncClient(base_url=address) as sandbox:
        held = (await sandbox.get("/_sandbox/catalogue")).text
    return json.loads(re.sub(r'"special_from_date": *"[^"]*"', '"special_from_date": null', held))


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_run_and_its_undo(platform: str, tmp_path: Path) -> None:
    """A price change is simulated, approved, applied, read back and undone, value for value."""
    store = SandboxStoreDescription(name="shop", platform=platform, products=12, variants=40)
    async with standing_house(tmp_path, [store], queues=[platform]) as house:
        before = await catalogue(house, "shop")
        run = await house.start_on_everything("shop")
        await house.decide(run)
        record = await house.ended(run)
        assert record.status is RunStatus.COMPLETED, record.reason
        changed = await house.proposed(run)
        assert changed
        outcomes = await house.reader.outcomes(run.id, record.digest or "")
        assert outcomes.applied == len(changed)
        assert await catalogue(house, "shop") != before
        undo = await house.roll_back(run.id)
        assert undo.status is RunStatus.COMPLETED
        assert await catalogue(house, "shop") == before
