"""A wave over its limits, under the policy that every installation starts with."""

from steward.runs import RunStatus
from tests.workflows.conftest import House


async def test_a_refused_canary_stops_the_run(house: House) -> None:
    """When the platform refuses the canary, no later wave is written."""
    house.shop.refused_products.add("product-0000")
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    assert result.status is RunStatus.COMPENSATED
    assert "5 of 5 changes failed" in result.reason
    assert result.reason.endswith(" may. Nothing was left to take back.")
    assert house.shop.written == []


async def test_a_wave_that_reads_back_wrong_is_taken_back(house: House) -> None:
    """When written values do not read back as written, the run stops and restores the rest."""
    before = dict(house.shop.values)
    house.shop.forgets_writes_of.add("product-0001")
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    assert result.status is RunStatus.COMPENSATED
    assert result.undone is not None
    assert house.shop.values == before
