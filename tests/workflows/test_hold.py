"""A wave over its limits, under a policy that holds for a person."""

import pytest

from steward.policy import Policy, WhenTripped
from steward.runs import Control, ControlRequest, RunStatus
from tests.workflows.conftest import House
from workflows.names import CANCEL, RESUME

CANARY = "product-0000"


@pytest.fixture
def policy() -> Policy:
    """Hold, rather than compensate, where a wave trips."""
    return Policy(when_tripped=WhenTripped.HOLD)


async def test_a_refused_canary_holds_the_run(house: House) -> None:
    """When the canary is refused nothing more is written until a person says so."""
    house.shop.refused_products.add(CANARY)
    run = await house.start()
    await house.decide(run)
    await house.gate(run.id, Control.PAUSE)
    assert house.shop.written == []
    await run.signal(RESUME, ControlRequest(by="amir"))
    result = await run.result()
    assert (result.outcomes.refused, result.outcomes.applied) == (5, 195)


async def test_a_held_run_can_be_cancelled(house: House) -> None:
    """A person who says no to a held run gets back the store as it was."""
    before = dict(house.shop.values)
    house.shop.refused_products.add("product-0001")
    run = await house.start()
    await house.decide(run)
    await house.gate(run.id, Control.PAUSE)
    assert house.shop.written
    await run.signal(CANCEL, ControlRequest(by="amir"))
    assert (await run.result()).status is RunStatus.COMPENSATED
    assert house.shop.values == before
