"""The import contracts refuse each forbidden direction, and the pure packages stay pure."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest

FORBIDDEN = [
    ("steward", "activities"),
    ("steward", "httpx"),
    ("steward", "socket"),
    ("activities", "connectors"),
    ("activities", "workflows"),
    ("activities", "ledger"),
    ("workflows", "connectors"),
    ("workflows", "ledger"),
    ("workflows", "starter"),
    ("connectors", "ledger"),
    ("connectors", "workflows"),
    ("ledger", "connectors"),
    ("ledger", "activities"),
    ("sandbox", "steward"),
    ("sandbox", "connectors"),
    ("workers", "starter"),
    ("starter", "workers"),
    ("connectors.stores.shopify", "connectors.stores.bigcommerce"),
    ("connectors.stores.shopify", "connectors.analytics.ga4"),
]
PERMITTED = [
    ("steward", "pydantic"),
    ("activities", "steward"),
    ("workflows", "activities"),
    ("connectors", "steward"),
    ("ledger", "steward"),
    ("workers", "workflows"),
    ("workers", "connectors"),
    ("workers", "ledger"),
    ("starter", "workflows"),
    ("starter", "sandbox"),
]
ALLOWED_LIBRARIES = {
    "steward": {"pydantic"},
    "activities": {"pydantic", "temporalio"},
    "workflows": {"pydantic", "temporalio"},
}


@pytest.fixture
def skeleton(packages: list[str], tmp_path: Path) -> Path:
    """Empty packages of our names, with three platforms, to try imports on."""
    platforms = ["stores/shopify", "stores/bigcommerce", "analytics/ga4"]
    for package in [*packages, *(f"connectors/{platform}" for platform in platforms)]:
        (tmp_path / package).mkdir(parents=True)
    for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    return tmp_path


def check_contracts(
    skeleton: Path, checkout: Path, *imports: tuple[str, str]
) -> subprocess.CompletedProcess[str]:
    """Check the project's contracts over the skeleton, with these imports written into it."""
    for importer, imported in imports:
        module = skeleton.joinpath(*importer.split("."), "__init__.py")
        module.write_text(f"{module.read_text()}import {imported}\n")
    return subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            *("--config", checkout / "pyproject.toml", "--no-cache", "--no-logo"),
        ],
        cwd=skeleton,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("importer", "imported"), FORBIDDEN)
def test_forbidden_import_breaks_a_contract(
    importer: str, imported: str, skeleton: Path, checkout: Path
) -> None:
    """An import against the table is refused and named."""
    finished = check_contracts(skeleton, checkout, (importer, imported))
    assert finished.returncode == 1, finished.stdout
    assert f"{importer} -> {imported}" in finished.stdout


def test_permitted_imports_keep_the_contracts(skeleton: Path, checkout: Path) -> None:
    """What the table allows passes, so that a broken contract means what it says."""
    finished = check_contracts(skeleton, checkout, *PERMITTED)
    assert finished.returncode == 0, finished.stdout


def test_contracts_cover_every_package(pyproject: dict[str, Any], packages: list[str]) -> None:
    """A package that is added to the wheel comes under the contracts too."""
    assert sorted(pyproject["tool"]["importlinter"]["root_packages"]) == sorted(packages)


@pytest.mark.parametrize("package", ALLOWED_LIBRARIES)
def test_pure_packages_import_allowed_libraries_only(package: str, packages: list[str]) -> None:
    """Third parties that no contract names are refused as well: the list is one of permissions."""
    graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
    own = [module for module in graph.modules if module.partition(".")[0] == package]
    imported = {name for module in own for name in graph.find_modules_directly_imported_by(module)}
    libraries = {name.partition(".")[0] for name in imported}
    strangers = libraries - {*packages} - sys.stdlib_module_names - ALLOWED_LIBRARIES[package]
    assert strangers == set()
