"""Who a name means, whatever is typed."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.identity import identity_of

LETTERS = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
# A dotless i is a letter of its own, though its capital is the I.
DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"


@pytest.mark.parametrize("name", ["rita", "amir ben ali", "josé", "山田", "o'brien"])
def test_plain_names_keep_their_identity(name: str) -> None:
    """The register holds identities, so those of plain names stay what they are."""
    assert identity_of(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Rita",
        " rita ",
        "ri\u200bta",
        "ri\u00adta",
        "\ufeffrita",
        "rita\u200d\ufe0f",
        "r\u034fita",
        "ri\u2060ta\u202e",
        "\U000e0041rita",
        "\N{HANGUL FILLER}rita",
        "\N{FULLWIDTH LATIN SMALL LETTER R}ita",
    ],
)
def test_what_is_not_seen_makes_nobody_else(name: str) -> None:
    """Signs without width, widths of letters, spaces around and case are the same person's."""
    assert identity_of(name) == "rita"


def test_every_letter_has_one_identity() -> None:
    """Neither case nor a second look makes another person, for every letter there is."""
    for letter in LETTERS:
        identity = identity_of(letter)
        assert identity_of(identity) == identity
        if letter != DOTLESS:
            forms = {letter.upper(), letter.lower(), letter.title(), letter.casefold()}
            assert {identity_of(form) for form in forms} == {identity}


@given(st.text())
def test_identity_is_the_same_however_it_is_typed(name: str) -> None:
    """An identity is its own; capitals, taken apart letters and unseen signs change nothing."""
    identity = identity_of(name)
    assert identity_of(identity) == identity
    assert identity_of(unicodedata.normalize("NFD", name)) == identity
    assert identity_of("\u200b".join(name)) == identity
    if DOTLESS not in name:
        assert identity_of(name.upper()) == identity
