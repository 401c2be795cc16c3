"""Merchants' texts in tables and in the Web UI: short, and shown as what they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.wording import excerpts, in_markdown, in_plain_or_markdown, storable

TEXTS = st.text(alphabet="ab ", max_size=60)


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(12, 40))
def test_excerpts_are_short_and_show_where_texts_differ(
    same: str, one: str, other: str, rest: str, longest: int
) -> None:
    """However long the texts are, and wherever they differ, their excerpts differ too."""
    first, second = f"{same}{one}{rest}", f"{same}{other}{rest}"
    shown = excerpts(first, second, longest)
    assert max(map(len, shown)) <= longest
    assert (shown[0] == shown[1]) == (first == second)
    if max(len(first), len(second)) <= longest:
        assert shown == (first, second)


def test_excerpts_keep_some_of_what_texts_begin_with() -> None:
    """A few words in front of the difference say where in the text it is."""
    same = "Made of linen, in Portugal. " * 10
    assert excerpts(f"{same}Wash cold.", f"{same}Wash warm, and iron it.", 40) == (
        "…n, in Portugal. Wash cold.",
        "…n, in Portugal. Wash warm, and iron it.",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>50 %</b> off", r"\<b\>50 %\</b\> off"),
        ("**Approved** by [amir](http://x.example)", r"\*\*Approved\*\* by \[amir\](http\://x\.example)"),
        ("www.x.example | a@x.example", r"www\.x\.example \| a@x\.example"),
        ("one\n# _two_", r"one \# \_two\_"),
    ],
)  # fmt: skip
def test_markdown_shows_texts_as_they_are(text: str, shown: str) -> None:
    """Nothing in a text marks up, links or breaks a table, in a summary neither."""
    assert in_markdown(text) == shown
    assert in_plain_or_markdown(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "restock on demo: collection summer, percent -2.5",
        "rewrite-text on demo: field seo_title, text {title} by {vendor}!",
    ],
)
def test_summaries_are_readable_without_markdown_too(text: str) -> None:
    """What marks up nothing has no backslashes where it may be shown as plain text."""
    assert in_plain_or_markdown(text) == text
    assert in_markdown(text) != text


@given(st.text(st.characters(exclude_categories=())))
def test_what_people_type_can_be_stored(text: str) -> None:
    """No control but tab and newline is left, nothing else is lost, and every encoding takes it."""
    kept = storable(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", kept)
    assert re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "", text) == kept
    assert kept.encode().decode() == kept
