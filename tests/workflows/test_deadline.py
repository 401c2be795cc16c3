"""The deadline of an approval, in simulated days."""

from datetime import timedelta
from pathlib import Path

from steward.policy import Policy
from steward.runs import RunStatus
from tests.workflows.hurried import hurried

TWO_WEEKS = Policy(deadline=timedelta(days=14))


async def test_a_deadline_that_passes_counts_as_no(tmp_path: Path) -> None:
    """After two weeks without a decision the run ends as expired, and nothing was written."""
    async with hurried(tmp_path, TWO_WEEKS) as house:
        run = await house.start()
        result = await run.result()
        assert result.status is RunStatus.EXPIRED
        assert house.shop.written == []
        record = await house.ledger.load_run(run.id)
        assert record.ended_at is not None
        assert record.ended_at - record.start.started_at >= timedelta(days=13)
