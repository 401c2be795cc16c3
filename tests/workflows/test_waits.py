"""What a store makes a run wait for is seen on the engine's pages and in the ledger."""

import asyncio
import json

from steward.runs import Stage
from steward.waits import Wait
from tests.workflows.conftest import House


async def test_a_wait_is_seen_while_a_step_is_under_way(house: House) -> None:
    """The pending step's heartbeat and the ledger tell how long the run waits, and for what."""
    run = await house.start()
    house.shop.seconds_per_write = 3.0
    house.shop.next_wait = Wait(seconds=40, reason="Shopify's allowance")
    await house.decide(run)
    await house.reached(run.id, Stage.EXECUTE)
    told: list[str] = []
    for _ in range(200):
        description = await run.describe()
        for pending in description.raw_description.pending_activities:
            told += [json.loads(part.data) for part in pending.heartbeat_details.payloads[1:]]
        if told:
            break
        await asyncio.sleep(0.1)
    assert told[0] == "waiting 40 s for Shopify's allowance"
    noted = await house.reader.wait(run.id)
    assert noted is not None
    assert noted.reason == "Shopify's allowance"
    house.shop.seconds_per_write = 0.0
    house.shop.next_wait = None
    await run.result()
