"""A server whose clock jumps over every wait, with everything that a run goes through."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from steward.policy import Policy
from tests.workflows.conftest import House, furnished
from workflows.names import SEARCH_ATTRIBUTES


class HurriedHouse(House):
    """A house in which time passes when a test says so, and while it waits for a result."""

    environment: WorkflowEnvironment

    async def pass_time(self, time: timedelta) -> None:
        """Let the server's clock go on by this."""
        await self.environment.sleep(time)


@asynccontextmanager
async def hurried(folder: Path, policy: Policy) -> AsyncIterator[HurriedHouse]:
    """Give the house, under this policy."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=str(Path(sys.executable).parent / "temporal-test-server"),
    )
    async with environment:
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=environment.client.namespace,
                search_attributes={
                    key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
                    for key in SEARCH_ATTRIBUTES
                },
            )
        )
        async with furnished(environment.client, folder, policy) as house:
            hurried_house = HurriedHouse(**vars(house))
            hurried_house.environment = environment
            yield hurried_house
