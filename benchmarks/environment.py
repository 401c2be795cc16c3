"""What a benchmark ran on, and where its figures are kept."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("temporalio", "pydantic", "httpx", "sqlmodel", "sqlalchemy", "uvicorn")


def environment(temporal_command: str) -> dict[str, object]:
    """Return the machine, and the versions of what was measured."""
    server = subprocess.run(  # noqa: S603 - our own command
        [temporal_command, "--version"], capture_output=True, text=True, check=True
    )
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "temporal": server.stdout.strip(),
        "packages": {package: version(package) for package in _PACKAGES},
    }


def resident_megabytes(process_ids: Iterable[int]) -> float:
    """Return the largest resident memory that one of the processes has had so far (Linux)."""
    return max(_peak_kilobytes(process_id) for process_id in process_ids) / 1024


def _peak_kilobytes(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


def keep(name: str, content: Mapping[str, object]) -> Path:
    """Write the figures to `benchmarks/results/NAME.json`, and return the file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return file
