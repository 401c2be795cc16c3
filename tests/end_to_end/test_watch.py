"""A shop that is edited by hand while what was written is watched, as people see it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.sdk.v1 import WorkflowMetadata

from steward.audit import AuditEntry, AuditKind
from steward.errors import ExitCode
from steward.runs import RunStatus, Stage
from tests.end_to_end.command import steward
from tests.end_to_end.house import House, Run, eventually, small_stores, standing_house

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Every value at each look; the tests end the watch, which would last for minutes.
POLICY = "everybody: {watch: {for: PT200S, every: PT1S, sample: 500}}"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy file that asks for a watch."""
    file = tmp_path_factory.mktemp("watching") / "policy.yaml"
    file.write_text(POLICY, encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def watching_house(policy: Path) -> AsyncIterator[House]:
    """The whole product under that policy."""
    environment = {"STEWARD_POLICY": str(policy)}
    data = policy.parent / "data"
    async with standing_house(data, small_stores(("watched",)), environment) as house:
        yield house


async def details_tell(run: Run, words: str) -> bool | None:
    """Return whether the run's details, as the Web UI shows them, hold these words."""
    metadata: WorkflowMetadata = await run.query("__temporal_workflow_metadata")
    return True if words in metadata.current_details else None


async def test_an_edit_during_the_watch_raises_the_alarm(watching_house: House) -> None:
    """A price that somebody sets by hand is told everywhere, kept, and left for people to judge."""
    house = watching_house
    shop = house.shops["watched"]
    run = await house.start(shop)
    await house.decide(run)
    await house.reached(run, lambda record: record.stage is Stage.WATCH)
    writes = await shop.writes()
    edited = (await house.proposed(run))[0].target.resource_id
    await shop.edit(edited, "price", "1.11")

    async def alarm() -> AuditEntry | None:
        return next(iter(await house.reader.audit(run_id=run.id, kind=AuditKind.DRIFTED)), None)

    entry = await eventually(alarm, "the drift is told")
    assert "price is 1.11 USD" in entry.event.detail
    await eventually(lambda: details_tell(run, "1 DRIFTED"), "the Web UI tells it")
    shown = await steward(house.data, "show", run.id)
    assert "Drift: " in shown.out
    assert "price is 1.11 USD" in shown.out
    ended = await steward(house.data, "cancel", run.id, "--yes", "--reason", "seen")
    assert ended.code == ExitCode.OK
    assert "takes nothing back" in ended.out or "nothing taken back" in ended.out
    record = await house.ended(run)
    assert (record.status, record.exit_code) == (RunStatus.COMPLETED, ExitCode.OK)
    watched = (await run.result()).watched
    assert watched is not None
    assert (watched.drifted, watched.ended_early) == (1, "Cancelled by rita: seen.")
    assert watched.examples[0] in record.reason
    data = json.loads((await steward(house.data, "show", run.id, "--json")).out)
    assert [one["event"]["kind"] for one in data["drifted"]] == ["drifted"]
    assert "drifted" in (await steward(house.data, "audit", "--run", run.id)).out
    assert await shop.writes() == writes
