"""Lint refuses workflow code whose answer could differ on replay."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BANNED = [
    "import asyncio\nasyncio.as_completed([])",
    "import asyncio\nasyncio.sleep(1)",
    "import asyncio\nasyncio.to_thread(print)",
    "import asyncio\nasyncio.wait([])",
    "import concurrent.futures",
    "import datetime\ndatetime.date.today()",
    "import datetime\ndatetime.datetime.now(datetime.UTC)",
    "import datetime\ndatetime.datetime.today()",
    "import datetime\ndatetime.datetime.utcnow()",
    "from datetime import datetime\ndatetime.now()",
    "import io",
    "import logging",
    "import multiprocessing",
    "import os\nos.environ['HOME']",
    "from os import environ",
    "from pathlib import Path",
    "import random",
    "from random import choice",
    "import secrets",
    "import socket",
    "import subprocess",
    "import threading",
    "import time\ntime.time()",
    "from time import sleep",
    "import uuid\nuuid.uuid1()",
    "import uuid\nuuid.uuid4()",
    "from uuid import uuid4",
]
ALLOWED = """
import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio import workflow

EPOCH = datetime.fromtimestamp(0, UTC) + timedelta(days=1)
NAME = UUID(int=1)


async def pause() -> None:
    await workflow.sleep(1, summary="until the store has settled")
    await asyncio.gather(workflow.wait_condition(lambda: workflow.now() > EPOCH))
"""


def banned_calls(code: str, file: str, checkout: Path) -> list[str]:
    """The messages of the bans that the code would meet as this file of the checkout."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--no-cache"),
            *("--select", "TID251", "--output-format", "json", "--stdin-filename", file, "-"),
        ],
        input=code,
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not finished.stderr, finished.stderr
    return [finding["message"] for finding in json.loads(finished.stdout)]


@pytest.mark.parametrize("code", BANNED)
def test_workflows_may_not_differ_on_replay(code: str, checkout: Path) -> None:
    """A call that reads the clock, chance, the environment or the outside is refused."""
    assert banned_calls(code, "workflows/probe.py", checkout)


def test_workflows_may_use_what_replays(checkout: Path) -> None:
    """The replay-safe counterparts pass, so that the bans leave a way to write the workflow."""
    assert banned_calls(ALLOWED, "workflows/probe.py", checkout) == []


def test_bans_hold_for_workflows_alone(checkout: Path) -> None:
    """Activities, which are not replayed, may read the clock."""
    assert banned_calls("import time\ntime.time()", "activities/probe.py", checkout) == []
