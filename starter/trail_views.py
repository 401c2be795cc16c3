"""How entries of the audit trail read: for a person, as data, and as a row of a spreadsheet."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starter.views import moment

if TYPE_CHECKING:
    from steward.audit import AuditEntry

CSV_COLUMNS = (
    "store",
    "sequence",
    "key",
    "run_id",
    "kind",
    "actor",
    "at",
    "detail",
    "facts",
    "previous_hash",
    "hash",
)
# Spreadsheets take a cell that begins so for a formula; a leading apostrophe makes it text.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
# Many spreadsheets part cells at semicolons or tabs, where quotes that a comma follows protect
# nothing: a formula may begin within the text, as a cell of its own.
_FORMULA_WITHIN = re.compile(r"""([;\t\r\n][\s"]*)(?=[=+\-@])""")


def entry_data(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as a script reads it; its hash is over `previous_hash` and `event`."""
    return entry.model_dump(mode="json")


def entry_line(entry: AuditEntry) -> str:
    """Return an entry as a line of JSON."""
    return json.dumps(entry_data(entry), ensure_ascii=False) + "\n"


def csv_cells(entry: AuditEntry) -> list[str]:
    """Return an entry as the cells of `CSV_COLUMNS`, none of which is taken for a formula."""
    event = entry.event.model_dump(mode="json")
    facts = event.pop("facts", {})
    content = event | {
        "sequence": str(entry.sequence),
        "facts": json.dumps(facts, sort_keys=True) if facts else "",
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
    return [text_cell(content[column]) for column in CSV_COLUMNS]


def text_cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet evaluates, whatever it parts cells at.

    Each place at which a formula could begin gets a leading `'`; the JSON export has the text
    itself.
    """
    guarded = _FORMULA_WITHIN.sub(r"\1'", text)
    return f"'{guarded}" if text.startswith(_FORMULAS) else guarded


def entry_facts(entry: AuditEntry) -> tuple[str, ...]:
    """Return when, where, what kind, who, which run, and what."""
    event = entry.event
    return (
        moment(event.at),
        event.store,
        str(entry.sequence),
        event.kind.value,
        event.actor,
        event.run_id,
        event.detail,
    )
