"""Keeps the settings of whoever runs the tests out of them."""

import os

import pytest


@pytest.fixture(autouse=True)
def untouched_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Forget every setting, and work in an empty folder."""
    for name in list(os.environ):
        if name.startswith(("STEWARD_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", os.devnull)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
