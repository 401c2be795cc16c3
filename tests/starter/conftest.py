"""The command over an empty ledger and two stores."""

from pathlib import Path

import pytest

from tests.starter.fakes import Office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The command over an empty ledger and two stores, without colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("STEWARD_DEBUG", raising=False)
    return Office(tmp_path)
