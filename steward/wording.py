"""Merchants' texts in our own sentences and tables: on one line, and no longer than there is room.

A text may hold characters that move the cursor or reverse what is read; they end here.
"""

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


def shortened(text: str, longest: int) -> str:
    """Return the text with at most so many characters, the last one an ellipsis where it is cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
