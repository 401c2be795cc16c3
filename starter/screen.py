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

_FIRST_PRINTABLE = 0x20
_DELETE, _LAST_C1 = 0x7F, 0x9F


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `width` is fixed, in cells; the one column without takes what is left. `styles` colours a cell
    by its text.
    """

    title: str
    width: int | None = None
    right: bool = False
    styles: Mapping[str, str] = field(default_factory=dict)


def printable(text: str) -> str:
    """Return the text on one line, with control characters replaced: names come from strangers.

    A product's title could otherwise move the cursor or change what the terminal shows.
    """
    return "".join(
        " "
        if character in "\t\n\r"
        else "\N{REPLACEMENT CHARACTER}"
        if ord(character) < _FIRST_PRINTABLE or _DELETE <= ord(character) <= _LAST_C1
        else character
        for character in text
    )


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

    def _rich_table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, header: bool
    ) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=None, show_header=header, pad_edge=False, expand=True, padding=(0, 2, 0, 0)
        )
        for column in columns:
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                width=column.width,
                ratio=None if column.width else 1,
                no_wrap=True,
                overflow="ellipsis",
                header_style="bold",
            )
        for row in rows:
            table.add_row(
                *(
                    Text(printable(cell), style=column.styles.get(cell, ""))
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

    def flush(self) -> None:
        """Hand on what was written."""
        self._out.flush()
        self._err.flush()
