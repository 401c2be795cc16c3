"""One running stack for the whole folder: server, platforms, workers and ledger, all real."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.end_to_end.field_kills import KILLS
from tests.end_to_end.house import House, small_store, small_stores, standing_house
from tests.end_to_end.jobs import CASES, PLATFORMS
from tests.end_to_end.shop import Shop

# Every run that is hit works on a shop of its own, so that the shop's journal speaks of it alone.
SHOPS = tuple(f"shop-{number}" for number in range(80))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The whole product, with a shop for each run."""
    data = tmp_path_factory.mktemp("house") / "data"
    stores = (
        *small_stores(SHOPS),
        *(small_store(case.store, case.platform) for case in CASES),
        *(kill.store for kill in KILLS),
    )
    async with standing_house(data, stores, queues=PLATFORMS) as house:
        yield house


@pytest.fixture(scope="session")
def free_shops(house: House) -> Iterator[Shop]:
    """The Shopify shops that no run has worked on yet; each is given out once."""
    return iter([house.shops[name] for name in SHOPS])
