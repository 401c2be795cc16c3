"""The first changes of a change set as a Markdown table, as the Web UI shows it."""

from collections.abc import Sequence

from steward.changes import Change
from steward.impact import moved_percent

_ROWS = 12
_WIDEST_LABEL = 60
# Behind a backslash Markdown takes these literally, and so makes no link of an address.
_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]#+!|<>~&:/.@"})


def changes_table(changes: Sequence[Change]) -> str:
    """Return the head of the change set, and how many changes are not shown."""
    lines = ["| what | field | before | after | move |", "|---|---|---:|---:|---:|"]
    lines += [_row(change) for change in changes[:_ROWS]]
    if len(changes) > _ROWS:
        lines.append(f"\n… and {len(changes) - _ROWS} more.")
    return "\n".join(lines)


def _row(change: Change) -> str:
    percent = moved_percent(change)
    move = "" if percent is None else f"{percent:+} %"
    label = _plain(change.label)
    return f"| {label} | {change.target.field} | {change.before} | {change.after} | {move} |"


def _plain(label: str) -> str:
    """Return merchant's text so that it cannot be read as Markdown."""
    shortened = label if len(label) <= _WIDEST_LABEL else f"{label[: _WIDEST_LABEL - 1]}…"
    return " ".join(shortened.split()).translate(_ESCAPED)
