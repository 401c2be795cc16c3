"""The example of a platform of one's own is installed as written, conforms, and carries a run."""

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.conformance import CHECKS, Unmet, verify
from connectors.stores.directory import ConfiguredStores, Platform
from connectors.templates import PackagedTemplates
from ledger.database import default_url, migrate, open_ledger
from steward.approvals import Decision, DecisionVerdict
from steward.errors import UnsupportedOperation
from steward.policy_book import NO_FILE
from steward.runs import RollbackRequest, RunRequest, RunResult, RunStatus, Stage
from tests.documentation.corner_shop_server import (
    TOKEN,
    CornerShop,
    CornerShopProving,
    serving,
)
from tests.documentation.documents import ROOT
from tests.workflows.conftest import House, connected, temporal_address  # noqa: F401 - a fixture
from tests.workflows.fakes import FakeShop
from workers.composition import Composition, sandboxed_runner
from workflows.names import AGENT_RUN, DECIDE, REASON_QUEUE, ROLLBACK, WORKFLOW_QUEUE


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The class that the installed package's entry point leads to."""
    folder = tmp_path_factory.mktemp("installed")
    install = (
        f"{sys.executable} -m pip install --quiet --no-deps --no-build-isolation --no-index "
        f"--target {folder} {ROOT / 'docs' / 'example-plugin'}"
    )
    subprocess.run(install.split(), check=True)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("corner_shop").CornerShopConnection
    finally:
        sys.path.remove(str(folder))
        del sys.modules["corner_shop"]


@pytest.fixture(scope="module")
def shop() -> CornerShop:
    """The platform itself."""
    return CornerShop()


@pytest.fixture(scope="module")
def address(shop: CornerShop) -> Iterator[str]:
    """Where the shop answers."""
    with serving(shop) as where:
        yield where


@pytest.mark.parametrize("check", CHECKS)
async def test_the_example_conforms(
    check: str, plugin: Platform, shop: CornerShop, address: str
) -> None:
    """Each check is met, or the platform's lack is declared."""
    verdict = await verify(check, CornerShopProving(shop, address, plugin))
    if isinstance(verdict, Unmet):
        assert verdict.reason


@dataclass(frozen=True)
class Token:
    """The shop's token."""

    def resolve(self) -> SecretStr:
        """Return it."""
        return SecretStr(TOKEN)


TOKEN_SETTING = Token()


@dataclass(frozen=True)
class Settings:
    """How the shop is configured."""

    address: str
    platform: str = "corner_shop"
    access_token: Token = TOKEN_SETTING
    options: Mapping[str, float] = field(default_factory=dict)


def configured(address: str) -> ConfiguredStores:
    """Return a directory with the shop, named as a merchant would."""
    return ConfiguredStores({"kiosk": Settings(address)})


@pytest.mark.usefixtures("plugin")
async def test_a_whole_run_goes_through_the_example(
    shop: CornerShop,
    address: str,
    temporal_address: str,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """A run is simulated, approved, written, verified and rolled back on the new platform."""
    shop.reset()
    before = {item: dict(content) for item, content in shop.items.items()}
    url = default_url(tmp_path / "ledger.db")
    migrate(url)
    client = await connected(temporal_address)
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(url))
        stores = await stack.enter_async_context(aclosing(configured(address)))
        composition = Composition(
            ledger=ledger,
            stores=stores,
            templates=PackagedTemplates(),
            policies=NO_FILE,
            runner=sandboxed_runner(),
        )
        for queue in (WORKFLOW_QUEUE, REASON_QUEUE, "corner_shop"):
            await stack.enter_async_context(composition.worker(client, queue))
        run = RunRequest(
            run_id="kiosk-1",
            store="kiosk",
            agent="pricing-manager",
            template="bulk-price",
            parameters={"everything": "yes", "percent": "-10"},
            requested_by="rita",
        )
        handle = await client.start_workflow(
            AGENT_RUN, run, id=run.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
        )
        house = House(client, ledger, None, FakeShop(0))  # type: ignore[arg-type]
        record = await house.reached(run.run_id, Stage.APPROVE)
        approval = Decision(
            run_id=run.run_id,
            digest=record.digest or "",
            verdict=DecisionVerdict.APPROVE,
            by="amir",
        )
        await handle.execute_update(DECIDE, approval)
        result: RunResult = await handle.result()
        assert (result.status, result.outcomes.applied) == (RunStatus.COMPLETED, 60)
        assert shop.items["item-000"]["price"] == "3.60"
        undo = RollbackRequest(
            run_id="kiosk-undo",
            store="kiosk",
            undoes=run.run_id,
            requested_by="rita",
            confirm=False,
        )
        undone: RunResult = await client.execute_workflow(
            ROLLBACK, undo, id=undo.run_id, task_queue=WORKFLOW_QUEUE, result_type=RunResult
        )
        assert undone.status is RunStatus.COMPLETED
    assert shop.items == before


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    "parameters", [{"everything": "yes", "add": "sale"}, {"tag": "summer", "remove": "sale"}]
)
def test_what_the_example_lacks_is_refused_at_planning(
    parameters: Mapping[str, str], address: str
) -> None:
    """The platform's own reason is told, before anything is read."""
    intent = PackagedTemplates().template("retag").intent(parameters)
    with pytest.raises(UnsupportedOperation, match="Corner Shop"):
        configured(address).capabilities("kiosk").require(intent)
