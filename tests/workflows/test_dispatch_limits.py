"""Each store's dispatch limit on a real server, and a server that knows none."""

import logging
import sys
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from connectors.dispatch_limits import dispatch_limit, limit_dispatch
from steward.errors import ServerUnreachable
from tests.workflows.conftest import connected
from workers.main import limit_platforms
from workflows.names import REASON_QUEUE, WORKFLOW_QUEUE


async def test_platforms_queues_are_limited(temporal_address: str) -> None:
    """A worker limits the platforms' queues that it serves, each time anew, and no other queue."""
    client = await connected(temporal_address)
    await limit_platforms(client, [WORKFLOW_QUEUE, REASON_QUEUE, "limited", "limited-too"], 5)
    await limit_platforms(client, ["limited"], 7.5)
    queues = ("limited", "limited-too", "unlimited", WORKFLOW_QUEUE, REASON_QUEUE)
    limits = [await dispatch_limit(client, queue) for queue in queues]
    assert limits == [7.5, 5, None, None, None]


async def test_a_limit_set_by_hand_is_kept(temporal_address: str) -> None:
    """A worker whose settings say 0 leaves the queue as it is."""
    client = await connected(temporal_address)
    await limit_dispatch(client, "by-hand", 3)
    await limit_platforms(client, ["by-hand"], 0)
    assert await dispatch_limit(client, "by-hand") == 3


async def test_a_server_that_refuses_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A worker goes on without limits where the server has none, and says so once."""
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(Path(sys.executable).parent / "temporal-test-server")
    ) as environment:
        with pytest.raises(ServerUnreachable, match="too old"):
            await limit_dispatch(environment.client, "shopify", 20)
        with caplog.at_level(logging.WARNING, "steward.worker"):
            await limit_platforms(environment.client, ["shopify", "bigcommerce"], 20)
    told = [record.getMessage() for record in caplog.records if record.name == "steward.worker"]
    assert len(told) == 1
    assert "queue shopify" in told[0]
    assert "steward doctor" in told[0]
