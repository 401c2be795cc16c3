"""The installed commands run our packages, wherever they are started."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

WHERE_FROM = """
import importlib, json, sys
print(json.dumps({name: importlib.import_module(name).__file__ for name in sys.argv[1:]}))
"""
LOADED = """
import json, sys
import starter.main
print(json.dumps(sorted(sys.modules)))
"""
HEAVY = {
    "alembic",
    "graphql",
    "httpx",
    "litellm",
    "opentelemetry",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "temporalio",
    "uvicorn",
}


def python_elsewhere(folder: Path, program: str, *arguments: str) -> str:
    """Run a program as a console script would: neither the folder nor PYTHONPATH on the path."""
    finished = subprocess.run(
        [sys.executable, "-I", "-c", program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.mark.parametrize("command", ["steward"])
def test_command_tells_the_installed_version(command: str, tmp_path: Path) -> None:
    """The console script starts outside the checkout and tells the version that is installed."""
    script = Path(sys.executable).with_name(command)
    finished = subprocess.run(
        [script, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert importlib.metadata.version("steward") in finished.stdout


def test_packages_come_from_this_project(
    packages: list[str], checkout: Path, tmp_path: Path
) -> None:
    """Each top-level package resolves to this project and not to a namesake that is installed."""
    files = json.loads(python_elsewhere(tmp_path, WHERE_FROM, *packages))
    assert files == {name: str(checkout / name / "__init__.py") for name in packages}


def test_no_other_distribution_carries_our_names(packages: list[str]) -> None:
    """No locked dependency installs a package under one of our top-level names."""
    owners = importlib.metadata.packages_distributions()
    strangers = {name: sorted({*owners.get(name, [])} - {"steward"}) for name in packages}
    assert strangers == {name: [] for name in packages}


def test_command_starts_without_heavy_imports(tmp_path: Path) -> None:
    """Importing the command leaves out every library that would cost it its quick start."""
    modules = json.loads(python_elsewhere(tmp_path, LOADED))
    assert {module.partition(".")[0] for module in modules} & HEAVY == set()
