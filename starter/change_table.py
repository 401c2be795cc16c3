"""Changes as a table that grows by pages, so that none is ever held as a whole."""

from collections import Counter
from collections.abc import Sequence

from starter.listed import ListedChange
from starter.screen import WIDE_TERMINAL, Column, Screen, cells
from starter.views import OUTCOME_STYLES
from steward.change_words import is_text, shown_field, shown_move, shown_values
from steward.changes import Change
from steward.money import Money
from steward.outcome_words import UNDO_WORDS
from steward.values import Absent, Quantity, Value

_TITLES = ("product", "field", "before", "after", "move", "outcome", "reason")
_ON_THE_RIGHT = {"before", "after", "move"}
# Below this many cells only these columns have room.
_CRAMPED_TERMINAL = 80
_ESSENTIAL = {"product", "before", "after", "outcome"}
# A product's name has at least this room, where names of tags, categories and places can give way.
_NARROWEST = 10
_ROOM_FOR_PRODUCT = 24
_WIDEST_REASON = 44
_MOST_REASONS = 5
# In a line of a table, and where a text has lines of its own.
_LONGEST_IN_CELL = 60
_LONGEST_TEXT = 160
Row = dict[str, str]


class ChangeTable:
    """Prints changes: a line each, and below it the texts that are replaced and put there."""

    def __init__(self, screen: Screen, *, undo: bool) -> None:
        """Take the screen; `undo` chooses the words for undoing."""
        self._screen = screen
        self._undo = undo
        self._width = screen.console.width if screen.is_terminal else 0
        self._widths: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self.shown = 0

    def add(self, page: Sequence[ListedChange]) -> None:
        """Print further changes."""
        if not self._screen.is_terminal:
            columns = [Column(title) for title in _TITLES]
            rows = [self._row(listed) for listed in page]
            self._print(columns, [tuple(row.values()) for row in rows])
        elif any(is_text(listed.change) for listed in page):
            self._add_texts(page)
        else:
            self._add_rows(page)

    def explain(self) -> None:
        """Print the reasons for which the table has no room, the commonest first."""
        for reason, times in self._reasons.most_common(_MOST_REASONS):
            self._screen.say(f"{times:,} x {reason}", style="dim")

    def _add_rows(self, page: Sequence[ListedChange]) -> None:
        rows = [self._row(listed) for listed in page]
        wanted = set(_TITLES) if self._width >= _CRAMPED_TERMINAL else _ESSENTIAL
        if self._width < WIDE_TERMINAL:
            wanted = wanted - {"reason"}
            self._reasons.update(row["reason"] for row in rows if row["reason"])
        gives_way = {"field"}
        if not any(isinstance(listed.change.after, Money | Quantity) for listed in page):
            gives_way |= {"before", "after"}
        columns = self._columns(rows, wanted, gives_way)
        self._print(columns, [tuple(row[column.title] for column in columns) for row in rows])

    def _add_texts(self, page: Sequence[ListedChange]) -> None:
        rows = [self._row(listed) for listed in page]
        self._reasons.update(row["reason"] for row in rows if row["reason"])
        columns = self._columns(rows, {"product", "field", "outcome"}, {"field"})
        for listed, row in zip(page, rows, strict=True):
            self._print(columns, [tuple(row[column.title] for column in columns)])
            before, after = shown_values(listed.change, _LONGEST_TEXT)
            self._screen.quote("-", _or_none(listed.change.before, before), style="red")
            self._screen.quote("+", _or_none(listed.change.after, after), style="green")

    def _print(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        self._screen.table(columns, rows, header=self.shown == 0)
        self.shown += len(rows)

    def _row(self, listed: ListedChange) -> Row:
        change: Change = listed.change
        word = UNDO_WORDS[listed.expected] if self._undo else listed.expected.value
        before, after = shown_values(change, _LONGEST_IN_CELL)
        return {
            "product": change.label,
            "field": shown_field(change),
            "before": before,
            "after": after,
            "move": shown_move(change),
            # A prediction stands in brackets.
            "outcome": f"({word})" if listed.is_open else word,
            "reason": listed.expected_reason,
        }

    def _columns(
        self, rows: Sequence[Row], wanted: set[str], gives_way: set[str]
    ) -> Sequence[Column]:
        """Return the columns that hold something, each as wide as it has to be so far."""
        for title in wanted - {"product"}:
            longest = max(cells(row[title]) for row in rows)
            if longest:
                self._widths[title] = max(self._widths[title], longest, len(title))
        widths = {title: self._widths[title] for title in _TITLES if self._widths[title]}
        widths = {title: width for title, width in widths.items() if title in wanted}
        if "reason" in widths:
            widths["reason"] = min(widths["reason"], _WIDEST_REASON)
        product = min(max(cells(row["product"]) for row in rows), _ROOM_FOR_PRODUCT)
        while self._width - sum(widths.values()) - len(widths) - 1 < product:
            widest = max(sorted(gives_way), key=lambda title: widths.get(title, 0))
            if widths.get(widest, 0) <= _NARROWEST:
                break
            widths[widest] -= 1
        return [
            Column(
                title,
                width=widths.get(title),
                right=title in _ON_THE_RIGHT,
                styles=OUTCOME_STYLES if title == "outcome" else {},
            )
            for title in _TITLES
            if title == "product" or title in widths
        ]


def _or_none(value: Value, shown: str) -> str:
    return "(none)" if isinstance(value, Absent) else shown
