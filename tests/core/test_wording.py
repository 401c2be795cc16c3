"""Merchants' texts in tables and in the Web UI: short, and shown as what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.wording import excerpts, in_markdown, one_line

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
        ("restock on demo: collection summer, percent -2.5", None),
        ("text {title} by {vendor}, field seo_title", None),
        ("<b>50 %</b> off", r"\<b\>50 %\</b\> off"),
        ("**Approved** by [amir](http://x.example)", r"\*\*Approved\*\* by \[amir\](http\://x.example)"),
        ("see www.x.example | now", r"see www\.x.example \| now"),
        ("_now_ `x` & ~y~", r"\_now\_ \`x\` \& \~y\~"),
        ("one\n# two", "one # two"),
    ],
)  # fmt: skip
def test_markdown_shows_texts_as_they_are(text: str, shown: str | None) -> None:
    """Nothing in a text marks up, links or breaks a table, and plain words stay as they are."""
    assert in_markdown(text) == (text if shown is None else shown)


@given(st.text(max_size=40))
def test_every_mark_is_behind_a_backslash(text: str) -> None:
    """Taking the backslashes away again gives the text, on one line."""
    marked = in_markdown(text)
    assert "".join(marked.split("\\")) == "".join(one_line(text).split("\\"))
    assert all(marked[place - 1] == "\\" for place, sign in enumerate(marked) if sign in "<|*`[")
