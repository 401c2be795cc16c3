"""The dates of a special price survive as a note beside the crossed-out price."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce.special_price_dates import SpecialPriceDates, dates_in

MOMENTS = st.none() | st.datetimes(min_value=datetime(1970, 1, 2)).map(  # noqa: DTZ001 - as text
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
)


@given(MOMENTS, MOMENTS)
def test_a_note_tells_its_dates(begins: str | None, ends: str | None) -> None:
    """To the second, each of them or none."""
    dates = SpecialPriceDates(begins, ends)
    assert dates_in(dates.note) == dates


@given(st.text())
def test_another_s_note_has_no_dates(note: str) -> None:
    """A note that is not ours is not taken for one."""
    assert dates_in(f"? {note}") == SpecialPriceDates()
