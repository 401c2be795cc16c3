"""The command reference is written from the commands, and the checked-in page is current."""

from pathlib import Path

import pytest

from starter.command_tree import LazyCommands
from starter.main import PLACES
from starter.reference import main, reference
from steward.errors import ExitCode


def test_reference_covers_every_command_and_exit_code() -> None:
    """Each command has a heading, each template's options are listed, each exit code explained."""
    page = reference()
    assert [name for name in LazyCommands(PLACES) if f"## steward {name}\n" not in page] == []
    assert "### steward run bulk-price" in page
    assert "`--percent NUMBER`" in page
    assert all(f"| {code.value} | {code.name.lower()} |" in page for code in ExitCode)


def test_reference_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is the same in a narrow and in a wide terminal."""
    monkeypatch.setenv("COLUMNS", "60")
    narrow = reference()
    monkeypatch.setenv("COLUMNS", "200")
    assert reference() == narrow


def test_check_compares_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check fails for a missing or an old page, and passes once it was written."""
    page = tmp_path / "commands.md"
    assert main(["--check", str(page)]) == 1
    assert not page.exists()
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text(page.read_text() + "more")
    assert main(["--check", str(page)]) == 1
    assert "starter.reference" in capsys.readouterr().err


def test_page_in_the_checkout_is_current() -> None:
    """docs/commands.md is what the commands say of themselves."""
    page = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
    assert main(["--check", str(page)]) == 0
