"""The lock files say exactly what is installed, and nothing about where it is fetched."""

import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["requirements.lock", "requirements-dev.lock"]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked_lines(lock: Path) -> list[str]:
    """The requirements of a lock, one a line, with their hashes and without comments."""
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


def locked_versions(lock: Path) -> dict[str, set[str]]:
    """The versions that a lock names, by package; environment markers may select one of several."""
    versions: dict[str, set[str]] = {}
    for line in locked_lines(lock):
        name, _, rest = line.partition("==")
        versions.setdefault(canonicalize_name(name), set()).add(rest.split()[0])
    return versions


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_place(name: str, checkout: Path) -> None:
    """A lock carries no address, no index option and no path, so any index may serve it."""
    text = (checkout / name).read_text()
    assert "://" not in text
    assert [line for line in text.splitlines() if line.startswith(("-", "/", "."))] == []
    assert [line for line in locked_lines(checkout / name) if " @ " in line] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_hashes_every_requirement(name: str, checkout: Path) -> None:
    """Every requirement is pinned to one version and bound to the hashes of its files."""
    lines = locked_lines(checkout / name)
    assert lines
    for line in lines:
        requirement, *_ = line.partition(" --hash=")
        (specifier,) = Requirement(requirement).specifier
        assert specifier.operator == "=="
        assert HASH.search(line), line


def test_development_runs_what_users_run(checkout: Path) -> None:
    """The development lock holds the very versions of the running lock, and more."""
    running, development = (locked_versions(checkout / name) for name in LOCKS)
    assert {name: development.get(name) for name in running} == running


def test_lock_satisfies_the_declared_dependencies(
    checkout: Path, pyproject: dict[str, Any]
) -> None:
    """A dependency that was added or narrowed without `make lock` is noticed."""
    project = pyproject["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev-stack"]]
    versions = locked_versions(checkout / "requirements.lock")
    for requirement in map(Requirement, declared):
        locked = versions[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in locked), requirement
