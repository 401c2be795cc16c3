"""Merchants' texts in our own sentences and tables: on one line, and no longer than there is room.

A text may hold characters that move the cursor or reverse what is read; they end here.
"""

import re
import unicodedata
from itertools import takewhile

# Behind a backslash Markdown takes these literally, and so makes no link of an address. Before a
# slash and an at sign Temporal's Web UI would show the backslash.
_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]#+!|<>~&:."})
_MARKS_UP = re.compile(r"[\\`*\[\]<>|~&]|\b_|_\b|www\.|://|@")
# Invisible characters that some scripts and emoji need inside a word.
_JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """Return the text without control characters, and with single spaces between its words."""
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() or character in _JOINERS else " "
            for character in text
        )
    return " ".join(text.split())


def storable(text: str) -> str:
    """Return the text without what a database may refuse: controls other than tab and newline.

    Halves of surrogate pairs, which no encoding takes, go too.
    """
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}
    )


def shortened(text: str, longest: int) -> str:
    """Return the text with at most so many characters, the last one an ellipsis where it is cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def in_markdown(text: str) -> str:
    """Return the text, on one line, so that Markdown shows it as it is and makes no link of it."""
    return one_line(text).translate(_ESCAPED)


def in_plain_or_markdown(text: str) -> str:
    """Return the text for where some show it as Markdown, and others as plain text.

    What Markdown would show as it is anyway stays without backslashes.
    """
    return in_markdown(text) if _MARKS_UP.search(text) else one_line(text)


def excerpts(one: str, other: str, longest: int) -> tuple[str, str]:
    """Return two texts, each with at most so many characters, so that where they differ is seen.

    What both begin with is cut off at its start, as far as that is needed, but for a few words.
    """
    if max(len(one), len(other)) <= longest:
        return one, other
    same = _common_beginning(one, other)
    # No more is cut off than brings the end of the longer one into sight.
    cut = min(same - longest // 4, max(len(one), len(other)) - longest + 1)
    if cut <= 0:
        return shortened(one, longest), shortened(other, longest)
    return shortened(f"…{one[cut:]}", longest), shortened(f"…{other[cut:]}", longest)


def _common_beginning(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
