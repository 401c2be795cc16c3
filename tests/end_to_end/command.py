"""The installed `steward` command, run as a person runs it."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steward.errors import ExitCode

STEWARD = Path(sys.executable).parent / "steward"


@dataclass(frozen=True, slots=True)
class Told:
    """What the command wrote, and what it told the shell."""

    code: int
    out: str
    err: str


async def steward(
    data: Path,
    *arguments: str,
    user: str = "rita",
    environment: Mapping[str, str] | None = None,
) -> Told:
    """Run the command on the data of a stack, without a terminal."""
    process = await asyncio.create_subprocess_exec(
        STEWARD,
        *arguments,
        cwd=data.parent,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(data.parent),
            "STEWARD_DATA": str(data),
            "STEWARD_USER": user,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            **(environment or {}),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Told(process.returncode, out.decode(), err.decode())


def assert_refused(told: Told, code: ExitCode, *words: str) -> None:
    """The command said one sentence and its remedy, and nothing that only a programmer reads."""
    assert told.code == code, told
    errors = [line for line in told.err.splitlines() if line.startswith("Error: ")]
    remedies = [line for line in told.err.splitlines() if line.startswith("Try: ")]
    assert len(errors) == 1, told.err
    assert len(remedies) == 1, told.err
    assert errors[0].endswith((".", "?")), told.err
    assert "Traceback" not in told.err + told.out
    assert "unexpected" not in errors[0]
    for word in words:
        assert word in told.err, told.err
