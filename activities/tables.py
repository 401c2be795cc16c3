"""The first changes of a change set as a Markdown table, as the Web UI shows it."""

from collections.abc import Sequence

from steward.change_words import shown_field, shown_move, shown_values
from steward.changes import Change
from steward.money import Money
from steward.wording import in_markdown, one_line, shortened

_ROWS = 12
_WIDEST_TEXT = 60


def changes_table(changes: Sequence[Change]) -> str:
    """Return the head of the change set, and how many changes are not shown."""
    lines = ["| what | field | before | after | move |", "|---|---|---:|---:|---:|"]
    lines += [_row(change) for change in changes[:_ROWS]]
    if len(changes) > _ROWS:
        lines.append(f"\n… and {len(changes) - _ROWS} more.")
    return "\n".join(lines)


def _row(change: Change) -> str:
    before, after = shown_values(change, _WIDEST_TEXT)
    texts = (
        _plain(change.label),
        _plain(shown_field(change)),
        before if isinstance(change.before, Money) else _plain(before),
        after if isinstance(change.after, Money) else _plain(after),
        shown_move(change),
    )
    return f"| {' | '.join(texts)} |"


def _plain(text: str) -> str:
    """Return a merchant's text so that it cannot be read as Markdown."""
    return in_markdown(shortened(one_line(text), _WIDEST_TEXT))
