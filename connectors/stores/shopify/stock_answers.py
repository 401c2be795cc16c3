"""The shapes in which Shopify answers about stock, as far as they are read."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.stores.shopify.answers import Amount, PageInfo, Part, without_placeholders
from steward.money import AMOUNT_LIMIT, Money
from steward.values import QUANTITY_LIMIT


class _Available(Part):
    quantity: int = Field(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)


class _Location(Part):
    id: str
    name: str


class _Quantities(Part):
    """The quantities of one name at one location: exactly one."""

    quantities: list[_Available] = Field(min_length=1, max_length=1)

    @property
    def units(self) -> int:
        """How many units can be sold."""
        return self.quantities[0].quantity


class LevelNode(_Quantities):
    """What is available of one item at one location."""

    location: _Location


class LevelPage(Part):
    """Stock of one item."""

    nodes: list[LevelNode]
    page_info: PageInfo = Field(alias="pageInfo")


class ItemWithLevels(Part):
    """What is counted of a variant, and its first levels."""

    id: str
    tracked: bool
    levels: LevelPage = Field(alias="inventoryLevels")


class VariantWithStock(Part):
    """A variant and what is counted of it."""

    id: str
    item: ItemWithLevels = Field(alias="inventoryItem")


class StockByVariantAnswer(Part):
    """Answers StockByVariant."""

    nodes: Annotated[list[VariantWithStock], BeforeValidator(without_placeholders)]


class _Levels(Part):
    levels: LevelPage = Field(alias="inventoryLevels")


class InventoryLevelsAnswer(Part):
    """Answers InventoryLevels; the item may be gone by then."""

    item: _Levels | None = Field(alias="inventoryItem")


class ItemAtLocation(Part):
    """An item at the location that was asked about; without a level it is not stocked there."""

    id: str
    tracked: bool
    level: _Quantities | None = Field(alias="inventoryLevel")


class StockAtLocationAnswer(Part):
    """Answers StockAtLocation."""

    nodes: Annotated[list[ItemAtLocation], BeforeValidator(without_placeholders)]


class _UnitCost(Part):
    amount: Amount = Field(lt=AMOUNT_LIMIT - 1)
    currency_code: str = Field(alias="currencyCode", pattern=r"^[A-Z]{3}$")


class _ItemWithCost(Part):
    """What is counted of a variant; without a cost nobody has entered one."""

    unit_cost: _UnitCost | None = Field(alias="unitCost")


class VariantWithCost(Part):
    """A variant and what a unit of it costs the merchant."""

    id: str
    item: _ItemWithCost = Field(alias="inventoryItem")

    @property
    def cost(self) -> Money | None:
        """The cost, where it is known."""
        cost = self.item.unit_cost
        return None if cost is None else Money.rounded_up(cost.amount, cost.currency_code)


class UnitCostsAnswer(Part):
    """Answers UnitCosts."""

    nodes: Annotated[list[VariantWithCost], BeforeValidator(without_placeholders)]
