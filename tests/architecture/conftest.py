"""What the architecture tests share: the checkout and its own description of itself."""

import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def pyproject(checkout: Path) -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((checkout / "pyproject.toml").read_text())


@pytest.fixture(scope="session")
def packages(pyproject: dict[str, Any]) -> list[str]:
    """The top-level packages that the wheel carries."""
    names: list[str] = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return names
