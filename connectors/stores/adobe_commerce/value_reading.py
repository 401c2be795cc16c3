"""Reads single values by SKU, each kind of them in as few calls as it takes."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.category_links import CategoryLinks
from connectors.stores.adobe_commerce.category_requests import kept_position
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.live_prices import PriceReader
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.source_items import SourceItems
from connectors.stores.adobe_commerce.stored_products import StoredProducts, value_of
from connectors.stores.adobe_commerce.writing import (
    CATEGORIES,
    PRICES,
    STOCK,
    TEXTS_AND_STATUS,
    Family,
    family_of,
)
from steward.changes import Target
from steward.values import ABSENT, Present, Value

Read = Callable[[Sequence[Target]], Coroutine[Any, Any, Mapping[Target, Value]]]


class ValueReader:
    """Reads prices, stock and categories of up to 100 products at once, and texts one by one."""

    def __init__(self, api: RestApi, prices: PriceReader, currency: StoreCurrency) -> None:
        """Take the store's API, its prices and its currency."""
        self._api = api
        self._prices = prices
        self._currency = currency
        self._stored = StoredProducts(api)
        self._links = CategoryLinks(api)
        self._items = SourceItems(api)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; a product that is gone is left out.

        Raises `UnsupportedOperation` for a field that the resource does not have.
        """
        families = [family_of(target) for target in targets]
        readers: Sequence[tuple[Family, Read]] = (
            (PRICES, self._read_prices),
            (TEXTS_AND_STATUS, self._read_products),
            (CATEGORIES, self._read_categories),
            (STOCK, self._read_stock),
        )
        answers = await in_parallel(
            read(own)
            for family, read in readers
            if (own := [one for one, its in zip(targets, families, strict=True) if its is family])
        )
        live = {target: value for answer in answers for target, value in answer.items()}
        return {target: live[target] for target in targets if target in live}

    async def _read_prices(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        live = await self._prices.read(_skus(targets), await self._currency.read(self._api))
        return {
            target: live[target.resource_id].value(target.field)
            for target in targets
            if target.resource_id in live
        }

    async def _read_products(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        stored = await self._stored.read(_skus(targets))
        return {
            target: value_of(stored[target.resource_id], target.field)
            for target in targets
            if target.resource_id in stored
        }

    async def _read_categories(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        places = await self._links.read(_skus(targets))
        return {
            target: _membership(places[target.resource_id].get(target.key))
            for target in targets
            if target.resource_id in places
        }

    async def _read_stock(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        items = await self._items.read(_skus(targets))
        return {
            target: self._items.quantity(item)
            for target in targets
            if (item := items.get((target.resource_id, target.key))) is not None
        }


def _membership(position: int | None) -> Value:
    return ABSENT if position is None else Present(kept=kept_position(position))


def _skus(targets: Sequence[Target]) -> list[str]:
    return list(dict.fromkeys(target.resource_id for target in targets))
