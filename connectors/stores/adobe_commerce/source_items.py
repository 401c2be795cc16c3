"""Reads stock: how many units each source has of a product, and whether they are for sale."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.product_answers import SOURCE_ITEMS, SOURCES, SourceItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import listed, search_by_page
from steward.catalog import Location
from steward.errors import StoreError
from steward.values import Quantity

IN_STOCK, OUT_OF_STOCK = 1, 0
# What the platform says of them by itself: what is there is for sale, and what is not is not.
_NOTES: Mapping[tuple[bool, int], str] = {
    (True, IN_STOCK): "",
    (True, OUT_OF_STOCK): "out of stock",
    (False, IN_STOCK): "in stock",
    (False, OUT_OF_STOCK): "",
}

ItemKey = tuple[str, str]
"""A SKU and the code of a source."""


class SourceItems:
    """Reads source items by SKU, which show a write at once."""

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(self, skus: Sequence[str]) -> Mapping[ItemKey, SourceItem]:
        """Return what each source has of the products, as far as it keeps them at all."""
        answers = await in_parallel(
            search_by_page(
                self._api,
                "inventory/source-items",
                SOURCE_ITEMS,
                groups=(group,),
                sorted_by=("sku", "source_code"),
                fields="items[sku,source_code,quantity,status],total_count",
            )
            for group in listed("sku", skus)
        )
        return {(item.sku, item.source_code): item for answer in answers for item in answer}

    async def locations(self) -> Mapping[str, Location]:
        """Return all sources by their codes."""
        sources = await search_by_page(
            self._api,
            "inventory/sources",
            SOURCES,
            groups=(),
            sorted_by=("source_code",),
            fields="items[source_code,name],total_count",
        )
        return {
            source.source_code: Location(
                id=source.source_code, name=source.name or source.source_code
            )
            for source in sources
        }

    def quantity(self, item: SourceItem) -> Quantity:
        """Return the quantity, and its status where that is not what the quantity suggests.

        Raises `StoreError` for a part of a unit, which could not be restored.
        """
        if item.quantity != item.quantity.to_integral_value():
            raise StoreError(
                f"Store '{self._api.store}' keeps {_short(item.quantity)} of '{item.sku}' at "
                f"'{item.source_code}', which is no whole number, so that it could not be "
                "restored.",
                remedy="Round it in the store, or select other products.",
            )
        units = int(item.quantity)
        return Quantity(units=units, kept=_NOTES[units > 0, item.status])


def status_for(wanted: Quantity, present: SourceItem) -> int:
    """Return the status that goes with a quantity.

    What was empty and comes in is put up for sale, and what runs out is taken off, since units
    alone do neither. Otherwise the status stays, so that what somebody took off sale is not put
    back. An undo brings back the status that there was.
    """
    for (is_there, status), note in _NOTES.items():
        if note and note == wanted.kept and is_there == (wanted.units > 0):
            return status
    if (wanted.units > 0) == (present.quantity > 0):
        return present.status
    return IN_STOCK if wanted.units > 0 else OUT_OF_STOCK


def _short(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
