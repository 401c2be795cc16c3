"""A sandbox with one shop of each platform, in a process of its own, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import httpx
import pytest

from tests.connectors.conformance.sandbox_shops import SHOPS, SandboxShop


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, SandboxShop]]:
    """All shops by name."""
    folder = tmp_path_factory.mktemp("conformance")
    stores = [
        {"name": name, SHOPS[name].secret_setting: str(folder / name), **SHOPS[name].settings}
        for name in SHOPS
    ]
    configuration = folder / "sandbox.json"
    configuration.write_text(json.dumps({"data_directory": str(folder), "stores": stores}))
    command = [sys.executable, "-m", "sandbox", "--config", str(configuration)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.terminate)
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in stores]
        yield {
            line["store"]: SHOPS[line["store"]](
                stack.enter_context(
                    httpx.Client(base_url=line["address"], trust_env=False, timeout=30)
                ),
                line["address"],
                (folder / line["store"]).read_text().strip(),
            )
            for line in lines
        }
