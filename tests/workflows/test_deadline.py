"""The deadline of an approval, in simulated days."""

import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from steward.policy import Policy
from steward.runs import RunStatus
from tests.workflows.conftest import House, furnished
from workflows.names import SEARCH_ATTRIBUTES

TWO_WEEKS = Policy(deadline=timedelta(days=14))


@pytest.fixture
async def hurried_house(tmp_path: Path) -> AsyncIterator[House]:
    """Everything that a run goes through, on a server whose clock jumps over every wait."""
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
        async with furnished(environment.client, tmp_path, TWO_WEEKS) as house:
            yield house


async def test_a_deadline_that_passes_counts_as_no(hurried_house: House) -> None:
    """After two weeks without a decision the run ends as expired, and nothing was written."""
    run = await hurried_house.start()
    result = await run.result()
    assert result.status is RunStatus.EXPIRED
    assert hurried_house.shop.written == []
    record = await hurried_house.ledger.load_run(run.id)
    assert record.ended_at is not None
    assert record.ended_at - record.start.started_at >= timedelta(days=13)
