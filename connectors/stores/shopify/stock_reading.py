"""Reads stock: what is available of each variant at each location, and what a unit costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.paging import next_cursor
from connectors.stores.shopify.stock_answers import (
    InventoryLevelsAnswer,
    ItemWithLevels,
    LevelNode,
    LevelPage,
    StockAtLocationAnswer,
    StockByVariantAnswer,
    UnitCostsAnswer,
)
from steward.money import Money


@dataclass(frozen=True, slots=True)
class CountedItem:
    """What is counted of a variant, and how many of it are where; nothing if it is not tracked."""

    id: str
    levels: Sequence[LevelNode]


class StockReader:
    """Reads by id, which shows a write at once. What is not tracked has no stock."""

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api

    async def of_variants(self, ids: Iterable[str]) -> Mapping[str, CountedItem]:
        """Return what is counted of each variant, by its id; one that is gone is left out."""
        answers = await in_parallel(
            self._api.read(
                Document.STOCK_BY_VARIANT,
                {"ids": some, "first": costs.LEVELS_BESIDE_VARIANT},
                StockByVariantAnswer,
                points=costs.stock_by_variant(),
            )
            for some in costs.in_inputs(dict.fromkeys(ids))
        )
        variants = [node for answer in answers for node in answer.nodes]
        complete = await in_parallel(self._all_levels(variant.item) for variant in variants)
        return {
            variant.id: CountedItem(variant.item.id, levels)
            for variant, levels in zip(variants, complete, strict=True)
        }

    async def unit_costs(self, ids: Iterable[str]) -> Mapping[str, Money]:
        """Return what a unit of each variant costs the merchant, where somebody has entered it."""
        answers = await in_parallel(
            self._api.read(
                Document.UNIT_COSTS, {"ids": some}, UnitCostsAnswer, points=costs.unit_costs()
            )
            for some in costs.in_inputs(dict.fromkeys(ids))
        )
        nodes = (node for answer in answers for node in answer.nodes)
        return {node.id: node.cost for node in nodes if node.cost is not None}

    async def _all_levels(self, item: ItemWithLevels) -> Sequence[LevelNode]:
        page: LevelPage | None = item.levels if item.tracked else None
        found: dict[str, LevelNode] = {}
        after = None
        while page is not None:
            found |= {node.location.id: node for node in page.nodes}
            after = next_cursor(self._api.store, page.page_info, after)
            page = None if after is None else await self._further_page(item.id, after)
        return list(found.values())

    async def _further_page(self, item: str, after: str) -> LevelPage | None:
        answer = await self._api.read(
            Document.INVENTORY_LEVELS,
            {"id": item, "first": costs.LARGEST_PAGE, "after": after},
            InventoryLevelsAnswer,
            points=costs.inventory_levels(costs.LARGEST_PAGE),
        )
        return None if answer.item is None else answer.item.levels

    async def at_location(self, location: str, items: Iterable[str]) -> Mapping[str, int]:
        """Return the units of each item at one location.

        An item that is gone, is not tracked, or is not stocked there is left out.
        """
        answers = await in_parallel(
            self._api.read(
                Document.STOCK_AT_LOCATION,
                {"ids": some, "location": location},
                StockAtLocationAnswer,
                points=costs.stock_at_location(),
            )
            for some in costs.in_inputs(dict.fromkeys(items))
        )
        return {
            node.id: node.level.units
            for answer in answers
            for node in answer.nodes
            if node.tracked and node.level is not None
        }
