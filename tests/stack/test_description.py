"""What `temporal-dev.yaml` means, and how its mistakes are told."""

from pathlib import Path

import pytest

from connectors.search_attribute_type import SearchAttributeType
from starter.stack.description import StackDescription
from starter.stack.description_file import read_description
from steward.errors import ExitCode, InvalidSettings
from workflows.names import SEARCH_ATTRIBUTES

SHIPPED = Path(__file__).resolve().parents[2] / "temporal-dev.yaml"


def test_shipped_file_says_the_defaults() -> None:
    """Whoever has no file gets the very stack that the file in the repository describes."""
    shipped = read_description(SHIPPED)
    assert shipped == StackDescription(data=SHIPPED.parent / ".steward")


def test_shipped_search_attributes_are_those_that_runs_set() -> None:
    """Every search attribute that a workflow sets is registered, with its type."""
    wanted = {key.name: SearchAttributeType.KEYWORD for key in SEARCH_ATTRIBUTES}
    assert read_description(SHIPPED).temporal.search_attributes == wanted


def test_relative_places_start_beside_the_file(tmp_path: Path) -> None:
    """The data lie beside the file, the ledger and the database in the data."""
    file = tmp_path / "stack.yaml"
    file.write_text("data: here\n")
    description = read_description(file)
    assert description.data == tmp_path / "here"
    assert description.ledger_address == f"sqlite+aiosqlite:///{tmp_path}/here/ledger.db"


def test_nearest_file_above_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works from any folder below the one that holds the file."""
    (tmp_path / "temporal-dev.yaml").write_text("temporal: {port: 7301}\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert read_description().temporal.port == 7301


def test_empty_file_means_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be written down."""
    file = tmp_path / "temporal-dev.yaml"
    file.write_text("# nothing\n")
    assert read_description(file) == StackDescription(data=tmp_path / ".steward")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "temporal:\n  host: 127.0.0.1\n  prot: 7233\n",
            "line 3: there is no setting temporal.prot",
        ),
        ("temporal:\n  port: many\n", "line 2: temporal.port: Input should be a valid integer"),
        ("temporal:\n  port: 70000\n", "line 2: temporal.port"),
        ("temporal: {search_attributes: {A: Word}}\n", "line 1: temporal.search_attributes.A"),
        ("workers:\n  - name: a\n", "line 2: workers.0.queues is missing"),
        ("workers:\n  - {name: a, queues: []}\n", "line 2: workers.0.queues"),
        (
            "data: x\nsandbox:\n  stores:\n    - {name: a}\n    - {name: b}\n    - {name: a}\n",
            "two stores are named 'a'",
        ),
        (
            "sandbox:\n  stores:\n    - {name: a, platform: ga4}\n",
            "a store of the platform ga4, and no other, has property_number",
        ),
        (
            "sandbox:\n  stores:\n    - {name: a, property_number: '1'}\n",
            "a store of the platform ga4, and no other, has property_number",
        ),
        ("temporal: {port: 8401}\n", "temporal.port and sandbox.stores.demo.port both want port"),
        ("data: a\nledger: b\ndata: c\n", "line 3: data is set a second time"),
        ("temporal:\n  port: [1\n", "is not YAML in line"),
        ("- a\n- b\n", "line 1:"),
        ("temporal: 3\n", "line 1: temporal:"),
    ],
)
def test_mistake_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    """A file that cannot be used names the line, the setting and what to do."""
    file = tmp_path / "temporal-dev.yaml"
    file.write_text(text)
    with pytest.raises(InvalidSettings) as caught:
        read_description(file)
    assert told in caught.value.message
    assert "temporal-dev.yaml" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code is ExitCode.INVALID_INPUT


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that was named and is not there does not silently become the defaults."""
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_description(tmp_path / "absent.yaml")
