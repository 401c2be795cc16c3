"""The script of the concepts page, with which others verify an export."""

import json
import subprocess
import sys

import pytest

from starter.trail_views import entry_line
from steward.audit import GENESIS, AuditEntry, AuditEvent, AuditKind, chained_hash
from tests.core.strategies import NOON
from tests.documentation.documents import ROOT, Document

_PAGE = Document.read(ROOT / "docs" / "concepts.md")
(_SCRIPT,) = (content for language, content in _PAGE.blocks if language == "python")


def export(*stores: str) -> list[str]:
    """Return three entries of each store as the lines of an export."""
    lines = []
    for store in stores:
        previous = GENESIS
        for number in range(1, 4):
            event = AuditEvent(
                key=f"k{number}",
                store=store,
                run_id="run-1",
                kind=AuditKind.ENDED,
                actor="Zoë",
                at=NOON,
                detail='Ende: "gut"\n',
                facts={"status": "completed", "exit_code": 0} if number == 3 else {},
            )
            following = chained_hash(previous, event)
            entry = AuditEntry(sequence=number, event=event, previous_hash=previous, hash=following)
            lines.append(entry_line(entry))
            previous = following
    return lines


def verified(lines: list[str]) -> subprocess.CompletedProcess[str]:
    """Give the lines to the script, which has nothing but the standard library."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", _SCRIPT],
        input="".join(lines),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_intact_export_is_verified() -> None:
    """Each chain's length and last hash are printed, also of a part from some entry on."""
    lines = export("demo", "outlet")
    told = verified(lines)
    assert (told.returncode, told.stderr) == (0, "")
    last = json.loads(lines[2])["hash"]
    assert told.stdout.splitlines()[0] == f"demo: entries 1 to 3, ending with {last}"
    assert len(told.stdout.splitlines()) == 2
    assert verified(lines[1:3]).stdout == f"demo: entries 2 to 3, ending with {last}\n"


@pytest.mark.parametrize(
    ("altered", "entry"),
    [
        (lambda lines: [lines[0], lines[1].replace("Zoë", "Zoe"), lines[2]], 2),
        (lambda lines: [lines[0], lines[1], lines[2].replace("completed", "failed")], 3),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[0], lines[2], lines[1]], 2),
        (lambda lines: [lines[0], lines[0], lines[1], lines[2]], 2),
    ],
    ids=["edited", "facts", "removed", "swapped", "repeated"],
)
def test_altered_export_is_found(altered: object, entry: int) -> None:
    """The first entry that is not as it was written ends the script with 1, and is named."""
    assert callable(altered)
    told = verified(altered(export("demo")))
    assert told.returncode == 1
    assert told.stderr == f"demo, entry {entry}: not as it was written\n"
