"""The screen: what a person sees, and what a script reads where no person is looking."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

# Invisible characters that some scripts and emoji need inside a word.
_JOINERS = "\u200c\u200d"


# From this many cells on, tables show more columns.
WIDE_TERMINAL = 120
_NARROWEST_COLUMN = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `width` is fixed, in cells; the one column without takes what is left. What is too long loses
    its middle, or goes on in the next line with `whole`. `styles` colours a cell by its text.
    """

    title: str
    width: int | None = None
    right: bool = False
    whole: bool = False
    styles: Mapping[str, str] = field(default_factory=dict)


def printable(text: str) -> str:
    """Return the text on one line, without invisible characters: names come from strangers.

    A product's title could otherwise move the cursor, or turn round what is read.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def cells(text: str) -> int:
    """Return how many cells the text takes on a terminal."""
    from rich.cells import cell_len

    return cell_len(printable(text))


def shortened(text: str, width: int) -> str:
    """Return the text without its middle where it is wider than `width` cells.

    Both ends tell one thing from another: a product's title, and its variant at the end.
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, width // 2).rstrip()
    tail = text
    while cell_len(head) + 1 + cell_len(tail) > width:
        tail = tail[1:]
    return f"{head}…{tail.lstrip()}"


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


class Screen:
    """Writes to a person on a terminal, or else plain lines with tabs between columns."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        answers: TextIO | None = None,
        *,
        width: int | None = None,
    ) -> None:
        """Take the streams, by default the process's own; `width` in cells overrides the real."""
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._answers = answers or sys.stdin
        self._width = width

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees what is written."""
        return self._out.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether a person can answer a question."""
        return self.is_terminal and self._answers.isatty()

    @cached_property
    def console(self) -> Console:
        """The terminal, for whatever moves on it."""
        from rich.console import Console

        return Console(
            file=self._out, width=self._width, highlight=False, markup=False, emoji=False
        )

    def say(self, text: str = "", style: str = "") -> None:
        """Write a line."""
        if self.is_terminal and style:
            self.console.print(printable(text), style=style)
        else:
            self._out.write(f"{printable(text)}\n")

    def note(self, text: str) -> None:
        """Write a line beside the output, which scripts do not read as data."""
        self._err.write(f"{printable(text)}\n")
        self._err.flush()

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Write names and values, one pair a line, leaving out empty values."""
        kept = [(name, printable(value)) for name, value in facts if value]
        if not self.is_terminal:
            for name, value in kept:
                self._out.write(f"{name}: {value}\n")
            return
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in kept:
            grid.add_row(name, Text(value))
        self.console.print(grid)

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, header: bool = True
    ) -> None:
        """Write a table; without `header` it goes on with the table before."""
        if self.is_terminal:
            self.console.print(self._rich_table(columns, rows, header=header))
            return
        if header:
            titles = (column.title.upper().replace(" ", "_") for column in columns)
            self._out.write("\t".join(titles) + "\n")
        for row in rows:
            self._out.write("\t".join(printable(cell) for cell in row) + "\n")

    def quote(self, sign: str, text: str, style: str = "") -> None:
        """Write a text that belongs to the line above it, on a terminal, whole and indented."""
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=3, justify="right")
        grid.add_column(overflow="fold")
        grid.add_row(Text(sign, style=style), Text(printable(text), style=style))
        self.console.print(grid)

    def _rich_table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, header: bool
    ) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=None, show_header=header, pad_edge=False, expand=True, padding=(0, 1, 0, 0)
        )
        for column in columns:
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                width=column.width,
                ratio=None if column.width else 1,
                no_wrap=not column.whole,
                overflow="fold" if column.whole else "ellipsis",
                header_style="bold",
            )
        taken = sum(column.width or 0 for column in columns) + len(columns)
        rest = max(self.console.width - taken, _NARROWEST_COLUMN)
        for row in rows:
            table.add_row(
                *(
                    Text(
                        printable(cell)
                        if column.whole
                        else shortened(printable(cell), column.width or rest),
                        style=column.styles.get(cell, ""),
                    )
                    for column, cell in zip(columns, row, strict=True)
                )
            )
        return table

    def data(self, content: object) -> None:
        """Write JSON, indented, for a script."""
        self._out.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def data_line(self, content: object) -> None:
        """Write JSON on one line, at once, for a script that reads along."""
        self._out.write(json.dumps(content, ensure_ascii=False) + "\n")
        self._out.flush()

    def raw(self, text: str) -> None:
        """Write text as it is, such as a part of a larger JSON document."""
        self._out.write(text)

    def busy(self, text: str) -> AbstractContextManager[object]:
        """Show, on a terminal, that something is going on."""
        return self.console.status(printable(text)) if self.is_terminal else nullcontext()

    def confirm(self, question: str) -> bool:
        """Ask a question; anything but yes means no."""
        self._out.write(f"{printable(question)} [y/N] ")
        self._out.flush()
        return self._answers.readline().strip().lower() in {"y", "yes"}

    def wait(self, text: str) -> None:
        """Say what is waited for, and return once a person presses Enter."""
        self._out.write(f"{printable(text)} ")
        self._out.flush()
        self._answers.readline()

    def flush(self) -> None:
        """Hand on what was written."""
        self._out.flush()
        self._err.flush()
