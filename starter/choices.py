"""Reading a word that must be one of a few."""

import difflib
from collections.abc import Iterable

from steward.errors import InvalidInput


def one_of(choices: Iterable[str], text: str, what: str) -> str:
    """Return the choice that the text names; raises `InvalidInput` with those there are."""
    known = [str(choice) for choice in choices]
    word = text.strip().lower().replace("-", "_")
    if word in known:
        return word
    near = difflib.get_close_matches(word, known, n=1)
    remedy = f"Choose one of: {', '.join(known)}."
    raise InvalidInput(
        f"'{text}' is no {what}.", remedy=f"Did you mean '{near[0]}'? {remedy}" if near else remedy
    )
