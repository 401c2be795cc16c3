"""The place that a merchant gives a product among those of a category.

It belongs to the assignment: a product that leaves the category loses it. So it travels beside the
membership, as what an undo has to bring back.
"""

import re
from collections.abc import Iterable, Mapping

from pydantic import RootModel

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import AnswerPart, Page
from connectors.stores.bigcommerce.listing import Listing
from connectors.stores.bigcommerce.rest_api import RestApi

_KEPT = re.compile(r"sort order (\d{1,10})")


class SortOrder(AnswerPart):
    """A product's place in a category; null where it has none of its own."""

    product_id: int
    sort_order: int | None = None


class SortOrderPage(Page):
    """Products of a category."""

    data: list[SortOrder]


class SortOrderList(RootModel[list[SortOrder]]):
    """Answers a change of places."""


Places = Mapping[int, Mapping[int, int]]
"""The places of products by category, where they have one."""


def resource_of(category: int) -> str:
    """Return what holds the places of a category's products."""
    return f"v3/catalog/categories/{category}/products/sort-order"


async def places_in(api: RestApi, categories: Iterable[int]) -> Places:
    """Return the places that the products of these categories have."""
    wanted = tuple(dict.fromkeys(categories))
    found = await in_parallel(
        Listing(api).numbered(resource_of(category), SortOrderPage, {}) for category in wanted
    )
    return {
        category: {
            row.product_id: row.sort_order
            for page in pages
            for row in page.data
            if row.sort_order is not None
        }
        for category, pages in zip(wanted, found, strict=True)
    }


def kept_with(place: int | None) -> str:
    """Return the note of a place that a membership carries; empty without one."""
    return "" if place is None else f"sort order {place}"


def place_in(kept: str) -> int | None:
    """Return the place that a membership's note is of, or None."""
    found = _KEPT.fullmatch(kept)
    return None if found is None else int(found[1])
