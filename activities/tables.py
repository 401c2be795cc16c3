"""The first changes of a change set as a Markdown table, as the Web UI shows it."""

from collections.abc import Sequence

from steward.change_words import shown_field, shown_move, shown_value
from steward.changes import Change
from steward.money import Money
from steward.values import Value
from steward.wording import one_line, shortened

_ROWS = 12
_WIDEST_TEXT = 60
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
    texts = (
        _plain(change.label),
        _plain(shown_field(change)),
        _cell(change, change.before),
        _cell(change, change.after),
        shown_move(change),
    )
    return f"| {' | '.join(texts)} |"


def _cell(change: Change, value: Value) -> str:
    text = shown_value(change, value)
    return text if isinstance(value, Money) else _plain(text)


def _plain(text: str) -> str:
    """Return a merchant's text so that it cannot be read as Markdown."""
    return shortened(one_line(text), _WIDEST_TEXT).translate(_ESCAPED)
