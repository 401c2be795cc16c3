"""A product's listing: what the platform keeps as a status and a visibility."""

from collections.abc import Mapping
from typing import assert_never

from steward.values import Listing, ListingStatus

_ENABLED, _DISABLED = 1, 2
_NOT_VISIBLE, _IN_CATALOG, _IN_SEARCH, _EVERYWHERE = 1, 2, 3, 4

NOT_VISIBLE_INDIVIDUALLY = "not visible individually"
_DETAILS: Mapping[int, str] = {
    _NOT_VISIBLE: NOT_VISIBLE_INDIVIDUALLY,
    _IN_CATALOG: "catalog",
    _IN_SEARCH: "search",
    _EVERYWHERE: "",
}
_VISIBILITIES: Mapping[str, int] = {detail: number for number, detail in _DETAILS.items()}


def listing_of(status: int, visibility: int) -> Listing:
    """Return the listing of a product with this status and visibility.

    An enabled product that is not visible individually is hidden. The detail tells the other
    visibilities apart; a disabled product keeps its own until it is enabled.
    """
    if status == _DISABLED:
        return Listing(status=ListingStatus.DRAFT, detail=_DETAILS[visibility])
    if visibility == _NOT_VISIBLE:
        return Listing(status=ListingStatus.HIDDEN)
    return Listing(status=ListingStatus.ACTIVE, detail=_DETAILS[visibility])


def status_and_visibility(listing: Listing) -> tuple[int, int] | None:
    """Return what stands for the listing, or None where the platform has no such listing.

    An active product is visible somewhere by itself.
    """
    visibility = _VISIBILITIES.get(listing.detail)
    match listing.status:
        case ListingStatus.DRAFT:
            return None if visibility is None else (_DISABLED, visibility)
        case ListingStatus.ACTIVE:
            return None if visibility in {None, _NOT_VISIBLE} else (_ENABLED, visibility or 0)
        case ListingStatus.HIDDEN:
            return (_ENABLED, _NOT_VISIBLE) if not listing.detail else None
        case ListingStatus.ARCHIVED:
            return None
        case _:
            assert_never(listing.status)
