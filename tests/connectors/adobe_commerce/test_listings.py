"""A listing stands for one status and one visibility, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce.listings import listing_of, status_and_visibility
from steward.values import Listing, ListingStatus

ACTIVE, DRAFT, HIDDEN = ListingStatus.ACTIVE, ListingStatus.DRAFT, ListingStatus.HIDDEN


@pytest.mark.parametrize(
    ("status", "visibility", "listing"),
    [
        (1, 4, Listing(status=ACTIVE)),
        (1, 3, Listing(status=ACTIVE, detail="search")),
        (1, 2, Listing(status=ACTIVE, detail="catalog")),
        (1, 1, Listing(status=HIDDEN)),
        (2, 4, Listing(status=DRAFT)),
        (2, 3, Listing(status=DRAFT, detail="search")),
        (2, 2, Listing(status=DRAFT, detail="catalog")),
        (2, 1, Listing(status=DRAFT, detail="not visible individually")),
    ],
)
def test_each_status_and_visibility_is_one_listing(
    status: int, visibility: int, listing: Listing
) -> None:
    """So that an undo restores exactly what there was."""
    assert listing_of(status, visibility) == listing
    assert status_and_visibility(listing) == (status, visibility)


@given(st.sampled_from(ListingStatus), st.text(max_size=10))
def test_what_the_platform_does_not_have_stands_for_nothing(
    status: ListingStatus, detail: str
) -> None:
    """Unknown details, archived products, and active ones that nobody could see."""
    stored = status_and_visibility(Listing(status=status, detail=detail))
    assert stored is None or listing_of(*stored) == Listing(status=status, detail=detail)
    assert status_and_visibility(Listing(status=ListingStatus.ARCHIVED, detail=detail)) is None
    hidden_when_active = Listing(status=ACTIVE, detail="not visible individually")
    assert status_and_visibility(hidden_when_active) is None
